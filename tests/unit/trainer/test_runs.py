"""How a run's state follows what it tells."""

import pytest

from services.trainer.errors import UnknownName
from services.trainer.progress import Failed, Notice, Published, Started, Stepped
from services.trainer.recipes import RECIPES, recipe_for
from services.trainer.runs import Run, RunState
from services.trainer.schemas import run_view


def test_a_run_shows_the_newest_step_and_keeps_notices_and_versions() -> None:
    run = Run("mnist", ("linear", "cnn"))
    published = Published("mnist-linear", 1, 8.0, 0.93, 0.926)
    for event in (
        *(Notice("no internet"), Started("mnist-linear", "fast", 16, 100), published),
        Stepped("mnist-cnn", 1, 5, 1, 10, 2.3, 0.1, 60.0),
    ):
        run.take(event)

    view = run_view(run)
    assert view.state is RunState.RUNNING
    assert view.progress is not None
    assert (view.progress["event"], view.progress["step"]) == ("Stepped", 1)
    assert view.notices == ["no internet"]
    assert [(item.model, item.version) for item in view.published] == [("mnist-linear", 1)]


def test_the_reason_that_a_run_told_is_kept_before_that_of_its_process() -> None:
    run = Run("mnist", ("cnn",))
    run.take(Failed("the disk is full"))
    run.end(RunState.FAILED, "ended with status 1")

    assert (run.state, run.reason) == (RunState.FAILED, "the disk is full")
    assert run.ended_at is not None


def test_recipes_are_found_by_name_and_unknown_names_list_the_known() -> None:
    assert recipe_for("cnn").kind == "cnn"
    with pytest.raises(UnknownName, match="'forest'; there are: linear, cnn"):
        recipe_for("forest")
    with pytest.raises(UnknownName, match="'turbo'; there are: fast"):
        recipe_for("linear", "turbo")


def test_recipes_are_named_as_they_are_listed_and_fit_small_data_longer() -> None:
    for kind, recipes in RECIPES.items():
        for name, recipe in recipes.items():
            assert (recipe.kind, recipe.name) == (kind, name)
            assert recipe.fitting.epochs_for(60_000) == recipe.fitting.epochs
            steps_of_one_epoch = -(-1000 // recipe.fitting.batch_size)
            steps = recipe.fitting.epochs_for(1000) * steps_of_one_epoch
            assert steps >= recipe.fitting.least_steps
