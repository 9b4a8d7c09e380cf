"""What the first example of each kind is answered, shortened."""

from typing import Any

EVALUATION_REPLY: dict[str, Any] = {
    "n_samples": 10,
    "labels": [0, 1, 2, 4, 5, 6, 7, 9],
    "overall": {
        "accuracy": 0.8,
        "error_rate": 0.2,
        "balanced_accuracy": 0.7857142857142857,
        "cohen_kappa": 0.7647058823529411,
        "matthews_corrcoef": 0.7831893756568048,
    },
    "averages": {
        "macro": {"precision": 0.8095238095238094, "f1_score": 0.6833333333333333},
        "macro_zero_filled": {"precision": 0.7083333333333333, "f1_score": 0.6833333333333333},
    },
    "per_class": [
        {
            "label": 5,
            "support": 1,
            "true_positives": 0,
            "false_positives": 0,
            "false_negatives": 1,
            "true_negatives": 9,
            "precision": None,
            "recall": 0.0,
        }
    ],
    "intervals": {
        "confidence_level": 0.95,
        "overall": {"accuracy": [0.49016247153664183, 0.9433178485456247]},
    },
    "undefined": [
        {
            "path": "#/per_class/4/precision",
            "reason": "no sample is predicted as the class (TP + FP = 0)",
            "limit": None,
        }
    ],
}

COMPARISON_REPLY: dict[str, Any] = {
    "n_samples": 10,
    "models": [
        {"model": "cnn", "accuracy": 1.0, "accuracy_interval": [0.7224672001371109, 1.0]},
        {
            "model": "linear",
            "accuracy": 0.8,
            "accuracy_interval": [0.49016247153664183, 0.9433178485456247],
        },
    ],
    "cochran_q": {"statistic": 2.0, "degrees_of_freedom": 1, "p_value": 0.15729920705028105},
    "pairs": [
        {
            "first": "cnn",
            "second": "linear",
            "both_right": 8,
            "only_first_right": 2,
            "only_second_right": 0,
            "both_wrong": 0,
            "accuracy_difference": 0.19999999999999996,
            "accuracy_difference_interval": [-0.1123531026122217, 0.5098375284633582],
            "mcnemar": {"exact_p_value": 0.5, "mid_p_value": 0.25, "mid_p_value_holm": 0.25},
            "disagreements": {"count": 2, "indices": [8, 9]},
        }
    ],
}

MULTILABEL_REPLY: dict[str, Any] = {
    "n_samples": 4,
    "labels": ["comedy", "drama", "war"],
    "overall": {"subset_accuracy": 0.5, "hamming_loss": 0.16666666666666666},
    "averages": {"samples": {"precision": 0.875, "recall": 0.875}},
    "per_class": [{"label": "war", "support": 1, "precision": None, "recall": 0.0}],
    "scores": {"overall": {"label_ranking_loss": 0.125}},
}
