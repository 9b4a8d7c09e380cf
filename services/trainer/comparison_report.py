"""A comparison as a folder: a Markdown page, and the pictures that it shows."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from services.trainer.comparison import Comparison, Entrant
from services.trainer.comparison_text import as_markdown
from services.trainer.datasets.dataset import Dataset
from services.trainer.pictures.sheet import MOST_TILES, Tile, sheet_png
from services.trainer.storage import writing
from services.trainer.versions import CONFUSION_FILE, ERRORS_FILE, HISTORY_PICTURE_FILE
from shared.errors import FileNotFound
from shared.model_store import ModelStore

PAGE = "report.md"
DIFFERING_FILE = "differing.png"
PICTURES = {
    HISTORY_PICTURE_FILE: "Loss and accuracy of each epoch",
    CONFUSION_FILE: "Confusion matrix of the test split",
    ERRORS_FILE: "Most confident errors on the test split",
}


def write_report(
    folder: Path, comparison: Comparison, store: ModelStore, dataset: Dataset | str
) -> Path:
    """Write the page and its pictures; gives the path of the page.

    Args:
        folder: Where to; made if it is missing.
        comparison: What is reported.
        store: Holds the pictures of the versions.
        dataset: Shows the examples on which they differ; or why it cannot be had.

    Raises:
        VersionBroken: A picture is not the one of the manifest.
        VolumeUnusable: The folder cannot be written.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        parts = [as_markdown(comparison), *_differing(folder, comparison, dataset)]
        for entrant in comparison.entrants:
            parts += [f"\n## {entrant.name}\n", *_pictures(folder, entrant, store)]
        page = folder / PAGE
        page.write_text("".join(parts), encoding="utf-8")
    return page


def _pictures(folder: Path, entrant: Entrant, store: ModelStore) -> Iterator[str]:
    manifest = entrant.manifest
    for file, title in PICTURES.items():
        name = f"{manifest.model}-{manifest.version}-{file}"
        try:
            shutil.copyfile(store.file(manifest.model, manifest.version, file), folder / name)
        except FileNotFound:
            yield f"\n{title}: this version has none.\n"
            continue
        yield f"\n![{title} of {entrant.name}]({name})\n"


def _differing(folder: Path, comparison: Comparison, dataset: Dataset | str) -> Iterator[str]:
    yield "\n## Examples on which they differ\n"
    if isinstance(dataset, str):
        yield f"\nThey are not shown: {dataset}.\n"
        return
    card = comparison.entrants[0].manifest
    same_labels = np.array_equal(dataset.test.labels, comparison.y_true)
    if dataset.sha256 != card.dataset.sha256 or not same_labels:
        yield "\nThey are not shown: the data set is not what these versions were tested on.\n"
        return
    indices = comparison.differing()
    shown = f", the first {MOST_TILES} of them shown" if len(indices) > MOST_TILES else ""
    title = f"{len(indices)} examples{shown}"
    tiles = [_tile(comparison, dataset, int(index)) for index in indices[:MOST_TILES]]
    (folder / DIFFERING_FILE).write_bytes(sheet_png(tiles, title))
    yield f"\n![{title}]({DIFFERING_FILE})\n"


def _tile(comparison: Comparison, dataset: Dataset, index: int) -> Tile:
    names = dataset.class_names
    answers = [
        f"{entrant.manifest.kind}: {names[comparison.predictions[entrant.name][index]]}"
        for entrant in comparison.entrants
    ]
    truth = f"{index} is {names[comparison.y_true[index]]}"
    return Tile(dataset.test.images[index], (truth, *answers))
