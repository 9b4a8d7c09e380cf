"""`POST /predict/{model}` and `POST /predict`: a picture in, the answers out.

Plain ASGI: these are the hot routes. What they do is described in `openapi`.
"""

from urllib.parse import parse_qs

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from services.inference.asgi import header, read_body, send_bytes
from services.inference.json_writing import to_json
from services.inference.live_models import Wanted
from services.inference.pictures.service import PictureService
from shared.errors import InvalidInput

MAX_VERSION_DIGITS = 18
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def picture_routes(pictures: PictureService, timeout_seconds: float) -> list[Route]:
    """The routes that take pictures."""
    return [
        Route("/predict/{model}", PredictModel(pictures, timeout_seconds), methods=["POST"]),
        Route("/predict", PredictDataset(pictures, timeout_seconds), methods=["POST"]),
    ]


class PredictModel:
    """ASGI endpoint: what one model says of a picture."""

    def __init__(self, pictures: PictureService, timeout_seconds: float) -> None:
        self._pictures = pictures
        self._timeout_seconds = timeout_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        with_input, wanted = False, None
        if scope["query_string"]:
            with_input, wanted = _flag(scope, "input"), wanted_version(_text(scope, "version"))
        body = await read_body(receive, self._timeout_seconds)
        answered = await self._pictures.predict(
            scope["path_params"]["model"],
            wanted,
            header(scope, b"content-type"),
            body,
            with_input=with_input,
        )
        await send_bytes(send, answered.result, headers=answered.headers())


class PredictDataset:
    """ASGI endpoint: what every model of a data set says of a picture."""

    def __init__(self, pictures: PictureService, timeout_seconds: float) -> None:
        self._pictures = pictures
        self._timeout_seconds = timeout_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        with_input, dataset = _flag(scope, "input"), _text(scope, "dataset")
        body = await read_body(receive, self._timeout_seconds)
        answers = await self._pictures.compare(
            dataset, header(scope, b"content-type"), body, with_input=with_input
        )
        await send_bytes(send, to_json({"predictions": answers}))


def wanted_version(text: str) -> Wanted:
    """A version as a request names it: its number, its label, or nothing for the default."""
    is_number = text.isascii() and text.isdigit() and len(text) <= MAX_VERSION_DIGITS
    return int(text) if is_number else text or None


def _text(scope: Scope, name: str) -> str:
    query_string: bytes = scope["query_string"]
    query = parse_qs(query_string.decode("latin-1"), keep_blank_values=True)
    return query.get(name, [""])[-1]


def _flag(scope: Scope, name: str) -> bool:
    text = _text(scope, name).lower()
    if text and text not in _FLAGS:
        raise InvalidInput(f"`{name}` is true or false. Received: {text!r}")
    return _FLAGS.get(text, False)
