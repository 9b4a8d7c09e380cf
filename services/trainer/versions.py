"""The names of the files that a version holds beside those of its engines."""

EVALUATION_FILE = "evaluation.json"
HISTORY_FILE = "history.json"
PREDICTIONS_FILE = "test_predictions.npz"
