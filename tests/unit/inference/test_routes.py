"""The service over HTTP, with fakes behind it."""

import base64
import io
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx2 as httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from services.inference.main import create_app
from services.inference.schemas import ModelCard, Models, Prediction, Predictions
from services.inference.settings import Settings
from tests.support import web_server
from tests.unit.inference.fakes import FakeVolume, png, wait_until


def assert_problem(response: httpx.Response, status: int, slug: str, words: str = "") -> None:
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (response.status_code, problem["type"]) == (status, f"/problems/{slug}"), problem
    assert words in problem["detail"], problem["detail"]


def test_a_picture_is_answered_as_the_contract_says(client: TestClient) -> None:
    response = client.post("/predict/mnist-cnn", files={"file": ("digit.png", png(), "image/png")})
    answer = Prediction.model_validate(response.json())
    assert (answer.model, answer.version, answer.label, answer.class_name) == (
        "mnist-cnn",
        1,
        7,
        "7",
    )
    assert answer.probability == answer.probabilities["7"] == pytest.approx(0.91)
    assert list(answer.probabilities) == [str(n) for n in range(10)]
    assert answer.input_png is None
    assert response.headers["x-model-name"] == "mnist-cnn"
    assert response.headers["x-model-version"] == "1"
    assert response.headers["x-request-id"]


def test_a_raw_body_and_base64_are_answered_alike(client: TestClient) -> None:
    text = base64.b64encode(png()).decode()
    for response in (
        client.post("/predict/mnist-cnn", content=png()),
        client.post("/predict/mnist-cnn", json={"image": text}),
    ):
        assert response.json()["label"] == 7


def test_the_picture_that_the_model_saw_comes_back_when_it_is_asked_for(client: TestClient) -> None:
    answer = client.post("/predict/mnist-cnn?input=true", content=png()).json()
    shown = Image.open(io.BytesIO(base64.b64decode(answer["input_png"])))
    assert shown.tobytes() == Image.open(io.BytesIO(png())).tobytes()


def test_every_model_of_the_data_set_answers(client: TestClient, volume: FakeVolume) -> None:
    volume.datasets["fashion-mnist-cnn"] = "fashion-mnist"
    volume.published["fashion-mnist-cnn"] = [4]
    wait_until(lambda: client.get("/models/fashion-mnist-cnn").status_code == 200)
    default = Predictions.model_validate(client.post("/predict", content=png()).json())
    assert [p.model for p in default.predictions] == ["mnist-cnn", "mnist-linear"]
    wait_until(lambda: client.get("/models/fashion-mnist-cnn").json()["serving"] == 4)
    fashion = client.post("/predict?dataset=fashion-mnist", content=png()).json()
    assert [p["model"] for p in fashion["predictions"]] == ["fashion-mnist-cnn"]


def digits_side_by_side(*inks: int) -> bytes:
    """Bars of ink on white, tall and apart."""
    sheet = np.full((100, 60 * len(inks) + 40), 255, np.uint8)
    for place, ink in enumerate(inks):
        sheet[20:80, 40 + 60 * place : 52 + 60 * place] = 255 - ink
    return png(sheet)


def test_every_digit_on_a_picture_is_read_with_its_place(client: TestClient) -> None:
    response = client.post("/predict/mnist-cnn?input=true", content=digits_side_by_side(255, 255))
    answer = Prediction.model_validate(response.json())
    assert answer.digits is not None
    assert [(d.box.left, d.box.top, d.box.width, d.box.height) for d in answer.digits] == [
        (40, 20, 12, 60),
        (100, 20, 12, 60),
    ]
    for digit in answer.digits:
        assert digit.probabilities[digit.class_name] == digit.probability
        shown = Image.open(io.BytesIO(base64.b64decode(digit.input_png or "")))
        assert shown.size == (28, 28)
    assert any("2 digits" in text for text in answer.warnings)


