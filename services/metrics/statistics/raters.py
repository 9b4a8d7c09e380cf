"""Agreement of several models with each other, whatever is true."""

import numpy as np
from numpy.typing import NDArray

from services.metrics.arrays import Floats, silent


def agreement(codes: NDArray[np.intp], n_classes: int) -> dict[str, float]:
    """Agreement beyond chance, by what each author takes for chance; NaN where it explains all.

    Of two models Fleiss' kappa is Scott's pi, and Conger's is Cohen's.

    Args:
        codes: What each model predicts for each sample, in `[0, n_classes)`, shape `(m, n)`.
        n_classes: K.

    References:
        Fleiss 1971, Psychological Bulletin 76; Conger 1980, Psychological Bulletin 88;
        Randolph 2005; Gwet 2008, British Journal of Mathematical and Statistical Psychology 61;
        Krippendorff 2004, Content Analysis.
    """
    models, samples = codes.shape
    margins = np.stack([np.bincount(row, minlength=n_classes) for row in codes]) / samples
    shares = margins.mean(axis=0)
    observed = _share_of_pairs(codes, n_classes)
    common = shares @ shares
    # The mean over pairs of models of what their own margins would let them agree on.
    own = (common * models**2 - np.square(margins).sum()) / (models * (models - 1))
    correction = 1 / (models * samples)
    with silent():
        return {
            "fleiss_kappa": _beyond(observed, common),
            "conger_kappa": _beyond(observed, own),
            "randolph_kappa": _beyond(observed, np.float64(1 / n_classes)),
            "gwet_ac1": _beyond(
                observed, (shares * (1 - shares)).sum() / np.float64(n_classes - 1)
            ),
            "krippendorff_alpha": _beyond(observed * (1 - correction) + correction, common),
        }


def _share_of_pairs(codes: NDArray[np.intp], n_classes: int) -> np.float64:
    """How often two of the models agree on a sample."""
    models, samples = codes.shape
    index = np.arange(samples) * n_classes
    counts: Floats = np.zeros(samples * n_classes)
    for row in codes:
        counts[index + row] += 1
    return np.float64((counts @ counts - models * samples) / (samples * models * (models - 1)))


def _beyond(observed: np.float64, chance: np.float64) -> float:
    return float((observed - chance) / (1 - chance))
