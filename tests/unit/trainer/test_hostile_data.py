"""Data that would fill memory, take hours, or break what reads them: refused, with the reason."""

import io
import os
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from services.trainer.datasets import class_folders
from services.trainer.datasets.labels import LabelReader, class_indices
from services.trainer.datasets.limits import LISTED_SKIPPED, LONGEST_CLASS_NAME, DataLimits
from services.trainer.datasets.own import about_path
from services.trainer.errors import DatasetUnusable
from shared.errors import PayloadTooLarge
from shared.pictures.decoding import decode
from shared.pictures.picture import Picture
from tests.support import png_of
from tests.unit.trainer.test_own_data import (
    LABELS,
    LIMITS,
    RED,
    distinct,
    load,
    npz,
    picture,
    rows,
    some_images,
    table,
    two_classes,
    unpacked,
    zipped,
)

LONG = "x" * (LONGEST_CLASS_NAME + 1)


# --- names of classes


def test_a_long_name_of_a_class_is_refused_in_every_form(tmp_path: Path) -> None:
    folders = {f"{name}/{i}.png": distinct(9 * k + i) for k, name in enumerate(("a", LONG))
               for i in range(3)}  # fmt: skip
    forms = [
        unpacked(tmp_path / "folder", folders),
        zipped(tmp_path / "a.zip", folders),
        table(tmp_path / "a.csv", rows("a", "a", "a", LONG, LONG, LONG)),
        npz(tmp_path / "a.npz", images=some_images(), labels=np.array(["a", LONG])[LABELS]),
        npz(
            tmp_path / "b.npz",
            images=some_images(),
            labels=LABELS,
            class_names=np.array([b"a", LONG.encode()]),
        ),
    ]

    for path in forms:
        with pytest.raises(DatasetUnusable, match=r"at most 100 characters. Received: "):
            load(path)


def test_names_of_the_longest_length_are_read_in_every_form(tmp_path: Path) -> None:
    names = ["é" * LONGEST_CLASS_NAME, "ñ" * LONGEST_CLASS_NAME]
    text = np.array(names)
    folders = {f"{k}/{i}.png": distinct(9 * k + i) for k in range(2) for i in range(3)}
    forms = [
        zipped(tmp_path / "a.zip", {names[int(p[0])] + p[1:]: x for p, x in folders.items()}),
        table(tmp_path / "a.csv", rows(*[names[0]] * 3, *[names[1]] * 3)),
        npz(tmp_path / "a.npz", images=some_images(), labels=text[LABELS]),
        npz(tmp_path / "b.npz", images=some_images(), labels=np.char.encode(text[LABELS])),
        npz(
            tmp_path / "c.npz",
            images=some_images(),
            labels=LABELS,
            class_names=np.char.encode(text),
        ),
    ]

    for path in forms:
        assert load(path).dataset.class_names == tuple(names)


def test_labels_take_no_more_room_for_the_longest_of_them() -> None:
    labels = ["a", "b"] * 100_000 + ["c" * LONGEST_CLASS_NAME]

    tracemalloc.start()
    try:
        reader = LabelReader("label", LIMITS)
        reader.add(labels)
        names, (indices,) = class_indices([reader.labels()], None, "label", LIMITS)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert names == ("a", "b", labels[-1])
    assert indices[:3].tolist() == [0, 1, 0]
    assert peak < len(labels) * LONGEST_CLASS_NAME  # a quarter of what an array of text takes


def test_wide_labels_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = np.array(["a", "b"], "<U60000")[LABELS]
    path = npz(tmp_path / "a.npz", images=some_images(), labels=wide)
    monkeypatch.setattr(np.lib.format, "read_array", lambda *_, **__: pytest.fail("it was read"))

    with pytest.raises(DatasetUnusable, match=r"labels: the name of a class .* type <U60000"):
        load(path)


def test_more_classes_than_allowed_are_refused_while_labels_are_read(tmp_path: Path) -> None:
    limits = DataLimits(classes=5)
    names = [f"n{i}" for i in range(12)]
    forms = [
        table(tmp_path / "a.csv", rows(*names)),
        npz(tmp_path / "a.npz", images=some_images(), labels=np.array(names)),
    ]

    for path in forms:
        with pytest.raises(DatasetUnusable, match=r"at most 5 classes. Received: 6 or more"):
            load(path, limits=limits)
    numbers = npz(tmp_path / "b.npz", images=some_images(), labels=np.arange(12))
    with pytest.raises(DatasetUnusable, match=r"at most 5 classes. Received: 12"):
        load(numbers, limits=limits)


def test_a_name_that_is_no_text_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    unpacked(tmp_path, two_classes())
    try:
        (tmp_path / "dog").rename(tmp_path / os.fsdecode(b"caf\xe9"))
    except OSError:
        pytest.skip("this file system keeps names in UTF-8 only")

    with pytest.raises(DatasetUnusable, match=r"no text in UTF-8. Received: 'caf\\udce9'"):
        load(tmp_path)


