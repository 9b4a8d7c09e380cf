"""What training asks of whoever evaluates its test split."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Evaluation = Mapping[str, Any]
"""The answer of the metrics service, as it came."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """What a model says of one split, and what is true.

    Attributes:
        y_true: int64, shape `(n,)`, each in `[0, n_classes)`.
        probabilities: float32, shape `(n, n_classes)`.
        class_names: Distinct, in the order of the columns of `probabilities`.
    """

    y_true: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    class_names: tuple[str, ...]


class Evaluator(Protocol):
    """Evaluates predictions against the truth."""

    def evaluate(self, predicted: Predicted) -> Evaluation:
        """The evaluation of one split.

        Raises:
            UpstreamFailed: The evaluation could not be had; the message says why.
        """

    def confusion_matrix_svg(self, predicted: Predicted) -> bytes:
        """The confusion matrix of one split as an SVG picture.

        Raises:
            UpstreamFailed: It could not be had; the message says why.
        """
