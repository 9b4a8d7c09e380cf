"""Agreement of truth and prediction beyond chance, and symmetry of their errors."""

from services.metrics.statistics.agreement.kappa import KAPPAS
from services.metrics.statistics.agreement.reliability import RELIABILITY
from services.metrics.statistics.agreement.symmetry import SYMMETRY
from services.metrics.statistics.agreement.weighted import WEIGHTED

AGREEMENT = (*KAPPAS, *RELIABILITY, *WEIGHTED, *SYMMETRY)
