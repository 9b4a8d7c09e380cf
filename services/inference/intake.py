"""A bound on the bytes of all request bodies that are held at once.

The queue bounds how many requests wait, and a limit bounds each body; the product of the two
is more memory than a machine has. Small bodies are not counted: the queue bounds them.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import Saturated

UNCOUNTED_BYTES = 64 * 2**10


class BoundIntake:
    """ASGI middleware: bodies that would exceed the bound are refused with 503, and not read.

    Args:
        app: What serves the requests.
        max_bytes: Of all large bodies together, from their first byte to the end of the answer.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self.held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or _declared_bytes(scope) <= UNCOUNTED_BYTES:
            await self._app(scope, receive, send)
            return
        held = 0

        async def counted_receive() -> Message:
            nonlocal held
            message = await receive()
            arrived = len(message.get("body", b""))
            if self.held_bytes + arrived > self._max_bytes:
                raise Saturated(
                    f"{self.held_bytes} bytes of requests are being served or wait, of at most "
                    f"{self._max_bytes}; try again."
                )
            held += arrived
            self.held_bytes += arrived
            return message

        try:
            await self._app(scope, counted_receive, send)
        finally:
            self.held_bytes -= held


def _declared_bytes(scope: Scope) -> float:
    """The length that the client declares; a chunked body may have any."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else float("inf")
        if name == b"transfer-encoding":
            return float("inf")
    return 0
