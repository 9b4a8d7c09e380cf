"""Statistics of predicted probabilities: proper scores, top-k, selective prediction."""

from services.metrics.statistics.probabilities.ordered import ORDERED
from services.metrics.statistics.probabilities.proper_scores import PROPER_SCORES
from services.metrics.statistics.probabilities.selective import SELECTIVE

PROBABILITIES = (*PROPER_SCORES, *ORDERED, *SELECTIVE)
