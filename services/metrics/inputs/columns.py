"""Tables of named columns, and which of them is which field."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from services.metrics.faults import one_fault
from services.metrics.inputs.fields import Column, Fields, escaped
from services.metrics.labels import LabelArray
from shared.errors import InvalidInput


class Table(Protocol):
    """Columns by name."""

    @property
    def names(self) -> Sequence[str]:
        """The columns there are."""

    def labels(self, name: str) -> LabelArray:
        """A column as labels."""

    def numbers(self, name: str) -> NDArray[Any]:
        """A column as numbers."""


def arrays_from(
    table: Table, chosen: Mapping[str, str | Sequence[str]], wanted: Fields
) -> dict[str, Column]:
    """The arrays of a table by field.

    Args:
        table: The columns.
        chosen: By field, the column that the caller names; for scores several, one for each
            class. Fields not among them are taken from columns that bear their names.
        wanted: The fields that the route takes.

    Raises:
        InvalidInput: A column is missing, or does not hold what its field needs.
    """
    places: dict[str, str | Sequence[str]] = {
        name: name
        for name in (*wanted.labels, *wanted.numbers, *wanted.scores)
        if name in table.names
    } | dict(chosen)
    places.setdefault("y_true", "y_true")
    return {field: _array(table, place, field, wanted) for field, place in places.items()}


def _array(table: Table, place: str | Sequence[str], field: str, wanted: Fields) -> Column:
    for name in [place] if isinstance(place, str) else place:
        if name not in table.names:
            detail = f"No such column. Received: {name}; there are: {', '.join(table.names)}."
            raise one_fault(InvalidInput, f"#/{escaped(name)}", detail)
    if wanted.holds_labels(field):
        return table.labels(place if isinstance(place, str) else place[0])
    if isinstance(place, str):
        return table.numbers(place)
    return np.stack([table.numbers(name) for name in place], axis=1)
