"""Trains a published version again, as its card says, and compares the weights."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass

from services.trainer.datasets.dataset import Dataset
from services.trainer.errors import DatasetBroken
from services.trainer.recipes import recipe_from
from services.trainer.training import Trainer, installed, weights_digest
from shared.errors import InvalidInput
from shared.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Reproduction:
    """How the second training compares with the first.

    Attributes:
        differences: What was not the same about the two trainings: `name: then, now`.
    """

    version: str
    expected_sha256: str
    received_sha256: str
    differences: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether all weights are equal to the last bit."""
        return self.expected_sha256 == self.received_sha256

    def sentence(self) -> str:
        """The outcome in words."""
        if self.is_exact:
            return f"{self.version} reproduced: all weights are equal to the last bit."
        what = "; ".join(self.differences) or "nothing that its card tells"
        return f"{self.version} was not reproduced: the weights differ. What else differs: {what}."


def reproduce(manifest: Manifest, dataset: Dataset, trainer: Trainer) -> Reproduction:
    """Train as the card says; nothing is published.

    Args:
        manifest: The card of the version.
        dataset: The data that it names.
        trainer: Takes the seed of the card in place of its own.

    Raises:
        DatasetBroken: The data are not those of the card.
        InvalidInput: The card is of an older release, or of a recipe that is not known here.
    """
    if not manifest.weights_sha256:
        raise InvalidInput("The card has no digest of the weights: an older release made it.")
    for name, digest in manifest.dataset.sha256.items():
        if dataset.sha256.get(name) != digest:
            raise DatasetBroken(
                f"{name} has SHA-256 {dataset.sha256.get(name)}; the card says {digest}"
            )
    recipe = recipe_from(manifest.recipe.name, manifest.recipe.hyperparameters)
    trained = trainer.with_seed(manifest.seed).learn(dataset, recipe)
    return Reproduction(
        version=f"{manifest.model}/{manifest.version}",
        expected_sha256=manifest.weights_sha256,
        received_sha256=weights_digest(trained.network),
        differences=_differences(manifest, installed()),
    )


def _differences(manifest: Manifest, packages: Mapping[str, str]) -> tuple[str, ...]:
    then = {**manifest.packages, "machine": manifest.hardware.machine}
    now = {**packages, "machine": platform.machine()}
    return tuple(
        f"{name} {then.get(name)} then, {now.get(name)} now"
        for name in sorted({*then, *now})
        if then.get(name) != now.get(name)
    )
