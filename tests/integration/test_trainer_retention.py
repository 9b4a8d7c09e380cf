"""What inference serves and what somebody downloads is not removed, whatever is to be kept."""

import gc
import shutil
from pathlib import Path

import httpx

from services.inference.loading import Loader
from services.trainer.retention import prune
from shared.model_store import ModelStore
from tests.support import publish_files, serving, wait_for


def test_a_version_that_is_served_stays_until_it_is_unloaded(
    trained_store: ModelStore, tmp_path: Path
) -> None:
    shutil.copytree(trained_store.root / "digits-linear", tmp_path / "digits-linear")
    store = ModelStore(tmp_path)
    servable = Loader(tmp_path, settle_seconds=0)("digits-linear", 1)
    publish_files(store, "digits-linear", {"pesos.h5": b"weights"})

    assert prune(store, "digits-linear", keep=1) == []
    assert store.versions("digits-linear") == [1, 2]
    servable.engine.close()
    del servable
    gc.collect()
    assert prune(store, "digits-linear", keep=1) == [1]


def test_a_version_that_is_downloaded_stays_until_the_file_is_sent(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    content = bytes(2**25)  # more than the buffers on the way take
    for _ in range(2):
        publish_files(store, "mnist-cnn", {"pesos.h5": content})
    env = {"MODELS_DIR": str(tmp_path), "TRAINER_AUTO_DATASET": ""}
    with serving("services.trainer.main:create_app", env) as trainer:
        url = f"{trainer.url}/v1/models/mnist-cnn/versions/1/files/pesos.h5"
        with httpx.stream("GET", url) as answer:
            chunks = answer.iter_bytes(2**16)
            received = len(next(chunks))
            assert prune(store, "mnist-cnn", keep=1) == []
            assert received + sum(map(len, chunks)) == len(content)
        wait_for(lambda: prune(store, "mnist-cnn", keep=1) == [1], 5)
        assert httpx.get(url).status_code == 404
