"""How much a data set that people bring may hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.trainer.errors import DatasetUnusable
from shared.errors import PayloadTooLarge

MIN_SIDE_PIXELS = 8  # what is left of it after the poolings of the convolutional network
MAX_SIDE_PIXELS = 256
LONGEST_CLASS_NAME = 100  # characters; every answer of a model repeats the names
LISTED_SKIPPED = 100
_LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class DataLimits:
    """Bounds on a data set; beyond them it is refused before it fills memory.

    Attributes:
        files: In a folder or an archive.
        total_bytes: Of all files uncompressed.
        file_bytes: Of one picture's file; a larger one is skipped.
        array_bytes: Of the arrays that all pictures become, which a training holds in memory.
        picture_pixels: Of one picture as its header declares it.
        total_pixels: Of all pictures as their headers declare them: decoding takes time for each.
        classes: How many.
        skipped_files: How many pictures may be unreadable.
    """

    files: int = 200_000
    total_bytes: int = 2**33
    file_bytes: int = 2**26
    array_bytes: int = 2**29
    picture_pixels: int = 50_000_000
    total_pixels: int = 20_000_000_000
    classes: int = 1000
    skipped_files: int = 100

    def check_files(self, count: int) -> None:
        """Refuse too many files.

        Raises:
            PayloadTooLarge: There are more than allowed.
        """
        if count > self.files:
            raise PayloadTooLarge(
                f"A data set may have at most {self.files} files. Received: {count}",
                limit=self.files,
            )

    def check_bytes(self, count: int, what: str) -> None:
        """Refuse files of too many bytes.

        Raises:
            PayloadTooLarge: There are more than allowed.
        """
        _check(count, self.total_bytes, what)

    def check_arrays(self, count: int) -> None:
        """Refuse images of too many bytes.

        Raises:
            PayloadTooLarge: There are more than allowed.
        """
        _check(count, self.array_bytes, "All images together")

    def check_pixels(self, count: int) -> None:
        """Refuse pictures that take too long to decode.

        Args:
            count: Pixels of those that were counted so far.

        Raises:
            PayloadTooLarge: They have more than allowed.
        """
        if count > self.total_pixels:
            raise PayloadTooLarge(
                f"All pictures together may have at most {self.total_pixels} pixels. "
                f"Received: {count} or more",
                limit=self.total_pixels,
            )

    def check_classes(self, count: int, *, more_may_come: bool = False) -> None:
        """Refuse too many classes.

        Raises:
            DatasetUnusable: There are more than allowed.
        """
        if count > self.classes:
            received = f"{count} or more" if more_may_come else f"{count}"
            raise DatasetUnusable(f"Expected: at most {self.classes} classes. Received: {received}")

    def check_npz(self, count: int) -> None:
        """Refuse an archive of arrays that memory has no room for, in whatever type they are.

        Raises:
            PayloadTooLarge: It has more bytes than allowed.
        """
        _check(count, 4 * self.array_bytes, "An archive of arrays, unpacked,")


@dataclass(slots=True)
class Skipped:
    """Files that are left out.

    Attributes:
        reasons: Why, by path; of the first `LISTED_SKIPPED`.
        count: How many there are in all.
    """

    reasons: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def add(self, path: str, reason: str) -> None:
        """One more; of what is too long to be read, the beginning is kept."""
        self.count += 1
        self._list({_shortened(path): _shortened(reason)})

    def __add__(self, other: "Skipped") -> "Skipped":
        """Both; those of this one are listed first."""
        both = Skipped(dict(self.reasons), self.count + other.count)
        both._list(other.reasons)
        return both

    def described(self) -> list[str]:
        """Those that are listed, for messages."""
        return [f"{path}: {reason}" for path, reason in self.reasons.items()]

    def _list(self, reasons: Mapping[str, str]) -> None:
        for path, reason in reasons.items():
            if len(self.reasons) < LISTED_SKIPPED:
                self.reasons[path] = reason


def check_class_name(name: str, where: str) -> None:
    """Refuse a name that no answer could repeat.

    Args:
        name: Of a class.
        where: What holds it, for the message.

    Raises:
        DatasetUnusable: It is too long, or no text that UTF-8 can hold.
    """
    if len(name) > LONGEST_CLASS_NAME:
        raise DatasetUnusable(
            f"{where}: the name of a class may have at most {LONGEST_CLASS_NAME} characters. "
            f"Received: {len(name)}, {name[:20]!r}..."
        )
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise DatasetUnusable(
            f"{where}: the name of a class is no text in UTF-8. Received: {name!r}"
        ) from error


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."


def _check(count: int, limit: int, what: str) -> None:
    if count > limit:
        raise PayloadTooLarge(
            f"{what} may have at most {limit} bytes. Received: {count}", limit=limit
        )
