"""Really trained versions, served: engines, damage, exchange under load, processes, drain."""

import hashlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from services.inference.engines.savedmodel import SavedModelEngine
from services.inference.loading import Loader
from services.inference.servables import signature_of
from shared.errors import VersionBroken
from shared.model_store import ModelStore

MODELS = ("digits-cnn", "digits-linear")
AGREEMENT = 1e-5


def get(url: str, timeout: float = 5.0) -> tuple[int, Any]:
    return send(urllib.request.Request(url), timeout)


def post(url: str, body: bytes, timeout: float = 10.0) -> tuple[int, Any]:
    return send(urllib.request.Request(url, body), timeout)


def send(request: urllib.request.Request, timeout: float) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def wait_until(condition: Callable[[], bool], timeout_seconds: float = 20.0) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


@pytest.fixture
def volume(trained_store: ModelStore, tmp_path: Path) -> Path:
    """A copy of the trained versions, that a test may change."""
    root = tmp_path / "models"
    shutil.copytree(trained_store.root, root)
    return root


@contextmanager
def served(root: Path, **settings: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The service as users start it, once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "MODELS_DIR": str(root),
        "INFERENCE_PORT": str(port),
        "INFERENCE_POLL_INTERVAL_SECONDS": "0.05",
        **settings,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "services.inference"], env=environment, stdout=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: process.poll() is None and _ready(url))
        yield url, process
    finally:
        process.terminate()
        process.wait(20)


def _ready(url: str) -> bool:
    try:
        return get(f"{url}/readyz")[0] == 200
    except OSError:
        return False


