"""TensorFlow itself, for versions without a LiteRT twin; imported only when one is loaded."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from services.inference.servables import EngineName, Images, Probabilities, Signature
from shared.errors import VersionBroken

SERVING_SIGNATURE = "serving_default"


class SavedModelEngine:
    """The `serving_default` signature of a SavedModel.

    Args:
        directory: With `saved_model.pb`.
        signature: What it must take and give; by default whatever it has.

    Raises:
        VersionBroken: TensorFlow is not here, cannot load it, or it has other inputs or outputs.
    """

    name: EngineName = "savedmodel"
    piece_size = 0  # TensorFlow has threads of its own

    def __init__(self, directory: Path, signature: Signature | None = None) -> None:
        self._tensorflow = _tensorflow()
        try:
            self._model: Any = self._tensorflow.saved_model.load(str(directory))
            self._function: Any = self._model.signatures[SERVING_SIGNATURE]
        except Exception as error:  # TensorFlow raises errors of many kinds here
            raise VersionBroken(f"TensorFlow cannot load the SavedModel: {error}") from error
        found = _signature(self._function)
        self.signature = signature or found
        if (found.input_name, found.input_shape) != (
            self.signature.input_name,
            self.signature.input_shape,
        ) or found.output_name != self.signature.output_name:
            raise VersionBroken(f"The SavedModel has {found}; the manifest says {signature}")

    def predict(self, images: Images) -> Probabilities:
        """The outputs, float32 `(n, *output_shape)`, of float32 `(n, *input_shape)` images."""
        fed = {self.signature.input_name: self._tensorflow.constant(images)}
        return np.array(self._function(**fed)[self.signature.output_name].numpy(), np.float32)

    def close(self) -> None:
        """Nothing: TensorFlow frees the model with its last user."""


def _tensorflow() -> Any:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        import tensorflow as tf  # noqa: PLC0415  optional, and large: only where it is needed
    except ImportError as error:
        raise VersionBroken(
            "The version has no LiteRT twin, and TensorFlow, which its SavedModel needs, is not "
            "installed here."
        ) from error
    return tf


def _signature(function: Any) -> Signature:
    inputs, outputs = function.structured_input_signature[1], function.structured_outputs
    if len(inputs) != 1 or len(outputs) != 1:
        raise VersionBroken(
            f"Versions with one input and one output are served. This one has {sorted(inputs)} "
            f"and {sorted(outputs)}"
        )
    [(input_name, source)], [(output_name, target)] = list(inputs.items()), list(outputs.items())
    shapes: list[tuple[int, ...]] = []
    for name, spec in ((input_name, source), (output_name, target)):
        shape = tuple(spec.shape.as_list()) if spec.shape.rank is not None else ()
        if spec.dtype.name != "float32" or not shape or shape[0] is not None or None in shape[1:]:
            raise VersionBroken(
                f"Served are float32 tensors, of free length in the first dimension alone. "
                f"{name} is {spec.dtype.name} {shape}"
            )
        shapes.append(shape[1:])
    return Signature(input_name, shapes[0], output_name, shapes[1], in_unit_range=False)
