"""The catalogue as data for programs and as a page for people."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from services.metrics import catalogue
from services.metrics.statistics.definition import (
    ClassStatistic,
    Description,
    LineStatistic,
    OverallStatistic,
    ScoreStatistic,
)

SYMBOLS = {
    "C[i, j]": "weight of the samples of class i that were predicted as class j",
    "n": "weight of all samples; K the number of classes",
    "TP, FP, FN, TN": "of one class against the rest: hits, false alarms, misses, the others",
    "P, TOP": "TP + FN and TP + FP: how often the class is true, and how often predicted",
    "TPR, TNR, PPV, NPV, FPR, FNR": "recall, specificity, the predictive values, false rates",
    "a, b, c, d": "in distances: TP, FP, FN, TN",
    "p_o": "accuracy",
    "ln, log2": "natural logarithm, and to base 2; 0 log 0 = 0",
}

GROUPS = {
    "headline": "What a person looks at first. Always in the answer.",
    "notes": "Classes never predicted or never true, the most confused pairs. Always.",
    "intervals": "Confidence intervals of the proportions, ratios and means. Always.",
    "matrices": "The matrix by row, column and all; residuals. By name, not in all.",
    "positions": "Which samples are in each cell of the matrix. By name, not in all.",
    "bands": "What authors call the values: weak, fair, good. Opinions, with their sources.",
    "summary": "Further summaries of the whole table.",
    "baselines": "What a guess would reach, and tests against it.",
    "rates": "All ratios of a class's counts.",
    "indices": "Summaries of a class's four counts in one number.",
    "chance": "A class's counts against chance: odds, likelihood ratios, skill, information.",
    "distances": "Similarities and distances of the true and the predicted members of a class.",
    "agreement": "Agreement beyond chance, and tests of symmetry.",
    "association": "Chi-square and its kin, entropies, reduction of error.",
    "clustering": "Truth and prediction as partitions, whatever their labels.",
    "costs": "With `cost_matrix`: what errors cost, and which threshold costs least. Always then.",
    "ordinal": "For classes that have an order: that of `labels`.",
    "ranking": "With scores: areas under the curves, in every averaging. Always with scores.",
    "probability": "With probabilities: proper scores, top-k, calibration errors. Always.",
    "operating_points": "With scores: further areas, best thresholds, rates at given rates.",
    "calibration": "With probabilities: tests of calibration, slope, parts of the Brier score.",
    "multilabel": "Several labels a sample: always in the answer of `POST /v1/multilabel`.",
    "curves": "With scores: ROC, precision-recall, DET, gain, calibration, decision curves.",
}

_SCORE_PLACES = {
    "ranking": "scores.per_class[]",
    "rankings": "scores.overall",
    "probabilities": "scores.overall",
    "calibration": "scores.calibration.highest_probability, scores.calibration.per_class[]",
    "decision": "scores.overall",
    "label_sets": "overall (of /v1/multilabel)",
    "label_rankings": "scores.overall (of /v1/multilabel)",
}
_SCORE_NEEDS = {
    "ranking": ["y_true", "y_score"],
    "rankings": ["y_true", "y_score"],
    "probabilities": ["y_true", "y_score (probability)"],
    "calibration": ["y_true", "y_score (probability)"],
    "decision": ["y_true", "y_score (decision)"],
    "label_sets": ["y_true (several labels)", "y_pred"],
    "label_rankings": ["y_true (several labels)", "y_score"],
}


def entries() -> list[dict[str, Any]]:
    """One entry for each statistic, in the order of the answers."""
    return [_entry(description) for description in catalogue.every()]


def document() -> dict[str, Any]:
    """The answer of `GET /v1/catalogue`."""
    return {"symbols": SYMBOLS, "groups": GROUPS, "statistics": entries()}


def markdown() -> str:
    """The page `docs/metrics-catalogue.md`."""
    return "\n".join(_lines()) + "\n"


def _entry(description: Description) -> dict[str, Any]:
    return {
        "id": description.id,
        "title": description.title,
        "where": _where(description),
        "group": description.group,
        "formula": description.formula,
        "low": description.low if np.isfinite(description.low) else None,
        "high": description.high if np.isfinite(description.high) else None,
        "best": description.best.value,
        "needs": _SCORE_NEEDS[description.of]
        if isinstance(description, ScoreStatistic)
        else ["y_true", "y_pred", *(["cost_matrix"] if description.group == "costs" else [])],
        "undefined": description.undefined,
        "aliases": list(description.aliases),
        "reference": description.reference,
    }


def _where(description: Description) -> str:
    match description:
        case ScoreStatistic(of=of):
            return _SCORE_PLACES[of]
        case OverallStatistic():
            return "overall"
        case ClassStatistic(averaged=True) | LineStatistic(averaged=True):
            return "per_class[], averages"
        case _:
            return "per_class[]"


def _lines() -> Iterator[str]:
    rows = entries()
    yield "# Catalogue of statistics"
    yield ""
    yield (
        f"{len(rows)} statistics, each computed once. `GET /v1/catalogue` serves this table, from "
        "which this page is generated: `python -m services.metrics catalogue > "
        "docs/metrics-catalogue.md`."
    )
    yield ""
    yield "## Symbols"
    yield ""
    yield from (f"- `{symbol}`: {meaning}" for symbol, meaning in SYMBOLS.items())
    for group, about in GROUPS.items():
        chosen = [row for row in rows if row["group"] == group]
        yield from ("", f"## {group}", "", about)
        if chosen:
            yield from ("", "| id | name | formula | range | best | where |")
            yield "| --- | --- | --- | --- | --- | --- |"
            yield from map(_row, chosen)
    yield from ("", "## Other names and sources", "", "| id | also known as | reference |")
    yield "| --- | --- | --- |"
    for row in rows:
        if row["aliases"] or row["reference"]:
            names = ", ".join(row["aliases"])
            yield f"| `{row['id']}` | {_cell(names)} | {_cell(row['reference'])} |"


def _row(row: dict[str, Any]) -> str:
    low = "-inf" if row["low"] is None else f"{row['low']:.4g}"
    high = "inf" if row["high"] is None else f"{row['high']:.4g}"
    name = row["title"] + (f"; undefined when {row['undefined']}" if row["undefined"] else "")
    return (
        f"| `{row['id']}` | {_cell(name)} | `{_cell(row['formula'])}` | {low} to {high} "
        f"| {row['best']} | {row['where']} |"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
