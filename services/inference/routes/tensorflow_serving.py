"""TensorFlow Serving's REST interface under `/v1`, for programs that were written for it.

Plain ASGI, and one endpoint for all of it: the paths, methods and errors are those of
TensorFlow Serving, which knows no 404 or 405 for an address.
"""

import base64
import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from services.inference.asgi import header, read_body, retry_after, send_bytes
from services.inference.bodies import decompressed
from services.inference.json_writing import to_json
from services.inference.live_models import LiveModels, Wanted
from services.inference.pictures.preprocessing import WORKING_SIDE_PIXELS, prepare
from services.inference.prediction import BRIEF_BODY_BYTES, Answered, Call, Predictor
from services.inference.protocols import tensorflow_serving as protocol
from services.inference.protocols.tensorflow_serving_models import model_metadata, model_status
from services.inference.protocols.tensors import checked_images, tensor_of
from services.inference.servables import Signature
from services.inference.settings import Settings
from shared import problems
from shared.errors import InvalidInput, LabelNotFound, ModelNotFound, ServiceError, VersionNotFound
from shared.pictures.decoding import decode

_MODEL = r"/v1/models/(?P<model>[^/:]+)(?:/versions/(?P<version>\d+)|/labels/(?P<label>[^/:]+))?"
_PREDICT = re.compile(_MODEL + r":(?P<method>classify|regress|predict)", re.IGNORECASE)
_SHOW = re.compile(_MODEL + r"(?P<metadata>/metadata)?", re.IGNORECASE)
_MAX_VERSION = 2**63 - 1
_MAX_DIGITS = 20  # one more than that has: enough to see that it is too large

_reader = lru_cache(maxsize=64)(protocol.PredictReader)


def tensorflow_serving_routes(
    live: LiveModels, predictor: Predictor, settings: Settings
) -> list[Route]:
    """The routes of `/v1`."""
    return [Route("/v1/{path:path}", TensorFlowServing(live, predictor, settings))]


class TensorFlowServing:
    """ASGI endpoint: predict, classify, status and metadata."""

    def __init__(self, live: LiveModels, predictor: Predictor, settings: Settings) -> None:
        self._live = live
        self._predictor = predictor
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; every error as TensorFlow Serving words it."""
        path = scope["raw_path"].decode("latin-1")
        try:
            if scope["method"] == "POST" and (match := _PREDICT.fullmatch(path)):
                answered = await self._predict(scope, receive, match)
                await send_bytes(send, answered.result, headers=answered.headers())
            elif scope["method"] == "GET" and (match := _SHOW.fullmatch(path)):
                await send_bytes(send, to_json(self._show(match)))
            elif scope["method"] == "GET" and path.rstrip("/").lower() == "/v1/models":
                raise InvalidInput("Missing model name in request.")
            else:
                raise InvalidInput(f"Malformed request: {scope['method']} {path}")
        except ServiceError as error:
            status, text, headers = _error(error)
            await send_bytes(send, to_json({"error": text}), status=status, headers=headers)

    async def _predict(
        self, scope: Scope, receive: Receive, match: re.Match[str]
    ) -> Answered[bytes]:
        model, wanted = _asked(match)
        method = match["method"].lower()
        body = await read_body(receive, self._settings.deadline_seconds)
        encoding, limits = header(scope, b"content-encoding"), self._settings.json_limits

        def work(call: Call) -> bytes:
            plain = decompressed(body, encoding, self._settings.max_body_bytes)
            if method == "predict":
                request = _reader(call.servable.signature, limits).read(plain)
                return protocol.write_predictions(call.predict(request.images), request.form)
            if method == "classify":
                return _classify(call, plain, self._settings)
            raise InvalidInput(
                "Expected regress signature method_name to be tensorflow/serving/regress. "
                "Was: tensorflow/serving/predict"
            )

        try:
            brief = method == "predict" and not encoding and len(body) <= BRIEF_BODY_BYTES
            return await self._predictor.run(model, wanted, work, brief=brief)
        except (ModelNotFound, VersionNotFound, LabelNotFound) as error:
            raise _not_found(error, model, wanted) from error

    def _show(self, match: re.Match[str]) -> dict[str, Any]:
        model, wanted = _asked(match)
        labels = self._live.labels(model)
        if isinstance(wanted, str):
            if wanted not in labels:
                raise _not_found(LabelNotFound(wanted), model, wanted)
            wanted = labels[wanted]
        if match["metadata"]:
            try:
                with self._live.lease(model, wanted) as servable:
                    return model_metadata(servable)
            except (ModelNotFound, VersionNotFound) as error:
                raise _not_found(error, model, wanted) from error
        statuses = [s for s in self._live.statuses(model) if wanted in {None, s.version}]
        if not statuses:
            raise ModelNotFound(
                f"Could not find any versions of model {model}"
                if wanted is None
                else f"Could not find version {wanted} of model {model}"
            )
        return model_status(statuses)


def _asked(match: re.Match[str]) -> tuple[str, Wanted]:
    """The model and the version or label that an address names."""
    wanted: Wanted = None
    if match["version"] is not None:
        wanted = int(match["version"][:_MAX_DIGITS])
        if wanted > _MAX_VERSION:
            raise InvalidInput(f"Failed to convert version: {match['version']} to numeric.")
    elif match["label"] is not None:
        wanted = unquote(match["label"])
    return unquote(match["model"]), wanted


def _classify(call: Call, body: bytes, settings: Settings) -> bytes:
    """Our emulation of a classify signature: each example holds a picture, or its numbers."""
    signature, card = call.servable.signature, call.servable.card()
    images = []
    for feature in protocol.read_examples(body, signature.input_name, settings.json_limits):
        if isinstance(feature, dict) and isinstance(feature.get("b64"), str):
            try:
                data = base64.b64decode(feature["b64"], validate=True)
            except ValueError as error:
                raise InvalidInput(f"Unable to base64 decode: {error}") from error
            picture = decode(data, max_pixels=settings.max_pixels, max_side=WORKING_SIDE_PIXELS)
            prepared = prepare(picture, card.preprocessing, card.input.shape)
            images.append(prepared.images[prepared.prominent])
        else:
            images.append(_from_numbers(feature, signature))
    outputs = call.predict(np.stack(images))
    return protocol.write_classes(outputs, card.class_names)


def _from_numbers(feature: Any, signature: Signature) -> NDArray[np.float32]:
    if isinstance(feature, list) and feature and not isinstance(feature[0], list):
        numbers = tensor_of(feature, (int(np.prod(signature.input_shape)),))
    else:
        numbers = tensor_of(feature, signature.input_shape)
    image: NDArray[np.float32] = checked_images(numbers, signature)[0]
    return image


def _not_found(error: ServiceError, model: str, wanted: Wanted) -> ServiceError:
    """The error in the words of TensorFlow Serving."""
    if isinstance(wanted, str):
        if isinstance(error, LabelNotFound):
            return InvalidInput(f"Unrecognized servable version label: {wanted}")
        return ModelNotFound(f"Servable not found for request: {model} with label {wanted}")
    asked = f"Latest({model})" if wanted is None else f"Specific({model}, {wanted})"
    return ModelNotFound(f"Servable not found for request: {asked}")


def _error(error: ServiceError) -> tuple[int, str, list[tuple[bytes, bytes]]]:
    status = 400 if isinstance(error, InvalidInput) else problems.status_of(error)
    return status, error.detail, retry_after(error)
