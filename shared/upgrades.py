"""HTTP as if no client had asked to leave it.

A client may offer another protocol (`Upgrade: h2c`, as Java's does with its first request, or
`Upgrade: websocket`); a server that does not speak it goes on as if nothing had been said
(RFC 9110, section 7.8). The parser stops there instead and gives the body up, so that the
request would be answered without it or never.
"""

import sys
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LENGTHS = (b"content-length", b"transfer-encoding")


class IgnoringUpgrades(HttpToolsProtocol):
    """uvicorn's protocol, which reads the body after an offer to upgrade all the same."""

    _data = b""

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._data = data
        super().data_received(data)
        self._data = b""  # a connection that waits holds nothing

    def on_message_complete(self) -> None:
        """The request ends, unless the parser takes an offer to upgrade for its end."""
        if not (self.parser.should_upgrade() and self._lengths()):
            super().on_message_complete()

    def _unsupported_upgrade_warning(self) -> None:
        """Read on where the parser has stopped, by one that has not heard of the offer."""
        stopped: Any = sys.exc_info()[1]  # this is called where it is handled
        rest = self._data[stopped.args[0] :]
        reading = _Reading(self)
        self.parser = httptools.HttpRequestParser(reading)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        if lengths := self._lengths():
            lines = b"".join(b"%s: %s\r\n" % field for field in lengths)
            self.parser.feed_data(b"POST / HTTP/1.1\r\n%s\r\n" % lines)
        reading.head_again = False
        if rest:
            self.data_received(rest)

    def _should_upgrade(self) -> bool:
        return False

    def _lengths(self) -> list[tuple[bytes, bytes]]:
        """The fields that say how long the body is; none if there is none."""
        found = [field for field in self.headers if field[0] in LENGTHS]
        return [] if found == [(b"content-length", b"0")] else found


class _Reading:
    """Hands on what a parser finds, but for a head that the protocol has heard already."""

    def __init__(self, protocol: HttpToolsProtocol) -> None:
        self.head_again = True
        self.on_body = protocol.on_body
        self.on_message_complete = protocol.on_message_complete
        self._protocol = protocol

    def on_message_begin(self) -> None:
        if not self.head_again:
            self._protocol.on_message_begin()

    def on_url(self, url: bytes) -> None:
        if not self.head_again:
            self._protocol.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.head_again:
            self._protocol.on_header(name, value)

    def on_headers_complete(self) -> None:
        if not self.head_again:
            self._protocol.on_headers_complete()
