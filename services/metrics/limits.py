"""The most that one request may ask for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one request may ask for.

    Attributes:
        max_classes: Classes of a confusion matrix.
        max_bootstrap_values: Numbers that a bootstrap holds at once.
        max_group_cells: Cells of the confusion matrices of all groups.
        max_groups: Groups of a grouping.
    """

    max_classes: int = 2000
    max_bootstrap_values: int = 100_000_000
    max_group_cells: int = 20_000_000
    max_groups: int = 1000
