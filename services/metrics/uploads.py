"""Takes in the body of a request: arrays of many megabytes, copied as seldom as can be."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request

from services.metrics.inputs.bodies import Body
from shared.errors import InvalidInput

# Among the extensions of a request's scope: the function that fills a buffer with the rest of
# the body, if the server has one.
READ_INTO = "gabarito.read_into"
ReadInto = Callable[[memoryview], Awaitable[None]]
# Of a body with more than this left the connection reads straight into the buffer.
DIRECT_BYTES = 1 << 18


async def read_body(request: Request) -> Body:
    """All of the body in one buffer, made once if the caller says how long it is.

    Raises:
        InvalidInput: The caller went away before the end of the body.
    """
    try:
        data = await _received(request)
    except (ClientDisconnect, ConnectionResetError) as error:
        detail = "The client went away before the end of its request."
        raise InvalidInput(detail) from error
    headers = request.headers
    return Body(data, headers.get("content-type", ""), headers.get("content-encoding", ""))


async def _received(request: Request) -> bytearray:
    declared = int(request.headers.get("content-length") or 0)
    extensions: dict[str, Any] = request.scope.get("extensions") or {}
    read_into: ReadInto | None = extensions.get(READ_INTO)
    buffer = bytearray(declared)
    received = 0
    async for chunk in request.stream():
        end = received + len(chunk)
        if end <= declared:
            buffer[received:end] = chunk
        else:
            buffer[received:] = chunk
        received = end
        if read_into is not None and declared - received > DIRECT_BYTES:
            await read_into(memoryview(buffer)[received:])
            return buffer
    del buffer[received:]
    return buffer
