"""Names on the volume: models, and the files of a version beside those of its engines."""

CONFUSION_FILE = "confusion_matrix.svg"
ERRORS_FILE = "errors.png"
EVALUATION_FILE = "evaluation.json"
HISTORY_FILE = "history.json"
HISTORY_PICTURE_FILE = "history.svg"
PREDICTIONS_FILE = "test_predictions.npz"
# Of the curves, below the state directory of the volume.
LOG_DIRECTORY = "tensorboard"


def model_name(dataset: str, kind: str) -> str:
    """The name under which a kind of model is published for a data set."""
    return f"{dataset}-{kind}"
