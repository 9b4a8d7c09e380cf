"""The answer to a picture: what the contract says, from what the model says."""

import base64
import time
from typing import Any

from services.inference.pictures.preprocessing import WORKING_SIDE_PIXELS, prepare
from services.inference.prediction import Call
from shared.pictures.decoding import decode
from shared.pictures.picture import to_png

Answer = dict[str, Any]


def answer_picture(call: Call, data: bytes, *, max_pixels: int, with_input: bool) -> Answer:
    """What a model says of a picture.

    Args:
        call: The request, in the hands of the version that answers.
        data: The bytes of the picture file.
        max_pixels: The largest picture that is decoded.
        with_input: Whether the answer shows, as `input_png`, what the model saw.

    Returns:
        The members of the `Prediction` schema. The probabilities are `np.float32`, which
        are written with the fewest digits that tell them apart.

    Raises:
        Conflict: Nothing says what a picture means to this version.
        InvalidImage, UnsupportedMediaType, PayloadTooLarge: As of `decode`.
    """
    started = time.perf_counter()
    card = call.servable.card()
    picture = decode(data, max_pixels=max_pixels, max_side=WORKING_SIDE_PIXELS)
    prepared = prepare(picture, card.preprocessing, card.input.shape)
    probabilities = call.predict(prepared.image[None])[0]
    label = int(probabilities.argmax())
    answer: Answer = {
        "model": card.model,
        "version": card.version,
        "label": label,
        "class_name": card.class_names[label],
        "probability": probabilities[label],
        "probabilities": dict(zip(card.class_names, probabilities, strict=True)),
        "warnings": (*picture.warnings, *prepared.warnings),
        "duration_ms": round((time.perf_counter() - started) * 1000, 3),
    }
    if with_input:
        answer["input_png"] = base64.b64encode(to_png(prepared.image)).decode("ascii")
    return answer
