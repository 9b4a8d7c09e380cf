"""Takes in the body of a request: arrays of many megabytes, copied as seldom as can be."""

import asyncio
import ctypes
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from threading import Lock
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request

from services.metrics.inputs.bodies import Body
from services.metrics.inputs.encodings import Hold
from shared.errors import DeadlineExceeded, InvalidInput, Saturated

# Among the extensions of a request's scope: the function that fills a buffer with the rest of
# the body, if the server has one.
READ_INTO = "gabarito.read_into"
ReadInto = Callable[[memoryview], Awaitable[None]]
# Of a body with more than this left the connection reads straight into the buffer.
DIRECT_BYTES = 1 << 18
UNCOUNTED_BYTES = 1 << 16


class Intake:
    """Reads bodies, under a bound on the bytes of all that are held at once.

    Args:
        max_held_bytes: Of all large bodies together, as their callers declare them, and of
            what they become once unpacked.
        timeout_seconds: Within which a body arrives.
    """

    def __init__(self, max_held_bytes: int, timeout_seconds: float) -> None:
        self.max_held_bytes = max_held_bytes
        self._timeout_seconds = timeout_seconds
        self.held_bytes = 0
        self.lock = Lock()  # bodies are unpacked in threads

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[Body]:
        """All of a body in one buffer, counted as held while the block runs.

        Raises:
            PayloadTooLarge: It has more bytes than the service reads (from `shared.limits`).
            Saturated: Together with those that are held it would be too much.
            DeadlineExceeded: It did not arrive in time.
            InvalidInput: The caller went away before the end of the body.
        """
        share = _Share(self)
        try:
            data = await self._in_time(request, share.hold)
            headers = request.headers
            encoding = headers.get("content-encoding", "")
            yield Body(data, headers.get("content-type", ""), encoding, share.hold_unpacked)
        finally:
            share.give_back()

    def refuse(self) -> NoReturn:
        """Raise Saturated, with how many bytes are held."""
        raise Saturated(
            f"{self.held_bytes} bytes of requests are being served or arrive, of at most "
            f"{self.max_held_bytes}; try again."
        )

    async def _in_time(self, request: Request, hold: Hold) -> bytearray:
        deadline = asyncio.timeout(self._timeout_seconds)
        try:
            async with deadline:
                return await _received(request, hold)
        except (ClientDisconnect, ConnectionResetError) as error:
            detail = "The client went away before the end of its request."
            raise InvalidInput(detail) from error
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise DeadlineExceeded(
                f"The body did not arrive within {self._timeout_seconds:g} seconds."
            ) from error


class _Share:
    """What one request holds."""

    def __init__(self, intake: Intake) -> None:
        self._intake, self._held = intake, 0

    def hold(self, n_bytes: int) -> None:
        """Hold so many bytes more, or raise Saturated."""
        self._hold(n_bytes, others_only=False)

    def hold_unpacked(self, n_bytes: int) -> None:
        """The same, but that a request alone may unpack what it brought, within its own bound."""
        self._hold(n_bytes, others_only=True)

    def _hold(self, n_bytes: int, *, others_only: bool) -> None:
        intake = self._intake
        with intake.lock:
            alone = others_only and intake.held_bytes == self._held
            if intake.held_bytes + n_bytes > intake.max_held_bytes and not alone:
                intake.refuse()
            self._held += n_bytes
            intake.held_bytes += n_bytes

    def give_back(self) -> None:
        """Hold nothing any more."""
        with self._intake.lock:
            self._intake.held_bytes -= self._held


async def _received(request: Request, hold: Hold) -> bytearray:
    chunks = request.stream()
    first = await anext(chunks, b"")  # a body that is refused is refused here: nothing is made yet
    declared = int(request.headers.get("content-length") or 0)
    if declared == 0:
        return await _gathered(first, chunks, hold)
    if declared > UNCOUNTED_BYTES:
        hold(declared)
    extensions: dict[str, Any] = request.scope.get("extensions") or {}
    read_into: ReadInto | None = extensions.get(READ_INTO)
    buffer = _unfilled(declared)
    received = _put(buffer, 0, first)
    while received < declared:
        if read_into is not None and declared - received > DIRECT_BYTES:
            await read_into(memoryview(buffer)[received:])
            return buffer
        chunk = await anext(chunks, None)
        if chunk is None:
            break
        received = _put(buffer, received, chunk)
    del buffer[received:]
    return buffer


async def _gathered(first: bytes, chunks: AsyncIterator[bytes], hold: Hold) -> bytearray:
    """A body of no declared length."""
    hold(len(first))
    buffer = bytearray(first)
    async for chunk in chunks:
        hold(len(chunk))
        buffer += chunk
    return buffer


def _put(buffer: bytearray, start: int, chunk: bytes) -> int:
    end = start + len(chunk)
    if end > len(buffer):
        raise InvalidInput(f"The body is longer than its Content-Length, {len(buffer)} bytes.")
    buffer[start:end] = chunk
    return end


def _unfilled(n_bytes: int) -> bytearray:
    """A buffer whose pages are not touched, so that bytes that never come take no memory."""
    try:
        buffer: bytearray = _new_bytearray(None, n_bytes)
    except MemoryError as error:
        raise Saturated(f"There is no memory for {n_bytes} bytes at present; try again.") from error
    return buffer


# `bytearray(n)` writes n zeros; with no source, the C function behind it writes nothing.
_new_bytearray = ctypes.pythonapi.PyByteArray_FromStringAndSize
_new_bytearray.argtypes = [ctypes.c_char_p, ctypes.c_ssize_t]
_new_bytearray.restype = ctypes.py_object
