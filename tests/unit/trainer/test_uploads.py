"""Data sets over HTTP: uploaded, listed, trained on, deleted."""

import asyncio
import json
import tempfile
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from filelock import FileLock
from pydantic import SecretStr

from services.trainer.datasets.loading import load_dataset
from services.trainer.desk import LOCK_FILE
from services.trainer.errors import DatasetBroken
from services.trainer.main import create_app
from services.trainer.run_store import STATE_DIRECTORY
from services.trainer.settings import Settings
from tests.support import assert_problem, wait_for
from tests.unit.trainer.test_own_data import (
    LABELS,
    npz,
    rows,
    some_images,
    table,
    two_classes,
    zipped,
)
from tests.unit.trainer.test_service import PatientExecutor


def settings_in(folder: Path, **others: Any) -> Settings:
    """Of a service that trains nothing by itself, and takes small uploads."""
    return Settings(
        models_dir=folder / "models",
        download_dir=folder / "downloads",
        auto_dataset="",
        max_upload_bytes=100_000,
        **others,
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path, max_body_bytes=2000, max_skipped_files=1)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as client:
        wait_for(lambda: client.get("/readyz").status_code == 200, 5)
        yield client


@pytest.fixture
def archive(tmp_path: Path) -> bytes:
    return zipped(tmp_path / "pets.zip", two_classes() | {"cat/broken.png": b"x"}).read_bytes()


def test_an_upload_is_read_checked_kept_and_found_by_name(
    client: TestClient, settings: Settings, archive: bytes
) -> None:
    answer = client.put("/v1/datasets/pets?title=My pets", content=archive)

    assert answer.status_code == 201
    assert answer.headers["Location"] == "/v1/datasets/pets"
    about = answer.json()
    assert about["title"] == "My pets"
    assert about["class_names"] == ["cat", "dog"]
    assert about["splits"] == {"train": {"cat": 5, "dog": 5}, "test": {"cat": 1, "dog": 1}}
    assert list(about["skipped"]) == ["cat/broken.png"]
    assert about["n_skipped"] == 1
    assert client.get("/v1/datasets/pets").json() == about
    listed = {d["name"]: d["is_uploaded"] for d in client.get("/v1/datasets").json()["datasets"]}
    assert listed == {"mnist": False, "fashion-mnist": False, "digits": False, "pets": True}
    dataset = load_dataset("pets", settings.data_places, lambda *_: None, lambda _: None)
    assert dataset.sha256 == about["sha256"]
    assert (len(dataset.train), len(dataset.test)) == (10, 2)
    assert sorted(p.name for p in settings.download_dir.iterdir()) == ["uploaded"]


def test_arrays_and_tables_are_uploads_too_and_options_reach_them(
    client: TestClient, tmp_path: Path
) -> None:
    arrays = npz(tmp_path / "a.npz", images=some_images(12, 8, 8), labels=LABELS).read_bytes()
    pixels = table(tmp_path / "a.csv", rows(1, 1, 1, 0, 0, 0)).read_bytes()
    query = "image_size=16x12&preprocessing=mnist-digit"

    first = client.put(f"/v1/datasets/arrays?{query}", content=arrays).json()
    second = client.put("/v1/datasets/table", files={"file": ("a.csv", pixels)}).json()

    assert (first["image_shape"], first["preprocessing"]) == ([16, 12, 1], "mnist-digit")
    assert (second["image_shape"], second["preprocessing"]) == ([8, 8, 1], "none")


def test_a_folder_that_a_browser_sends_is_its_files_under_their_paths(client: TestClient) -> None:
    files = [("file", (f"pets/{name}", content)) for name, content in two_classes().items()]

    about = client.put("/v1/datasets/pets", files=files).json()

    assert about["class_names"] == ["cat", "dog"]
    assert client.put("/v1/datasets/x", files=[("picture", ("a", b""))]).status_code == 422


def test_a_file_of_several_may_be_called_anything_and_is_no_fault_of_the_service(
    client: TestClient,
) -> None:
    for name in ("/", "//", "..", "C:"):
        files = [("file", (name, b"x")), ("file", ("cat/1.png", b"y"))]
        told = assert_problem(client.put("/v1/datasets/x", files=files), 422, "dataset-unusable")
        assert "leads out of it" in told["detail"]


