"""Skill scores of forecast verification, for frequent and for rare events."""

import numpy as np

from services.metrics.arrays import Floats
from services.metrics.binary_counts import BinaryCounts
from services.metrics.statistics.definition import (
    NO_ACTUAL,
    NO_BOTH,
    NO_MARGIN,
    NO_POSITIVE,
    ClassStatistic,
)


def _chance_hits(counts: BinaryCounts) -> Floats:
    return counts.actual * counts.predicted / counts.n


def _gilbert_skill(counts: BinaryCounts) -> Floats:
    # n (TP - r) = TP TN - FP FN, which keeps the digits that the difference would lose.
    return counts.cross / (counts.cross + counts.n * counts.wrong)


def _extremal_dependency(counts: BinaryCounts) -> Floats:
    false_alarms, hits = np.log(counts.fpr), np.log(counts.tpr)
    return (false_alarms - hits) / (false_alarms + hits)


def _symmetric_extremal_dependency(counts: BinaryCounts) -> Floats:
    false_alarms, hits = np.log(counts.fpr), np.log(counts.tpr)
    rest = np.log(counts.tnr) - np.log(counts.fnr)
    total = np.log(counts.tnr) + np.log(counts.fnr)
    return (false_alarms - hits - rest) / (false_alarms + hits + total)


FORECASTS = (
    ClassStatistic(
        id="gilbert_skill_score",
        title="Gilbert skill score",
        formula="(TP - r) / (TP + FP + FN - r), r = (TP + FN)(TP + FP) / n",
        group="chance",
        compute=_gilbert_skill,
        low=-1 / 3,
        undefined="the class is the whole truth or none of it, and is predicted so",
        aliases=("ETS", "equitable threat score"),
        reference="Gilbert 1884, American Meteorological Journal 1",
    ),
    ClassStatistic(
        id="extreme_dependency_score",
        title="Extreme dependency score",
        formula="2 ln((TP + FN) / n) / ln(TP / n) - 1",
        group="chance",
        compute=lambda c: 2 * np.log(c.actual / c.n) / np.log(c.tp / c.n) - 1,
        low=-1.0,
        undefined=f"{NO_ACTUAL}, or TP = n",
        aliases=("EDS",),
        reference="Stephenson et al. 2008, Meteorological Applications 15",
    ),
    ClassStatistic(
        id="symmetric_extreme_dependency_score",
        title="Symmetric extreme dependency score",
        formula="(ln((TP + FP) / n) + ln((TP + FN) / n)) / ln(TP / n) - 1",
        group="chance",
        compute=lambda c: (
            (np.log(c.predicted / c.n) + np.log(c.actual / c.n)) / np.log(c.tp / c.n) - 1
        ),
        low=-1.0,
        undefined=f"{NO_POSITIVE}, or TP = n",
        aliases=("SEDS",),
        reference="Hogan, O'Connor & Illingworth 2009, QJRMS 135",
    ),
    ClassStatistic(
        id="extremal_dependence_index",
        title="Extremal dependence index",
        formula="(ln FPR - ln TPR) / (ln FPR + ln TPR)",
        group="chance",
        compute=_extremal_dependency,
        low=-1.0,
        undefined=f"{NO_BOTH}, or FPR or TPR is 0, or both are 1",
        aliases=("EDI",),
        reference="Ferro & Stephenson 2011, Weather and Forecasting 26",
    ),
    ClassStatistic(
        id="symmetric_extremal_dependence_index",
        title="Symmetric extremal dependence index",
        formula=("(ln FPR - ln TPR - ln TNR + ln FNR) / (ln FPR + ln TPR + ln TNR + ln FNR)"),
        group="chance",
        compute=_symmetric_extremal_dependency,
        low=-1.0,
        undefined=f"{NO_MARGIN}, or a rate is 0 or 1",
        aliases=("SEDI",),
        reference="Ferro & Stephenson 2011, Weather and Forecasting 26",
    ),
)
