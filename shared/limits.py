"""Bounds on what a request may bring, enforced while it is read."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import InvalidInput, PayloadTooLarge

MAX_SHORT_BODY_BYTES = 16 * 2**10


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
        if scope["type"] == "http":
            limit = self._limit(scope["path"]) if self._larger else self._max_bytes
            receive = bounded(scope, receive, limit)
        await self._app(scope, receive, send)

    def _limit(self, path: str) -> int:
        larger = (n for start, n in self._larger.items() if path.startswith(start))
        return next(larger, self._max_bytes)


def bounded(scope: Scope, receive: Receive, max_bytes: int) -> Receive:
    """The same body, which raises `PayloadTooLarge` where it becomes longer than allowed."""
    received = 0
    refusal = _refusal(scope, max_bytes)

    async def counted_receive() -> Message:
        nonlocal received
        if refusal is not None:
            raise refusal
        message = await receive()
        received += len(message.get("body", b""))
        if received > max_bytes:
            raise _too_large(max_bytes, f"more than {max_bytes} bytes")
        return message

    return counted_receive


def _refusal(scope: Scope, max_bytes: int) -> InvalidInput | PayloadTooLarge | None:
    """What is wrong with the length that the client declares, if anything."""
    for name, declared in scope["headers"]:
        if name != b"content-length":
            continue
        if not declared.isdigit():
            return InvalidInput(f"Content-Length is not a number. Received: {declared!r}")
        if int(declared) > max_bytes:
            return _too_large(max_bytes, f"{int(declared)} bytes")
        break
    return None


def _too_large(max_bytes: int, received: str) -> PayloadTooLarge:
    return PayloadTooLarge(
        f"The body may have at most {max_bytes} bytes. Received: {received}", limit=max_bytes
    )


class ShortBodyRoute(APIRoute):
    """A route that takes a few words of JSON, in a service whose other bodies may be large."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What serves a request, once its body was found short."""
        handle = super().get_route_handler()

        async def handle_short(request: Request) -> Response:
            receive = bounded(request.scope, request.receive, MAX_SHORT_BODY_BYTES)
            return await handle(Request(request.scope, receive))

        return handle_short
