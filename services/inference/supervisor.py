"""Keeps several processes serving one port, and ends when they have drained.

Each process has a socket of its own on the port (SO_REUSEPORT), so the kernel spreads
connections over them. This process holds all sockets too: while one that died is being
replaced, its connections wait.
"""

import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from types import FrameType

logger = logging.getLogger(__name__)

LIVED_SECONDS = 5.0  # a process that ended sooner than this failed to start
MAX_FAILED_STARTS = 5

Serve = Callable[[socket.socket], None]


class Supervisor:
    """One process for each socket.

    Args:
        sockets: All bound to the same address.
        serve: What a process does with its socket, until a signal ends it.
    """

    def __init__(self, sockets: list[socket.socket], serve: Serve) -> None:
        self._sockets = sockets
        self._serve = serve
        self._stopping = False
        self._failed_starts = 0
        self._started: dict[int, tuple[int, float]] = {}

    def run(self) -> int:
        """Start the processes, replace those that die, and drain all on a signal.

        Returns:
            The exit status: 0 after a signal, 1 if processes cannot be kept running.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for slot in range(len(self._sockets)):
            self._start(slot)
        failed = False
        while self._started:
            process, status = os.wait()
            slot, began = self._started.pop(process)
            if self._stopping:
                continue
            logger.error(
                "worker_died",
                extra={"worker": process, "status": os.waitstatus_to_exitcode(status)},
            )
            self._failed_starts += 1 if time.monotonic() - began < LIVED_SECONDS else 0
            if self._failed_starts < MAX_FAILED_STARTS:
                self._start(slot)
            else:
                failed = True
                self._stop(signal.SIGTERM, None)
        return 1 if failed else 0

    def _start(self, slot: int) -> None:
        process = os.fork()
        if process:
            self._started[process] = (slot, time.monotonic())
            return
        status = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            for other in self._sockets:
                if other is not self._sockets[slot]:  # else it would listen on when its owner stops
                    other.close()
            self._serve(self._sockets[slot])
            status = 0
        except Exception:
            logger.exception("worker_failed")
        finally:
            logging.shutdown()
            os._exit(status)  # nothing of the parent's runs in a child

    def _stop(self, sig: int, frame: FrameType | None) -> None:
        del sig, frame
        self._stopping = True
        for listener in self._sockets:
            listener.close()
        for process in self._started:
            os.kill(process, signal.SIGTERM)
