"""One line for each event: JSON for machines, plain words for a terminal.

Event names are constant; what varies goes into `extra`. The request id travels in a
context variable, so every line of a request carries it.
"""

import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal

LogFormat = Literal["json", "text"]

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "color_message",
}


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


def configure(service: str, log_format: LogFormat = "json", level: str = "INFO") -> None:
    """Send the process's log to standard output, one line an event.

    Args:
        service: The name that each JSON line bears.
        log_format: `json`, or `text` for people.
        level: The lowest level that is written.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(service) if log_format == "json" else TextFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        inherited = logging.getLogger(name)
        inherited.handlers.clear()
        inherited.propagate = True
    logging.getLogger("uvicorn.access").disabled = True  # ours has the request id and duration
    logging.getLogger("httpx").setLevel(logging.WARNING)


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
        return json.dumps(entry, default=str, ensure_ascii=False)


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
    extras = {k: v for k, v in vars(record).items() if k not in _STANDARD_FIELDS | {"sentence"}}
    request_id = current_request_id()
    return {**extras, "request_id": request_id} if request_id else extras


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if " " in text or "\n" in text else text
