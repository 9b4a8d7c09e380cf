"""Sets published versions side by side: cost, quality, speed, and whether they really differ."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from services.trainer.datasets.examples import listed
from services.trainer.errors import NotComparable
from services.trainer.versions import EVALUATION_FILE, PREDICTIONS_FILE
from shared.errors import FileNotFound, ModelNotFound, UpstreamFailed
from shared.manifest import InferenceTime, Manifest
from shared.model_store import ModelStore
from shared.version_locks import held

_VERSION_NAME = re.compile(r"([^/]+)/([1-9][0-9]{0,17})")
SIZES = {
    "savedmodel": ("saved_model.pb", "variables/"),
    "litert": ("model.tflite",),
    "h5": ("pesos.h5",),
}
# Of the statistics of probabilities, those that are read first; evaluation.json has all.
SCORES = ("roc_auc_ovr_macro", "average_precision_macro", "log_loss", "brier_score")
CALIBRATION = "expected_calibration_error"


class SignificanceTester(Protocol):
    """Says whether predictions on the same samples differ by more than chance."""

    def compare(
        self, y_true: NDArray[np.int64], predictions: Mapping[str, NDArray[np.int64]]
    ) -> Mapping[str, Any]:
        """The comparison of two or more models.

        Args:
            y_true: int64, shape `(n,)`.
            predictions: By name, the predicted classes, each int64 of shape `(n,)`.

        Raises:
            UpstreamFailed: It could not be had; the message says why.
        """


@dataclass(frozen=True, slots=True)
class Entrant:
    """One version in a comparison.

    Attributes:
        overall: Its headline statistics on the test split; empty if it was not evaluated.
        intervals: Their confidence intervals.
    """

    manifest: Manifest
    overall: Mapping[str, float | None]
    intervals: Mapping[str, tuple[float, float]]

    @property
    def name(self) -> str:
        """Model and version."""
        return _name(self.manifest)

    def size_bytes(self, form: str) -> int:
        """The size of one of the `SIZES`, in bytes."""
        return sum(
            record.size_bytes
            for name, record in self.manifest.files.items()
            if name.startswith(SIZES[form])
        )

    def inference_time(self, engine: str, batch_size: int) -> InferenceTime | None:
        """How long a call took, if it was measured."""
        times = self.manifest.inference_times
        return next((t for t in times if (t.engine, t.batch_size) == (engine, batch_size)), None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Versions side by side.

    Attributes:
        entrants: In the order in which they were named.
        significance: The answer of the metrics service: pairs, tests, samples on which they differ.
        reason: Why their difference was not tested, in a sentence; empty if it was.
        y_true: The true classes of the test split, int64, shape `(n,)`.
        predictions: By the name of the entrant, what it predicted, alike.
    """

    entrants: tuple[Entrant, ...]
    significance: Mapping[str, Any] | None
    reason: str
    y_true: NDArray[np.int64]
    predictions: Mapping[str, NDArray[np.int64]]

    def differing(self) -> NDArray[np.intp]:
        """The test examples, by index, for which not all predict the same class."""
        first, *others = self.predictions.values()
        return np.flatnonzero(np.any([other != first for other in others], axis=0))


def compare_versions(
    store: ModelStore, tester: SignificanceTester, names: Sequence[str]
) -> Comparison:
    """Compare models, each by its newest version, or versions, as in `mnist-cnn/3`.

    Args:
        store: Where they are published.
        tester: Tests whether they differ; if it fails, the reason is told.
        names: Two or more, all tested on the same examples.

    Raises:
        ModelNotFound, VersionNotFound, VersionBroken: One of them cannot be read.
        NotComparable: There are fewer than two, or they were tested on different examples.
    """
    chosen = chosen_versions(store, names)
    with kept(store, chosen):
        entrants = tuple(_entrant(store, *version) for version in chosen)
        tests = tested_alike(store, chosen)
    y_true = tests[0].y_true
    predictions = {
        e.name: test.probabilities.argmax(axis=1) for e, test in zip(entrants, tests, strict=True)
    }
    try:
        significance = tester.compare(y_true, predictions)
    except UpstreamFailed as error:
        return Comparison(entrants, None, error.detail, y_true, predictions)
    return Comparison(entrants, significance, "", y_true, predictions)


@contextmanager
def kept(store: ModelStore, chosen: Sequence[tuple[str, int]]) -> Iterator[None]:
    """None of these versions is removed while the block runs.

    Raises:
        ModelNotFound, VersionNotFound: One of them is not on the volume.
    """
    with ExitStack() as stack:
        for version in chosen:
            stack.enter_context(held(store.path(*version)))
        yield


