"""Bounds on what a request may bring, enforced while it is read."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import InvalidInput, PayloadTooLarge


class LimitBody:
    """ASGI middleware: a request body larger than the limit is refused with 413.

    The length that the client declares is checked before a byte is read; the bytes are
    counted too, because a chunked body declares none. The error is raised where the body is
    read, so that the route can word it in its own wire format.
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
            if refusal is not None:
                raise refusal
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise self._too_large(f"more than {self._max_bytes} bytes")
            return message

        refusal = self._refusal(scope)
        await self._app(scope, counted_receive, send)

    def _refusal(self, scope: Scope) -> InvalidInput | PayloadTooLarge | None:
        """What is wrong with the length that the client declares, if anything."""
        declared = next((v for name, v in scope["headers"] if name == b"content-length"), b"0")
        if not declared.isdigit():
            return InvalidInput(f"Content-Length is not a number. Received: {declared!r}")
        if int(declared) > self._max_bytes:
            return self._too_large(f"{int(declared)} bytes")
        return None

    def _too_large(self, received: str) -> PayloadTooLarge:
        return PayloadTooLarge(
            f"The body may have at most {self._max_bytes} bytes. Received: {received}",
            limit=self._max_bytes,
        )
