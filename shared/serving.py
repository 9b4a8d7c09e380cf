"""Runs a service with uvicorn so that it ends with status 0 when it is told to stop."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp


class Server(uvicorn.Server):
    """uvicorn's server; it does not raise again the signal that ended it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle the signals that end a service while it serves."""
        numbers = (signal.SIGTERM, signal.SIGINT)
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(app: ASGIApp, *, host: str, port: int, grace_seconds: int, http: Any = "auto") -> None:
    """Serve until SIGTERM or SIGINT; then finish what runs, and return.

    Args:
        app: The service.
        host: Address to listen on.
        port: Port to listen on.
        grace_seconds: How long requests that run may go on after the signal.
        http: uvicorn's HTTP protocol: its name, or a class.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=http,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=grace_seconds,
    )
    Server(config).run()
