"""Labels through the trainer, which writes the volume that inference may only read."""

from pathlib import Path

from fastapi.testclient import TestClient
from pydantic import SecretStr

from services.inference.volume import ModelVolume
from services.trainer.main import create_app
from services.trainer.settings import Settings
from shared.model_store import ModelStore
from tests.support import assert_problem, publish_files

URL = "/v1/models/mnist-cnn/labels"


def test_inference_reads_the_labels_that_were_moved_here(tmp_path: Path) -> None:
    for _ in range(2):
        publish_files(ModelStore(tmp_path), "mnist-cnn", {"pesos.h5": b"weights"})
    client = TestClient(create_app(Settings(models_dir=tmp_path, auto_dataset="")))
    served = ModelVolume(tmp_path)

    for version in (1, 2):
        client.put(f"{URL}/champion", json={"version": version, "reason": "better"})
        assert served.labels("mnist-cnn") == {"champion": version}
    assert client.post(f"{URL}/champion/rollback").json()["labels"] == {"champion": 1}
    assert served.labels("mnist-cnn") == {"champion": 1}
    assert [move["to_version"] for move in client.get(URL).json()["history"]] == [1, 2, 1]
    assert_problem(client.put(f"{URL}/champion", json={"version": 9}), 404, "version-not-found")
    assert_problem(client.delete(f"{URL}/canary"), 404, "label-not-found")
    assert served.versions("mnist-cnn") == [1, 2]


def test_no_page_of_another_site_changes_anything(tmp_path: Path) -> None:
    publish_files(ModelStore(tmp_path), "mnist-cnn", {"pesos.h5": b"weights"})
    with TestClient(create_app(Settings(models_dir=tmp_path, auto_dataset=""))) as client:
        client.put(f"{URL}/champion", json={"version": 1})
        paths = client.get("/openapi.json").json()["paths"]
        changing = [(m, path) for path in paths for m in paths[path] if m != "get"]
        assert len(changing) == 7  # runs 2, data sets 2, labels 3
        for method, path in changing:
            address = path.replace("{model}", "mnist-cnn").replace("{label}", "champion")
            body = {"version": 1} if method == "put" else None
            json = {} if path == "/v1/runs" else body
            for other in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
                answer = client.request(method, address, json=json, headers=other)
                assert_problem(answer, 403, "other-site")

        assert client.get(URL).json()["labels"] == {"champion": 1}
        own = {"Origin": str(client.base_url), "Sec-Fetch-Site": "same-origin"}
        assert client.delete(f"{URL}/champion", headers=own).status_code == 200


def test_moving_a_label_takes_the_key_where_one_is_set(tmp_path: Path) -> None:
    publish_files(ModelStore(tmp_path), "mnist-cnn", {"pesos.h5": b"weights"})
    settings = Settings(models_dir=tmp_path, auto_dataset="", api_key=SecretStr("s3cret"))
    client = TestClient(create_app(settings))

    for method, path in (("PUT", ""), ("DELETE", ""), ("POST", "/rollback")):
        answer = client.request(method, f"{URL}/champion{path}", json={"version": 1})
        assert_problem(answer, 401, "unauthorized")
    keyed = {"X-API-Key": "s3cret"}
    assert client.put(f"{URL}/champion", json={"version": 1}, headers=keyed).status_code == 200
    assert client.get(URL).json()["labels"] == {"champion": 1}
