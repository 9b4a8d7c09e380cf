"""Measures how long a published form takes to answer, on the machine that made it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from services.trainer.export import TWIN_FILE
from shared.manifest import InferenceTime

BATCH_SIZES = (1, 32)
MOST_CALLS = 50
LEAST_CALLS = 10
LONGEST_SECONDS = 0.5  # after which no more than the least calls are made
WARMUP_CALLS = 5

Call = Callable[[], object]


def measure_inference(directory: Path, images: NDArray[np.float32]) -> tuple[InferenceTime, ...]:
    """Median and 95th percentile of one call, for each engine and batch size.

    Args:
        directory: A version, or one that is being written.
        images: Examples in [0, 1], at least as many as the largest batch; repeated if fewer.
    """
    times = []
    for size in BATCH_SIZES:
        batch = np.resize(images, (size, *images.shape[1:]))
        if (directory / TWIN_FILE).exists():
            times.append(_measured("litert", size, _litert_call(directory, batch)))
        times.append(_measured("savedmodel", size, _saved_model_call(directory, batch)))
    return tuple(times)


def _measured(
    engine: Literal["litert", "savedmodel"], batch_size: int, call: Call
) -> InferenceTime:
    for _ in range(WARMUP_CALLS):
        call()
    milliseconds: list[float] = []
    deadline = time.perf_counter() + LONGEST_SECONDS
    while len(milliseconds) < (MOST_CALLS if time.perf_counter() < deadline else LEAST_CALLS):
        started = time.perf_counter_ns()
        call()
        milliseconds.append((time.perf_counter_ns() - started) / 1e6)
    return InferenceTime(
        engine=engine,
        batch_size=batch_size,
        median_ms=float(np.median(milliseconds)),
        p95_ms=float(np.percentile(milliseconds, 95)),
        calls=len(milliseconds),
    )


def _litert_call(directory: Path, batch: NDArray[np.float32]) -> Call:
    interpreter = Interpreter(model_path=str(directory / TWIN_FILE), num_threads=1)
    source = interpreter.get_input_details()[0]["index"]
    target = interpreter.get_output_details()[0]["index"]
    interpreter.resize_tensor_input(source, batch.shape)
    interpreter.allocate_tensors()

    def call() -> object:
        interpreter.set_tensor(source, batch)
        interpreter.invoke()
        return interpreter.get_tensor(target)

    return call


def _saved_model_call(directory: Path, batch: NDArray[np.float32]) -> Call:
    loaded = tf.saved_model.load(str(directory))  # owns the variables: it must outlive the calls

    def call() -> object:
        answer = loaded.signatures["serving_default"](image=tf.constant(batch))
        return answer["probabilities"].numpy()

    return call
