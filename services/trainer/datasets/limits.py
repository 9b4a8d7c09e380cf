"""How much a data set that people bring may hold."""

from dataclasses import dataclass

from shared.errors import PayloadTooLarge

MIN_SIDE_PIXELS = 8  # what is left of it after the poolings of the convolutional network
MAX_SIDE_PIXELS = 256


@dataclass(frozen=True, slots=True)
class DataLimits:
    """Bounds on a data set; beyond them it is refused before it fills memory.

    Attributes:
        files: In a folder or an archive.
        total_bytes: Of all files uncompressed, and of the arrays made of them.
        picture_pixels: Of one picture as its header declares it.
        classes: How many.
        skipped_files: How many pictures may be unreadable.
    """

    files: int = 200_000
    total_bytes: int = 2**30
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
        """Refuse too many bytes.

        Raises:
            PayloadTooLarge: There are more than allowed.
        """
        if count > self.total_bytes:
            raise PayloadTooLarge(
                f"{what} may have at most {self.total_bytes} bytes. Received: {count}",
                limit=self.total_bytes,
            )
