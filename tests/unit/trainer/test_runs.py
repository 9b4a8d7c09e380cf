"""How a run's state moves, and what a recipe may be changed to."""

import dataclasses
import itertools
import json

import pytest

from services.trainer.errors import IllegalMove, UnknownName
from services.trainer.hyperparameters import Changes
from services.trainer.recipes import OF_DATASET, RECIPES, recipe_for, recipe_from
from services.trainer.runs import MOVES, Run, RunRequest, RunState
from shared.errors import InvalidInput

REQUEST = RunRequest("mnist", ("linear", "cnn"), "fast", 0)


def test_a_run_is_started_and_ends() -> None:
    run = Run(REQUEST).moved(RunState.RUNNING).moved(RunState.FAILED, "the disk is full")

    assert (run.attempts, run.reason) == (1, "the disk is full")
    assert run.started_at is not None
    assert run.ended_at is not None
    assert run.created_at <= run.started_at <= run.ended_at


def test_an_interrupted_run_waits_again_and_keeps_its_first_start() -> None:
    first = Run(REQUEST).moved(RunState.RUNNING)
    again = first.moved(RunState.QUEUED, "the service ended").moved(RunState.RUNNING)

    assert again.attempts == 2
    assert again.started_at == first.started_at
    assert again.ended_at is None


@pytest.mark.parametrize(("start", "end"), [*itertools.product(RunState, RunState)])
def test_only_the_listed_moves_are_possible(start: RunState, end: RunState) -> None:
    run = Run(REQUEST, state=start)

    if end in MOVES[start]:
        assert run.moved(end).state is end
    else:
        with pytest.raises(IllegalMove, match=f"is {start} and cannot be {end}"):
            run.moved(end)


def test_final_states_have_no_way_out() -> None:
    assert {state for state in RunState if state.is_final} == {"succeeded", "failed", "cancelled"}


def test_recipes_are_found_by_name_and_unknown_names_list_the_known() -> None:
    assert recipe_for("cnn").kind == "cnn"
    with pytest.raises(UnknownName, match="'forest'; there are: linear, cnn"):
        recipe_for("forest")
    with pytest.raises(UnknownName, match="'turbo'; there are: quick, fast, accurate"):
        recipe_for("linear", "turbo")


def test_recipes_are_named_as_they_are_listed_and_fit_small_data_longer() -> None:
    for kind, recipes in RECIPES.items():
        for name, recipe in recipes.items():
            assert (recipe.kind, recipe.name) == (kind, name)
            assert recipe.fitting.epochs_for(60_000) == recipe.fitting.epochs
            steps_of_one_epoch = -(-1000 // recipe.fitting.batch_size)
            steps = recipe.fitting.epochs_for(1000) * steps_of_one_epoch
            assert steps >= recipe.fitting.least_steps


def test_a_data_set_with_recipes_of_its_own_has_them_under_the_same_names() -> None:
    assert recipe_for("cnn", "fast", "mnist") == recipe_for("cnn", "fast")
    for dataset, kinds in OF_DATASET.items():
        for kind, recipes in kinds.items():
            assert recipes.keys() <= RECIPES[kind].keys()
            for name, recipe in recipes.items():
                assert (recipe.kind, recipe.name) == (kind, name)
                assert recipe_for(kind, name, dataset) == recipe != recipe_for(kind, name)


def test_a_card_gives_back_the_recipe_that_it_was_written_from() -> None:
    books = [RECIPES, *OF_DATASET.values()]
    for recipe in (r for book in books for recipes in book.values() for r in recipes.values()):
        hyperparameters = json.loads(json.dumps(dataclasses.asdict(recipe)))
        name = hyperparameters.pop("name")
        assert recipe_from(name, hyperparameters) == recipe


def test_a_card_of_an_unknown_recipe_is_refused_with_the_reason() -> None:
    former = {"kind": "cnn", "filters": [32, 48, 64], "fitting": {}}
    with pytest.raises(InvalidInput, match="no recipe of this release"):
        recipe_from("fast", former)


def test_changes_replace_what_they_name_and_nothing_else() -> None:
    recipe = recipe_for("cnn")
    assert Changes().applied(recipe) == recipe

    changed = Changes(epochs=2, learning_rate=0.01).applied(recipe)

    assert changed.fitting.epochs_for(100) == 2
    assert changed.fitting.peak_learning_rate == 0.01
    assert changed.fitting.batch_size == recipe.fitting.batch_size


@pytest.mark.parametrize(
    "changes",
    [Changes(epochs=0), Changes(epochs=-1), Changes(batch_size=10**9), Changes(learning_rate=-1)],
)
def test_changes_out_of_bounds_are_refused(changes: Changes) -> None:
    with pytest.raises(InvalidInput, match=r"lies above 0 and is at most .* Received: "):
        changes.applied(recipe_for("cnn"))
