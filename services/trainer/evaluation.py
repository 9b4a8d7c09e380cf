"""What training asks of whoever evaluates its test split."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Evaluation = Mapping[str, Any]
"""The answer of the metrics service, as it came."""


class Evaluator(Protocol):
    """Evaluates predictions against the truth."""

    def evaluate(self, y_true: NDArray[np.int64], probabilities: NDArray[np.float32]) -> Evaluation:
        """The evaluation of one split.

        Args:
            y_true: int64, shape `(n,)`, each in `[0, n_classes)`.
            probabilities: float32, shape `(n, n_classes)`.

        Raises:
            UpstreamFailed: The evaluation could not be had; the message says why.
        """
