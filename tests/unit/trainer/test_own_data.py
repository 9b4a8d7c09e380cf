"""Data that people bring: folders, archives, arrays and tables; and what is wrong with them."""

import io
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from services.trainer.datasets import arrays
from services.trainer.datasets.arrays import read_npz
from services.trainer.datasets.examples import About, safe_name
from services.trainer.datasets.limits import DataLimits
from services.trainer.datasets.own import OwnDataset, about_path, load_own
from services.trainer.errors import DatasetUnusable
from shared.errors import PayloadTooLarge
from tests.support import png_of

ABOUT = About("own", "Own")
LIMITS = DataLimits()
RED, GREY = (200, 10, 10), (90, 90, 90)


def picture(colour: tuple[int, int, int] = GREY, size: tuple[int, int] = (28, 28)) -> bytes:
    return png_of(np.full((*size, 3), colour, np.uint8))


def distinct(number: int, size: tuple[int, int] = (28, 28)) -> bytes:
    """A grey picture that no other number has."""
    pixels = np.zeros(size, np.uint8)
    pixels.flat[:2] = divmod(number, 256)
    return png_of(pixels)


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def two_classes(count: int = 6, prefix: str = "") -> dict[str, bytes]:
    return {
        f"{prefix}{name}/{i}.png": distinct(100 * k + i)
        for k, name in enumerate(("cat", "dog"))
        for i in range(count)
    }


def unpacked(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def load(path: Path, about: About = ABOUT, limits: DataLimits = LIMITS) -> OwnDataset:
    return load_own(path, about, limits)


def test_what_lies_beside_the_classes_in_a_wrapping_folder_is_skipped(tmp_path: Path) -> None:
    files = two_classes(prefix="pets/") | {"pets/README.txt": b"Pets."}

    own = load(zipped(tmp_path / "pets.zip", files))

    assert own.dataset.class_names == ("cat", "dog")
    assert own.skipped.reasons == {"README.txt": "it lies in no folder of a class"}


def test_a_folder_and_its_archive_are_the_same_data_set(tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "pets", two_classes())
    archive = zipped(tmp_path / "pets.zip", two_classes(prefix="pets/"))

    from_folder, from_archive = load(folder).dataset, load(archive).dataset

    assert from_folder.class_names == from_archive.class_names == ("cat", "dog")
    assert from_folder.sha256 == from_archive.sha256
    assert from_folder.image_shape == (28, 28, 1)
    assert (len(from_folder.train), len(from_folder.test)) == (10, 2)
    assert sorted(from_folder.test.labels) == [0, 1]
    np.testing.assert_array_equal(from_folder.train.images, from_archive.train.images)


def test_a_test_split_that_came_along_is_kept_and_validation_is_trained_on(tmp_path: Path) -> None:
    files = two_classes(3, "Train/") | two_classes(2, "val/") | two_classes(4, "test/")

    own = load(unpacked(tmp_path, files))

    assert (len(own.dataset.train), len(own.dataset.test)) == (10, 8)
    assert any("validation pictures were added" in text for text in own.notices)
    assert any("too good" in text for text in own.notices)  # the same pictures in both


def test_names_of_classes_are_any_text_and_numbers_are_in_their_order(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "Äpfel")
    names = (decomposed, "花", 'it\'s "quoted"')
    files = {f"{n}/{i}.png": distinct(9 * k + i) for k, n in enumerate(names) for i in range(3)}
    by_number = {f"{n}/{i}.png": distinct(9 * n + i) for n in (10, 9, 2) for i in range(3)}

    assert load(zipped(tmp_path / "a.zip", files)).dataset.class_names == (
        "it's \"quoted\"", "Äpfel", "花",
    )  # fmt: skip
    assert load(unpacked(tmp_path / "b", by_number)).dataset.class_names == ("2", "9", "10")


def test_names_in_utf8_without_the_flag_are_read(tmp_path: Path) -> None:
    files = {f"ñ{k}/{i}.png": distinct(9 * k + i) for k in range(2) for i in range(3)}
    path = zipped(tmp_path / "a.zip", files)
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):  # clear the flag everywhere
        at = content.find(signature)
        while at >= 0:
            content[at + offset + 1] &= 0xF7
            at = content.find(signature, at + 1)
    path.write_bytes(content)

    assert load(path).dataset.class_names == ("ñ0", "ñ1")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Mes Chats!", "mes-chats"),
        ("Äpfel & Öl", "apfel-ol"),
        ("../../etc", "etc"),
        ("x" * 99, "x" * 64),
    ],
)
def test_a_name_for_models_is_made_of_any_title(title: str, name: str) -> None:
    assert safe_name(title) == name


