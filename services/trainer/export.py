"""Writes a trained network in every form that a version holds, and checks that they agree."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from keras.export import ExportArchive
from numpy.typing import NDArray

from services.trainer.errors import ModelRejected
from services.trainer.networks.build import Network
from services.trainer.warmup import warmup_record
from shared.manifest import GoldenRecord, TwinRecord

TWIN_FILE = "model.tflite"
GOLDEN_FILE = "golden.npz"
AGREEMENT = 1e-5
WARMUP_FILE = "assets.extra/tf_serving_warmup_requests"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written besides the SavedModel and the Keras files.

    Attributes:
        twin: `None` if the LiteRT form did not agree.
        twin_fault: Why there is no twin, in a sentence; empty if there is one.
        golden: The recorded inputs.
    """

    twin: TwinRecord | None
    twin_fault: str
    golden: GoldenRecord


def export(
    network: Network,
    directory: Path,
    *,
    model: str,
    images: NDArray[np.float32],
    probabilities: NDArray[np.float32],
    golden: NDArray[np.intp],
) -> Exported:
    """Write SavedModel, LiteRT twin, Keras files, warm-up requests and golden inputs.

    Args:
        network: What was trained.
        directory: Where to; exists.
        model: The name that warm-up requests bear.
        images: Examples in [0, 1] on which the forms must agree, `(n, h, w, c)`.
        probabilities: What the network says of them.
        golden: Indices of the examples that are recorded in the version.

    Raises:
        ModelRejected: The SavedModel does not give the network's probabilities.
    """
    network.served.save(directory / "model.keras")
    with _quiet("absl"):  # it warns that HDF5 is the older form; that is what is asked for
        network.served.save(directory / "pesos.h5")
    _write_saved_model(network, directory)
    _check_saved_model(directory, model, images, probabilities)
    (directory / WARMUP_FILE).parent.mkdir()
    with tf.io.TFRecordWriter(str(directory / WARMUP_FILE)) as writer:
        writer.write(warmup_record(model, images[golden[:1]]))
    np.savez(directory / GOLDEN_FILE, image=images[golden], probabilities=probabilities[golden])
    twin = _write_twin(directory, images, probabilities)
    return Exported(
        twin=twin if isinstance(twin, TwinRecord) else None,
        twin_fault=twin if isinstance(twin, str) else "",
        golden=GoldenRecord(file=GOLDEN_FILE, examples=len(golden), tolerance=AGREEMENT),
    )


def _write_saved_model(network: Network, directory: Path) -> None:
    shape = (None, *network.served.input_shape[1:])
    archive = ExportArchive()
    archive.track(network.served)
    archive.add_endpoint(
        name="serve",
        fn=lambda image: {"probabilities": network.served(image, training=False)},
        input_signature=[tf.TensorSpec(shape, tf.float32, name="image")],
    )
    archive.write_out(str(directory), verbose=False)


def _check_saved_model(
    directory: Path,
    model: str,
    images: NDArray[np.float32],
    probabilities: NDArray[np.float32],
) -> None:
    signature = tf.saved_model.load(str(directory)).signatures["serving_default"]
    answered = signature(image=tf.constant(images))["probabilities"].numpy()
    difference = float(np.abs(answered - probabilities).max())
    if not difference <= AGREEMENT:
        raise ModelRejected(
            f"{model}: the SavedModel differs from the network by {difference}; "
            f"at most {AGREEMENT} is allowed"
        )


def _write_twin(
    directory: Path, images: NDArray[np.float32], probabilities: NDArray[np.float32]
) -> TwinRecord | str:
    """The LiteRT form, kept only if it gives the same probabilities in its own engine.

    Else the reason why not, in a sentence.
    """
    path = directory / TWIN_FILE
    converter = tf.lite.TFLiteConverter.from_saved_model(str(directory))
    path.write_bytes(converter.convert())
    difference = float(np.abs(litert_probabilities(path, images) - probabilities).max())
    if difference <= AGREEMENT:
        return TwinRecord(
            file=TWIN_FILE, max_abs_difference=difference, examples_compared=len(images)
        )
    path.unlink()
    return (
        f"the LiteRT form differs from the network by {difference:.2g}, and {AGREEMENT} is "
        "allowed; the version has a SavedModel alone"
    )


def litert_probabilities(path: Path, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a LiteRT file says of images, `(n, n_classes)`."""
    interpreter = Interpreter(model_path=str(path), num_threads=1)
    source: dict[str, Any] = interpreter.get_input_details()[0]
    interpreter.resize_tensor_input(source["index"], images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(source["index"], images)
    interpreter.invoke()
    return np.array(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    noisy = logging.getLogger(name)
    level = noisy.level
    noisy.setLevel(logging.ERROR)
    try:
        yield
    finally:
        noisy.setLevel(level)
