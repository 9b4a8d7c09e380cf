"""Log lines that are written together."""

import io
import json
import logging
import time

import pytest

from shared.log import BunchingHandler, JsonFormatter, RequestLine, TextFormatter


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def logger(stream: io.StringIO) -> logging.Logger:
    logger = logging.Logger("bunched")  # noqa: LOG001  one that no other test shares
    handler = BunchingHandler(stream, interval_seconds=0.02)
    handler.setFormatter(JsonFormatter("test"))
    logger.addHandler(handler)
    return logger


def events(stream: io.StringIO) -> list[str]:
    return [json.loads(line)["event"] for line in stream.getvalue().splitlines()]


def test_lines_are_written_a_little_later_in_their_order(
    logger: logging.Logger, stream: io.StringIO
) -> None:
    for n in range(5):
        logger.info("event %d", n)
    deadline = time.monotonic() + 5
    while not stream.getvalue() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert events(stream) == [f"event {n}" for n in range(5)]


def test_a_warning_is_written_at_once_with_what_came_before_it(
    logger: logging.Logger, stream: io.StringIO
) -> None:
    logger.info("before")
    logger.warning("warning")
    assert events(stream) == ["before", "warning"]


def test_what_is_left_is_written_at_the_end(logger: logging.Logger, stream: io.StringIO) -> None:
    logger.info("last")
    logger.handlers[0].flush()
    assert events(stream) == ["last"]


@pytest.mark.parametrize("formatter", [JsonFormatter("test"), TextFormatter()])
def test_a_request_s_line_is_that_of_its_log_record(
    stream: io.StringIO, formatter: logging.Formatter
) -> None:
    handler = BunchingHandler(stream, interval_seconds=60)
    handler.setFormatter(formatter)
    line = RequestLine("POST", "/predict", 200, 1.5, request_id="abc")
    handler.take(line)
    handler.flush()
    record = line.record(logging.getLogger("shared.observation"))
    assert stream.getvalue() == formatter.format(record) + "\n"