def test_titles_without_a_latin_letter_get_distinct_names() -> None:
    assert safe_name("花").startswith("data-")
    assert safe_name("花") != safe_name("鳥")
    assert about_path(Path("a/Mes Chats.zip")).title == "Mes Chats"


def test_pictures_of_many_sizes_get_one_and_colour_makes_all_coloured(tmp_path: Path) -> None:
    files = {f"a/{i}.png": picture(RED, (40 + i, 60)) for i in range(3)}
    files |= {f"b/{i}.png": distinct(i, (30, 60)) for i in range(3)}

    own = load(unpacked(tmp_path, files))

    assert own.dataset.image_shape == (60, 60, 3)
    assert own.notices[0] == "6 pictures in colour (3 of them are grey), resized to 60x60."
    red = own.dataset.train.images[own.dataset.train.labels == 0]
    assert np.all(red == np.array(RED, np.uint8))


def test_colour_files_without_colour_are_grey(tmp_path: Path) -> None:
    files = {f"{c}/{i}.png": picture((i, i, i), (16, 24)) for c in "ab" for i in range(3)}

    assert load(unpacked(tmp_path, files)).dataset.image_shape == (16, 24, 1)


def test_a_size_that_was_asked_for_is_given(tmp_path: Path) -> None:
    folder = unpacked(tmp_path, two_classes())

    assert load(folder, About("own", "", image_size=(20, 12))).dataset.image_shape == (20, 12, 1)
    for size in ((4, 4), (0, 0), (700, 700)):
        with pytest.raises(DatasetUnusable, match=r"8 to 256 pixels a side. Received: \d+x"):
            About("own", "", image_size=size)


def test_broken_pictures_are_skipped_and_listed_up_to_a_limit(tmp_path: Path) -> None:
    broken = {
        "cat/broken.png": png_of(some_images()[0])[:99],
        "dog/notes.txt": b"nothing",
        "dog/z.png": b"",
    }
    folder = unpacked(tmp_path, two_classes() | broken)

    own = load(folder)

    assert set(own.skipped.reasons) == set(broken)
    assert len(own.dataset.train) + len(own.dataset.test) == 12
    assert list(own.skipped.reasons)[-1] == "dog/notes.txt"  # pictures are told first
    told = own.sentences()[-1]
    assert told.startswith("3 files were skipped: ")
    assert "cat/broken.png: The picture is damaged" in told
    with pytest.raises(DatasetUnusable, match="at most 1 pictures that cannot be read"):
        load(folder, limits=DataLimits(skipped_files=1))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "folders named for the classes"),
        ({"a.png": distinct(1), "b.png": distinct(2)}, "folders named for the classes"),
        ({f"only/{i}.png": distinct(i) for i in range(9)}, "two classes or more. Received: only"),
        (two_classes() | {"one/1.png": distinct(7)}, r"at least 3 pictures of each.*'one' \(1\)"),
        ({f"{c}/{i}.png": b"x" for c in "ab" for i in range(3)}, "No picture can be read"),
        (two_classes(3, "train/") | {"test/cow/1.png": distinct(7)}, r"at least 2.*'cow' \(0\)"),
    ],
)
def test_what_nothing_can_be_learnt_from_is_refused(
    tmp_path: Path, files: dict[str, bytes], message: str
) -> None:
    with pytest.raises(DatasetUnusable, match=message):
        load(unpacked(tmp_path / "data", files | {".hidden/x": b""}))


