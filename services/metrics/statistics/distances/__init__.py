"""Similarities and distances of two sets, the true and the predicted members of a class."""

from services.metrics.statistics.distances.baulieu import BAULIEU
from services.metrics.statistics.distances.covariance import COVARIANCE
from services.metrics.statistics.distances.error_reduction import ERROR_REDUCTION
from services.metrics.statistics.distances.matching import MATCHING
from services.metrics.statistics.distances.overlap import OVERLAP
from services.metrics.statistics.distances.survey import SURVEY

DISTANCES = (*MATCHING, *OVERLAP, *BAULIEU, *COVARIANCE, *ERROR_REDUCTION, *SURVEY)
