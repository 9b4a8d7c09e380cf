"""What inference serves is not removed, whatever is to be kept."""

import gc
import shutil
from pathlib import Path

from services.inference.loading import Loader
from services.trainer.retention import prune
from shared.model_store import ModelStore
from tests.support import publish_files


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
