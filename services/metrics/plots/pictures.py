"""From samples to a picture: computes the numbers of a kind once, and draws them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from services.metrics.evaluation import Limits, evaluate
from services.metrics.faults import InvalidOption, TooManyClasses, one_fault
from services.metrics.options import EvaluationOptions
from services.metrics.plots.calibration import calibration
from services.metrics.plots.confusion_matrix import confusion_matrix
from services.metrics.plots.options import OF_SCORES, Kind, PlotOptions
from services.metrics.plots.per_class import per_class
from services.metrics.plots.precision_recall import precision_recall
from services.metrics.plots.roc import roc
from services.metrics.plots.sheet import drawing
from services.metrics.plots.subject import Drawing, Subject
from services.metrics.samples import Samples
from services.metrics.scored import scored_samples

CURVE_POINTS = 400  # about as many as there are pixels
DRAWERS: dict[Kind, Callable[[Subject], Drawing]] = {
    "confusion-matrix": confusion_matrix,
    "roc": roc,
    "precision-recall": precision_recall,
    "calibration": calibration,
    "per-class": per_class,
}


@dataclass(frozen=True, slots=True)
class PlotLimits:
    """The most that a picture may have.

    Attributes:
        max_classes: Classes.
        max_pixels: Pixels of a PNG.
    """

    max_classes: int = 300
    max_pixels: int = 40_000_000


def picture(
    kind: Kind,
    samples: Samples,
    evaluation: EvaluationOptions,
    options: PlotOptions,
    limits: PlotLimits = PlotLimits(),
) -> bytes:
    """A picture of an evaluation.

    Args:
        kind: Which.
        samples: What is marked.
        evaluation: As of an evaluation; `include`, the bootstrap and groups are not needed.
        options: What the caller chose about the picture.
        limits: The most that it may have.

    Raises:
        InvalidInput: The samples or the options cannot be used; the error says which and why.
    """
    answer = numbers(kind, samples, evaluation, options, limits.max_classes)
    return drawn(kind, answer, options, limits)


def numbers(
    kind: Kind,
    samples: Samples,
    evaluation: EvaluationOptions,
    options: PlotOptions,
    max_classes: int,
) -> dict[str, Any]:
    """The answer of an evaluation with what this kind of picture shows and no more."""
    if kind in OF_SCORES:
        _refuse_without_scores(kind, samples, evaluation)
    limits = Limits(max_classes=max_classes)
    needs_forms = options.normalize != "none" or options.errors_only
    wanted = ["matrices"] if kind == "confusion-matrix" and needs_forms else []
    include = ["curves"] if kind in OF_SCORES else wanted
    points = evaluation.curve_points or CURVE_POINTS
    changes = {"include": include, "bootstrap_replicates": None, "curve_points": points}
    try:
        samples = _needed(kind, samples, evaluation, max_classes)
        return evaluate(samples, evaluation.model_copy(update=changes), limits)
    except TooManyClasses as error:
        detail = (
            f"A plot shows at most {max_classes} classes (settings METRICS_MAX_PLOT_CLASSES and "
            "METRICS_MAX_CLASSES). Received: more."
        )
        raise one_fault(TooManyClasses, "#/y_true", detail) from error


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


def drawn(
    kind: Kind, answer: dict[str, Any], options: PlotOptions, limits: PlotLimits = PlotLimits()
) -> bytes:
    """An answer that has the numbers as a picture."""
    with drawing():
        done = DRAWERS[kind](Subject(answer, options))
        return done.sheet.written(options.dpi, limits.max_pixels, done.title, done.description)


def _refuse_without_scores(kind: Kind, samples: Samples, evaluation: EvaluationOptions) -> None:
    if samples.y_score is None:
        detail = f"A {kind} plot needs y_score and score_type. Received: labels alone."
        raise one_fault(InvalidOption, "#/y_score", detail)
    if kind == "calibration" and evaluation.score_type == "decision":
        detail = "A calibration plot needs probabilities. Received: score_type decision."
        raise one_fault(InvalidOption, "#/score_type", detail)
