"""Answers of the Open Inference Protocol, with its binary tensor and classification extensions."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.inference.json_writing import to_json
from services.inference.protocols.open_inference import DATATYPE, InferRequest
from services.inference.servables import Probabilities


@dataclass(frozen=True, slots=True)
class InferAnswer:
    """An answer ready to send.

    Attributes:
        json_bytes: Length of the JSON document at the start of the body, if tensors follow it.
    """

    body: bytes
    json_bytes: int | None = None


def write_answer(
    request: InferRequest,
    outputs: Probabilities,
    *,
    model: str,
    version: int,
    class_names: tuple[str, ...] = (),
) -> InferAnswer:
    """The answer to an infer request.

    Args:
        request: Says in which form each output is wanted.
        outputs: What the model gave, float32 `(n, *output_shape)`.
        model: Which answered.
        version: Its version.
        class_names: For the classification extension; may be empty.
    """
    described, tails = [], []
    for wanted in request.outputs:
        if wanted.n_classes:
            tensor, values, tail = _class_texts(outputs, wanted.n_classes, class_names)
        else:
            tensor = {"datatype": DATATYPE, "shape": list(outputs.shape)}
            values, tail = outputs.ravel(), outputs.astype("<f4", copy=False).tobytes()
        tensor = {"name": wanted.name, **tensor}
        if wanted.binary:
            tensor["parameters"] = {"binary_data_size": len(tail)}
            tails.append(tail)
        else:
            tensor["data"] = values
        described.append(tensor)
    document = {"model_name": model, "model_version": str(version)}
    if request.id:
        document["id"] = request.id
    head = to_json({**document, "outputs": described})
    return InferAnswer(b"".join([head, *tails]), len(head)) if tails else InferAnswer(head)


def _class_texts(
    outputs: Probabilities, n_classes: int, class_names: tuple[str, ...]
) -> tuple[dict[str, Any], Any, bytes]:
    """The classification of an output: its description, its values, and these in binary."""
    rows = _classes(outputs, n_classes, class_names)
    values = [text for row in rows for text in row]
    description = {"datatype": "BYTES", "shape": [len(rows), len(rows[0])]}
    return description, values, b"".join(_length_prefixed(text) for text in values)


def _classes(
    outputs: Probabilities, n_classes: int, class_names: tuple[str, ...]
) -> list[list[str]]:
    """For each example `value:index:name` of the largest values, largest first."""
    rows = outputs.reshape(len(outputs), -1)
    order = np.argsort(-rows, axis=1, kind="stable")[:, :n_classes]
    return [
        [
            f"{row[index]:f}:{index}" + (f":{class_names[index]}" if class_names else "")
            for index in indices
        ]
        for row, indices in zip(rows, order, strict=True)
    ]


def _length_prefixed(text: str) -> bytes:
    content = text.encode()
    return struct.pack("<I", len(content)) + content
