"""The answer to a picture: what the contract says, from what the model says."""

import base64
import time
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from services.inference.json_writing import to_json
from services.inference.pictures.preprocessing import WORKING_SIDE_PIXELS, Prepared, prepare
from services.inference.prediction import Call
from shared.manifest import Manifest, Preprocessing
from shared.pictures.decoding import decode
from shared.pictures.picture import Picture, to_png

Answer = dict[str, Any]


class SentPicture:
    """A picture in a request: decoded and prepared once, however many models see it.

    Args:
        data: The bytes of the picture file.
        max_pixels: The largest picture that is decoded.
        max_digits: The most digits that are read.
    """

    def __init__(self, data: bytes, *, max_pixels: int, max_digits: int) -> None:
        self._data = data
        self._max_pixels = max_pixels
        self._max_digits = max_digits
        self._picture: Picture | None = None
        self._decode_seconds = 0.0
        self._prepared: dict[
            tuple[Preprocessing, tuple[int, int, int]], tuple[Prepared, float]
        ] = {}

    def decoded(self) -> Picture:
        """The picture.

        Raises:
            InvalidImage, UnsupportedMediaType, PayloadTooLarge: As of `decode`.
        """
        if self._picture is None:
            started = time.perf_counter()
            self._picture = decode(
                self._data, max_pixels=self._max_pixels, max_side=WORKING_SIDE_PIXELS
            )
            self._decode_seconds = time.perf_counter() - started
        return self._picture

    def prepared_for(self, card: Manifest) -> tuple[Prepared, float]:
        """What a model takes, and how many seconds it took to make that from the bytes.

        Raises:
            InvalidImage, UnsupportedMediaType, PayloadTooLarge: As of `decode`.
        """
        way = (card.preprocessing, card.input.shape)
        if way not in self._prepared:
            picture = self.decoded()
            started = time.perf_counter()
            prepared = prepare(picture, *way, self._max_digits)
            seconds = time.perf_counter() - started + self._decode_seconds
            self._prepared[way] = (prepared, seconds)
        return self._prepared[way]


def answer_picture(call: Call, sent: SentPicture, *, with_input: bool) -> Answer:
    """What a model says of a picture.

    Args:
        call: The request, in the hands of the version that answers.
        sent: The picture.
        with_input: Whether the answer shows, as `input_png`, what the model saw.

    Returns:
        The members of the `Prediction` schema.

    Raises:
        Conflict: Nothing says what a picture means to this version.
        InvalidImage, UnsupportedMediaType, PayloadTooLarge: As of `decode`.
    """
    card = call.servable.card()
    prepared, preparing_seconds = sent.prepared_for(card)
    started = time.perf_counter()
    probabilities = call.predict(prepared.images)
    verdicts = [_verdict(card, row) for row in _shortest(probabilities)]
    answer: Answer = {
        "model": card.model,
        "version": card.version,
        **verdicts[prepared.prominent],
        "warnings": (*sent.decoded().warnings, *prepared.warnings),
    }
    if card.preprocessing == "mnist-digit":
        answer["digits"] = _digits(prepared, verdicts, with_input=with_input)
    seconds = preparing_seconds + time.perf_counter() - started
    answer["duration_ms"] = int(seconds * 1e6) / 1000
    if with_input:
        answer["input_png"] = _png(prepared.images[prepared.prominent])
    return answer


def _shortest(probabilities: NDArray[np.float32]) -> list[list[float]]:
    """The rows as numbers with the fewest digits that tell `np.float32` values apart."""
    rows: list[list[float]] = orjson.loads(to_json(probabilities))
    return rows


def _verdict(card: Manifest, probabilities: list[float]) -> Answer:
    label = probabilities.index(max(probabilities))
    return {
        "label": label,
        "class_name": card.class_names[label],
        "probability": probabilities[label],
        "probabilities": dict(zip(card.class_names, probabilities, strict=True)),
    }


def _digits(prepared: Prepared, verdicts: list[Answer], *, with_input: bool) -> list[Answer]:
    digits = []
    for box, verdict, image in zip(prepared.boxes, verdicts, prepared.images, strict=False):
        digit = {**verdict, "box": box}
        if with_input:
            digit["input_png"] = _png(image)
        digits.append(digit)
    return digits


def _png(image: NDArray[np.float32]) -> str:
    return base64.b64encode(to_png(image)).decode("ascii")
