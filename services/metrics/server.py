"""Serves over HTTP with uvicorn; large bodies are read from the socket into one buffer.

uvicorn hands a body on in pieces, each of which is copied several times before it is part of
the whole. What is received here are arrays of many megabytes, and the copies cost more than
counting them. So a request may take over the reading of its own body: the connection reads
into the request's buffer until it is full, and then goes on as before.
"""

import asyncio
from typing import Any

import httptools

from services.metrics.uploads import READ_INTO
from shared.serving import serve
from shared.upgrades import IgnoringUpgrades


def run(app: Any, host: str, port: int, grace_seconds: int) -> None:
    """Serve until a signal ends it.

    Args:
        app: The service.
        host: Address to listen on.
        port: Port to listen on.
        grace_seconds: How long requests that run may go on after the signal.
    """
    serve(app, host=host, port=port, grace_seconds=grace_seconds, http=DirectReading)


class DirectReading(IgnoringUpgrades):
    """uvicorn's protocol, offering `READ_INTO` to requests."""

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {READ_INTO: self.read_into}  # type: ignore[dict-item]  # ours

    async def read_into(self, rest: memoryview) -> None:
        """Fill a buffer with what is left of the current request's body.

        Args:
            rest: As many bytes as are left after those that the request has received.

        Raises:
            ConnectionResetError: The client went away before the end.

        Nothing is written into the buffer after a cancellation; the connection then ends with
        the answer.
        """
        at_hand = self.cycle.body
        rest[: len(at_hand)] = at_hand
        self.cycle.body = bytearray()
        if self.cycle.disconnected or self.transport.is_closing():
            raise ConnectionResetError
        if len(at_hand) < len(rest):
            filled = self.loop.create_future()
            self.flow.pause_reading()
            self.transport.set_protocol(_Filling(self, rest[len(at_hand) :], filled))
            self.flow.resume_reading()
            try:
                await filled
            except asyncio.CancelledError:
                self._give_up_body()
                raise
        self.cycle.message_event.clear()

    def _give_up_body(self) -> None:
        self.transport.set_protocol(self)
        self.cycle.keep_alive = False

    def body_read(self) -> None:
        """Go on with HTTP after the body that a request has read itself."""
        self.flow.pause_reading()  # until the answer is sent, as after every long body
        self.transport.set_protocol(self)
        # The parser waits for the body for ever: the next request gets its own.
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.cycle.more_body = False


class _Filling(asyncio.BufferedProtocol):
    """What takes the connection's bytes while a request fills its buffer."""

    def __init__(self, http: DirectReading, rest: memoryview, filled: asyncio.Future[None]) -> None:
        self._http, self._rest, self._filled = http, rest, filled

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  all of it is offered
        """Where the next bytes go."""
        return self._rest

    def buffer_updated(self, nbytes: int) -> None:
        """So many have come."""
        self._rest = self._rest[nbytes:]
        if not self._rest:
            self._http.body_read()
            if not self._filled.done():
                self._filled.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client went away."""
        self._http.connection_lost(exc)
        if not self._filled.done():
            self._filled.set_exception(ConnectionResetError())

    def eof_received(self) -> None:
        """The client says that it sends no more."""
        self._http.eof_received()

    def pause_writing(self) -> None:
        """The client is slow to read."""
        self._http.pause_writing()

    def resume_writing(self) -> None:
        """It has caught up."""
        self._http.resume_writing()
