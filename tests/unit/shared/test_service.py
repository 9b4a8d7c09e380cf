"""What every service has: health, docs that need no internet, telemetry, request ids."""

import json
import logging
import re

import pytest
from fastapi.testclient import TestClient

from shared import log
from shared.service import ServiceDescription, build_service
from tests.support import assert_problem


def client_of(*reasons: str) -> TestClient:
    about = ServiceDescription("Test", "A service of the tests.", (("exams", "Marks."),))
    return TestClient(build_service(about, missing=lambda: reasons, max_body_bytes=1000))


def test_livez_answers_whatever_is_missing() -> None:
    assert client_of("a model").get("/livez").json() == {"status": "alive"}


def test_readyz_is_503_and_says_what_is_missing_until_nothing_is() -> None:
    body = assert_problem(client_of("a model", "the volume").get("/readyz"), 503, "unavailable")

    assert body["detail"] == "a model; the volume"
    assert client_of().get("/readyz").json() == {"status": "ready"}


def test_the_docs_page_asks_no_other_host() -> None:
    client = client_of()
    page = client.get("/docs").text

    addresses = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page)
    assert addresses
    for address in addresses:
        assert address.startswith("/"), address
        assert client.get(address).status_code == 200, address
    assert "//" not in re.sub(r"// `.*", "", page).replace("http://www.w3.org", "")


def test_telemetry_counts_requests_by_route_and_status() -> None:
    client = client_of()
    client.get("/docs")
    client.get("/somewhere/42")

    text = client.get("/telemetry").text

    assert 'http_requests_total{method="GET",route="/docs",status="200"} 1.0' in text
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in text
    assert 'http_request_duration_seconds_count{method="GET",route="/docs"} 1.0' in text


@pytest.mark.parametrize("given", ["", "two words", "x" * 200, "ä"])
def test_a_malformed_request_id_is_replaced(given: str) -> None:
    response = client_of().get("/docs", headers={b"X-Request-Id": given.encode()})

    assert re.fullmatch(r"[0-9a-f-]{36}", response.headers["x-request-id"])


def test_each_request_is_one_log_line_with_its_id_and_none_for_health(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    client = client_of()
    client.get("/docs")
    client.get("/livez")

    lines = [record for record in caplog.records if record.getMessage() == "request"]
    assert [getattr(line, "path", "") for line in lines] == ["/docs"]


def test_json_log_lines_are_json_whatever_they_hold() -> None:
    record = logging.makeLogRecord(
        {"msg": 'a "quoted"\nline', "levelno": 20, "levelname": "INFO", "model": "mnist-cnn"}
    )
    token = log.REQUEST_ID.set("r-1")
    entry = json.loads(log.JsonFormatter("trainer").format(record))
    log.REQUEST_ID.reset(token)

    assert entry["event"] == 'a "quoted"\nline'
    assert (entry["service"], entry["model"], entry["request_id"]) == (
        "trainer",
        "mnist-cnn",
        "r-1",
    )
    assert log.current_request_id() == ""


def test_text_log_lines_are_short_and_show_the_traceback() -> None:
    try:
        raise ValueError("why")  # noqa: TRY301  a traceback is wanted
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.makeLogRecord(
        {
            "msg": "epoch_ended",
            "levelno": 20,
            "levelname": "INFO",
            "loss": 0.123456,
            "exc_info": info,
        }
    )

    first, *rest = log.TextFormatter().format(record).splitlines()

    assert first.endswith("epoch ended loss=0.1235")
    assert rest[-1] == "ValueError: why"