def test_the_first_files_that_were_skipped_are_listed_and_all_are_counted(
    client: TestClient, settings: Settings, tmp_path: Path
) -> None:
    strays = {f"{name}/{i}.txt": b"note" for name in ("cat", "dog") for i in range(100)}
    path = zipped(tmp_path / "pets.zip", two_classes() | strays | {"cat/broken.png": b"x"})

    about = client.put("/v1/datasets/pets", content=path.read_bytes()).json()

    assert (len(about["skipped"]), about["n_skipped"]) == (100, 201)
    assert next(iter(about["skipped"])) == "cat/broken.png"
    assert client.get("/web/data").json()["datasets"][0]["skipped"] == 201
    described = settings.download_dir / "uploaded" / "pets" / "dataset.json"
    older = json.loads(described.read_text())
    del older["n_skipped"]
    described.write_text(json.dumps(older))
    assert client.get("/v1/datasets/pets").json()["n_skipped"] == 100


def test_what_cannot_be_used_is_refused_and_leaves_nothing(
    client: TestClient, settings: Settings, archive: bytes
) -> None:
    odd = assert_problem(client.put("/v1/datasets/a", content=b"\0\1"), 422, "dataset-unusable")
    assert "Received: the upload, which is none of them" in odd["detail"]
    assert_problem(client.put("/v1/datasets/a", content=b""), 422, "dataset-unusable")
    assert_problem(client.put("/v1/datasets/a", content=bytes(100_001)), 413, "payload-too-large")
    assert_problem(client.put("/v1/datasets/mnist", content=archive), 409, "dataset-in-use")
    assert_problem(client.put("/v1/datasets/a?size=3", content=archive), 422, "invalid-input")
    assert client.put("/v1/datasets/.a", content=archive).status_code == 422
    assert_problem(client.get("/v1/datasets/a"), 404, "dataset-not-found")
    built_in = assert_problem(client.get("/v1/datasets/mnist"), 404, "dataset-not-found")
    assert "No data set 'mnist' was uploaded" in built_in["detail"]
    assert_problem(client.delete("/v1/datasets/a"), 404, "dataset-not-found")
    assert_problem(client.delete("/v1/datasets/mnist"), 409, "dataset-in-use")
    assert [p.name for p in settings.download_dir.rglob("*")] in ([], ["uploaded"])


def test_a_limit_of_uploads_is_none_of_other_routes(client: TestClient) -> None:
    body = json.dumps({"dataset": "mnist", "models": ["linear"], "x": "x" * 3000})

    assert_problem(client.post("/v1/runs", content=body), 413, "payload-too-large")


def test_a_name_is_taken_until_the_data_set_is_deleted(client: TestClient, archive: bytes) -> None:
    client.put("/v1/datasets/pets", content=archive)

    assert_problem(client.put("/v1/datasets/pets", content=archive), 409, "dataset-in-use")
    assert client.delete("/v1/datasets/pets").status_code == 204
    assert client.get("/v1/datasets/pets").status_code == 404
    assert client.put("/v1/datasets/pets", content=archive).status_code == 201


def test_a_run_may_name_it_and_keeps_it_from_being_deleted(
    settings: Settings, archive: bytes
) -> None:
    with TestClient(create_app(settings, PatientExecutor())) as client:
        wait_for(lambda: client.get("/readyz").status_code == 200, 5)
        body = {"dataset": "pets", "models": ["linear"]}
        unknown = assert_problem(client.post("/v1/runs", json=body), 422, "unknown-name")
        client.put("/v1/datasets/pets", content=archive)
        run = client.post("/v1/runs", json=body)

        assert "mnist, fashion-mnist, digits" in unknown["detail"]
        assert run.status_code == 202
        refused = assert_problem(client.delete("/v1/datasets/pets"), 409, "dataset-in-use")
        assert run.json()["id"] in refused["detail"]
        for _ in range(101):  # newer ones do not hide it
            newer = client.post("/v1/runs", json=body).json()["id"]
            client.delete(f"/v1/runs/{newer}")
        assert_problem(client.delete("/v1/datasets/pets"), 409, "dataset-in-use")
        client.delete(f"/v1/runs/{run.json()['id']}")
        assert client.delete("/v1/datasets/pets").status_code == 204


def test_uploading_and_deleting_take_the_key_where_one_is_set(settings: Settings) -> None:
    locked = settings.model_copy(update={"api_key": SecretStr("s3cret")})
    client = TestClient(create_app(locked))

    assert_problem(client.put("/v1/datasets/a", content=b"x"), 401, "unauthorized")
    assert_problem(client.delete("/v1/datasets/a"), 401, "unauthorized")
    keyed = {"X-API-Key": "s3cret"}
    assert client.put("/v1/datasets/a", content=b"x", headers=keyed).status_code == 422


