"""The trainer's own errors.

ServiceError
├── InvalidInput
│   ├── UnknownName        no data set, model kind or recipe is called so
│   ├── DatasetUnusable    data that people brought, and nothing can be trained on
│   └── NotComparable      versions that cannot be set side by side
├── NotFound
│   ├── RunNotFound        no run has that id
│   └── DatasetNotFound    no data set of that name was uploaded
├── Conflict
│   ├── IllegalMove        the run's state does not allow it
│   └── DatasetInUse       it is there already, or a run needs it
├── StorageError
│   └── DatasetBroken      a data file is truncated, corrupt, or does not fit the others
├── UpstreamFailed
│   └── DatasetUnreachable neither on disk nor to be downloaded
└── ModelRejected          what was trained or exported may not be published
"""

from collections.abc import Iterable, Sequence

from shared.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    ServiceError,
    StorageError,
    UpstreamFailed,
)


class UnknownName(InvalidInput):
    """No data set, kind of model or recipe bears that name."""

    slug = "unknown-name"
    title = "The name is unknown"

    def __init__(self, what: str, received: str, known: Iterable[str]) -> None:
        super().__init__(f"Unknown {what}. Received: {received!r}; there are: {', '.join(known)}")


class DatasetUnusable(InvalidInput):
    """The data that were brought cannot be read, or cannot be learnt from."""

    slug = "dataset-unusable"
    title = "The data set cannot be used"


class NotComparable(InvalidInput):
    """The versions were not tested on the same examples, or there are fewer than two."""

    slug = "not-comparable"
    title = "The versions cannot be compared"


class RunNotFound(NotFound):
    """No run has that id."""

    slug = "run-not-found"
    title = "The run is unknown"


class DatasetNotFound(NotFound):
    """No data set of that name was uploaded."""

    slug = "dataset-not-found"
    title = "The data set is unknown"


class DatasetInUse(Conflict):
    """A data set of that name is there already, or a run that is not over needs it."""

    slug = "dataset-in-use"
    title = "The data set is in use"


class IllegalMove(Conflict):
    """The state of the run does not allow the move that was asked for."""

    slug = "illegal-move"
    title = "The run's state does not allow this"

    def __init__(self, run_id: str, state: str, wanted: str, allowed: Sequence[str]) -> None:
        may = ", ".join(allowed) or "nothing more: it is over"
        super().__init__(f"Run {run_id} is {state} and cannot be {wanted}. It can be: {may}")
        self.state = state


class DatasetBroken(StorageError):
    """A data file is truncated or corrupt, or does not fit the others."""

    slug = "dataset-broken"
    title = "A data file cannot be used"


class DatasetUnreachable(UpstreamFailed):
    """The data are not on disk, and no mirror gave them."""

    slug = "dataset-unreachable"
    title = "The data cannot be had"


class ModelRejected(ServiceError):
    """What was trained or exported failed a check, and is not published."""

    slug = "model-rejected"
    title = "The model may not be published"
