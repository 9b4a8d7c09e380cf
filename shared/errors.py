"""Every error that a caller can cause or meet, free of HTTP.

    ServiceError
    ├── InvalidInput            what came in cannot be used
    │   └── InvalidImage        ... as a picture
    ├── UnsupportedMediaType    a format that nothing here reads
    ├── PayloadTooLarge         more than a limit allows
    ├── NotFound
    │   ├── ModelNotFound
    │   ├── VersionNotFound
    │   ├── LabelNotFound       a name for versions
    │   └── FileNotFound        in a version
    ├── Unauthorized            a route that changes something, without its key
    ├── OtherSite               ... asked by a browser for another web site
    ├── Conflict                not in the present state
    ├── Unavailable             not now; try again
    │   ├── ModelNotReady
    │   └── Saturated
    ├── DeadlineExceeded        taken in, and not done in time
    ├── UpstreamFailed          another service answered wrongly, or not at all
    │   └── UpstreamTimedOut
    └── StorageError            the volume or a file on it
        ├── VolumeUnusable      cannot be read or written
        └── VersionBroken       a published version that is not what its manifest says

Services derive their own from these; `shared.problems` gives each family its status.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input.

    Attributes:
        pointer: Where, as a JSON pointer fragment: `#/y_true/3`.
        detail: What came in and what was expected.
    """

    pointer: str
    detail: str


class ServiceError(Exception):
    """Something that a caller can cause or meet, said in the caller's words."""

    slug: ClassVar[str] = "service-error"
    title: ClassVar[str] = "The request could not be served"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidInput(ServiceError):
    """What came in has the wrong form, type, range or length."""

    slug = "invalid-input"
    title = "The input cannot be used"

    def __init__(self, detail: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(detail)
        self.faults = tuple(faults)


class InvalidImage(InvalidInput):
    """The bytes are no picture that can be read, or none that can be used."""

    slug = "invalid-image"
    title = "The picture cannot be read"


class UnsupportedMediaType(ServiceError):
    """The content type, or the encoding, is none that this route reads."""

    slug = "unsupported-media-type"
    title = "The format is not supported"


class PayloadTooLarge(ServiceError):
    """The input is larger than a limit of this service."""

    slug = "payload-too-large"
    title = "The input is too large"

    def __init__(self, detail: str, limit: int) -> None:
        super().__init__(detail)
        self.limit = limit


class NotFound(ServiceError):
    """Nothing bears the name that was asked for."""

    slug = "not-found"
    title = "Not found"


class ModelNotFound(NotFound):
    """No model of that name is served or published here."""

    slug = "model-not-found"
    title = "The model is unknown"


class VersionNotFound(NotFound):
    """The model has no version of that number."""

    slug = "version-not-found"
    title = "The version is unknown"


class LabelNotFound(NotFound):
    """The model has no such label."""

    slug = "label-not-found"
    title = "The label is unknown"


class Unauthorized(ServiceError):
    """The request changes something, and does not bring the key that this takes."""

    slug = "unauthorized"
    title = "A key is needed"


class OtherSite(ServiceError):
    """The request changes something, and a browser sent it for a page of another web site."""

    slug = "other-site"
    title = "Another web site may not change anything here"


class FileNotFound(NotFound):
    """The version has no file of that name."""

    slug = "file-not-found"
    title = "The file is unknown"


class Conflict(ServiceError):
    """The state of the thing asked for does not allow this now."""

    slug = "conflict"
    title = "Not possible in the present state"


class Unavailable(ServiceError):
    """The request is right, and cannot be served at this moment."""

    slug = "unavailable"
    title = "Not available at present"

    def __init__(self, detail: str, retry_after_seconds: int = 1) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class ModelNotReady(Unavailable):
    """The model is known, and no version of it can answer yet."""

    slug = "model-not-ready"
    title = "The model is not ready"


class Saturated(Unavailable):
    """The service works at its limit; the request was not taken in."""

    slug = "saturated"
    title = "The service is busy"


class DeadlineExceeded(ServiceError):
    """The request was taken in, and its answer was not ready in time."""

    slug = "deadline-exceeded"
    title = "The answer was not ready in time"


class UpstreamFailed(ServiceError):
    """Another service, named in the detail, answered wrongly or not at all."""

    slug = "upstream-failed"
    title = "Another service failed"


class UpstreamTimedOut(UpstreamFailed):
    """Another service, named in the detail, did not answer in time."""

    slug = "upstream-timed-out"
    title = "Another service did not answer in time"


class StorageError(ServiceError):
    """The volume, or a file on it, cannot be used."""

    slug = "storage-error"
    title = "The storage cannot be used"


class VolumeUnusable(StorageError):
    """The volume cannot be read or written: missing, read-only or full."""

    slug = "volume-unusable"
    title = "The volume cannot be used"


class VersionBroken(StorageError):
    """A published version lacks files, or they are not those of its manifest."""

    slug = "version-broken"
    title = "The published version is damaged"
