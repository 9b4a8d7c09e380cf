"""HTTP as if no client had asked to leave it.

A client may offer another protocol (`Upgrade: h2c`, `Upgrade: websocket`); a server that does not
speak it goes on as if nothing had been said (RFC 9110, section 7.8). The parser stops there
instead and gives the body up, so that the request would be answered without it or never.
"""

import sys
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LENGTHS = (b"content-length", b"transfer-encoding")


class IgnoringUpgrades(HttpToolsProtocol):
    """uvicorn's protocol, which reads the body after an offer to upgrade all the same."""

    _data = b""
    _head_again = False

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._data = data
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins."""
        if not self._head_again:
            super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field came."""
        if not self._head_again:
            super().on_header(name, value)

    def on_url(self, url: bytes) -> None:
        """The target came."""
        if not self._head_again:
            super().on_url(url)

    def on_headers_complete(self) -> None:
        """The body begins."""
        if not self._head_again:
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request ends, unless the parser takes an offer to upgrade for its end."""
        if not (self.parser.should_upgrade() and self._lengths()):
            super().on_message_complete()

    def _unsupported_upgrade_warning(self) -> None:
        """Read on where the parser has stopped, by one that has not heard of the offer."""
        stopped: Any = sys.exc_info()[1]  # this is called where it is handled
        rest = self._data[stopped.args[0] :]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        if lengths := self._lengths():
            self._head_again = True
            lines = b"".join(b"%s: %s\r\n" % field for field in lengths)
            self.parser.feed_data(b"POST / HTTP/1.1\r\n%s\r\n" % lines)
            self._head_again = False
        if rest:
            self.data_received(rest)

    def _lengths(self) -> list[tuple[bytes, bytes]]:
        """The fields that say how long the body is; none if there is none."""
        found = [field for field in self.headers if field[0] in LENGTHS]
        return [] if found == [(b"content-length", b"0")] else found
