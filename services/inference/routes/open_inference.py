"""The Open Inference Protocol under `/v2`, for clients of KServe and Triton.

Plain ASGI, one endpoint: addresses are told apart by one table, errors are
`{"error": "..."}`, and answers may be binary or compressed.
"""

import re
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.datastructures import Headers
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from services.inference.asgi import header, read_body, retry_after, send_bytes
from services.inference.bodies import compressed, decompressed
from services.inference.json_writing import to_json
from services.inference.live_models import LiveModels, VersionState
from services.inference.prediction import BRIEF_BODY_BYTES, Call, Predictor
from services.inference.protocols import open_inference_models as documents
from services.inference.protocols.open_inference import InferReader
from services.inference.protocols.open_inference_answers import InferAnswer, write_answer
from services.inference.repository import Repository
from services.inference.servables import Servable
from services.inference.settings import Settings
from shared import __version__, problems
from shared.errors import InvalidInput, ModelNotReady, NotFound, ServiceError
from shared.security import check_key, refuse_other_sites

_MODEL = r"/v2/models/(?P<model>[^/]+)(?:/versions/(?P<version>[^/]+))?"
_HEADER_LENGTH = b"inference-header-content-length"
_MAX_DIGITS = 19  # of a number of 64 bits
_reader = lru_cache(maxsize=64)(InferReader)

Match = re.Match[str]