def test_other_names_that_are_no_text_can_still_be_told(tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "data", two_classes())
    try:
        for name in (b"\xe9.png", b"\xe8.png"):
            (folder / "cat" / os.fsdecode(name)).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system keeps names in UTF-8 only")

    own = load(folder)

    assert own.skipped.count == 2
    assert "cat/?.png" in own.sentences()[-1].encode().decode()
    about = about_path(Path(os.fsdecode(b"caf\xe9.zip")))
    assert (about.name, about.title) == ("caf", "caf?")


# --- pictures


def no_decoding(*_: object, **__: object) -> Picture:
    pytest.fail("a picture was decoded")


def test_pictures_of_too_many_pixels_together_are_refused_undecoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank = png_of(np.zeros((500, 500), np.uint8))
    path = zipped(tmp_path / "a.zip", {f"{c}/{i}.png": blank for c in "ab" for i in range(3)})
    monkeypatch.setattr(class_folders, "decode", no_decoding)

    with pytest.raises(PayloadTooLarge, match=r"at most 1000000 pixels. Received: 1250000 or more"):
        load(path, limits=DataLimits(total_pixels=1_000_000))


def test_too_many_class_folders_are_refused_undecoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(class_folders, "decode", no_decoding)

    with pytest.raises(DatasetUnusable, match=r"at most 1 classes. Received: 2"):
        load(zipped(tmp_path / "a.zip", two_classes()), limits=DataLimits(classes=1))


@pytest.mark.parametrize("colour", [(90, 90, 90), RED])
def test_pictures_of_one_kind_are_decoded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, colour: tuple[int, int, int]
) -> None:
    n_decoded = 0

    def counted(data: bytes, **options: Any) -> Picture:
        nonlocal n_decoded
        n_decoded += 1
        return decode(data, **options)

    monkeypatch.setattr(class_folders, "decode", counted)
    files = {f"{c}/{i}.png": picture(colour, (30 + i, 20)) for c in "ab" for i in range(9)}

    assert load(zipped(tmp_path / "a.zip", files)).dataset.n_classes == 2
    assert n_decoded == len(files) + (colour == RED)  # the first tells that they have colour


def test_what_cannot_be_decoded_has_no_say_in_the_size(tmp_path: Path) -> None:
    files = {f"{c}/{i}.png": distinct(9 * k + i, (16, 24)) for k, c in enumerate("ab")
             for i in range(3)}  # fmt: skip
    noise = some_images(1, 90, 90)[0]

    own = load(zipped(tmp_path / "a.zip", files | {"a/torn.png": png_of(noise)[:999]}))

    assert own.dataset.image_shape == (16, 24, 1)
    assert own.notices[0] == "6 pictures in grey."


def test_files_beside_the_pictures_are_no_broken_pictures(tmp_path: Path) -> None:
    strays = {f"cat/{i}.txt": b"note" for i in range(LISTED_SKIPPED + 20)}
    files = two_classes() | strays | {"dog/broken.png": b"?", "dog/torn": distinct(3)[:40]}
    path = zipped(tmp_path / "a.zip", files)

    own = load(path, limits=DataLimits(skipped_files=2))

    assert own.skipped.count == len(strays) + 2
    assert len(own.skipped.reasons) == LISTED_SKIPPED
    assert list(own.skipped.reasons)[:2] == ["dog/broken.png", "dog/torn"]
    assert own.sentences()[-1].endswith(f" and {len(strays) - 8} more")
    with pytest.raises(DatasetUnusable, match="at most 1 pictures that cannot be read"):
        load(path, limits=DataLimits(skipped_files=1))


