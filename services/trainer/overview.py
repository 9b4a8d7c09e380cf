"""Every model with its versions in a few figures each, as the page lists them."""

from dataclasses import dataclass
from datetime import datetime

from services.trainer.versions import model_name
from shared.errors import ServiceError
from shared.label_store import LabelStore
from shared.manifest import Manifest
from shared.model_store import ModelStore


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version in a list.

    Attributes:
        test_accuracy: `None` if it was not evaluated.
        not_evaluated_because: Why it was not, in a sentence; empty if it was.
    """

    version: int
    created_at: datetime
    recipe: str
    epochs: int
    parameters: int
    training_seconds: float
    validation_accuracy: float | None
    test_accuracy: float | None
    not_evaluated_because: str


@dataclass(frozen=True, slots=True)
class DamagedVersion:
    """A version whose card cannot be read, and why."""

    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class ModelLines:
    """A model in a list; versions are newest first.

    Attributes:
        labels: What each label stands for.
        labels_unreadable_because: Why they are not known; empty if they are.
    """

    name: str
    dataset: str
    kind: str
    versions: tuple[VersionLine, ...]
    damaged: tuple[DamagedVersion, ...]
    labels: dict[str, int]
    labels_unreadable_because: str


class Overview:
    """What is on the volume. A version never changes, so each card is read once."""

    def __init__(self, store: ModelStore) -> None:
        self._store = store
        self._labels = LabelStore(store.root)
        self._read: dict[tuple[str, int], Manifest] = {}

    def models(self) -> list[ModelLines]:
        """The models, by name.

        Raises:
            VolumeUnusable: The volume cannot be read.
        """
        return [self._model(name) for name in self._store.models()]

    def _model(self, name: str) -> ModelLines:
        cards: list[Manifest] = []
        damaged: list[DamagedVersion] = []
        for version in reversed(self._store.versions(name)):
            try:
                cards.append(self._card(name, version))
            except ServiceError as error:
                damaged.append(DamagedVersion(version, error.detail))
        dataset, _, kind = name.rpartition("-")
        if cards and model_name(cards[0].dataset.name, cards[0].kind) == name:
            dataset, kind = cards[0].dataset.name, cards[0].kind
        labels, unreadable = self._labels_of(name)
        return ModelLines(
            name=name,
            dataset=dataset,
            kind=kind,
            versions=tuple(_line(card) for card in cards),
            damaged=tuple(damaged),
            labels=labels,
            labels_unreadable_because=unreadable,
        )

    def _card(self, name: str, version: int) -> Manifest:
        if (card := self._read.get((name, version))) is None:
            card = self._read[name, version] = self._store.manifest(name, version)
        return card

    def _labels_of(self, name: str) -> tuple[dict[str, int], str]:
        try:
            return dict(self._labels.read(name).labels), ""
        except ServiceError as error:
            return {}, error.detail


def _line(card: Manifest) -> VersionLine:
    return VersionLine(
        version=card.version,
        created_at=card.created_at,
        recipe=card.recipe.name,
        epochs=card.epochs,
        parameters=card.parameters,
        training_seconds=card.training_seconds,
        validation_accuracy=card.scores.get("validation", {}).get("accuracy"),
        test_accuracy=card.scores.get("test", {}).get("accuracy"),
        not_evaluated_because=""
        if card.evaluation.state == "evaluated"
        else card.evaluation.reason,
    )
