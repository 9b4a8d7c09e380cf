"""Many images of one request, computed on every thread that has nothing else to do.

A client that asks alone then has all cores; where each thread has a request of its own, none
is disturbed.
"""

from collections import deque

import numpy as np

from services.inference.executor import Executor
from services.inference.servables import Images, Probabilities, Servable

# A thread takes about a tenth of this to wake up.
WORTH_SPREADING_SECONDS = 0.001


def outputs_of(servable: Servable, images: Images, executor: Executor) -> Probabilities:
    """The outputs for each image, as of `Engine.predict`.

    Args:
        servable: The version that computes.
        images: float32, shape `(n, *input_shape)`.
        executor: Whose idle threads may help.
    """
    engine, n = servable.engine, len(images)
    size = engine.piece_size
    if not size or n < 2 * size or n * servable.example_seconds < WORTH_SPREADING_SECONDS:
        return engine.predict(images)
    helpers = min(executor.idle_threads(), n // size - 1)
    if helpers < 1:
        return engine.predict(images)
    outputs = np.empty((n, *servable.signature.output_shape), np.float32)
    starts = deque(range(0, n, size))

    def compute() -> None:
        while True:
            try:
                start = starts.popleft()
            except IndexError:  # nothing is left
                return
            outputs[start : start + size] = engine.predict(images[start : start + size])

    executor.spread(compute, helpers)
    return outputs