def test_long_paths_are_cut_where_skipped_files_are_listed(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", two_classes() | {f"cat/{'x' * 60_000}.png": b"?"})

    (listed,) = load(path).skipped.reasons.items()

    assert max(map(len, listed)) < 600


def test_folders_too_deep_in_each_other_are_refused(tmp_path: Path) -> None:
    deep = zipped(tmp_path / "a.zip", two_classes() | {"a/" * 30_000 + "1.png": b"x"})
    folder = unpacked(tmp_path / "deep", {"a/" * 60 + "1.png": b"x"})

    for path, count in ((deep, 30_001), (folder, 51)):
        with pytest.raises(DatasetUnusable, match=f"at most 50 parts. Received: {count}, a/a/a/"):
            load(path)


def encrypted(path: Path) -> Path:
    """The archive with the flag of encryption on every member."""
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(signature, at + 1)
    path.write_bytes(content)
    return path


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    forms = [
        zipped(tmp_path / "a.zip", two_classes()),
        npz(tmp_path / "a.npz", images=some_images(), labels=LABELS),
    ]

    for path in forms:
        with pytest.raises(DatasetUnusable, match=r"The archive is encrypted. Received: '"):
            load(encrypted(path))


# --- arrays


@pytest.mark.parametrize(
    ("shape", "size"), [((12, 0, 0), None), ((12, 0, 10), (28, 28)), ((0, 9, 9), None)]
)
def test_images_without_pixels_are_refused(
    tmp_path: Path, shape: tuple[int, ...], size: tuple[int, int] | None
) -> None:
    path = npz(tmp_path / "a.npz", images=np.zeros(shape, np.uint8), labels=LABELS[: shape[0]])

    with pytest.raises(DatasetUnusable, match=r"\(n, height, width\).* Received: shape=\("):
        load(path, about_path(path, image_size=size))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (np.array(["a", "\ud800"]), r"no text in UTF-8. Received: '\\ud800'"),
        (np.array([1, 0x7FFFFFFF], "<u4").view("<U1"), "Received: the character 0x7fffffff"),
        (np.array([1, 0x7FFFFFFF], ">u4").view(">U1"), "Received: the character 0x7fffffff"),
        (np.array([b"a", b"\xe9"]), r"expected text in UTF-8. Received: b'\\xe9'"),
    ],
)
def test_names_in_arrays_that_are_no_text_are_refused(
    tmp_path: Path, names: NDArray[Any], message: str
) -> None:
    as_labels = npz(tmp_path / "a.npz", images=some_images(), labels=names[LABELS])
    as_names = npz(tmp_path / "b.npz", images=some_images(), labels=LABELS, class_names=names)

    for path, where in ((as_labels, "labels"), (as_names, "class_names")):
        with pytest.raises(DatasetUnusable, match=f"{where}: .*{message}"):
            load(path)


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (12,10, }",
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (12, 10, %s), }" % (b"9" * 40),
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (%s,), }" % (b"9" * 5000),
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (-12, 10, 10), }",
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (12, 10, 11), }",
        b"{'descr': ('|u1', 7), 'fortran_order': False, 'shape': (12, 10, 10), }",
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (12, 10, 10)",
        b"[" * 9000,
    ],
)
def test_a_damaged_header_of_an_array_is_told(tmp_path: Path, header: bytes) -> None:
    path = npz(tmp_path / "a.npz", labels=LABELS)
    file = io.BytesIO()
    file.write(b"\x93NUMPY\1\0" + (len(header) + 1).to_bytes(2, "little") + header + b"\n")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("images.npy", file.getvalue() + some_images().tobytes())

    with pytest.raises(DatasetUnusable, match=r"images is (an array that cannot|damaged)"):
        load(path)


def test_an_array_of_another_format_than_numpys_is_told(tmp_path: Path) -> None:
    path = npz(tmp_path / "a.npz", labels=LABELS)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("images.npy", b"\x93NUMPY\x09\0" + bytes(99))

    with pytest.raises(DatasetUnusable, match=r"images is an array that cannot be read: .*9"):
        load(path)


def test_class_names_in_a_grid_are_refused_and_numbers_in_their_place_are_told_of(
    tmp_path: Path,
) -> None:
    grid = npz(
        tmp_path / "a.npz", images=some_images(), labels=LABELS, class_names=np.array([["a", "b"]])
    )
    numbers = npz(tmp_path / "b.npz", images=some_images(), labels=LABELS, classes=np.array([0, 1]))

    with pytest.raises(DatasetUnusable, match=r"class_names: .*\(n,\). Received: shape=\(1, 2\)"):
        load(grid)
    own = load(numbers)
    assert own.dataset.class_names == ("0", "1")
    assert "classes was not read: it holds int64, and no names." in own.notices


def test_names_in_one_split_and_numbers_in_the_other_are_refused(tmp_path: Path) -> None:
    path = npz(
        tmp_path / "a.npz",
        x_train=some_images(), y_train=LABELS,
        x_test=some_images(), y_test=LABELS.astype("U1"),
    )  # fmt: skip

    with pytest.raises(DatasetUnusable, match="names in every split, or whole numbers"):
        load(path)


# --- tables


def test_large_numbers_as_labels_stay_apart(tmp_path: Path) -> None:
    first, second = 2**53, 2**53 + 1  # the same as real numbers
    path = table(tmp_path / "a.csv", rows(second, second, f"{second}.0", first, first, first))

    dataset = load(path).dataset

    assert dataset.class_names == (str(first), str(second))
    assert np.bincount(dataset.train.labels).tolist() == [2, 2]


@pytest.mark.parametrize("label", ["1e999999999", "inf", "nan", "0.5", "1e-99999999999999999999"])
def test_a_number_that_is_no_whole_one_is_no_label(tmp_path: Path, label: str) -> None:
    with pytest.raises(DatasetUnusable, match=f"1 labels are no whole .* {label} at index 2"):
        load(table(tmp_path / "a.csv", rows(1, 1, label, 0, 0, 0)))


def test_a_table_of_pixels_too_few_to_learn_from_is_refused_at_its_heading(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("label,pixel\n" + "0,cat\n")  # no pixel, if it were read

    with pytest.raises(DatasetUnusable, match=r"8 to 256 pixels a side. Received: 1x1"):
        load(path)
