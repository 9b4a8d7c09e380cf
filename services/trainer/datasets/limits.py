"""How much a data set that people bring may hold."""

from dataclasses import dataclass

from services.trainer.errors import DatasetUnusable
from shared.errors import PayloadTooLarge

MIN_SIDE_PIXELS = 8  # what is left of it after the poolings of the convolutional network
MAX_SIDE_PIXELS = 256


@dataclass(frozen=True, slots=True)
class DataLimits:
    """Bounds on a data set; beyond them it is refused before it fills memory.

    Attributes:
        files: In a folder or an archive.
        total_bytes: Of all files uncompressed.
        file_bytes: Of one picture's file; a larger one is skipped.
        array_bytes: Of the arrays that all pictures become, which a training holds in memory.
        picture_pixels: Of one picture as its header declares it.
        classes: How many.
        skipped_files: How many pictures may be unreadable.
    """

    files: int = 200_000
    total_bytes: int = 2**33
    file_bytes: int = 2**26
    array_bytes: int = 2**29
    picture_pixels: int = 50_000_000
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

    def check_classes(self, count: int) -> None:
        """Refuse too many classes.

        Raises:
            DatasetUnusable: There are more than allowed.
        """
        if count > self.classes:
            raise DatasetUnusable(f"Expected: at most {self.classes} classes. Received: {count}")

    def check_npz(self, count: int) -> None:
        """Refuse an archive of arrays that memory has no room for, in whatever type they are.

        Raises:
            PayloadTooLarge: It has more bytes than allowed.
        """
        _check(count, 4 * self.array_bytes, "An archive of arrays, unpacked,")


def _check(count: int, limit: int, what: str) -> None:
    if count > limit:
        raise PayloadTooLarge(
            f"{what} may have at most {limit} bytes. Received: {count}", limit=limit
        )
