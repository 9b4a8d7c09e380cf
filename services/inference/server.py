"""Runs the service in one process: uvicorn, with a drain that drops no request.

On SIGTERM or SIGINT the service is not ready at once, goes on accepting for a short while
(so that whoever routes to it can notice), then stops accepting, finishes what runs and
ends with status 0.
"""

import os
import signal
import socket
import time
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI

from services.inference.main import create_app
from services.inference.settings import Settings
from services.inference.whole_answers import WholeAnswers
from shared.serving import Server

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 75  # longer than that of the proxies in front, which then never meet a close


class DrainingServer(Server):
    """A server that drains before it stops, and stops when its parent is gone."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, drain_delay_seconds: float) -> None:
        super().__init__(config)
        self._app = app
        self._drain_delay_seconds = drain_delay_seconds
        self._exit_at: float | None = None
        self._parent = os.getppid()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain; a second signal ends the wait, and a third what still runs."""
        del sig, frame
        if self.should_exit:
            self.force_exit = True
        elif self._exit_at is not None:
            self.should_exit = True
        else:
            self._app.state.readiness.draining = True
            self._exit_at = time.monotonic() + self._drain_delay_seconds

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether it is time to stop accepting."""
        if self._exit_at is None and os.getppid() != self._parent:
            self.handle_exit(signal.SIGTERM, None)
        if self._exit_at is not None and time.monotonic() >= self._exit_at:
            self.should_exit = True
        return await super().on_tick(counter)


def serve(settings: Settings, listener: socket.socket, telemetry_dir: Path | None = None) -> None:
    """Serve on a listening address until a signal ends it.

    Args:
        settings: The same in all processes.
        listener: Bound; it may be one of several on the same port.
        telemetry_dir: Where several processes leave their numbers for each other.
    """
    app = create_app(settings, telemetry_dir=telemetry_dir)
    config = uvicorn.Config(
        app,
        http=WholeAnswers,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # nothing here depends on the client's address
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=max(1, round(settings.deadline_seconds)),
    )
    DrainingServer(config, app, settings.drain_delay_seconds).run(sockets=[listener])


def listen(host: str, port: int, *, shared: bool) -> socket.socket:
    """A socket bound to an address; several may share one if all of them say so.

    Raises:
        OSError: The address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