class OpenInference:
    """ASGI endpoint: health, metadata, infer, repository and statistics."""

    def __init__(
        self,
        live: LiveModels,
        predictor: Predictor,
        repository: Repository,
        settings: Settings,
        missing: Callable[[], Any],
    ) -> None:
        self._live = live
        self._predictor = predictor
        self._repository = repository
        self._settings = settings
        self._missing = missing
        show, change = self._show, self._change
        self._table: list[tuple[str, re.Pattern[str], Callable[..., Awaitable[None]]]] = [
            ("POST", re.compile(_MODEL + "/infer"), self._infer),
            ("GET", re.compile("/v2/?"), show(self._server)),
            ("GET", re.compile("/v2/health/live"), show(lambda _: {"live": True})),
            ("GET", re.compile("/v2/health/ready"), show(self._ready)),
            ("GET", re.compile("/v2/models/stats"), show(self._all_statistics)),
            ("GET", re.compile("/v2/models/?"), show(lambda _: {"models": live.names()})),
            ("GET", re.compile(_MODEL), show(self._metadata)),
            ("GET", re.compile(_MODEL + "/ready"), show(self._model_ready)),
            ("GET", re.compile(_MODEL + "/config"), show(self._config)),
            ("GET", re.compile(_MODEL + "/stats"), show(self._statistics)),
            ("POST", re.compile("/v2/repository/index"), self._index),
            (
                "POST",
                re.compile("/v2/repository/models/(?P<model>[^/]+)/load"),
                change(repository.load),
            ),
            (
                "POST",
                re.compile("/v2/repository/models/(?P<model>[^/]+)/unload"),
                change(repository.unload),
            ),
        ]

    def routes(self) -> list[Route]:
        """The routes of `/v2`."""
        return [Route("/v2", self), Route("/v2/{path:path}", self)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; every error as a JSON object with `error`."""
        path = scope["raw_path"].decode("latin-1")
        try:
            for method, pattern, answer in self._table:
                if method == scope["method"] and (match := pattern.fullmatch(path)):
                    await answer(match, scope, receive, send)
                    return
            raise NotFound(f"There is no such request. Received: {scope['method']} {path}")
        except ServiceError as error:
            status = 400 if isinstance(error, InvalidInput) else problems.status_of(error)
            await send_bytes(
                send, to_json({"error": error.detail}), status=status, headers=retry_after(error)
            )

    async def _infer(self, match: Match, scope: Scope, receive: Receive, send: Send) -> None:
        model, version = _asked(match)
        encoding, json_bytes = header(scope, b"content-encoding"), _json_bytes(scope)
        body = await read_body(receive, self._settings.deadline_seconds)

        def work(call: Call) -> InferAnswer:
            plain = decompressed(body, encoding, self._settings.max_body_bytes)
            servable = call.servable
            reader = _reader(servable.model, servable.signature, self._settings.json_limits)
            request = reader.read(plain, json_bytes)
            return write_answer(
                request,
                call.predict(request.images),
                model=servable.model,
                version=servable.version,
                class_names=servable.manifest.class_names if servable.manifest else (),
            )

        brief = not encoding and len(body) <= BRIEF_BODY_BYTES
        answered = await self._predictor.run(model, version, work, brief=brief)
        headers, content_type = answered.headers(), b"application/json"
        if answered.result.json_bytes is not None:
            headers.append((_HEADER_LENGTH, b"%d" % answered.result.json_bytes))
            content_type = b"application/octet-stream"
        content, coding = compressed(answered.result.body, header(scope, b"accept-encoding"))
        if coding:
            headers.append((b"content-encoding", coding))
        await send_bytes(send, content, content_type=content_type, headers=headers)

    def _show(self, document: Callable[[Match], Any]) -> Callable[..., Awaitable[None]]:
        """An answer that is a document, made from the address alone."""

        async def answer(match: Match, _: Scope, receive: Receive, send: Send) -> None:
            del receive
            await send_bytes(send, to_json(document(match)))

        return answer

    def _change(self, change: Callable[[str], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        """An answer that changes what is served; it takes the key."""

        async def answer(match: Match, scope: Scope, receive: Receive, send: Send) -> None:
            refuse_other_sites(Headers(scope=scope))
            check_key(self._settings.api_key, header(scope, b"x-api-key"))
            await read_body(receive, self._settings.deadline_seconds)
            await change(unquote(match["model"]))
            await send_bytes(send, b"{}")

        return answer

    async def _index(self, _: Match, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        body = await read_body(receive, self._settings.deadline_seconds)
        self._settings.json_limits.check(body)
        ready_only = _ready_only(body)
        entries = [
            documents.index_entry(model, status)
            for model in self._live.names()
            for status in self._live.statuses(model)
            if not ready_only or status.state is VersionState.SERVING
        ]
        await send_bytes(send, to_json(entries))

    def _server(self, _: Match) -> dict[str, Any]:
        return {"name": "gabarito", "version": __version__, "extensions": documents.EXTENSIONS}

    def _ready(self, _: Match) -> dict[str, bool]:
        if reasons := self._missing():
            raise ModelNotReady("; ".join(reasons))
        return {"ready": True}

    def _metadata(self, match: Match) -> dict[str, Any]:
        servable = self._servable(match)
        versions = self._live.serving_versions(servable.model)
        return documents.model_metadata(servable, versions)

    def _model_ready(self, match: Match) -> dict[str, Any]:
        return {"name": self._servable(match).model, "ready": True}

    def _config(self, match: Match) -> dict[str, Any]:
        return documents.model_config(self._servable(match), self._settings.max_examples)

    def _statistics(self, match: Match) -> dict[str, Any]:
        if match["version"] is not None:
            return {"model_stats": [documents.model_statistics(self._servable(match))]}
        model = self._servable(match).model
        return {"model_stats": self._statistics_of(model)}

    def _all_statistics(self, _: Match) -> dict[str, Any]:
        names = self._live.names()
        return {"model_stats": [one for name in names for one in self._statistics_of(name)]}

    def _statistics_of(self, model: str) -> list[dict[str, Any]]:
        versions = self._live.serving_versions(model)
        servables = (self._live.servable(model, version) for version in versions)
        return [documents.model_statistics(servable) for servable in servables if servable]

    def _servable(self, match: Match) -> Servable:
        model, version = _asked(match)
        with self._live.lease(model, version) as servable:
            return servable


def _asked(match: Match) -> tuple[str, int | None]:
    """The model, and the version if the address names one."""
    text = match["version"]
    if text is not None and not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        raise InvalidInput(f"failed to get model version from specified version string '{text}'")
    return unquote(match["model"]), None if text is None else int(text)


def _json_bytes(scope: Scope) -> int | None:
    text = header(scope, _HEADER_LENGTH)
    if not text:
        return None
    if not text.isdigit() or len(text) > _MAX_DIGITS:
        raise InvalidInput(f"Inference-Header-Content-Length is no number. Received: {text!r}")
    return int(text)


def _ready_only(body: bytes) -> bool:
    if not body.strip():
        return False
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"failed to parse the request JSON buffer: {error}") from error
    return isinstance(document, dict) and document.get("ready") is True
