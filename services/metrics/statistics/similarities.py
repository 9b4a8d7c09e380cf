"""How alike the true and the predicted members of a class are."""

import numpy as np

from services.metrics.statistics.definition import (
    NO_ACTUAL,
    NO_BOTH,
    NO_POSITIVE,
    NO_PREDICTED,
    Best,
    ClassStatistic,
)

SIMILARITIES = (
    ClassStatistic(
        id="overlap_coefficient",
        title="Overlap coefficient",
        formula="TP / min(TP + FP, TP + FN)",
        group="indices",
        compute=lambda c: c.tp / np.minimum(c.predicted, c.actual),
        undefined=f"{NO_ACTUAL}, or {NO_PREDICTED}",
        aliases=("OC", "Szymkiewicz-Simpson"),
        reference="Simpson 1943, American Journal of Science 241",
    ),
    ClassStatistic(
        id="braun_blanquet_similarity",
        title="Braun-Blanquet similarity",
        formula="TP / max(TP + FP, TP + FN)",
        group="indices",
        compute=lambda c: c.tp / np.maximum(c.predicted, c.actual),
        undefined=NO_POSITIVE,
        aliases=("BB",),
        reference="Braun-Blanquet 1932, Plant Sociology",
    ),
    ClassStatistic(
        id="tversky_index",
        title="Tversky index",
        formula="TP / (TP + a FN + b FP), a = tversky_alpha, b = tversky_beta",
        group="indices",
        compute=lambda c: (
            c.tp / (c.tp + c.parameters.tversky_alpha * c.fn + c.parameters.tversky_beta * c.fp)
        ),
        undefined=NO_POSITIVE,
        aliases=("TI",),
        reference="Tversky 1977, Psychological Review 84",
    ),
    ClassStatistic(
        id="distance_index",
        title="Distance to the ideal corner of the ROC plane",
        formula="sqrt((1 - TPR)^2 + (1 - TNR)^2)",
        group="indices",
        compute=lambda c: np.hypot(c.fnr, c.fpr),
        high=2**0.5,
        best=Best.LOWER,
        undefined=NO_BOTH,
        aliases=("dInd", "roc_dist"),
    ),
    ClassStatistic(
        id="similarity_index",
        title="Similarity index",
        formula="1 - dInd / sqrt(2)",
        group="indices",
        compute=lambda c: 1 - np.hypot(c.fnr, c.fpr) / np.sqrt(2),
        undefined=NO_BOTH,
        aliases=("sInd",),
    ),
    ClassStatistic(
        id="bray_curtis_dissimilarity",
        title="Bray-Curtis dissimilarity",
        formula="|FP - FN| / (2 n)",
        group="indices",
        compute=lambda c: np.abs(c.fp - c.fn) / (2 * c.n),
        high=0.5,
        best=Best.LOWER,
        aliases=("BCD",),
        reference="Bray & Curtis 1957, Ecological Monographs 27",
    ),
)
