"""Data files are read whole or refused by name."""

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from services.trainer.datasets.idx import read_idx
from services.trainer.datasets.sources import IDX_SOURCES
from services.trainer.errors import DatasetBroken

PIXELS = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
CONTENT = struct.pack(">BBBBIII", 0, 0, 8, 3, *PIXELS.shape) + PIXELS.tobytes()


def test_plain_and_compressed_files_are_the_same(tmp_path: Path) -> None:
    plain, compressed = tmp_path / "images", tmp_path / "images.gz"
    plain.write_bytes(CONTENT)
    compressed.write_bytes(gzip.compress(CONTENT, mtime=0))

    for path in (plain, compressed):
        file = read_idx(path, 3)
        np.testing.assert_array_equal(file.array, PIXELS)
        assert file.sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_a_compressed_file_is_known_by_its_content_not_its_name(tmp_path: Path) -> None:
    unpacked_by_a_browser = tmp_path / "images.gz"
    unpacked_by_a_browser.write_bytes(CONTENT)

    assert read_idx(unpacked_by_a_browser, 3).array.shape == (2, 3, 4)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no IDX file"),
        (b"<html>", "no IDX file"),
        (CONTENT[:-1], "has 39 bytes uncompressed; its header promises 40"),
        (CONTENT + b"\0", "has 41 bytes uncompressed; its header promises 40"),
        (CONTENT[:9], "has 9 bytes"),
        (b"\0\0\x0d\x03" + CONTENT[4:], "holds type 0x0d in 3 dimensions"),
        (b"\0\0\x08\x01" + CONTENT[4:], "in 1 dimensions; expected type 0x08"),
        (gzip.compress(CONTENT, mtime=0)[:-9], "cut short"),
        (gzip.compress(CONTENT, mtime=0)[:-8] + b"\0" * 8, "is corrupt: CRC check failed"),
        (b"\x1f\x8b\x08\0garbage that is no deflate stream", "is corrupt"),
    ],
)
def test_what_is_no_idx_file_is_refused_by_name_and_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(content)

    with pytest.raises(DatasetBroken, match=reason) as caught:
        read_idx(path, 3)
    assert str(path) in caught.value.detail


def test_a_folder_in_place_of_a_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DatasetBroken, match="cannot be read: Is a directory"):
        read_idx(tmp_path, 3)


def test_the_real_files_have_the_public_digests(real_data_dir: Path) -> None:
    for source in IDX_SOURCES.values():
        for file, sha256 in source.sha256.items():
            if "images" in file and "train" in file:
                continue  # the same check of 47 MB more would take a second
            n_dimensions = 3 if "images" in file else 1
            found = read_idx(real_data_dir / source.name / f"{file}.gz", n_dimensions)
            assert found.sha256 == sha256, (source.name, file)
            assert len(found.array) == (10_000 if file.startswith("t10k") else 60_000)
