"""uvicorn's HTTP protocol, except that an answer leaves in one write.

uvicorn writes the head and the body of an answer separately, and each write is a system call
and a packet, which both sides pay for: 20 of the 300 microseconds of a small picture.
"""

import asyncio
from typing import Any, cast

from shared.upgrades import IgnoringUpgrades

MAX_JOINED_BYTES = 64 * 2**10  # to join more costs more than it saves


class WholeAnswers(IgnoringUpgrades):
    """The protocol of one connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as there
        """A client has come."""
        super().connection_made(transport)
        self.transport = cast(asyncio.Transport, JoiningTransport(transport, self.loop))


class JoiningTransport:
    """A transport that holds what is written until the next write, or until the loop turns."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: bytes | None = None
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Write, in order, at the latest when the event loop turns."""
        held = self._held
        if held is None:
            self._held = data
            self._loop.call_soon(self._flush)
        elif len(data) <= MAX_JOINED_BYTES:
            self._held = None
            self._transport.write(held + data)
        else:
            self._flush()
            self._transport.write(data)

    def close(self) -> None:
        """Write what is held, and close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        held, self._held = self._held, None
        if held is not None and not self._transport.is_closing():
            self._transport.write(held)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