def test_an_empty_folder_of_a_class_is_named(tmp_path: Path) -> None:
    unpacked(tmp_path, two_classes())
    (tmp_path / "cow").mkdir()

    with pytest.raises(DatasetUnusable, match=r"has no picture. Received: cow"):
        load(tmp_path)


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(distinct(5))
    folder = unpacked(tmp_path / "data", two_classes())
    (folder / "cat" / "link.png").symlink_to(secret)
    (folder / "loop").symlink_to(folder)

    own = load(folder)

    assert own.skipped.reasons == {"cat/link.png": "it is a link", "loop": "it is a link"}
    assert own.dataset.class_names == ("cat", "dog")


@pytest.mark.parametrize(
    "name", ["../evil.png", "/etc/evil.png", "cat/../../x.png", "..\\x.png", "C:\\x.png"]
)
def test_an_archive_whose_names_lead_out_of_it_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetUnusable, match="leads out of it"):
        load(zipped(tmp_path / "a.zip", two_classes() | {name: distinct(1)}))


def test_litter_links_and_inner_archives_are_no_pictures(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", two_classes()).read_bytes()
    files = {"__MACOSX/cat/._1.png": b"x", "cat/.DS_Store": b"x", "dog/Thumbs.db": b"x"}
    path = zipped(tmp_path / "a.zip", two_classes() | files | {"cat/inner.zip": inner})
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("cat/link.png")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")

    own = load(path)

    assert own.skipped.reasons["cat/link.png"] == "it is a link"
    assert "a ZIP archive" in own.skipped.reasons["cat/inner.zip"]
    assert own.skipped.count == 2
    assert own.dataset.class_names == ("cat", "dog")


def test_an_archive_that_would_fill_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cat/1.png", bytes(10**7))

    assert path.stat().st_size < 20_000
    with pytest.raises(PayloadTooLarge, match="unpacked, may have at most 1000000 bytes"):
        load(path, limits=DataLimits(total_bytes=10**6))
    with pytest.raises(PayloadTooLarge, match=r"at most 3 files. Received: 12"):
        load(zipped(tmp_path / "many.zip", two_classes()), limits=DataLimits(files=3))
    with pytest.raises(PayloadTooLarge, match="at most 3 files"):
        load(unpacked(tmp_path / "many", two_classes()), limits=DataLimits(files=3))


def test_a_member_that_is_larger_than_it_says_is_cut_where_it_says(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", two_classes())
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\1\2")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")  # the size that the directory declares
    path.write_bytes(content)

    assert load(path).skipped.count == 1


def test_a_file_too_large_for_a_picture_is_skipped_unread(tmp_path: Path) -> None:
    files = two_classes() | {"cat/film.png": bytes(5000)}
    limits = DataLimits(file_bytes=4999)

    for path in (unpacked(tmp_path / "x", files), zipped(tmp_path / "a.zip", files)):
        own = load(path, limits=limits)
        assert own.skipped.reasons == {"cat/film.png": "it has 5000 bytes; a picture may have 4999"}


def test_images_that_memory_has_no_room_for_are_refused(tmp_path: Path) -> None:
    limits = DataLimits(array_bytes=1000)
    forms = [
        unpacked(tmp_path / "x", two_classes()),
        npz(tmp_path / "a.npz", images=some_images(), labels=LABELS),
        table(tmp_path / "a.csv", rows(*[0] * 9, *[1] * 9)),
    ]

    for path in forms:
        with pytest.raises(PayloadTooLarge, match="All images together may have at most 1000"):
            load(path, limits=limits)
    large = npz(tmp_path / "b.npz", images=some_images(99), labels=np.arange(99) % 2)
    with pytest.raises(PayloadTooLarge, match="arrays, unpacked, may have at most 4000"):
        load(large, limits=limits)


def test_a_picture_of_too_many_pixels_is_skipped(tmp_path: Path) -> None:
    own = load(
        unpacked(tmp_path, two_classes() | {"cat/big.png": distinct(1, (50, 50))}),
        limits=DataLimits(picture_pixels=2000),
    )

    assert "at most 2000 pixels" in own.skipped.reasons["cat/big.png"]


@pytest.mark.parametrize("cut", [10, 200])
def test_a_damaged_archive_is_told(tmp_path: Path, cut: int) -> None:
    path = zipped(tmp_path / "a.zip", two_classes())
    path.write_bytes(path.read_bytes()[:-cut])

    with pytest.raises(DatasetUnusable, match=r"a.zip is damaged, or cut short"):
        load(path)


@pytest.mark.parametrize("is_zip64", [False, True])
def test_a_directory_of_too_many_members_is_refused_before_it_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_zip64: bool
) -> None:
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, *[0] * 8, 1, *[0] * 6) + b"a"
    count, directory = 3000, entry * 3000
    end = (0, 0, 65535, 65535, len(directory), 0)
    zip64 = b""
    if is_zip64:  # the classic record declares a small directory, and this one counts
        sizes = (count, count, len(directory), 0)
        zip64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, *sizes)
        zip64 += struct.pack("<4sLQL", b"PK\6\7", 0, len(directory), 1)
        end = (0, 0, 1, 1, len(entry), 0)
    path = tmp_path / "a.zip"
    path.write_bytes(directory + zip64 + struct.pack("<4s4H2LH", b"PK\5\6", *end, 0))
    monkeypatch.setattr(zipfile, "ZipInfo", lambda *_: pytest.fail("an entry was parsed"))

    with pytest.raises(PayloadTooLarge, match="at most 100 files"):
        load_own(path, ABOUT, DataLimits(files=100))
    # whoever reads the arrays of such a file without asking what it is, is safe too
    with pytest.raises(PayloadTooLarge, match="at most 100 files"):
        read_npz(path, None, DataLimits(files=100))


