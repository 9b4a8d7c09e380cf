"""The errors of this service alone.

ServiceError
├── InvalidInput
│   └── UrlRefused          a URL that this service does not fetch
├── Unavailable
│   └── NotSettled          a version that is still being written
├── UpstreamFailed
│   └── UrlNotFetched       what a URL leads to gave no picture
└── NotFinite               the model gave values that are no numbers
"""

from shared.errors import InvalidInput, ServiceError, Unavailable, UpstreamFailed


class UrlRefused(InvalidInput):
    """The URL is none that this service fetches: its scheme, its address, or any at all."""

    slug = "url-refused"
    title = "The URL is not fetched"


class UrlNotFetched(UpstreamFailed):
    """What the URL leads to cannot be reached, or does not answer with a picture."""

    slug = "url-not-fetched"
    title = "The picture could not be fetched"


class NotSettled(Unavailable):
    """A version without a manifest changed not long ago; it may be half written."""

    slug = "not-settled"
    title = "The version is still changing"


class NotFinite(ServiceError):
    """The model gave values that are no numbers; nothing of them is passed on."""

    slug = "not-finite"
    title = "The model's answer is not finite"
