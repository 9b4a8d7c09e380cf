"""What the hot routes do, in the words of OpenAPI; they are plain ASGI and cannot say it.

The examples are real: "Try it out" sends a handwritten seven of the MNIST test set.
"""

import base64
from typing import Any

from fastapi import FastAPI

from services.inference import openapi_protocols, schemas
from shared import problems
from shared.images import SIDE_PIXELS
from shared.pictures.decoding import decode

_SEVEN_PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAAApklEQVR4nGNgGG4gZOf86TYqOCTv/QOCj8egYJUJ"
    "iqRzkUfR4sf/HgKV/Hr6718PpnZBJz5nZ2dr0Tf/snDaH/z3ohAuObGX/4Nxamz8904Hl5z1z392ODW2/tvNikuO"
    "8+wPK5wa6/5twynn/fuDJS454bv/luGSYz7977YyLkm1f/98ccnJP/hXzIhLsvXfPxNccraf8EhW/vt3WwO35Hmc"
    "UYUFAADoRUgXjdCLBAAAAABJRU5ErkJggg=="
)
_FILE = {"type": "string", "format": "binary"}
_PICTURE_BODY = {
    "required": True,
    "description": "A picture (PNG, JPEG, WebP, GIF, BMP or TIFF): as the body itself, in the form "
    "field `file`, or in a JSON document; or the URL of one, in the form field or member `url`.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "oneOf": [{"required": ["image"]}, {"required": ["url"]}],
                "properties": {
                    "url": {
                        "type": "string",
                        "description": "Where the picture is on the web: http or https, at a "
                        "public address.",
                    },
                    "image": {
                        "type": "string",
                        "contentEncoding": "base64",
                        "description": "The picture file in base64, or as a `data:` URL.",
                    },
                },
            },
            "example": {"image": _SEVEN_PNG},
        },
        "multipart/form-data": {
            "schema": {"type": "object", "required": ["file"], "properties": {"file": _FILE}}
        },
        "image/png": {"schema": _FILE},
        "image/jpeg": {"schema": _FILE},
    },
}
_INPUT_PARAMETER = {
    "name": "input",
    "in": "query",
    "description": "Whether the answer shows the picture as the model saw it.",
    "schema": {"type": "boolean", "default": False},
}
_MODEL_PARAMETER = {
    "name": "model",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "example": "mnist-cnn",
}
_VERSION_PARAMETER = {
    "name": "version",
    "in": "query",
    "description": "A version's number or its label. By default the one labelled `default`, else "
    "the newest.",
    "schema": {"type": "string"},
}
_DATASET_PARAMETER = {
    "name": "dataset",
    "in": "query",
    "description": "The data set whose models answer, for example `mnist`. By default the first "
    "that is served.",
    "schema": {"type": "string"},
}


def extend(app: FastAPI) -> None:
    """Put the hot routes into the application's OpenAPI document."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        complete = app.openapi_schema is not None
        document = described()
        if not complete:
            document["paths"] = {**_PATHS, **document["paths"], **_protocol_paths()}
            components = document["components"]["schemas"]
            schema = schemas.Predictions.model_json_schema(
                ref_template="#/components/schemas/{model}", mode="serialization"
            )
            components.update(schema.pop("$defs"))
            components["Predictions"] = schema
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the extension point FastAPI documents


def _protocol_paths() -> dict[str, Any]:
    picture = decode(base64.b64decode(_SEVEN_PNG), max_pixels=SIDE_PIXELS * SIDE_PIXELS)
    paths = openapi_protocols.paths(picture.luminance()[..., None], _SEVEN_PNG)
    return {path: openapi_protocols.with_parameters(path, item) for path, item in paths.items()}


def _operation(name: str, summary: str, answer: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "tags": ["pictures"],
        "operationId": name,
        "summary": summary,
        "parameters": list(parameters),
        "requestBody": _PICTURE_BODY,
        "responses": {
            "200": {
                "description": "The answer.",
                "content": {
                    "application/json": {"schema": {"$ref": f"#/components/schemas/{answer}"}}
                },
            },
            **problems.PROBLEM_RESPONSES,
        },
    }


_PATHS = {
    "/predict/{model}": {
        "post": _operation(
            "predict",
            "What one model says of a picture.",
            "Prediction",
            _MODEL_PARAMETER,
            _VERSION_PARAMETER,
            _INPUT_PARAMETER,
        )
    },
    "/predict": {
        "post": _operation(
            "predict_all",
            "What every model of a data set says of a picture.",
            "Predictions",
            _DATASET_PARAMETER,
            _INPUT_PARAMETER,
        )
    },
}
