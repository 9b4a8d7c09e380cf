"""Reading a request and sending its answer, without what the hot routes have no use for."""

import asyncio
from collections.abc import Iterable

from starlette.types import Message, Receive, Scope, Send

from shared.errors import DeadlineExceeded, InvalidInput, ServiceError, Unavailable

RawHeaders = Iterable[tuple[bytes, bytes]]


async def read_body(receive: Receive, timeout_seconds: float) -> bytes:
    """The whole body of a request.

    Raises:
        PayloadTooLarge: It has more bytes than the service reads (from `shared.limits`).
        DeadlineExceeded: It did not arrive in time.
        InvalidInput: The client went away before its end.
    """
    message = _arrived(receive)
    if message and message["type"] == "http.request" and not message.get("more_body", False):
        return bytes(message.get("body", b""))
    try:
        async with asyncio.timeout(timeout_seconds):
            message = message or await receive()
            chunks = []
            while message["type"] == "http.request":
                chunks.append(message.get("body", b""))
                if not message.get("more_body", False):
                    return b"".join(chunks)
                message = await receive()
    except TimeoutError as error:
        raise DeadlineExceeded(
            f"The body did not arrive within {timeout_seconds:g} seconds."
        ) from error
    raise InvalidInput("The client went away before the end of its request.")


def _arrived(receive: Receive) -> Message | None:
    """The next message, if it is there already; to set a timer takes as long as to read it."""
    attempt = receive().__await__()
    try:
        next(attempt)
    except StopIteration as arrived:
        message: Message = arrived.value
        return message
    attempt.close()  # it waits, and has taken nothing yet
    return None


def retry_after(error: ServiceError) -> list[tuple[bytes, bytes]]:
    """The header that says when to try again, for errors that pass."""
    if isinstance(error, Unavailable):
        return [(b"retry-after", b"%d" % error.retry_after_seconds)]
    return []


def header(scope: Scope, name: bytes) -> bytes:
    """The first header of this lower-case name, or nothing."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return b""


async def send_bytes(
    send: Send,
    body: bytes,
    *,
    status: int = 200,
    content_type: bytes = b"application/json",
    headers: RawHeaders = (),
) -> None:
    """Send a whole answer."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", content_type),
                (b"content-length", b"%d" % len(body)),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