def test_one_digit_is_one_entry_and_says_what_the_top_says(client: TestClient) -> None:
    for content in (png(), digits_side_by_side(255)):
        answer = client.post("/predict/mnist-cnn", content=content).json()
        (digit,) = answer["digits"]
        assert digit["label"] == answer["label"]
        assert digit["probabilities"] == answer["probabilities"]
        assert answer["warnings"] == []


def test_a_picture_with_nothing_on_it_is_answered_with_a_warning(client: TestClient) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (120, 120), np.uint8)
    for pixels in (np.full((90, 70), 200, np.uint8), noise, np.full((1, 1), 255, np.uint8)):
        answer = client.post("/predict/mnist-cnn", content=png(pixels)).json()
        assert answer["digits"] == []
        assert "Nothing that looks like a digit" in answer["warnings"][0]


def test_no_more_digits_are_read_than_the_setting_says(volume: FakeVolume, tmp_path: Path) -> None:
    settings = Settings(models_dir=tmp_path, log_format="text", max_digits=3)
    with TestClient(create_app(settings, volume, volume.load)) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200)
        picture = digits_side_by_side(*[255] * 6)
        answer = client.post("/predict/mnist-cnn", content=picture).json()
        assert len(answer["digits"]) == 3
        assert any("3 most prominent" in text for text in answer["warnings"])


