"""The errors of this service alone.

ServiceError
├── Unavailable
│   └── NotSettled          a version that is still being written
└── NotFinite               the model gave values that are no numbers
"""

from shared.errors import ServiceError, Unavailable


class NotSettled(Unavailable):
    """A version without a manifest changed not long ago; it may be half written."""

    slug = "not-settled"
    title = "The version is still changing"


class NotFinite(ServiceError):
    """The model gave values that are no numbers; nothing of them is passed on."""

    slug = "not-finite"
    title = "The model's answer is not finite"
