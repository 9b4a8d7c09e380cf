"""What a version holds: opened by plain TensorFlow, Keras and LiteRT, in a process without us."""

import dataclasses
import json
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from services.trainer.datasets.dataset import Dataset
from services.trainer.export import litert_probabilities
from services.trainer.fit import as_input
from services.trainer.hyperparameters import Changes
from services.trainer.progress import EpochEnded, Event, Notice, Published, Started
from services.trainer.recipes import FAST_CNN
from services.trainer.training import Trainer
from services.trainer.versions import PREDICTIONS_FILE
from shared.errors import VersionBroken
from shared.model_store import ModelStore
from tests.integration.conftest import NoEvaluator, small

MODELS = ("digits-linear", "digits-cnn")

READ_ALL_FORMS = """
import json, os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import keras, numpy as np, tensorflow as tf
directory = sys.argv[1]
golden = np.load(directory + "/golden.npz")
image, expected = golden["image"], golden["probabilities"]
served = tf.saved_model.load(directory).signatures["serving_default"]
inputs = served.structured_input_signature[1]
forms = {
    "savedmodel": served(image=tf.constant(image))["probabilities"].numpy(),
    "h5": keras.models.load_model(directory + "/pesos.h5")(image).numpy(),
    "keras": keras.models.load_model(directory + "/model.keras")(image).numpy(),
}
lite = tf.lite.Interpreter(directory + "/model.tflite").get_signature_runner()
forms["litert"] = lite(image=image)["probabilities"]
assert not any(name.startswith(("services", "shared")) for name in sys.modules)
print(json.dumps({
    "differences": {name: float(abs(answer - expected).max()) for name, answer in forms.items()},
    "inputs": {name: [list(spec.shape), spec.dtype.name] for name, spec in inputs.items()},
    "outputs": {n: [list(s.shape), s.dtype.name] for n, s in served.structured_outputs.items()},
}))
"""


@pytest.fixture(scope="module")
def ensemble_store(tmp_path_factory: pytest.TempPathFactory, digits_dataset: Dataset) -> ModelStore:
    """A volume with digits-cnn/1, an ensemble of two."""
    store = ModelStore(tmp_path_factory.mktemp("ensemble"))
    recipe = small(dataclasses.replace(FAST_CNN, members=2))
    recipe = Changes(epochs=2).applied(recipe)
    Trainer(store, NoEvaluator(), seed=7, tell=lambda _: None).train(digits_dataset, recipe)
    return store


FORMS_OF = [*(("trained_store", model) for model in MODELS), ("ensemble_store", "digits-cnn")]


@pytest.mark.parametrize(("volume", "model"), FORMS_OF)
def test_every_form_gives_the_recorded_probabilities_to_tools_that_know_nothing_of_us(
    volume: str, model: str, request: pytest.FixtureRequest
) -> None:
    store: ModelStore = request.getfixturevalue(volume)
    directory = store.path(model, 1)

    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READ_ALL_FORMS, str(directory)],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )

    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout.splitlines()[-1])
    assert found["inputs"] == {"image": [[None, 28, 28, 1], "float32"]}
    assert found["outputs"] == {"probabilities": [[None, 10], "float32"]}
    assert set(found["differences"]) == {"savedmodel", "h5", "keras", "litert"}
    assert max(found["differences"].values()) <= 1e-5, found["differences"]


@pytest.mark.parametrize("model", MODELS)
def test_a_version_holds_what_the_contract_names(model: str, trained_store: ModelStore) -> None:
    manifest = trained_store.verify(model, 1)

    expected = {
        *("saved_model.pb", "fingerprint.pb", "model.tflite", "pesos.h5", "model.keras"),
        *("variables/variables.index", "assets.extra/tf_serving_warmup_requests"),
        *("history.json", "golden.npz"),
    }
    assert expected <= set(manifest.files)
    on_disk = {
        path.relative_to(trained_store.path(model, 1)).as_posix()
        for path in trained_store.path(model, 1).rglob("*")
        if path.is_file()
    }
    assert on_disk == {*manifest.files, "manifest.json"}
    assert manifest.dataset.splits["test"] == 360
    assert manifest.twin is not None
    assert {(time.engine, time.batch_size) for time in manifest.inference_times} == {
        *(("litert", 1), ("litert", 32), ("savedmodel", 1), ("savedmodel", 32))
    }


