"""Watches every request: gives it an id, logs and counts it, and answers if the code failed."""

import logging
import random
import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import problems
from shared.log import REQUEST_ID, RequestLine, log_request
from shared.telemetry import Telemetry

logger = logging.getLogger(__name__)

REQUEST_ID_HEADER = b"x-request-id"
_ACCEPTED_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_QUIET_ROUTES = frozenset({"/livez", "/readyz", "/telemetry"})


class ObserveRequests:
    """ASGI middleware, the outermost of a service.

    A client's `X-Request-Id` is kept if it is well formed, else a UUID is made; the answer
    carries it. One log line and one count for each request. An unexpected exception is
    logged with its traceback and answered with a bare 500 under the same id.
    """

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and record how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id_of(scope)
        started = time.perf_counter()
        status = 0

        async def noted_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), (REQUEST_ID_HEADER, request_id.encode())]
                message = {**message, "headers": headers}
            await send(message)

        token = REQUEST_ID.set(request_id)
        try:
            await self._app(scope, receive, noted_send)
        except Exception:
            logger.exception("unexpected_error", extra={"path": scope["path"]})
            if status:  # the answer has begun: the server must cut it off
                raise
            await problems.unexpected_response()(scope, receive, noted_send)
        finally:
            self._record(scope, status, time.perf_counter() - started)
            REQUEST_ID.reset(token)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        self._telemetry.record_request(scope["method"], route, status, seconds)
        if route not in _QUIET_ROUTES:
            line = RequestLine(scope["method"], scope["path"], status, int(seconds * 1e6) / 1000)
            log_request(logger, line)


def _request_id_of(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == REQUEST_ID_HEADER and _ACCEPTED_ID.fullmatch(value):
            return str(value, "ascii")
    return _random_uuid()


def _random_uuid() -> str:
    """A version 4 UUID for telling requests apart; nobody need be kept from guessing it."""
    digits = f"{random.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
