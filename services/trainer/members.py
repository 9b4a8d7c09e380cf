"""What an ensemble's members are trained by, and how their common answer is judged."""

from typing import Any

import keras


class MembersCrossentropy(keras.losses.Loss):  # type: ignore[misc]
    """The mean cross-entropy of the members, each of its own logits, for one-hot labels.

    Not that of their mean: members that share a loss learn to lean on each other.

    Args:
        label_smoothing: Share of the target that is spread over all classes.

    References:
        Webb et al. (2020), To ensemble or not ensemble: when does end-to-end training fail?,
        ECML PKDD.
    """

    def __init__(self, label_smoothing: float) -> None:
        super().__init__(name="members_crossentropy")
        self.label_smoothing = label_smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Of labels `(n, n_classes)` and logits `(n, members, n_classes)`: `(n, members)`."""
        targets = keras.ops.broadcast_to(y_true[:, None], keras.ops.shape(y_pred))
        return keras.losses.categorical_crossentropy(
            targets, y_pred, from_logits=True, label_smoothing=self.label_smoothing
        )


def ensemble_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Whether the mean of the members' logits `(n, members, n_classes)` is highest at the label."""
    return keras.metrics.categorical_accuracy(y_true, keras.ops.mean(y_pred, axis=1))
