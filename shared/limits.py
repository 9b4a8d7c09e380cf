"""Bounds on what a request may bring, enforced while it is read."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import problems
from shared.errors import InvalidInput, PayloadTooLarge


class LimitBody:
    """ASGI middleware: a request body larger than the limit is refused with 413.

    The length that the client declares is checked before a byte is read; the bytes are
    counted too, because a chunked body declares none.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        received = 0

        async def counted_receive() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise self._too_large(f"more than {self._max_bytes} bytes")
            return message

        try:
            self._check_declared_length(scope)
        except (InvalidInput, PayloadTooLarge) as error:
            await problems.response_for(error)(scope, receive, send)
            return
        await self._app(scope, counted_receive, send)

    def _check_declared_length(self, scope: Scope) -> None:
        declared = dict(scope["headers"]).get(b"content-length")
        if declared is None:
            return
        if not declared.isdigit():
            raise InvalidInput(f"Content-Length is not a number. Received: {declared!r}")
        if int(declared) > self._max_bytes:
            raise self._too_large(f"{int(declared)} bytes")

    def _too_large(self, received: str) -> PayloadTooLarge:
        return PayloadTooLarge(
            f"The body may have at most {self._max_bytes} bytes. Received: {received}",
            limit=self._max_bytes,
        )
