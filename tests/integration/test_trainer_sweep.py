"""Sweeps: workers learn without the test split, one that dies ends nothing, the best wins."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.trainer.datasets.dataset import Dataset
from services.trainer.learning import learn
from services.trainer.progress import Event
from services.trainer.recipes import FAST_LINEAR
from services.trainer.sweeps import local
from services.trainer.sweeps.local import LocalTrials
from services.trainer.sweeps.sweep import as_text, sweep
from services.trainer.sweeps.trials import Learned, Trial, TrialResult
from services.trainer.training import Trainer, weights_digest
from shared.model_store import ModelStore
from tests.integration.conftest import NoEvaluator, small
from tests.support import ROOT

RECIPE = small(FAST_LINEAR)
TOO_FAST = replace(RECIPE, fitting=replace(RECIPE.fitting, peak_learning_rate=1e38))


class OneIsKilled:
    """The local executor; the process of its last trial is killed as if memory had run out."""

    def run(self, trials: Sequence[Trial], dataset: Dataset) -> Iterator[TrialResult]:
        start = local._Worker.__init__

        def killed(worker: Any, trial: Trial, dataset: Dataset) -> None:
            start(worker, trial, dataset)
            if trial == trials[-1]:
                os.kill(worker._process.pid, signal.SIGKILL)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(local._Worker, "__init__", killed)
            yield from LocalTrials(at_once=2).run(trials, dataset)


def test_the_best_by_validation_is_published_and_is_what_training_alone_gives(
    tmp_path: Path, digits_dataset: Dataset
) -> None:
    told: list[Event] = []
    trainer = Trainer(ModelStore(tmp_path), NoEvaluator(), seed=0, tell=told.append)
    trials = [Trial(RECIPE, 1), Trial(TOO_FAST, 1), Trial(RECIPE, 2)]

    report = sweep(trials, digits_dataset, OneIsKilled(), trainer)

    best = report.results[0]
    assert best.trial == trials[0]
    assert best.learned is not None
    reasons = {result.trial: result.reason for result in report.results[1:]}
    assert "loss became" in reasons[trials[1]]
    assert "died with exit code -9. Memory may have run out." in reasons[trials[2]]
    (published,) = report.published
    card = ModelStore(tmp_path).verify("digits-linear", published.version)
    assert card.seed == 1
    assert card.scores["validation"]["accuracy"] == best.learned.validation_accuracy > 0.8
    history = ModelStore(tmp_path).read_json("digits-linear", published.version, "history.json")
    assert len(history["epochs"]) == card.epochs == len(best.learned.epochs)
    assert "history.svg" in card.files
    alone = learn(digits_dataset, RECIPE, 1, told.append)
    assert weights_digest(alone.network) == card.weights_sha256
    assert [line.split()[0] for line in as_text(report).splitlines()[2:]] == ["failed", "failed"]


class Watched:
    """An executor that learns nothing, and keeps what it was given."""

    def __init__(self) -> None:
        self.given: list[Dataset] = []

    def run(self, trials: Sequence[Trial], dataset: Dataset) -> Iterator[TrialResult]:
        self.given.append(dataset)
        return iter([TrialResult(trial, None, "no machine") for trial in trials])


def test_workers_get_no_test_split_and_nothing_is_published_if_all_fail(
    tmp_path: Path, digits_dataset: Dataset
) -> None:
    executor = Watched()
    trainer = Trainer(ModelStore(tmp_path), NoEvaluator(), seed=0, tell=lambda _: None)

    report = sweep([Trial(RECIPE, 1)], digits_dataset, executor, trainer)

    (given,) = executor.given
    assert len(given.test) == 0
    np.testing.assert_array_equal(given.train.images, digits_dataset.train.images)
    assert report.published == ()
    assert ModelStore(tmp_path).models() == []
    assert Learned([], [{"validation_accuracy": 0.5}], 1, 0.0).validation_accuracy == 0.5


# Ray listens on every interface: it runs where there is none but loopback.
IN_A_NETWORK_OF_ITS_OWN = ("unshare", "--net", "--map-root-user", "sh", "-c")
ON_TWO_NODES = textwrap.dedent(
    """
    import os, sys, threading
    from ray.cluster_utils import Cluster
    node = {"num_cpus": 1, "object_store_memory": 100 * 2**20, "node_ip_address": "127.0.0.1"}
    cluster = Cluster(initialize_head=True, head_node_args={"include_dashboard": False, **node})
    cluster.add_node(**node)

    def give_up():  # whatever hangs, no process of the cluster is left behind
        cluster.shutdown()
        os._exit(3)

    watchdog = threading.Timer(400, give_up)
    watchdog.daemon = True
    watchdog.start()
    try:
        from services.trainer.sweeps import ray_cluster
        learn_trial, ray_cluster.learn_trial = ray_cluster.learn_trial, lambda *_: os._exit(1)
        (died,) = ray_cluster.RayTrials(cluster.address).run(["trial"], "data set")
        print("died:", died.learned, died.reason)
        ray_cluster.learn_trial = learn_trial

        from services.trainer.__main__ import main
        status = main([
            "sweep", "--dataset", "digits", "--models", "linear", "--seeds", "1", "2",
            "--epochs", "2", "--learning-rate", "0.004", "1e6", "--executor", "ray",
            "--address", cluster.address, "--progress", "json",
        ])
    finally:
        cluster.shutdown()
    sys.exit(status)
    """
)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Ray's sockets lie in it, whose paths may have 107 characters."""
    with tempfile.TemporaryDirectory(prefix="ray-") as folder:
        yield Path(folder)


@pytest.mark.timeout(500)
def test_a_sweep_on_a_ray_cluster_of_two_nodes(tmp_path: Path, short_folder: Path) -> None:
    pytest.importorskip("ray", reason="Ray is not installed: requirements/sweep.txt")
    if subprocess.run([*IN_A_NETWORK_OF_ITS_OWN, "ip link set lo up"], check=False).returncode:
        pytest.skip("unshare may not make a network namespace here")
    script = tmp_path / "sweep.py"
    script.write_text(ON_TWO_NODES)
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "MODELS_DIR": str(tmp_path / "models"),
        "TRAINER_METRICS_URL": "http://127.0.0.1:none",  # refused at once
        "RAY_TMPDIR": str(short_folder),
        "RAY_USAGE_STATS_ENABLED": "0",
    }

    done = subprocess.run(
        [*IN_A_NETWORK_OF_ITS_OWN, f"ip link set lo up && exec {sys.executable} {script}"],
        env=env, cwd=tmp_path, capture_output=True, text=True, timeout=450, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    printed = done.stdout.splitlines()
    (died,) = (line for line in printed if line.startswith("died: "))
    assert re.match(r"died: None WorkerCrashedError: .*died", died), died
    table = [
        line for line in printed if not line.startswith(("{", "died: ")) and "raylet" not in line
    ]
    assert len([line for line in table if "learning_rate" in line]) == 4, done.stdout
    card = ModelStore(tmp_path / "models").verify("digits-linear", 1)
    assert ModelStore(tmp_path / "models").versions("digits-linear") == [1]
    assert f"seed={card.seed} epochs=2" in table[1]
    assert f"{card.scores['validation']['accuracy']:.2%}" in table[1]
