"""One line for each event: JSON for machines, plain words for a terminal.

Event names are constant; what varies goes into `extra`. The request id travels in a
context variable, so every line of a request carries it.
"""

import json
import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

import orjson

LogFormat = Literal["json", "text"]

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "color_message",
}
_NO_EXTRAS = _STANDARD_FIELDS | {"sentence"}
_JSON_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY


def current_request_id() -> str:
    """The id of the request that is being served, or an empty string."""
    return _request_id.get()


@contextmanager
def bound_request_id(request_id: str) -> Iterator[None]:
    """Every log line inside the block carries this request id."""
    token = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(token)


def configure(
    service: str,
    log_format: LogFormat = "json",
    level: str = "INFO",
    *,
    flush_interval_seconds: float = 0.0,
) -> None:
    """Send the process's log to standard output, one line an event.

    Args:
        service: The name that each JSON line bears.
        log_format: `json`, or `text` for people.
        level: The lowest level that is written.
        flush_interval_seconds: How long a line below WARNING may wait to be written together
            with others; each write costs as much as making the line. 0: not at all.
    """
    handler: logging.Handler = logging.StreamHandler(sys.stdout)
    if flush_interval_seconds:
        handler = BunchingHandler(sys.stdout, flush_interval_seconds)
    handler.setFormatter(JsonFormatter(service) if log_format == "json" else TextFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        inherited = logging.getLogger(name)
        inherited.handlers.clear()
        inherited.propagate = True
    logging.getLogger("uvicorn.access").disabled = True  # ours has the request id and duration
    logging.getLogger("httpx").setLevel(logging.WARNING)


def flush() -> None:
    """Write every line that still waits."""
    for handler in logging.getLogger().handlers:
        handler.flush()


class BunchingHandler(logging.Handler):
    """Writes lines together, a short while after the first of them; WARNING and worse at once.

    Lines keep their order. At exit what is left is written.
    """

    def __init__(self, stream: TextIO, interval_seconds: float) -> None:
        super().__init__()
        self._stream = stream
        self._interval_seconds = interval_seconds
        self._lines: list[str] = []
        self._pending = threading.Event()
        self._thread: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line; `logging` holds the handler's lock."""
        try:
            self._lines.append(self.format(record))
        except Exception:  # noqa: BLE001  a line that cannot be made must not end the request
            self.handleError(record)
            return
        if record.levelno >= logging.WARNING:
            self.flush()
        elif not self._pending.is_set():
            self._pending.set()
            if self._thread is None:  # not before: a process may fork after it was configured
                self._thread = threading.Thread(target=self._run, name="log", daemon=True)
                self._thread.start()

    def flush(self) -> None:
        """Write what waits, now."""
        with self.lock or nullcontext():
            lines, self._lines = self._lines, []
            if lines and not self._stream.closed:
                self._stream.write("\n".join(lines) + "\n")
                self._stream.flush()

    def _run(self) -> None:
        while self._pending.wait():
            time.sleep(self._interval_seconds)
            self._pending.clear()
            self.flush()


class JsonFormatter(logging.Formatter):
    """A log record as one JSON object."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The record with its extras, and the traceback if there is one."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "event": record.getMessage(),
            "logger": record.name,
            **_extras(record),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(entry, default=str, option=_JSON_OPTIONS).decode()


class TextFormatter(logging.Formatter):
    """A log record as a person reads it in a terminal.

    A record's extra `sentence`, which JSON leaves out, stands for the event and its extras.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Time, event and extras; the level only where it matters."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        level = "" if record.levelno <= logging.INFO else f"{record.levelname}: "
        shown = {k: v for k, v in _extras(record).items() if level or k != "request_id"}
        extras = " ".join(f"{key}={_short(value)}" for key, value in shown.items())
        event = f"{record.getMessage().replace('_', ' ')} {extras}"
        line = f"{clock} {level}{getattr(record, 'sentence', event)}".rstrip()
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    extras = {k: v for k, v in vars(record).items() if k not in _NO_EXTRAS}
    if request_id := current_request_id():
        extras["request_id"] = request_id
    return extras


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if " " in text or "\n" in text else text