def test_an_ensemble_is_published_whole_and_every_file_answers_for_all_its_members(
    ensemble_store: ModelStore, digits_dataset: Dataset
) -> None:
    manifest = ensemble_store.verify("digits-cnn", 1)
    directory = ensemble_store.path("digits-cnn", 1)
    images = as_input(digits_dataset.test.images[:64])
    whole = keras.models.load_model(directory / "pesos.h5")
    members = [whole.get_layer(f"member_{number}_logits").output for number in (1, 2)]
    of_members = [np.asarray(it) for it in keras.Model(whole.input, members)(images)]
    temperature = 1 / whole.get_layer("temperature").scale

    served = np.load(directory / PREDICTIONS_FILE)["probabilities"][:64]

    softened = np.exp(np.mean(of_members, axis=0) / temperature)
    expected = softened / softened.sum(axis=1, keepdims=True)
    if manifest.calibration is not None:
        share = manifest.calibration.uniform_share
        expected = (1 - share) * expected + share / 10
    np.testing.assert_allclose(served, expected, atol=1e-5)
    np.testing.assert_allclose(whole(images), served, atol=1e-5)
    twin = litert_probabilities(directory / "model.tflite", images)
    np.testing.assert_allclose(twin, served, atol=1e-5)
    assert np.abs(of_members[0] - of_members[1]).max() > 0.1


def test_an_unreachable_metrics_service_leaves_the_version_published_and_saying_so(
    trained_store: ModelStore, training_events: list[Event]
) -> None:
    manifest = trained_store.verify("digits-linear", 1)

    assert manifest.evaluation.state == "not-evaluated"
    assert "out of reach" in manifest.evaluation.reason
    assert "evaluation.json" not in manifest.files
    assert "test" not in manifest.scores
    notices = [event.message for event in training_events if isinstance(event, Notice)]
    assert any("digits-linear is published without an evaluation" in text for text in notices)


def test_training_tells_how_far_it_is_and_what_it_published(
    trained_store: ModelStore, training_events: list[Event]
) -> None:
    assert trained_store.models() == sorted(MODELS)
    of_linear = [e for e in training_events if getattr(e, "model", "") == "digits-linear"]

    assert isinstance(of_linear[0], Started)
    assert isinstance(of_linear[-1], Published)
    epochs = [event for event in of_linear if isinstance(event, EpochEnded)]
    assert [event.epoch for event in epochs] == list(range(1, of_linear[0].epochs + 1))
    assert epochs[-1].seconds_left == 0
    assert epochs[-1].loss < epochs[0].loss


def test_the_test_split_is_what_the_model_has_never_seen(digits_dataset: Dataset) -> None:
    seen = {image.tobytes() for image in digits_dataset.train.images}
    unseen = sum(image.tobytes() not in seen for image in digits_dataset.test.images)

    assert unseen == len(digits_dataset.test)


def test_the_published_networks_have_learnt(
    trained_store: ModelStore, digits_dataset: Dataset
) -> None:
    for model, least in (("digits-linear", 0.88), ("digits-cnn", 0.9)):
        path = trained_store.path(model, 1) / "model.tflite"
        answers = litert_probabilities(path, as_input(digits_dataset.test.images)).argmax(axis=1)

        assert np.mean(answers == digits_dataset.test.labels) >= least, model


def test_one_changed_byte_is_noticed(trained_store: ModelStore, tmp_path: Path) -> None:
    shutil.copytree(trained_store.root, tmp_path / "volume")
    store = ModelStore(tmp_path / "volume")
    twin = store.path("digits-cnn", 1) / "model.tflite"
    content = bytearray(twin.read_bytes())
    content[len(content) // 2] ^= 1
    twin.write_bytes(content)

    with pytest.raises(VersionBroken, match=r"digits-cnn/1: model\.tflite is not the file"):
        store.verify("digits-cnn", 1)
    assert store.verify("digits-linear", 1).version == 1