def test_a_damaged_name_or_lzma_stream_is_told(tmp_path: Path) -> None:
    named = zipped(tmp_path / "a.zip", two_classes() | {"ñ/1.png": b""})
    named.write_bytes(named.read_bytes().replace("ñ".encode(), b"\xff\xff"))
    packed = tmp_path / "b.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in two_classes().items():
            archive.writestr(name, content)
        start = archive.infolist()[0].header_offset + 30 + len("cat/0.png")
    damaged = bytearray(packed.read_bytes())
    damaged[start + 4] = 255  # of the properties of the stream
    packed.write_bytes(damaged)

    with pytest.raises(DatasetUnusable, match=r"a.zip is damaged, or cut short"):
        load(named)
    assert "damaged, or cut short" in load(packed).skipped.reasons["cat/0.png"]


def test_a_file_of_no_known_form_is_told_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"\0\1\2")

    with pytest.raises(DatasetUnusable, match="Expected: a folder or zip of pictures"):
        load(path)


# --- arrays


def npz(path: Path, **arrays: NDArray[Any]) -> Path:
    np.savez_compressed(path, allow_pickle=False, **arrays)
    return path


def some_images(count: int = 12, *shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (count, *(shape or (10, 10))), np.uint8)


LABELS = np.arange(12) % 2


@pytest.mark.parametrize(
    ("keys", "shape"),
    [
        (("x_train", "y_train"), (10, 10)),
        (("X_train", "Y_train"), (10, 10, 1)),
        (("train_images", "train_labels"), (10, 10, 3)),
        (("images", "labels"), (8, 16)),
    ],
)
def test_arrays_under_any_usual_name_are_read(
    tmp_path: Path, keys: tuple[str, str], shape: tuple[int, ...]
) -> None:
    images = some_images(12, *shape)

    arrays: dict[str, NDArray[Any]] = {keys[0]: images, keys[1]: LABELS}
    dataset = load(npz(tmp_path / "a.npz", **arrays)).dataset

    assert dataset.image_shape == (*shape, 1)[:3]
    assert dataset.class_names == ("0", "1")
    everything = np.concatenate([dataset.train.images, dataset.test.images])
    assert {image.tobytes() for image in everything} == {image.tobytes() for image in images}


