"""Bounds on what a request may bring, enforced while it is read."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import InvalidInput, PayloadTooLarge


class LimitBody:
    """ASGI middleware: a request body larger than the limit is refused with 413.

    The length that the client declares is checked before a byte is read; the bytes are
    counted too, because a chunked body declares none. The error is raised where the body is
    read, so that the route can word it in its own wire format.

    Args:
        app: What is called.
        max_bytes: The largest body.
        larger: Limits for the paths that begin so, in place of `max_bytes`.
    """

    def __init__(
        self, app: ASGIApp, max_bytes: int, larger: Mapping[str, int] | None = None
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        received = 0
        limit = self._limit(scope["path"])

        async def counted_receive() -> Message:
            nonlocal received
            if refusal is not None:
                raise refusal
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _too_large(limit, f"more than {limit} bytes")
            return message

        refusal = _refusal(scope, limit)
        await self._app(scope, counted_receive, send)

    def _limit(self, path: str) -> int:
        return next(
            (n for start, n in self._larger.items() if path.startswith(start)), self._max_bytes
        )


def _refusal(scope: Scope, limit: int) -> InvalidInput | PayloadTooLarge | None:
    """What is wrong with the length that the client declares, if anything."""
    declared = next((v for name, v in scope["headers"] if name == b"content-length"), b"0")
    if not declared.isdigit():
        return InvalidInput(f"Content-Length is not a number. Received: {declared!r}")
    if int(declared) > limit:
        return _too_large(limit, f"{int(declared)} bytes")
    return None


def _too_large(limit: int, received: str) -> PayloadTooLarge:
    return PayloadTooLarge(
        f"The body may have at most {limit} bytes. Received: {received}", limit=limit
    )
