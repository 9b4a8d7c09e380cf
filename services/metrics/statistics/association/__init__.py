"""Association of truth and prediction: chi-square and its kin, entropies, reduction of error."""

from services.metrics.statistics.association.chi_square import CHI_SQUARE
from services.metrics.statistics.association.error_reduction import ERROR_REDUCTION
from services.metrics.statistics.association.information import INFORMATION

ASSOCIATION = (*CHI_SQUARE, *ERROR_REDUCTION, *INFORMATION)
