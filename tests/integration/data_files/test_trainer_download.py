"""A download is resumed, tried again, and kept only when it is right."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from services.trainer.datasets.download import Patience, download
from services.trainer.errors import DatasetUnreachable
from shared.errors import VolumeUnusable
from tests.integration.data_files.conftest import Mirror, digest, packed

CONTENT = np.random.default_rng(1).integers(0, 256, 200_000, np.uint8).tobytes()
HURRIED = Patience(connect_seconds=1, read_seconds=2, attempts=3, first_wait_seconds=0.01)
NAME = "train-images-idx3-ubyte"


@pytest.fixture
def seen() -> list[tuple[str, int, int | None]]:
    return []


def fetch(mirrors: list[str], directory: Path, seen: list[tuple[str, int, int | None]]) -> Path:
    return download(
        NAME, digest(CONTENT), mirrors, directory, lambda *step: seen.append(step), HURRIED
    )


def visible(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir() if not path.name.startswith(".")]


def test_a_file_is_fetched_checked_and_its_progress_told(
    mirror: Mirror, tmp_path: Path, seen: list[tuple[str, int, int | None]]
) -> None:
    mirror.files[f"/{NAME}.gz"] = packed(CONTENT)

    path = fetch([mirror.address + "/"], tmp_path / "mnist", seen)

    assert gzip.decompress(path.read_bytes()) == CONTENT
    assert visible(path.parent) == [f"{NAME}.gz"]
    size = len(packed(CONTENT))
    assert seen[-1] == (f"{NAME}.gz", size, size)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


def test_a_broken_connection_is_resumed_where_it_broke(
    mirror: Mirror, tmp_path: Path, seen: list[tuple[str, int, int | None]]
) -> None:
    mirror.files[f"/{NAME}.gz"] = packed(CONTENT)
    mirror.cuts, mirror.cut_after = 2, 70_000

    path = fetch([mirror.address], tmp_path, seen)

    assert gzip.decompress(path.read_bytes()) == CONTENT
    ranges = [wanted for _, wanted in mirror.asked]
    assert ranges[0] == ""
    assert len(ranges) == 3
    assert all(wanted.startswith("bytes=") for wanted in ranges[1:])


def test_a_mirror_without_ranges_is_read_from_the_start_again(
    mirror: Mirror, tmp_path: Path, seen: list[tuple[str, int, int | None]]
) -> None:
    mirror.files[f"/{NAME}.gz"] = packed(CONTENT)
    mirror.cuts, mirror.cut_after, mirror.knows_ranges = 1, 50_000, False

    assert gzip.decompress(fetch([mirror.address], tmp_path, seen).read_bytes()) == CONTENT


@pytest.mark.parametrize(
    "left_over", [b"half of another mirror's file", packed(CONTENT)[:5000], packed(CONTENT)]
)
def test_what_an_earlier_try_left_is_used_if_it_fits_and_dropped_if_not(
    mirror: Mirror, tmp_path: Path, seen: list[tuple[str, int, int | None]], left_over: bytes
) -> None:
    mirror.files[f"/{NAME}.gz"] = packed(CONTENT)
    (tmp_path / f"{NAME}.gz.part").write_bytes(left_over)

    assert gzip.decompress(fetch([mirror.address], tmp_path, seen).read_bytes()) == CONTENT
    assert not (tmp_path / f"{NAME}.gz.part").exists()


@pytest.mark.parametrize(
    "served", [b"<html>Please log in</html>", packed(b"other content"), packed(CONTENT)[:-20]]
)
def test_wrong_content_is_not_kept_and_the_next_mirror_is_asked(
    mirror: Mirror, tmp_path: Path, seen: list[tuple[str, int, int | None]], served: bytes
) -> None:
    mirror.files[f"/bad/{NAME}.gz"] = served
    mirror.files[f"/good/{NAME}.gz"] = packed(CONTENT)

    path = fetch([f"{mirror.address}/bad", f"{mirror.address}/good"], tmp_path, seen)

    assert gzip.decompress(path.read_bytes()) == CONTENT


def test_when_every_mirror_fails_each_reason_is_told_and_nothing_is_kept(
    mirror: Mirror, tmp_path: Path, seen: list[tuple[str, int, int | None]]
) -> None:
    mirror.files[f"/bad/{NAME}.gz"] = packed(b"other content")
    mirrors = [f"{mirror.address}/bad", f"{mirror.address}/none", "http://127.0.0.1:9"]

    with pytest.raises(DatasetUnreachable) as caught:
        fetch(mirrors, tmp_path, seen)

    for expected in ("/bad: the content has SHA-256", "/none: Client error '404", "127.0.0.1:9: "):
        assert expected in caught.value.detail
    assert visible(tmp_path) == []


def test_a_server_error_is_tried_again(
    mirror: Mirror, tmp_path: Path, seen: list[tuple[str, int, int | None]]
) -> None:
    mirror.status = 503

    with pytest.raises(DatasetUnreachable, match="status 503"):
        fetch([mirror.address], tmp_path, seen)
    assert len(mirror.asked) == HURRIED.attempts


def test_a_folder_that_cannot_be_made_is_said_so(
    mirror: Mirror, tmp_path: Path, seen: list[tuple[str, int, int | None]]
) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(VolumeUnusable, match="cannot be written"):
        fetch([mirror.address], tmp_path / "file" / "mnist", seen)