def test_a_column_of_labels_names_and_splits_are_understood(tmp_path: Path) -> None:
    arrays: dict[str, NDArray[Any]] = {"class_names": np.array(["benign", "malignant"])}
    for split in ("train", "val", "test"):
        arrays |= {f"{split}_images": some_images(), f"{split}_labels": LABELS[:, np.newaxis]}
    medmnist = npz(tmp_path / "medmnist.npz", **arrays)
    named = npz(tmp_path / "n.npz", images=some_images(), labels=np.array(["b", "a"])[LABELS])

    first, second = load(medmnist).dataset, load(named).dataset

    assert first.class_names == ("benign", "malignant")
    assert (len(first.train), len(first.test)) == (24, 12)
    assert second.class_names == ("a", "b")
    assert {second.class_names[k] for k in second.train.labels} == {"a", "b"}


def test_names_as_labels_get_the_order_of_the_class_names_beside_them(tmp_path: Path) -> None:
    names = np.array(["small", "large "])
    labels = np.array(["small", "large"])[LABELS]
    ordered = npz(tmp_path / "a.npz", images=some_images(), labels=labels, class_names=names)
    unknown = npz(tmp_path / "b.npz", images=some_images(), labels=labels, class_names=names[:1])

    assert load(ordered).dataset.class_names == ("small", "large")
    with pytest.raises(
        DatasetUnusable, match=r"labels: expected only names of classes, small\. Received: large"
    ):
        load(unknown)


def test_a_size_that_memory_has_no_room_for_is_refused_before_a_picture_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "resized", lambda *_: pytest.fail("a picture was resized"))
    path = npz(tmp_path / "a.npz", images=some_images(), labels=LABELS)

    with pytest.raises(PayloadTooLarge, match="All images together may have at most 2000 bytes"):
        load(path, About("own", "", image_size=(256, 256)), DataLimits(array_bytes=2000))


def test_arrays_of_empty_text_and_too_many_names_are_refused(tmp_path: Path) -> None:
    empty = npz(tmp_path / "a.npz", images=some_images(), labels=LABELS)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<U0", "fortran_order": False, "shape": (10**6,)}
    )
    with zipfile.ZipFile(empty, "a") as archive:
        archive.writestr("class_names.npy", header.getvalue())
    names = np.array([str(i) for i in range(1001)])
    many = npz(tmp_path / "b.npz", images=some_images(), labels=LABELS, class_names=names)

    with pytest.raises(DatasetUnusable, match=r"class_names: expected values. Received: .* <U0"):
        load(empty)
    with pytest.raises(DatasetUnusable, match=r"at most 1000 classes. Received: 1001"):
        load(many)


def test_arrays_of_other_names_are_not_read(tmp_path: Path) -> None:
    path = npz(tmp_path / "a.npz", images=some_images(), labels=LABELS)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("embeddings.npy", bytes(10**6))  # no array at all

    assert load(path, limits=DataLimits(array_bytes=2000)).dataset.image_shape == (10, 10, 1)


def test_real_numbers_up_to_one_are_the_same_pictures(tmp_path: Path) -> None:
    images = some_images()
    as_bytes = load(npz(tmp_path / "a.npz", x_train=images, y_train=LABELS))
    as_reals = load(npz(tmp_path / "b.npz", x_train=images / 255, y_train=LABELS))
    as_large = load(npz(tmp_path / "c.npz", x_train=images.astype(float), y_train=LABELS))

    assert as_bytes.dataset.sha256 == as_reals.dataset.sha256 == as_large.dataset.sha256


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"data": some_images()}, "x_train and y_train, or images and labels. Received: data"),
        ({"x_train": some_images(), "y_train": LABELS + 0.5}, "12 labels are no whole numbers"),
        ({"x_train": some_images(), "y_train": np.full(12, np.nan)}, "no whole numbers"),
        ({"x_train": some_images(), "y_train": LABELS[:9]}, "12 images, and y_train 9 labels"),
        ({"x_train": some_images(), "y_train": np.eye(12)}, r"\(n,\). Received: shape=\(12, 12\)"),
        ({"x_train": some_images(12, 3, 9, 9), "y_train": LABELS}, "channels last"),
        ({"x_train": some_images(12, 9, 9, 4), "y_train": LABELS}, r"shape=\(12, 9, 9, 4\)"),
        ({"x_train": some_images() * 2.0, "y_train": LABELS}, "from 0 to 1. Received: 0"),
        ({"x_train": some_images() - 9.0, "y_train": LABELS}, "from 0 to 255"),
        ({"x_train": np.full((12, 9, 9), np.nan), "y_train": LABELS}, "from 0 to 255"),
        ({"x_train": some_images().astype("U3"), "y_train": LABELS}, "expected numbers"),
        ({"images": some_images(), "labels": LABELS * 5, "class_names": np.array(["a", "b"])},
         "0 to 1, the 2 class names. Received: 5"),
    ],
)  # fmt: skip
def test_arrays_that_are_no_data_set_are_told_why(
    tmp_path: Path, arrays: dict[str, NDArray[Any]], message: str
) -> None:
    with pytest.raises(DatasetUnusable, match=message):
        load(npz(tmp_path / "a.npz", **arrays))


