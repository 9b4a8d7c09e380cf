"""The answer to a picture: what the contract says, from what the model says."""

import base64
import time
from typing import Any

import numpy as np

from services.inference.pictures.decoding import decode, to_png
from services.inference.pictures.preprocessing import prepare
from services.inference.servables import Servable

Answer = dict[str, Any]


def answer_picture(servable: Servable, data: bytes, *, max_pixels: int, with_input: bool) -> Answer:
    """What a model says of a picture.

    Args:
        servable: The version that answers.
        data: The bytes of the picture file.
        max_pixels: The largest picture that is decoded.
        with_input: Whether the answer shows, as `input_png`, what the model saw.

    Returns:
        The members of the `Prediction` schema. The probabilities are `np.float32`, which
        are written with the fewest digits that tell them apart.

    Raises:
        InvalidImage, UnsupportedMediaType, PayloadTooLarge: As of `decode`.
    """
    started = time.perf_counter()
    manifest = servable.manifest
    prepared = prepare(decode(data, max_pixels), manifest.preprocessing, manifest.input.shape)
    probabilities = servable.engine.predict(prepared.image[None])[0]
    label = int(probabilities.argmax())
    answer: Answer = {
        "model": manifest.model,
        "version": manifest.version,
        "label": label,
        "class_name": manifest.class_names[label],
        "probability": probabilities[label],
        "probabilities": dict(zip(manifest.class_names, probabilities, strict=True)),
        "warnings": prepared.warnings,
        "duration_ms": round((time.perf_counter() - started) * 1000, 3),
    }
    if with_input:
        answer["input_png"] = base64.b64encode(to_png(prepared.image)).decode("ascii")
    return answer


def percent(probability: np.float32 | float) -> float:
    """A probability as a percentage, for people."""
    return round(100 * float(probability), 1)