def test_what_a_crash_left_is_swept_once_no_other_service_works_here(settings: Settings) -> None:
    left = settings.download_dir / ".incoming-1" / "the upload"
    staged = settings.download_dir / "uploaded" / f".{uuid4().hex}"
    other = settings.download_dir / "uploaded" / ".keep"
    for folder in (staged, other, left.parent):
        folder.mkdir(parents=True)
    left.write_bytes(b"half")
    lock = settings.models_dir / STATE_DIRECTORY / LOCK_FILE
    lock.parent.mkdir(parents=True)
    app = create_app(settings)
    arriving = settings.download_dir / ".incoming-2" / "the upload"
    arriving.parent.mkdir()
    arriving.write_bytes(b"half")

    with FileLock(lock), TestClient(create_app(settings)) as client:
        wait_for(lambda: "Another trainer" in client.get("/readyz").text, 5)
        assert left.exists()
    with TestClient(app) as client:
        wait_for(lambda: client.get("/readyz").status_code == 200, 5)
        assert not left.parent.exists()
        assert not staged.exists()
        assert other.exists()
        assert arriving.exists()


def test_a_form_goes_to_where_data_are_kept_and_nowhere_else(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = two_classes() | {"cat/large.png": bytes(2**20 + 1)}
    content = zipped(tmp_path / "pets.zip", large).read_bytes()
    roomy = settings.model_copy(update={"max_upload_bytes": 2**22})
    monkeypatch.setattr(tempfile, "tempdir", "/nonexistent")
    with TestClient(create_app(roomy)) as client:
        answer = client.put("/v1/datasets/a", files={"file": ("a.zip", content)})
        assert answer.status_code == 201
        (settings.download_dir / "uploaded").rename(tmp_path / "elsewhere")
        settings.download_dir.rmdir()
        settings.download_dir.write_bytes(b"in the way")
        full = client.put("/v1/datasets/b", files={"file": ("a.zip", content)})
        assert_problem(full, 503, "volume-unusable")


def test_a_folder_of_too_many_files_or_of_two_with_one_name_is_refused(
    settings: Settings,
) -> None:
    few = settings.model_copy(update={"max_dataset_files": 12})
    files = [("file", (f"pets/{name}", content)) for name, content in two_classes().items()]
    with TestClient(create_app(few)) as client:
        assert client.put("/v1/datasets/a", files=files).status_code == 201
        many = client.put("/v1/datasets/b", files=[*files, ("file", ("pets/cat/z.png", b"x"))])
        twice = client.put("/v1/datasets/c", files=[*files[:-1], files[1]])

    assert_problem(many, 413, "payload-too-large")
    assert "'pets/cat/1.png'" in assert_problem(twice, 422, "dataset-unusable")["detail"]
    assert [p.name for p in settings.download_dir.iterdir()] == ["uploaded"]


def test_a_damaged_data_set_is_told(client: TestClient, settings: Settings, archive: bytes) -> None:
    client.put("/v1/datasets/pets", content=archive)
    path = settings.download_dir / "uploaded" / "pets" / "arrays.npz"
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(DatasetBroken, match=r"arrays\.npz cannot be read"):
        settings.data_places.uploaded.load("pets")


def test_a_damaged_data_set_hides_no_other(
    client: TestClient, settings: Settings, archive: bytes
) -> None:
    client.put("/v1/datasets/pets", content=archive)
    (settings.download_dir / "uploaded" / "bad").mkdir()

    listed = client.get("/v1/datasets").json()

    assert [each["name"] for each in listed["datasets"]][-1] == "pets"
    assert listed["damaged"] == ["bad"]
    offered = client.get("/web/start").json()["datasets"]
    assert [each["name"] for each in offered][-1] == "pets"


@pytest.mark.parametrize("content_type", ["application/zip", "multipart/form-data; boundary=b"])
def test_an_upload_that_is_given_up_leaves_nothing_and_is_no_fault_of_the_service(
    settings: Settings, content_type: str
) -> None:
    app = create_app(settings)
    messages = [{"type": "http.request", "body": b"--b\r\n", "more_body": True}]
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "PUT",
        "path": "/v1/datasets/a",
        "raw_path": b"/v1/datasets/a",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(b"content-type", content_type.encode())],
    }
    asyncio.run(app(scope, receive, send))

    assert sent[0]["status"] == 422
    assert list(settings.download_dir.iterdir()) == []
