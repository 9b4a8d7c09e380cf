"""LiteRT, the default engine: the twin in the version, without TensorFlow.

An interpreter may be used by one thread at a time, and changing its batch size costs as
much as a prediction. So each engine keeps interpreters of two fixed batch sizes, lends
each to one call at a time, and lays any number of images out in these.
"""

import threading

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from services.inference.servables import EngineName, Images, Probabilities, Signature
from shared.errors import VersionBroken

# Eight images in one call cost as much each as any greater number does.
BATCH_SIZES = (8, 1)


class LiteRtEngine:
    """The function of one `.tflite` file.

    Args:
        content: The file's bytes.
        signature: What goes in and comes out, as the model card has it.

    Raises:
        VersionBroken: The bytes are no LiteRT model, or one of other inputs or outputs.
    """

    name: EngineName = "litert"
    piece_size = BATCH_SIZES[0]

    def __init__(self, content: bytes, signature: Signature) -> None:
        self._content = content
        self._signature = signature
        self._lock = threading.Lock()
        self._idle: dict[int, list[_FixedBatch]] = {size: [] for size in BATCH_SIZES}
        self._closed = False
        for size in BATCH_SIZES:
            self._give_back(size, self._borrow(size))

    def predict(self, images: Images) -> Probabilities:
        """The class probabilities, float32 `(n, classes)`, of float32 `(n, h, w, c)` images."""
        if len(images) in BATCH_SIZES:
            return self._predict_batch(images)
        probabilities = np.empty((len(images), *self._signature.output_shape), np.float32)
        start = 0
        for size in BATCH_SIZES:
            stop = start + (len(images) - start) // size * size
            if start == stop:
                continue
            interpreter = self._borrow(size)
            try:
                for first in range(start, stop, size):
                    end = first + size
                    probabilities[first:end] = interpreter.predict(images[first:end])
            finally:
                self._give_back(size, interpreter)
            start = stop
        return probabilities

    def _predict_batch(self, images: Images) -> Probabilities:
        """The same for as many images as an interpreter takes."""
        interpreter = self._borrow(len(images))
        try:
            return interpreter.predict(images)
        finally:
            self._give_back(len(images), interpreter)

    def close(self) -> None:
        """Let the idle interpreters go; one that is lent goes when it comes back."""
        with self._lock:
            self._closed = True
            for idle in self._idle.values():
                idle.clear()

    def _borrow(self, size: int) -> "_FixedBatch":
        with self._lock:
            if self._idle[size]:
                return self._idle[size].pop()
        return _FixedBatch(self._content, size, self._signature)

    def _give_back(self, size: int, interpreter: "_FixedBatch") -> None:
        with self._lock:
            if not self._closed:
                self._idle[size].append(interpreter)


class _FixedBatch:
    """One interpreter that always takes the same number of images."""

    def __init__(self, content: bytes, size: int, signature: Signature) -> None:
        try:
            self._interpreter = Interpreter(model_content=content, num_threads=1)
            inputs = self._interpreter.get_input_details()
            outputs = self._interpreter.get_output_details()
            _check_signature(inputs, outputs, signature)
            self._input, self._output = inputs[0]["index"], outputs[0]["index"]
            self._interpreter.resize_tensor_input(
                self._input, [size, *signature.input_shape], strict=True
            )
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise VersionBroken(f"LiteRT cannot load the twin: {error}") from error

    def predict(self, images: Images) -> Probabilities:
        self._interpreter.set_tensor(self._input, images)
        self._interpreter.invoke()
        outputs: Probabilities = self._interpreter.get_tensor(self._output)
        return outputs


def _check_signature(
    inputs: list[dict[str, object]], outputs: list[dict[str, object]], signature: Signature
) -> None:
    expected = ([(-1, *signature.input_shape)], [(-1, *signature.output_shape)])
    found = tuple(
        [tuple(np.asarray(tensor["shape_signature"]).tolist()) for tensor in tensors]
        for tensors in (inputs, outputs)
    )
    if found != expected:
        raise VersionBroken(
            f"The twin maps {found[0]} to {found[1]}; the manifest says {expected[0]} "
            f"to {expected[1]}"
        )
    for tensor in (*inputs, *outputs):
        if tensor["dtype"] is not np.float32:
            raise VersionBroken(f"The twin's {tensor['name']} is not float32: {tensor['dtype']}")