def chosen_versions(store: ModelStore, names: Sequence[str]) -> list[tuple[str, int]]:
    """Models and versions by their names, each once.

    Raises:
        ModelNotFound: A model is not on the volume.
        NotComparable: There are fewer than two.
    """
    chosen = list(dict.fromkeys(_chosen(store, name) for name in names))
    if len(chosen) < 2:  # noqa: PLR2004  a comparison has two sides
        raise NotComparable(f"Two or more versions are compared. Received: {', '.join(names)}")
    return chosen


@dataclass(frozen=True, slots=True)
class Tested:
    """A version on its test split: `y_true` and `probabilities` as in `Predicted`."""

    card: Manifest
    y_true: NDArray[np.int64]
    probabilities: NDArray[np.float32]


def tested_alike(store: ModelStore, chosen: Sequence[tuple[str, int]]) -> list[Tested]:
    """What each version says of the test split that they share.

    The examples are the same if the data are by their digests, whatever they are called, and
    the classes and the true ones too. Equal true classes alone say nothing: two uploads that
    list their classes in one order have them, of other pictures.

    Raises:
        VersionNotFound, VersionBroken: One of them cannot be read.
        NotComparable: They were tested on different examples, or a card does not say on which.
    """
    tests = [_tested(store, *version) for version in chosen]
    for test in tests:
        if not test.card.dataset.sha256:
            raise NotComparable(
                f"The card of {_name(test.card)} has no digest of its data, so nobody knows "
                "whether others were tested on the same"
            )
    first = tests[0]
    for other in tests[1:]:
        if difference := _difference(first, other):
            raise NotComparable(
                f"{_name(first.card)} and {_name(other.card)} were tested on different examples: "
                f"{difference}"
            )
    return tests


def _difference(first: Tested, other: Tested) -> str:
    """How the examples of two test splits differ, in words; empty if they are the same."""
    one, two = first.card, other.card
    if one.dataset.sha256 != two.dataset.sha256:
        if one.dataset.name == two.dataset.name:
            return f"the data set {one.dataset.name} had another content each time"
        return f"{one.dataset.name} and {two.dataset.name} are data sets of different content"
    if one.class_names != two.class_names:
        return f"of {listed(one.class_names)} and of {listed(two.class_names)}"
    if not np.array_equal(first.y_true, other.y_true):
        counts = f"{len(first.y_true)} and {len(other.y_true)} examples"
        return f"the same data were split in another way, {counts} to test on"
    return ""


def _name(card: Manifest) -> str:
    return f"{card.model}/{card.version}"


def _chosen(store: ModelStore, name: str) -> tuple[str, int]:
    if match := _VERSION_NAME.fullmatch(name):
        return match[1], int(match[2])
    versions = store.versions(name)
    if not versions:
        there_are = ", ".join(store.models()) or "none"
        raise ModelNotFound(f"No model is called so. Received: {name!r}; there are: {there_are}")
    return name, versions[-1]


def _entrant(store: ModelStore, model: str, version: int) -> Entrant:
    manifest = store.manifest(model, version)
    evaluation: Mapping[str, Any] = {}
    if manifest.evaluation.file is not None:
        evaluation = store.read_json(model, version, EVALUATION_FILE)
    statistics, intervals = _headline(evaluation)
    return Entrant(manifest, statistics, intervals)


def _headline(
    evaluation: Mapping[str, Any],
) -> tuple[dict[str, float | None], dict[str, tuple[float, float]]]:
    """The statistics of all classes together, and those of their intervals that there are."""
    scores = evaluation.get("scores", {})
    calibration = scores.get("calibration", {}).get("highest_probability", {})
    intervals = evaluation.get("intervals", {})
    macro = evaluation.get("averages", {}).get("macro", {})
    statistics = {
        **evaluation.get("overall", {}),
        **{f"{name}_macro": value for name, value in macro.items()},
        **{name: scores["overall"][name] for name in SCORES if name in scores.get("overall", {})},
        **{name: value for name, value in calibration.items() if name == CALIBRATION},
    }
    of_macro = intervals.get("averages", {}).get("macro", {})
    drawn = scores.get("bootstrap", {})
    ends = {
        **drawn.get("overall", {}),
        **drawn.get("calibration", {}).get("highest_probability", {}),
        **intervals.get("overall", {}),
        **{f"{name}_macro": value for name, value in of_macro.items()},
        **scores.get("intervals", {}).get("overall", {}),
    }
    known = {name: (ends[name][0], ends[name][1]) for name in statistics if ends.get(name)}
    return statistics, known


def _tested(store: ModelStore, model: str, version: int) -> Tested:
    try:
        path = store.file(model, version, PREDICTIONS_FILE)
    except FileNotFound as error:
        raise NotComparable(f"{model}/{version} does not hold its predictions") from error
    with np.load(path, allow_pickle=False) as stored:
        return Tested(store.manifest(model, version), stored["y_true"], stored["probabilities"])
