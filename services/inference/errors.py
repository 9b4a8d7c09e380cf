"""The errors of this service alone.

ServiceError
├── NotFound
│   └── LabelNotFound
├── Unavailable
│   └── NotSettled          a version that is still being written
└── NotFinite               the model gave values that are no numbers
"""

from shared.errors import NotFound, ServiceError, Unavailable


class LabelNotFound(NotFound):
    """The model has no such label."""

    slug = "label-not-found"
    title = "The label is unknown"


class NotSettled(Unavailable):
    """A version without a manifest changed not long ago; it may be half written."""

    slug = "not-settled"
    title = "The version is still changing"


class NotFinite(ServiceError):
    """The model gave values that are no numbers; nothing of them is passed on."""

    slug = "not-finite"
    title = "The model's answer is not finite"