@pytest.fixture
def picture_url() -> Iterator[str]:
    """A picture on a server on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(png())

        def log_message(self, *_: object) -> None:
            """Nothing on standard error."""

    with web_server(Handler) as url:
        yield f"{url}/digit.png"


def test_a_picture_is_fetched_for_a_url(
    volume: FakeVolume, tmp_path: Path, picture_url: str
) -> None:
    settings = Settings(models_dir=tmp_path, log_format="text", url_allow_loopback=True)
    with TestClient(create_app(settings, volume, volume.load)) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200)
        one = client.post("/predict/mnist-cnn", json={"url": picture_url})
        assert one.json()["label"] == 7
        both = client.post("/predict", files={"url": (None, picture_url), "file": b""})
        assert [p["label"] for p in both.json()["predictions"]] == [7, 7]


def test_what_a_url_may_not_be_is_a_problem_document(
    client: TestClient, picture_url: str, volume: FakeVolume, tmp_path: Path
) -> None:
    path = "/predict/mnist-cnn"
    refused = client.post(path, json={"url": picture_url})
    assert_problem(refused, 422, "url-refused", "public addresses only")
    assert_problem(client.post(path, json={"url": "file:///x"}), 422, "url-refused", "http")
    assert_problem(client.post(path, json={"url": 3}), 422, "invalid-input", "int")
    both = client.post(path, json={"url": picture_url, "image": ""})
    assert_problem(both, 422, "invalid-input", "a picture and a URL")
    settings = Settings(models_dir=tmp_path, log_format="text", url_fetch=False)
    with TestClient(create_app(settings, volume, volume.load)) as off:
        refused = off.post(path, json={"url": picture_url})
        assert_problem(refused, 422, "url-refused", "does not fetch")


@pytest.mark.parametrize("path", ["/predict/mnist-cnn", "/predict"])
@pytest.mark.parametrize(
    ("body", "status", "slug", "words"),
    [
        (b"", 422, "invalid-image", "0 bytes"),
        (b"text", 422, "invalid-image", "text that begins 'text'"),
        (png()[:60], 422, "invalid-image", "cut off"),
        (b"<svg/>", 415, "unsupported-media-type", "SVG"),
        (b"%PDF-1.7", 415, "unsupported-media-type", "PDF"),
    ],
)
def test_what_is_no_picture_is_a_problem_document(
    client: TestClient, path: str, body: bytes, status: int, slug: str, words: str
) -> None:
    assert_problem(client.post(path, content=body), status, slug, words)


def test_bad_requests_are_problem_documents(client: TestClient) -> None:
    assert_problem(client.post("/predict/nope", content=png()), 404, "model-not-found", "mnist-cnn")
    assert_problem(
        client.post("/predict?dataset=x", content=png()), 404, "model-not-found", "mnist"
    )
    assert_problem(
        client.post("/predict?input=maybe", content=png()), 422, "invalid-input", "maybe"
    )
    assert_problem(client.get("/predict/mnist-cnn"), 405, "method-not-allowed", "POST")
    assert_problem(client.get("/models/nope"), 404, "model-not-found", "mnist-cnn")


def test_a_body_above_the_limit_is_refused(volume: FakeVolume, tmp_path: Path) -> None:
    settings = Settings(models_dir=tmp_path, log_format="text", max_body_bytes=1024)
    with TestClient(create_app(settings, volume, volume.load)) as client:
        for content in (bytes(1025), iter([bytes(1000), bytes(1000)])):
            response = client.post("/predict/mnist-cnn", content=content)
            assert_problem(response, 413, "payload-too-large", "1024")


def test_readyz_is_503_with_the_reason_until_something_can_be_served(tmp_path: Path) -> None:
    volume = FakeVolume()
    settings = Settings(models_dir=tmp_path, log_format="text", poll_interval_seconds=0.05)
    with TestClient(create_app(settings, volume, volume.load)) as client:
        wait_until(lambda: "published" in client.get("/readyz").json()["detail"])
        assert_problem(client.get("/readyz"), 503, "unavailable", str(tmp_path))
        assert_problem(client.post("/predict", content=png()), 503, "model-not-ready")
        volume.broken["mnist-cnn", 1] = "one byte changed"
        volume.published["mnist-cnn"] = [1]
        wait_until(lambda: "one byte changed" in client.get("/readyz").json()["detail"])
        assert_problem(
            client.post("/predict/mnist-cnn", content=png()), 503, "model-not-ready", "one byte"
        )
        volume.published["mnist-cnn"] = [1, 2]
        wait_until(lambda: client.get("/readyz").status_code == 200)


def test_the_cards_show_what_serves_and_what_failed_and_why(
    client: TestClient, volume: FakeVolume
) -> None:
    volume.broken["mnist-cnn", 2] = "one byte changed"
    volume.published["mnist-cnn"] = [1, 2]
    wait_until(lambda: len(client.get("/models").json()["models"][0]["versions"]) == 2)
    models = Models.model_validate(client.get("/models").json())
    assert [m.name for m in models.models] == ["mnist-cnn", "mnist-linear"]
    card = ModelCard.model_validate(client.get("/models/mnist-cnn").json())
    assert card.serving == 1
    assert card.card is not None
    assert card.card.class_names == tuple("0123456789")
    assert [(v.version, v.state, v.reason) for v in card.versions] == [
        (1, "serving", ""),
        (2, "failed", "one byte changed"),
    ]


def first_example(parameter: dict[str, Any]) -> Any:
    named = parameter.get("examples", {})
    return parameter.get("example", next((e["value"] for e in named.values()), None))


def test_every_example_of_the_openapi_document_succeeds_as_it_stands(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    tried = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            values = {p["name"]: first_example(p) for p in operation.get("parameters", [])}
            if "label" in values or "labels" in path:  # there is none in this volume
                continue
            content = operation.get("requestBody", {}).get("content", {})
            example = content.get("application/json", {}).get("example")
            address = path.format(**values)
            body = {"json": example} if example is not None else {}
            response = client.request(method, address, **body)
            assert response.status_code == 200, (method, address, response.text)
            tried.append(operation["operationId"])
    assert {"predict", "predict_all", "tfs_predict", "tfs_classify", "oip_infer"} < set(tried)


def test_every_reference_in_the_openapi_document_resolves(client: TestClient) -> None:
    text = client.get("/openapi.json").text
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    for name in re.findall(r'"#/components/schemas/([^"]+)"', text):
        assert name in schemas
