"""The wire formats of TensorFlow Serving and of the Open Inference Protocol, for `/docs`.

The examples hold the same handwritten seven as the picture in `openapi`, so that
"Try it out" succeeds as it stands.
"""

from typing import Any

import numpy as np

Document = dict[str, Any]

_MODEL = "mnist-cnn"
_TENSORFLOW_SERVING = "TensorFlow Serving"
_OPEN_INFERENCE = "Open Inference Protocol"
TAGS = (
    (_TENSORFLOW_SERVING, "The REST interface of TensorFlow Serving, for programs written for it."),
    (
        _OPEN_INFERENCE,
        "The protocol of KServe and Triton, with binary tensors, gzip and deflate.",
    ),
)


def paths(image: np.ndarray[Any, np.dtype[np.float32]], picture: str) -> dict[str, Document]:
    """The paths of both.

    Args:
        image: The example as a tensor, float32 `(height, width, 1)`.
        picture: The same as a picture file in base64.
    """
    numbers = np.rint(image.astype(np.float64) * 1000) / 1000
    rows = {"instances": [numbers.tolist()]}
    examples = {"examples": [{"image": {"b64": picture}}]}
    tensor = {
        "inputs": [
            {
                "name": "image",
                "shape": [1, *image.shape],
                "datatype": "FP32",
                "data": numbers.ravel().tolist(),
            }
        ]
    }
    return {**_tensorflow_serving(rows, examples), **_open_inference(tensor)}


def _tensorflow_serving(rows: Document, examples: Document) -> dict[str, Document]:
    def operation(name: str, summary: str, body: Document | None = None) -> Document:
        return _operation(_TENSORFLOW_SERVING, name, summary, body)

    base = "/v1/models/{model}"
    version, label = f"{base}/versions/{{version}}", f"{base}/labels/{{label}}"
    return {
        f"{base}:predict": {"post": operation("tfs_predict", "Probabilities of arrays.", rows)},
        f"{version}:predict": {
            "post": operation("tfs_predict_version", "The same, of one version.", rows)
        },
        f"{label}:predict": {
            "post": operation("tfs_predict_label", "The same, of the version with a label.", rows)
        },
        f"{base}:classify": {
            "post": operation("tfs_classify", "Labels and scores of pictures.", examples)
        },
        base: {"get": operation("tfs_status", "What became of the versions.")},
        f"{base}/metadata": {"get": operation("tfs_metadata", "Names, types and shapes.")},
    }


def _open_inference(tensor: Document) -> dict[str, Document]:
    def operation(name: str, summary: str, body: Document | None = None) -> Document:
        return _operation(_OPEN_INFERENCE, name, summary, body)

    base = "/v2/models/{model}"
    return {
        "/v2": {"get": operation("oip_server", "The server and its extensions.")},
        "/v2/health/live": {"get": operation("oip_live", "Whether the process turns.")},
        "/v2/health/ready": {"get": operation("oip_ready", "Whether a model can answer.")},
        base: {"get": operation("oip_metadata", "Names, types and shapes.")},
        f"{base}/ready": {"get": operation("oip_model_ready", "Whether the model can answer.")},
        f"{base}/config": {"get": operation("oip_config", "The same as Triton's configuration.")},
        f"{base}/stats": {"get": operation("oip_stats", "What its versions have answered.")},
        f"{base}/infer": {"post": operation("oip_infer", "Probabilities of a tensor.", tensor)},
        f"{base}/versions/{{version}}/infer": {
            "post": operation("oip_infer_version", "The same, of one version.", tensor)
        },
        "/v2/repository/index": {
            "post": operation("oip_index", "Every version and its state.", {"ready": True})
        },
        "/v2/repository/models/{model}/load": {
            "post": operation("oip_load", "Look at the model now; takes the key.", {})
        },
        "/v2/repository/models/{model}/unload": {
            "post": operation("oip_unload", "Serve it no more; takes the key.", {})
        },
    }


def _operation(tag: str, name: str, summary: str, body: Document | None) -> Document:
    operation: Document = {
        "tags": [tag],
        "operationId": name,
        "summary": summary,
        "responses": {
            "200": _json("The answer.", {"type": ["object", "array"]}),
            "default": _json(
                "What is wrong.",
                {
                    "type": "object",
                    "required": ["error"],
                    "properties": {"error": {"type": "string"}},
                },
            ),
        },
    }
    if body is not None:
        content = {"application/json": {"schema": {"type": "object"}, "example": body}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _json(description: str, schema: Document) -> Document:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def with_parameters(path: str, item: Document) -> Document:
    """A path's operations with the parameters that the path names."""
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": schema,
            "example": example,
        }
        for name, schema, example in (
            ("model", {"type": "string"}, _MODEL),
            ("version", {"type": "integer", "minimum": 1}, 1),
            ("label", {"type": "string"}, "champion"),
        )
        if f"{{{name}}}" in path
    ]
    return {method: {**operation, "parameters": parameters} for method, operation in item.items()}
