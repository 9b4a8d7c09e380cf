"""Bodies to try, each of which the service takes as it stands."""

from typing import Any

_DIGITS = {
    "y_true": [7, 2, 1, 0, 4, 1, 4, 9, 5, 9],
    "y_pred": [7, 2, 1, 0, 4, 1, 4, 9, 6, 4],
}
_WORDS = {
    "y_true": ["cat", "dog", "cat", "bird", "dog", "cat"],
    "y_pred": ["cat", "dog", "dog", "bird", "dog", "cat"],
    "labels": ["cat", "dog", "bird"],
    "sample_weight": [1, 1, 0.5, 2, 1, 1],
}

EVALUATION_EXAMPLES: dict[str, Any] = {
    "digits": {"summary": "Digits: labels are integers", "value": _DIGITS},
    "words": {"summary": "Animals: labels are words, samples are weighted", "value": _WORDS},
}

_SCORES = {
    "y_true": ["spam", "ham", "spam", "ham", "spam", "ham", "ham", "spam"],
    "y_score": [0.9, 0.2, 0.65, 0.4, 0.35, 0.1, 0.7, 0.8],
    "score_type": "probability",
    "positive_label": "spam",
    "include": ["operating_points", "curves"],
}
_GROUPS = {
    "y_true": [1, 0, 1, 0, 1, 0, 1, 0],
    "y_pred": [1, 0, 0, 0, 1, 1, 1, 0],
    "groups": {"site": ["north", "north", "north", "north", "south", "south", "south", "south"]},
}
_COSTS = {
    "y_true": ["ill", "ill", "well", "well", "well", "well"],
    "y_pred": ["ill", "well", "well", "ill", "well", "well"],
    "labels": ["ill", "well"],
    "cost_matrix": [[0, 10], [1, 0]],
}
_VOID = {
    "y_true": [0, 1, 255, 1, 0, 255],
    "y_pred": [0, 1, 1, 0, 0, 0],
    "ignore": [255],
    "include": ["positions"],
}
_MATRIX = {
    "confusion_matrix": [[40, 5, 3], [7, 60, 2], [4, 11, 33]],
    "labels": ["bird", "cat", "dog"],
    "include": ["agreement"],
}
_EVERYTHING = {**_DIGITS, "include": "all", "bootstrap_replicates": 1000}

EVALUATION_EXAMPLES |= {
    "scores": {"summary": "Spam: probabilities of the positive class", "value": _SCORES},
    "groups": {"summary": "Two sites: every statistic for each", "value": _GROUPS},
    "costs": {"summary": "A missed illness costs ten times a false alarm", "value": _COSTS},
    "void": {"summary": "Unlabelled samples are left out; which are wrong?", "value": _VOID},
    "matrix": {"summary": "A confusion matrix that was counted before", "value": _MATRIX},
    "everything": {"summary": "Everything, with bootstrap intervals", "value": _EVERYTHING},
}

_TWO_MODELS = {
    "y_true": [7, 2, 1, 0, 4, 1, 4, 9, 5, 9],
    "predictions": {
        "cnn": [7, 2, 1, 0, 4, 1, 4, 9, 5, 9],
        "linear": [7, 2, 1, 0, 4, 1, 4, 9, 6, 4],
    },
}
COMPARISON_EXAMPLES: dict[str, Any] = {
    "two models": {"summary": "Two models on ten samples", "value": _TWO_MODELS},
    "equivalent": {
        "summary": "Do they differ by less than 0.4?",
        "value": {**_TWO_MODELS, "equivalence_margin": 0.4},
    },
    "resampled": {
        "summary": "The same with bootstrap and permutation test",
        "value": {**_TWO_MODELS, "bootstrap_replicates": 1000, "permutations": 1000},
    },
}


MULTILABEL_EXAMPLES: dict[str, Any] = {
    "genres": {
        "summary": "Films and their genres",
        "value": {
            "labels": ["comedy", "drama", "war"],
            "y_true": [[1, 0, 0], [0, 1, 1], [1, 1, 0], [0, 1, 0]],
            "y_score": [[0.9, 0.2, 0.1], [0.1, 0.8, 0.4], [0.7, 0.6, 0.2], [0.6, 0.5, 0.1]],
            "threshold": 0.5,
        },
    }
}
