"""One line for each event: JSON for machines, plain words for a terminal.

Event names are constant; what varies goes into `extra`. The request id travels in a
context variable, so every line of a request carries it.
"""

import json
import logging
import sys
import threading
import time
from contextlib import nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

import orjson

LogFormat = Literal["json", "text"]

LINES_AT_ONCE = 16
REQUEST_EVENT = "request"
REQUEST_LOGGER = "shared.observation"

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "color_message",
}
_NO_EXTRAS = _STANDARD_FIELDS | {"sentence"}
_JSON_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY


def current_request_id() -> str:
    """The id of the request that is being served, or an empty string."""
    return REQUEST_ID.get()


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
        inherited.setLevel(logging.WARNING)  # its start and stop are no events of ours
    logging.getLogger("uvicorn.access").disabled = True  # ours has the request id and duration
    logging.getLogger("httpx").setLevel(logging.WARNING)


def flush() -> None:
    """Write every line that still waits."""
    for handler in logging.getLogger().handlers:
        handler.flush()


@dataclass(slots=True)  # frozen, it would take three times as long to make
class RequestLine:
    """What the log says of a request that was answered."""

    method: str
    path: str
    status: int
    duration_ms: float
    created: float = field(default_factory=time.time)
    request_id: str = field(default_factory=current_request_id)

    def record(self, logger: logging.Logger) -> logging.LogRecord:
        """The same as a log record."""
        extra = {name: getattr(self, name) for name in ("method", "path", "status", "duration_ms")}
        record = logger.makeRecord(
            logger.name, logging.INFO, "", 0, REQUEST_EVENT, (), None, extra=extra
        )
        record.created, record.request_id = self.created, self.request_id
        return record


def log_request(logger: logging.Logger, line: RequestLine) -> None:
    """Write the line of a request.

    Where a `BunchingHandler` alone listens, no log record is made: that costs more than all
    else that is done to observe a request.
    """
    if not logger.isEnabledFor(logging.INFO):
        return
    handlers = logging.root.handlers
    if len(handlers) == 1 and isinstance(handlers[0], BunchingHandler):
        handlers[0].take(line)
    else:
        logger.handle(line.record(logger))


class BunchingHandler(logging.Handler):
    """Writes lines together, a short while after the first of them; WARNING and worse at once.

    Lines keep their order, and are made together too, which costs half as much as making
    each in the middle of its request. At exit what is left is written.
    """

    def __init__(self, stream: TextIO, interval_seconds: float) -> None:
        super().__init__()
        self._stream = stream
        self._interval_seconds = interval_seconds
        self._entries: list[logging.LogRecord | RequestLine] = []
        self._pending = threading.Event()
        self._thread: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record; `logging` holds the handler's lock."""
        if request_id := REQUEST_ID.get():  # known here, and not where the line is made
            record.request_id = request_id
        self.take(record)
        if record.levelno >= logging.WARNING:
            self.flush()

    def take(self, entry: logging.LogRecord | RequestLine) -> None:
        """Keep an entry until the next flush."""
        self._entries.append(entry)
        if not self._pending.is_set():
            self._pending.set()
            if self._thread is None:  # not before: a process may fork after it was configured
                self._thread = threading.Thread(target=self._run, name="log", daemon=True)
                self._thread.start()

    def flush(self) -> None:
        """Write what waits, now."""
        with self.lock or nullcontext():
            entries, self._entries = self._entries, []
            lines = []
            for number, entry in enumerate(entries, 1):
                if line := self._line(entry):
                    lines.append(line)
                if number % LINES_AT_ONCE == 0:
                    time.sleep(0)  # requests go first: they would wait for all lines together
            if lines and not self._stream.closed:
                self._stream.write("".join(lines))
                self._stream.flush()

    def _line(self, entry: logging.LogRecord | RequestLine) -> str:
        if isinstance(entry, RequestLine):
            if isinstance(self.formatter, JsonFormatter):
                return self.formatter.format_request(entry) + "\n"
            entry = entry.record(logging.getLogger(REQUEST_LOGGER))
        try:
            return self.format(entry) + "\n"
        except Exception:  # noqa: BLE001  a line that cannot be made must not stop the others
            self.handleError(entry)
            return ""

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
            "time": _iso_time(record.created),
            "level": record.levelname.lower(),
            "service": self._service,
            "event": record.getMessage(),
            "logger": record.name,
            **_extras(record),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(entry, default=str, option=_JSON_OPTIONS).decode()

    def format_request(self, line: RequestLine) -> str:
        """The same line as `format` makes of the request's record."""
        entry = {
            "time": _iso_time(line.created),
            "level": "info",
            "service": self._service,
            "event": REQUEST_EVENT,
            "logger": REQUEST_LOGGER,
            "method": line.method,
            "path": line.path,
            "status": line.status,
            "duration_ms": line.duration_ms,
            "request_id": line.request_id,
        }
        return orjson.dumps(entry).decode()


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


def _iso_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


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