def golden(root: Path, model: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    with np.load(root / model / "1" / "golden.npz") as arrays:
        return arrays["image"], arrays["probabilities"]


def png_of(image: NDArray[np.float32]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.rint(image[..., 0] * 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def publish(root: Path, model: str, version: int) -> Path:
    """The first version once more, under another number, as the trainer would publish it."""
    staged = root / f".staged-{model}-{version}"
    shutil.copytree(root / model / "1", staged)
    manifest = json.loads((staged / "manifest.json").read_text())
    (staged / "manifest.json").write_text(json.dumps({**manifest, "version": version}))
    return staged.rename(root / model / str(version))


@pytest.mark.parametrize("model", MODELS)
def test_the_engines_agree_on_real_digits(trained_store: ModelStore, model: str) -> None:
    manifest = trained_store.verify(model, 1)
    directory = trained_store.path(model, 1)
    litert = Loader(trained_store.root, 0)(model, 1).engine
    savedmodel = SavedModelEngine(directory, signature_of(manifest))
    rng = np.random.default_rng(0)
    images = np.concatenate(
        [golden(trained_store.root, model)[0], rng.random((500, *manifest.input.shape), np.float32)]
    )
    by_litert, by_savedmodel = litert.predict(images), savedmodel.predict(images)
    assert litert.name == "litert"
    assert np.abs(by_litert - by_savedmodel).max() <= AGREEMENT
    alone = np.concatenate([litert.predict(images[n : n + 1]) for n in range(20)])
    np.testing.assert_array_equal(alone, by_litert[:20])


def test_a_version_without_a_twin_is_served_by_tensorflow(volume: Path) -> None:
    manifest = json.loads((volume / "digits-cnn" / "1" / "manifest.json").read_text())
    manifest["twin"] = None
    (volume / "digits-cnn" / "1" / "manifest.json").write_text(json.dumps(manifest))
    servable = Loader(volume, 0)("digits-cnn", 1)
    images, expected = golden(volume, "digits-cnn")
    assert servable.engine.name == "savedmodel"
    assert np.abs(servable.engine.predict(images) - expected).max() <= AGREEMENT


def test_a_plain_saved_model_is_served_once_it_has_settled(volume: Path) -> None:
    plain = volume / "plain" / "1"
    shutil.copytree(volume / "digits-cnn" / "1" / "variables", plain / "variables")
    shutil.copy(volume / "digits-cnn" / "1" / "saved_model.pb", plain)
    with pytest.raises(Exception, match=r"changed .* seconds ago"):
        Loader(volume, 3600)("plain", 1)
    servable = Loader(volume, 0)("plain", 1)
    images, expected = golden(volume, "digits-cnn")
    assert servable.manifest is None
    assert np.abs(servable.engine.predict(images) - expected).max() <= AGREEMENT


def flip_a_byte(version: Path) -> None:
    path = version / "model.tflite"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def lose_the_manifest(version: Path) -> None:
    (version / "manifest.json").unlink()


def cut_off_the_twin(version: Path) -> None:
    path = version / "model.tflite"
    path.write_bytes(path.read_bytes()[:1000])


def make_the_twin_a_link(version: Path) -> None:
    path = version / "model.tflite"
    path.rename(version.parent / "elsewhere.tflite")
    path.symlink_to(version.parent / "elsewhere.tflite")


def make_the_version_a_link(version: Path) -> None:
    version.rename(version.parent / ".elsewhere")
    version.symlink_to(version.parent / ".elsewhere")


def claim_other_golden_answers(version: Path) -> None:
    with np.load(version / "golden.npz") as arrays:
        images, probabilities = arrays["image"], arrays["probabilities"]
    np.savez(version / "golden.npz", image=images, probabilities=probabilities[:, ::-1])
    _sign(version, "golden.npz")


def make_the_twin_another_model(version: Path) -> None:
    other = version.parent.parent / "digits-linear" / "1" / "model.tflite"
    shutil.copy(other, version / "model.tflite")
    _sign(version, "model.tflite")


def make_the_twin_text(version: Path) -> None:
    (version / "model.tflite").write_bytes(b"no model at all " * 100)
    _sign(version, "model.tflite")


def _sign(version: Path, name: str) -> None:
    """Make the manifest agree with a changed file, as only the publisher could."""
    content = (version / name).read_bytes()
    manifest = json.loads((version / "manifest.json").read_text())
    record = {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    manifest["files"][name] = record
    (version / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (flip_a_byte, "model.tflite is not the file"),
        (lose_the_manifest, "manifest.json is missing"),
        (cut_off_the_twin, "model.tflite has 1000 bytes"),
        (make_the_twin_a_link, "link"),
        (make_the_version_a_link, "link"),
        (claim_other_golden_answers, "golden inputs are answered wrongly"),
        (make_the_twin_another_model, "golden inputs are answered wrongly"),
        (make_the_twin_text, "LiteRT cannot load"),
    ],
)
def test_a_damaged_version_is_refused_with_its_reason_and_the_previous_one_serves(
    volume: Path, damage: Callable[[Path], None], words: str
) -> None:
    staged = publish(volume, "digits-cnn", 2)
    damage(staged)
    image = png_of(golden(volume, "digits-cnn")[0][0])
    with served(volume) as (url, _):
        wait_until(lambda: len(get(f"{url}/models/digits-cnn")[1]["versions"]) == 2)
        card = get(f"{url}/models/digits-cnn")[1]
        failed = card["versions"][1]
        assert (failed["version"], failed["state"]) == (2, "failed")
        assert words in failed["reason"]
        assert card["serving"] == 1
        status, answer = post(f"{url}/predict/digits-cnn", image)
        assert (status, answer["version"]) == (200, 1)


def test_a_loader_refuses_what_changes_between_check_and_use(volume: Path) -> None:
    flip_a_byte(volume / "digits-cnn" / "1")
    with pytest.raises(VersionBroken, match=r"digits-cnn/1: model\.tflite"):
        Loader(volume, 0)("digits-cnn", 1)


def test_no_request_fails_and_none_gets_another_s_answer_while_versions_are_exchanged(
    volume: Path,
) -> None:
    images, _ = golden(volume, "digits-cnn")
    bodies = [png_of(image) for image in images]
    with served(volume, INFERENCE_WORKERS="2") as (url, _):
        expected = [post(f"{url}/predict/digits-cnn", body)[1]["probabilities"] for body in bodies]
        failures: list[Any] = []
        versions: set[int] = set()
        done = threading.Event()

        def ask(first: int) -> None:
            n = first
            while not done.is_set():
                n = (n + 1) % len(bodies)
                status, answer = post(f"{url}/predict/digits-cnn", bodies[n])
                if status != 200 or answer["probabilities"] != expected[n]:
                    failures.append((n, status, answer))
                else:
                    versions.add(answer["version"])

        with ThreadPoolExecutor(8) as pool:
            asking = [pool.submit(ask, n) for n in range(8)]
            for version in range(2, 12):
                published = publish(volume, "digits-cnn", version)
                if version % 5 == 0:
                    flip_a_byte(published)
                time.sleep(0.3)
            wait_until(lambda: get(f"{url}/models/digits-cnn")[1]["serving"] == 11)
            done.set()
            for future in asking:
                future.result()
    assert failures == []
    assert len(versions) > 5


def test_two_hundred_clients_of_whom_many_go_away(volume: Path) -> None:
    image = png_of(golden(volume, "digits-cnn")[0][0])
    with served(volume) as (url, process):
        port = int(url.rpartition(":")[2])
        head = b"POST /predict/digits-cnn HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
        request = head % len(image) + image

        def ask(n: int) -> bytes:
            rng = np.random.default_rng(n)
            with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
                if n % 2:  # goes away in the middle of its request, or before the answer
                    client.sendall(request[: int(rng.integers(1, len(request) + 1))])
                    return b""
                client.sendall(request)
                return client.recv(4096)

        with ThreadPoolExecutor(200) as pool:
            answers = list(pool.map(ask, range(400)))
        assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers[::2])
        assert process.poll() is None
        assert post(f"{url}/predict/digits-cnn", image)[0] == 200


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_finishes_what_runs_and_ends_with_status_0(volume: Path, workers: str) -> None:
    image = png_of(golden(volume, "digits-cnn")[0][0])
    with served(volume, INFERENCE_WORKERS=workers, INFERENCE_DRAIN_DELAY_SECONDS="0.5") as (
        url,
        process,
    ):
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=20) as slow:
            slow.sendall(
                b"POST /predict/digits-cnn HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
                % len(image)
            )
            time.sleep(0.2)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.1)
            assert get(f"{url}/readyz")[0] == 503
            assert post(f"{url}/predict/digits-cnn", image)[0] == 200
            time.sleep(0.6)  # it no longer accepts; the slow request is still there
            with pytest.raises(OSError, match="refused"):
                get(f"{url}/readyz")
            slow.sendall(image)
            assert slow.recv(4096).startswith(b"HTTP/1.1 200")
        assert process.wait(20) == 0


def test_a_process_that_dies_is_replaced(volume: Path) -> None:
    with served(volume, INFERENCE_WORKERS="2") as (url, process):
        children = subprocess.run(
            ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True
        ).stdout.split()
        os.kill(int(children[0]), signal.SIGKILL)
        time.sleep(0.5)
        assert all(get(f"{url}/livez", timeout=10)[0] == 200 for _ in range(20))


def test_tensorflow_is_not_imported_where_a_twin_serves(volume: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from services.inference.loading import Loader;"
        f"Loader(Path({str(volume)!r}), 0)('digits-cnn', 1); import services.inference.main;"
        "assert not {'tensorflow', 'keras', 'scipy'} & set(sys.modules), 'imported'"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
