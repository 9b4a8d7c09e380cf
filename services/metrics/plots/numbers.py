"""The numbers of a picture: an evaluation with what the picture shows and no more."""

from dataclasses import replace
from typing import Any

from services.metrics.evaluation import evaluate
from services.metrics.faults import InvalidOption, TooManyClasses, one_fault
from services.metrics.ignored import ignored_in, without
from services.metrics.limits import Limits
from services.metrics.options.evaluation import EvaluationOptions
from services.metrics.plots.options import OF_SCORES, Kind, PlotOptions
from services.metrics.ready_matrix import ReadyMatrix
from services.metrics.samples import Samples
from services.metrics.scored import scored_samples

CURVE_POINTS = 400  # about as many as there are pixels


def plot_numbers(
    kind: Kind,
    samples: Samples | ReadyMatrix,
    evaluation: EvaluationOptions,
    options: PlotOptions,
    max_classes: int,
) -> dict[str, Any]:
    """The answer of an evaluation that a picture is drawn from.

    Args:
        kind: Of the picture.
        samples: What is marked, or its confusion matrix.
        evaluation: As of an evaluation; `include`, the bootstrap and groups are not needed.
        options: What the caller chose about the picture.
        max_classes: The most that a picture shows.

    Raises:
        InvalidInput: The samples or the options cannot be used; the error says which and why.
    """
    if isinstance(samples, ReadyMatrix):
        _refuse_matrix(kind)
    elif kind in OF_SCORES:
        _refuse_without_scores(kind, samples, evaluation)
    needs_forms = options.normalize != "none" or options.errors_only
    forms = ["matrices"] if kind == "confusion-matrix" and needs_forms else []
    changes: dict[str, Any] = {
        "include": ["curves"] if kind in OF_SCORES else forms,
        "bootstrap_replicates": None,
        "curve_points": evaluation.curve_points or CURVE_POINTS,
    }
    try:
        if isinstance(samples, Samples):
            if evaluation.ignore:
                samples = without(samples, ignored_in(samples.y_true, evaluation.ignore))
                changes["ignore"] = None
            samples = _needed(kind, samples, evaluation, max_classes)
        limits = Limits(max_classes=max_classes)
        return evaluate(samples, evaluation.model_copy(update=changes), limits)
    except TooManyClasses as error:
        detail = (
            f"A plot shows at most {max_classes} classes (settings METRICS_MAX_PLOT_CLASSES and "
            "METRICS_MAX_CLASSES). Received: more."
        )
        pointer = "#/confusion_matrix" if isinstance(samples, ReadyMatrix) else "#/y_true"
        raise one_fault(TooManyClasses, pointer, detail) from error


def _needed(
    kind: Kind, samples: Samples, evaluation: EvaluationOptions, max_classes: int
) -> Samples:
    """The samples without groups, and without scores if the labels alone are drawn."""
    samples = replace(samples, groups={})
    if kind in OF_SCORES or samples.y_score is None:
        return samples
    scored = scored_samples(samples, evaluation, max_classes)
    y_pred = samples.y_pred or scored.y_pred
    return replace(samples, y_pred=y_pred, labels=scored.labels, y_score=None)


def _refuse_matrix(kind: Kind) -> None:
    if kind in OF_SCORES:
        detail = f"A {kind} plot needs y_score and score_type. Received: a confusion matrix."
        raise one_fault(InvalidOption, "#/y_score", detail)


def _refuse_without_scores(kind: Kind, samples: Samples, evaluation: EvaluationOptions) -> None:
    if samples.y_score is None:
        detail = f"A {kind} plot needs y_score and score_type. Received: labels alone."
        raise one_fault(InvalidOption, "#/y_score", detail)
    if kind == "calibration" and evaluation.score_type == "decision":
        detail = "A calibration plot needs probabilities. Received: score_type decision."
        raise one_fault(InvalidOption, "#/score_type", detail)
