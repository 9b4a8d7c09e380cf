"""What a run can be started with, as the page offers it."""

from dataclasses import asdict
from typing import Any

from services.trainer.dataset_routes import DatasetSummary, list_datasets
from services.trainer.hyperparameters import MAX_BATCH_SIZE, MAX_EPOCHS, MAX_LEARNING_RATE
from services.trainer.recipes import DEFAULT_RECIPE, RECIPES, recipe_for
from services.trainer.settings import Settings


def start_form(settings: Settings) -> dict[str, Any]:
    """Data sets, kinds of model and recipes, with the defaults and bounds of each field."""
    return {
        "datasets": [_dataset_choice(each) for each in list_datasets(settings).datasets],
        "kinds": list(RECIPES),
        "recipe": DEFAULT_RECIPE,
        "recipes": list(dict.fromkeys(name for recipes in RECIPES.values() for name in recipes)),
        "auto": settings.auto_dataset,
        "seed": settings.seed,
        "most": {
            "epochs": MAX_EPOCHS,
            "batch_size": MAX_BATCH_SIZE,
            "learning_rate": MAX_LEARNING_RATE,
        },
    }


def _dataset_choice(dataset: DatasetSummary) -> dict[str, Any]:
    """A data set, and what each recipe says for it."""
    return {
        "name": dataset.name,
        "title": dataset.title,
        "classes": len(dataset.class_names),
        "own": dataset.is_uploaded,
        "recipes": {
            kind: {name: _fitting(kind, name, dataset.name) for name in recipes}
            for kind, recipes in RECIPES.items()
        },
    }


def _fitting(kind: str, name: str, dataset: str) -> dict[str, Any]:
    fitting = asdict(recipe_for(kind, name, dataset).fitting)
    return {key: fitting[key] for key in ("epochs", "batch_size", "peak_learning_rate")}