def test_python_objects_in_an_archive_are_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x_train=np.array([{}], dtype=object), y_train=LABELS)

    with pytest.raises(DatasetUnusable, match="cannot be read"):
        load(path)


def test_a_test_split_of_another_shape_is_refused(tmp_path: Path) -> None:
    path = npz(
        tmp_path / "a.npz",
        x_train=some_images(), y_train=LABELS, x_test=some_images(12, 12, 12), y_test=LABELS,
    )  # fmt: skip

    with pytest.raises(DatasetUnusable, match=r"train images are \(10, 10, 1\)"):
        load(path)


# --- tables


def table(path: Path, rows: list[list[object]], heading: str | None = "") -> Path:
    if heading == "":
        heading = "label," + ",".join(f"pixel{i}" for i in range(len(rows[0]) - 1))
    lines = [heading] if heading else []
    path.write_text("\n".join([*lines, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def rows(*labels: object, n_pixels: int = 64) -> list[list[object]]:
    return [[label, *([(37 * i) % 256] * n_pixels)] for i, label in enumerate(labels)]


def test_a_table_as_kaggle_has_it(tmp_path: Path) -> None:
    own = load(table(tmp_path / "train.csv", rows(7, 7, 7, 2, 2, 2)))

    assert own.dataset.class_names == ("2", "7")
    assert own.dataset.image_shape == (8, 8, 1)
    seen = {
        (own.dataset.class_names[label], int(image.flat[0]))
        for split in (own.dataset.train, own.dataset.test)
        for image, label in zip(split.images, split.labels, strict=True)
    }
    assert seen == {("7", 0), ("7", 37), ("7", 74), ("2", 111), ("2", 148), ("2", 185)}


def test_a_table_without_heading_with_names_in_colour_and_the_label_last(tmp_path: Path) -> None:
    bare = table(tmp_path / "a.csv", rows(1, 1, 1, 0, 0, 0), heading=None)
    coloured = [[*row[1:], row[0]] for row in rows(*"aaabbb", n_pixels=192)]
    last = table(tmp_path / "b.csv", coloured, ",".join([*map(str, range(192)), "Label"]))

    assert load(bare).dataset.image_shape == (8, 8, 1)
    assert load(last).dataset.image_shape == (8, 8, 3)
    assert load(last).dataset.class_names == ("a", "b")


@pytest.mark.parametrize(
    ("content", "heading", "message"),
    [
        (rows(1, 1, 1, 0, 0, 0), "x," + ",".join("p" * 64), "a column called label"),
        ([r[1:] for r in rows(1, 1, 0)], None, "or no heading and the label before the pixels"),
        (rows(1, 1, 1, 0, 0, 0, n_pixels=63), "", "as a square picture has.*Received: 63"),
        (rows(1, 1, 1, 0, 0, 0.5), "", "1 labels are no whole numbers. Received: 0.5 at index 5"),
        (rows(1, 1, "cat", 0, 0, 0), "", "all names. Received: 'cat' for picture 3"),
        ([*rows(1, 1, 1, 0, 0, 0)[:5], [0, *(["x"] * 64)]], "", "Line 7: a pixel is no number"),
        ([*rows(1, 1, 1, 0, 0, 0)[:5], [0, *([256] * 64)]], "", "Line 7: expected pixels from 0"),
        ([*rows(1, 1, 1, 0, 0, 0)[:5], [0, 1, 2]], "", "Line 7: expected 65 columns. Received: 3"),
        (rows("", "a", "a", "b", "b", "b"), "", "1 labels are empty"),
    ],
)  # fmt: skip
def test_tables_that_are_no_data_set_are_told_why(
    tmp_path: Path, content: list[list[object]], heading: str | None, message: str
) -> None:
    with pytest.raises(DatasetUnusable, match=message):
        load(table(tmp_path / "a.csv", content, heading))


def test_a_line_longer_than_its_columns_can_be_is_not_read_on(tmp_path: Path) -> None:
    lines = table(tmp_path / "a.csv", rows(1, 1, 1, 0, 0, 0))
    with lines.open("a") as file:
        file.write("1" + ",1" * 10_000)
    quoted = tmp_path / "b.csv"
    quoted.write_text("label," + "1" * 140_000 + "\n1,2\n")

    with pytest.raises(DatasetUnusable, match="Line 8 has more than 4160 characters"):
        load(lines)
    with pytest.raises(DatasetUnusable, match=r"Line 1: field larger than field limit"):
        load(quoted)


def test_a_table_that_is_no_text_in_utf8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"label,p\xe9\n")

    with pytest.raises(DatasetUnusable, match="no text in UTF-8"):
        load(path)


def test_grey_pictures_may_be_declared_digits_and_coloured_ones_may_not(tmp_path: Path) -> None:
    digits = About("own", "", preprocessing="mnist-digit")
    coloured = {f"{c}/{i}.png": picture((200, i, 0)) for c in "ab" for i in range(3)}

    folder = unpacked(tmp_path / "grey", two_classes())
    assert load(folder, digits).dataset.preprocessing == "mnist-digit"
    with pytest.raises(DatasetUnusable, match="is for grey pictures"):
        load(unpacked(tmp_path / "colour", coloured), digits)


def test_a_jpeg_and_a_deep_grey_picture_are_read(tmp_path: Path) -> None:
    jpeg, deep = io.BytesIO(), io.BytesIO()
    Image.fromarray(np.full((28, 28, 3), RED, np.uint8)).save(jpeg, "JPEG")
    Image.fromarray(np.full((28, 28), 2**15, np.uint16)).save(deep, "PNG")
    files = {f"a/{i}.jpg": jpeg.getvalue() for i in range(3)}
    files |= {f"b/{i}.png": deep.getvalue() for i in range(3)}

    dataset = load(unpacked(tmp_path, files)).dataset

    assert dataset.image_shape == (28, 28, 3)
    assert abs(int(dataset.train.images[dataset.train.labels == 1].mean()) - 128) <= 1


def test_the_same_pictures_are_the_same_in_every_form(tmp_path: Path) -> None:
    images, labels = some_images(24, 12, 12), np.arange(24) % 3
    files = {f"{k}/{i}.png": png_of(x) for i, (x, k) in enumerate(zip(images, labels, strict=True))}
    lines = [[k, *x.ravel()] for x, k in zip(images, labels, strict=True)]
    forms = [
        zipped(tmp_path / "a.zip", files),
        npz(tmp_path / "a.npz", images=images, labels=labels),
        table(tmp_path / "a.csv", lines),
    ]

    def examples(path: Path) -> set[tuple[int, bytes]]:
        dataset = load(path).dataset
        return {
            (int(label), image.tobytes())
            for split in (dataset.train, dataset.test)
            for image, label in zip(split.images, split.labels, strict=True)
        }

    expected = {(int(k), x.tobytes()) for x, k in zip(images, labels, strict=True)}
    assert [examples(path) for path in forms] == [expected] * 3
