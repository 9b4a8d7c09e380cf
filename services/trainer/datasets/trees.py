"""The files of a folder or a zip archive, by their paths; nothing is unpacked to disk.

An archive may come from a stranger: names that lead out of it, links, encrypted members,
too many or too large ones are refused or skipped before a byte of them is decompressed.
"""

import os
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.trainer.datasets.archives import damage_named, open_archive, refuse_encrypted
from services.trainer.datasets.limits import DataLimits, Skipped
from services.trainer.errors import DatasetBroken, DatasetUnusable

Parts = tuple[str, ...]

DEEPEST_PATH = 50

_NAME_IS_UTF8 = 0x800
_UNIX = 3
_LITTER = {"__macosx", "thumbs.db", "desktop.ini"}


@dataclass(frozen=True, slots=True)
class Tree:
    """Files by path, in order; hidden ones and those of file managers are left out.

    Attributes:
        files: By path, what gives their bytes.
        folders: Every folder, empty ones too.
        skipped: Files that are not read.
    """

    files: dict[Parts, Callable[[], bytes]]
    folders: frozenset[Parts]
    skipped: Skipped


def folder_tree(folder: Path, limits: DataLimits) -> Tree:
    """The files below a folder; links are skipped, and not followed.

    Raises:
        DatasetBroken: A folder cannot be read.
        DatasetUnusable: Folders lie too deep in each other.
        PayloadTooLarge: There are more files or bytes than allowed.
    """
    files: dict[Parts, Callable[[], bytes]] = {}
    folders: set[Parts] = set()
    skipped = Skipped()
    total = 0
    for parts, entry in _walked(folder, ()):
        if entry.is_symlink():
            skipped.add(shown(parts), "it is a link")
        elif entry.is_dir():
            folders.add(parts)
        elif entry.is_file() and entry.stat().st_size > limits.file_bytes:
            skipped.add(shown(parts), _too_large(entry.stat().st_size, limits))
        elif entry.is_file():
            files[parts] = Path(entry.path).read_bytes
            total += entry.stat().st_size
            limits.check_files(len(files))
            limits.check_bytes(total, "A data set")
    return Tree(dict(sorted(files.items())), frozenset(folders), skipped)


@contextmanager
def zip_tree(path: Path, limits: DataLimits) -> Iterator[Tree]:
    """The files of an archive, to be read inside the block.

    Raises:
        DatasetUnusable: It is damaged or encrypted, or a name leads out of it, or too deep.
        PayloadTooLarge: It holds more files or bytes than allowed.
    """
    with open_archive(path, limits) as archive:
        yield _zip_tree(archive, limits)


def _zip_tree(archive: zipfile.ZipFile, limits: DataLimits) -> Tree:
    files: dict[Parts, Callable[[], bytes]] = {}
    folders: set[Parts] = set()
    skipped = Skipped()
    members = archive.infolist()
    limits.check_files(len(members))
    limits.check_bytes(sum(member.file_size for member in members), "An archive, unpacked,")
    for member in members:
        parts = _checked_parts(_name_of(member))
        if not parts or _is_litter(parts):
            continue
        folders.update(parts[:depth] for depth in range(1, len(parts)))
        if member.is_dir():
            folders.add(parts)
            continue
        refuse_encrypted(member)
        if member.create_system == _UNIX and stat.S_ISLNK(member.external_attr >> 16):
            skipped.add(shown(parts), "it is a link")
        elif member.file_size > limits.file_bytes:
            skipped.add(shown(parts), _too_large(member.file_size, limits))
        elif parts in files:
            skipped.add(shown(parts), "it stands in the archive twice")
        else:
            files[parts] = _reader(archive, member)
    return Tree(dict(sorted(files.items())), frozenset(folders), skipped)


def without_wrapping(tree: Tree) -> Tree:
    """The tree below a folder that holds everything else.

    An archive of the folder `flowers` holds `flowers/rose/1.png`; its classes lie one deeper. So
    they do if `flowers/README` is there too: one class alone could not be learnt from.
    """
    folders, files = tree.folders, tree.files
    while (
        files
        and max(map(len, files)) >= len(("wrapping", "class", "file"))
        and len({parts[0] for parts in (*folders, *files)}) == 1
    ):
        folders = frozenset(parts[1:] for parts in folders if len(parts) > 1)
        files = {parts[1:]: read for parts, read in files.items()}
    return Tree(files, folders, tree.skipped)


def shown(parts: Parts) -> str:
    """A path for messages; what of a name on the disk is no text becomes question marks."""
    return "/".join(parts).encode("utf-8", "replace").decode()


def _walked(folder: Path, above: Parts) -> Iterator[tuple[Parts, "os.DirEntry[str]"]]:
    try:
        with os.scandir(folder) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
    except OSError as error:
        raise DatasetBroken(f"{folder} cannot be read: {error.strerror}") from error
    for entry in entries:
        parts = (*above, unicodedata.normalize("NFC", entry.name))
        if _is_litter(parts):
            continue
        _check_depth(parts)
        yield parts, entry
        if entry.is_dir(follow_symlinks=False):
            yield from _walked(Path(entry.path), parts)


def _too_large(size: int, limits: DataLimits) -> str:
    return f"it has {size} bytes; a picture may have {limits.file_bytes}"


def _is_litter(parts: Parts) -> bool:
    """Whether it is hidden, or what a file manager leaves behind."""
    return any(part.startswith(".") or part.lower() in _LITTER for part in parts)


def _checked_parts(name: str) -> Parts:
    path = name.replace("\\", "/")
    parts = tuple(part for part in path.split("/") if part not in {"", "."})
    if path.startswith("/") or ".." in parts or (parts and parts[0].endswith(":")):
        raise DatasetUnusable(f"A name in the archive leads out of it. Received: {name!r}")
    _check_depth(parts)
    return tuple(unicodedata.normalize("NFC", part) for part in parts)


def _check_depth(parts: Parts) -> None:
    if len(parts) > DEEPEST_PATH:  # each of its folders is kept with its whole path
        raise DatasetUnusable(
            f"A path may have at most {DEEPEST_PATH} parts. "
            f"Received: {len(parts)}, {shown(parts[:3])}/..."
        )


def _name_of(member: zipfile.ZipInfo) -> str:
    """The name; many programs write UTF-8 and do not say so."""
    if member.flag_bits & _NAME_IS_UTF8:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename


def _reader(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        with damage_named(Path(member.filename).name):
            # It stops at the size that the directory declares, which was counted.
            return archive.read(member)

    return read
