"""One trial, on whatever machine it happens to be."""

from services.trainer.datasets.dataset import Dataset
from services.trainer.sweeps.trials import Learned, Trial
from services.trainer.tensorflow_import import import_tensorflow


def learn_trial(trial: Trial, dataset: Dataset) -> Learned:
    """Train; gives weights and validation scores, and writes nothing.

    Args:
        trial: What to train.
        dataset: Without a test split.

    Raises:
        ModelRejected: The training diverges.
    """
    import_tensorflow()  # in the worker alone: it takes seconds
    from services.trainer.learning import learn  # noqa: PLC0415

    trained = learn(dataset, trial.recipe, trial.seed, tell=lambda _: None)
    history = trained.fitted.history
    return Learned(
        weights=trained.network.trainable.get_weights(),
        epochs=history.epochs,
        best_epoch=history.best_epoch,
        training_seconds=trained.fitted.training_seconds,
    )
