"""What is reached at given rates, and at which threshold."""

from functools import partial

from services.metrics.statistics.definition import UNBOUNDED, Best, ScoreStatistic
from services.metrics.statistics.ranking.areas import NO_POSITIVE, ONE_SIDED
from services.metrics.statistics.ranking.operating_points import (
    gain_at,
    lift_at,
    precision_at_recall,
    precision_of_top,
    recall_at_fpr,
    recall_at_precision,
    specificity_at_recall,
    threshold_of,
    value_of,
)

_RULES = (
    (
        "recall_at_precision",
        "Greatest recall at a precision of at least",
        "max TPR over thresholds with PPV >= the level",
        recall_at_precision,
        (0.9, 0.95, 0.99),
        f"{NO_POSITIVE}, or no threshold reaches the precision",
        ("recall_at_fixed_precision",),
    ),
    (
        "precision_at_recall",
        "Greatest precision at a recall of at least",
        "max PPV over thresholds with TPR >= the level",
        precision_at_recall,
        (0.9, 0.95, 0.99),
        NO_POSITIVE,
        ("precision_at_fixed_recall",),
    ),
    (
        "recall_at_false_positive_rate",
        "Greatest recall at a false positive rate of at most",
        "max TPR over thresholds with FPR <= the level",
        recall_at_fpr,
        (0.01, 0.05, 0.1),
        ONE_SIDED,
        ("sensitivity_at_specificity",),
    ),
    (
        "specificity_at_recall",
        "Greatest specificity at a recall of at least",
        "max TNR over thresholds with TPR >= the level",
        specificity_at_recall,
        (0.9, 0.95, 0.99),
        ONE_SIDED,
        ("specificity_at_sensitivity",),
    ),
)
_SHARES = (
    ("lift_at", "Lift among", "precision of the top share / prevalence", lift_at, UNBOUNDED),
    ("gain_at", "Gain of", "positives among the top share / P", gain_at, 1.0),
    (
        "precision_of_top",
        "Precision of",
        "positives among the top share / samples in it",
        precision_of_top,
        1.0,
    ),
)

AT_LEVELS = (
    *(
        ScoreStatistic(
            id=f"{name}_{round(100 * level)}",
            of="ranking",
            title=f"{title} {level}",
            formula=formula,
            group="operating_points",
            compute=partial(value_of, rule=rule, level=level),
            undefined=reason,
            aliases=aliases,
        )
        for name, title, formula, rule, levels, reason, aliases in _RULES
        for level in levels
    ),
    *(
        ScoreStatistic(
            id=f"{name}_{round(100 * level)}_threshold",
            of="ranking",
            title=f"Threshold of the {title[0].lower()}{title[1:]} {level}",
            formula="the highest threshold that reaches it; scores at or above it are positive",
            group="operating_points",
            compute=partial(threshold_of, rule=rule, level=level),
            low=-UNBOUNDED,
            high=UNBOUNDED,
            best=Best.NEITHER,
            undefined=reason,
        )
        for name, title, _, rule, levels, reason, _ in _RULES
        for level in levels
    ),
    *(
        ScoreStatistic(
            id=f"{name}_{round(100 * share)}",
            of="ranking",
            title=f"{title} the highest-scored {share} of the samples",
            formula=formula,
            group="operating_points",
            compute=partial(compute, share=share),
            high=high,
            undefined=NO_POSITIVE,
            aliases=("lift table",) if name == "lift_at" else (),
        )
        for name, title, formula, compute, high in _SHARES
        for share in (0.05, 0.1, 0.2)
    ),
)
