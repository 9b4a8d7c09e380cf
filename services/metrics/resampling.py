"""The bootstraps that a caller may wish for, and how large they may be."""

from services.metrics.bootstrap import Bootstrap
from services.metrics.faults import InvalidOption, one_fault
from services.metrics.limits import Limits
from services.metrics.options.evaluation import EvaluationOptions
from services.metrics.values import Selection

DEFAULT_LEVEL = 0.95
# Weighing a score is quicker than holding a statistic: so many times more are allowed.
SCORE_WORK = 10


def table_plan(
    options: EvaluationOptions, selection: Selection, n_classes: int, kinds: int, limits: Limits
) -> Bootstrap:
    """How tables are drawn.

    Args:
        options: What the caller chose.
        selection: The statistics of which there will be intervals.
        n_classes: K.
        kinds: How many different weighted samples there are; 0 without weights.
        limits: The most that a caller may ask for.

    Raises:
        InvalidOption: It would hold, or draw, more numbers than allowed.
    """
    plan = _plan(options, options.bootstrap_replicates or 0)
    k, lines = n_classes, len(selection.per_class())
    tables = plan.replicates + (max(k * k, kinds) if plan.method == "bca" else 0)
    needed = tables * max(k * lines + 5 * lines + len(selection.overall()), kinds)
    if needed > limits.max_bootstrap_values:
        of = f" and {kinds} different weights" if kinds else ""
        detail = (
            f"A bootstrap may hold {limits.max_bootstrap_values} numbers (setting "
            "METRICS_MAX_BOOTSTRAP_VALUES); fewer replicates or groups need fewer. "
            f"Received: a wish for {needed}, for {plan.replicates} replicates of {k} classes{of}."
        )
        raise one_fault(InvalidOption, "#/bootstrap_replicates", detail)
    return plan


def score_plan(options: EvaluationOptions, n_scores: int, limits: Limits) -> Bootstrap | None:
    """How samples with scores are drawn; None if the caller does not wish for it.

    Args:
        options: What the caller chose.
        n_scores: Of all samples and classes.
        limits: The most that a caller may ask for.

    Raises:
        InvalidOption: It would weigh more scores than allowed, or by a method for tables alone.
    """
    if (replicates := options.score_bootstrap_replicates) is None:
        return None
    most = SCORE_WORK * limits.max_bootstrap_values
    if n_scores * replicates > most:
        detail = (
            f"All replicates together may weigh {most} scores ({SCORE_WORK} times the setting "
            f"METRICS_MAX_BOOTSTRAP_VALUES). Received: a wish for {n_scores * replicates}."
        )
        raise one_fault(InvalidOption, "#/score_bootstrap_replicates", detail)
    if options.bootstrap_method == "bca":
        detail = "Scores have percentile and basic intervals. Received: bca."
        raise one_fault(InvalidOption, "#/bootstrap_method", detail)
    return _plan(options, replicates)


def _plan(options: EvaluationOptions, replicates: int) -> Bootstrap:
    return Bootstrap(
        replicates=replicates,
        method=options.bootstrap_method or "percentile",
        seed=options.bootstrap_seed or 0,
        level=options.confidence_level or DEFAULT_LEVEL,
    )
