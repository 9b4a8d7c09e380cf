"""The whole service over fakes: labels, telemetry, the hot path, overload and drain."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from services.inference.main import create_app
from services.inference.servables import Servable
from services.inference.settings import Settings
from services.inference.worker_telemetry import merged
from tests.support import assert_problem
from tests.unit.inference.fakes import FakeEngine, FakeVolume, png, wait_until


def samples(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(f"{k}={v}" for k, v in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_labels_are_moved_and_rolled_back_over_http(
    client: TestClient, volume: FakeVolume, tmp_path: Path
) -> None:
    for published in "12":
        (tmp_path / "mnist-cnn" / published).mkdir(parents=True)
    url = "/models/mnist-cnn/labels"
    assert client.get(url).json() == {"labels": {}, "history": []}
    for version in (1, 2):
        moved = client.put(f"{url}/champion", json={"version": version, "reason": "better"})
        assert moved.json()["labels"] == {"champion": version}
    assert client.post(f"{url}/champion/rollback").json()["labels"] == {"champion": 1}
    assert client.delete(f"{url}/champion").json()["labels"] == {}
    assert len(client.get(url).json()["history"]) == 4
    assert client.put(f"{url}/1", json={"version": 1}).status_code == 422
    assert client.put(f"{url}/champion", json={"version": 0}).status_code == 422
    assert client.put(f"{url}/champion", json={"version": 3}).status_code == 404
    assert client.delete(f"{url}/champion").status_code == 404
    assert client.get("/models/nope/labels").status_code == 404
    assert volume.published


def test_a_label_s_body_is_short(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "mnist-cnn" / "1").mkdir(parents=True)
    long = b'{"version": 1, "reason": [' + b"[]," * 10_000 + b"[]]}"
    answer = client.put(
        "/models/mnist-cnn/labels/champion",
        content=long,
        headers={"Content-Type": "application/json"},
    )
    assert assert_problem(answer, 413, "payload-too-large")["limit"] < len(long)


def test_telemetry_counts_by_model_and_version(client: TestClient) -> None:
    for _ in range(3):
        client.post("/predict/mnist-cnn", content=png())
    client.post("/predict/mnist-cnn", content=b"text")
    client.post("/predict/nope", content=png())
    found = samples(client.get("/telemetry").text)
    of_model = ("model=mnist-cnn", "version=1")
    assert found["inference_requests_total", "model=mnist-cnn", "outcome=success", "version=1"] == 3
    assert found["inference_requests_total", "model=mnist-cnn", "outcome=failure", "version=1"] == 1
    assert found[("inference_duration_seconds_count", *of_model)] == 3
    assert found["inference_duration_seconds_bucket", "le=+Inf", *of_model] == 3
    assert found[("model_version_serving", *of_model)] == 1
    assert found["model_versions", "model=mnist-cnn", "state=serving"] == 1
    assert found["http_requests_total", "method=POST", "route=/predict/{model}", "status=200"] == 3
    assert found["http_requests_total", "method=POST", "route=/predict/{model}", "status=404"] == 1


def test_the_numbers_of_several_processes_are_added_and_never_go_back() -> None:
    one = '# TYPE a_total counter\na_total{x="q\\"\\\\"} 2.0\n# TYPE g gauge\ng 5.0\n'
    two = '# TYPE a_total counter\na_total{x="q\\"\\\\"} 3.0\n# TYPE g gauge\ng 7.0\n'
    found = samples(merged({"1": one, "2": two}, running={"2"}))
    assert found == {("a_total", 'x=q"\\'): 5.0, ("g", "worker=2"): 7.0}


def test_a_full_queue_is_503_with_retry_after_and_nothing_hangs(
    volume: FakeVolume, tmp_path: Path
) -> None:
    gate = threading.Event()

    def load(model: str, version: int) -> Servable:
        servable = volume.load(model, version)
        assert isinstance(servable.engine, FakeEngine)
        servable.engine.before_predict = lambda: gate.wait(5)
        return replace(servable, example_seconds=5.0)

    settings = Settings(
        models_dir=tmp_path, log_format="text", threads=1, max_queued=1, deadline_seconds=2
    )
    with TestClient(create_app(settings, volume, load)) as client:
        answers: list[int] = []

        def ask() -> None:
            answers.append(client.post("/predict/mnist-cnn", content=png()).status_code)

        waiting = [threading.Thread(target=ask) for _ in range(2)]
        for thread in waiting:
            thread.start()
        found = "inference_unfinished_requests"
        wait_until(lambda: samples(client.get("/telemetry").text)[found,] == 2)
        for path in ("/predict/mnist-cnn", "/v2/models/mnist-cnn/infer"):
            refused = client.post(path, content=png())
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        gate.set()
        for thread in waiting:
            thread.join()
        assert answers == [200, 200]


def test_a_late_answer_is_504(volume: FakeVolume, tmp_path: Path) -> None:
    gate = threading.Event()

    def load(model: str, version: int) -> Servable:
        servable = volume.load(model, version)
        assert isinstance(servable.engine, FakeEngine)
        servable.engine.before_predict = lambda: gate.wait(5)
        return replace(servable, example_seconds=5.0)

    settings = Settings(models_dir=tmp_path, log_format="text", deadline_seconds=0.05)
    with TestClient(create_app(settings, volume, load)) as client:
        late = client.post("/predict/mnist-cnn", content=png())
        assert (late.status_code, late.json()["type"]) == (504, "/problems/deadline-exceeded")
        gate.set()


def test_a_body_that_never_comes_is_504(volume: FakeVolume, tmp_path: Path) -> None:
    settings = Settings(models_dir=tmp_path, log_format="text", deadline_seconds=0.05)
    app = create_app(settings, volume, volume.load)
    statuses: list[int] = []

    async def receive() -> dict[str, object]:
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(int(str(message["status"])))

    async def scenario() -> None:
        for path in ("/predict/mnist-cnn", "/v1/models/mnist-cnn:predict"):
            scope: dict[str, object] = {
                "type": "http",
                "method": "POST",
                "path": path,
                "raw_path": path.encode(),
                "query_string": b"",
                "headers": [],
                "root_path": "",
            }
            await app(scope, receive, send)  # type: ignore[arg-type]

    asyncio.run(scenario())
    assert statuses == [504, 504]


def test_draining_makes_the_service_not_ready_while_it_still_answers(client: TestClient) -> None:
    client.app.state.readiness.draining = True  # type: ignore[attr-defined]
    assert client.get("/readyz").status_code == 503
    assert client.get("/v2/health/ready").status_code == 503
    assert client.get("/livez").status_code == 200
    assert client.post("/predict/mnist-cnn", content=png()).status_code == 200


def test_an_answer_that_is_not_finite_is_an_error_and_never_sent(
    volume: FakeVolume, tmp_path: Path
) -> None:
    class Broken(FakeEngine):
        def predict(self, images):  # type: ignore[no-untyped-def]
            return super().predict(images) * float("nan")

    def load(model: str, version: int) -> Servable:
        servable = volume.load(model, version)
        return Servable(model, version, servable.signature, Broken(), 0.0, servable.manifest)

    with TestClient(
        create_app(Settings(models_dir=tmp_path, log_format="text"), volume, load)
    ) as client:
        answer = client.post("/predict/mnist-cnn", content=png())
        assert (answer.status_code, answer.json()["type"]) == (500, "/problems/not-finite")
