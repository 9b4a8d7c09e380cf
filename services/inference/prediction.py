"""Answers requests: finds the version, does the work off the event loop, writes the reply."""

from dataclasses import dataclass

import orjson

from services.inference.answers import Answer, answer_picture
from services.inference.executor import Executor
from services.inference.live_models import LiveModels
from services.inference.uploads import picture_bytes
from shared.errors import ModelNotFound, ModelNotReady


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply ready to send.

    Attributes:
        body: JSON.
        model: The model that answered; empty if several did.
        version: Its version; 0 if several did.
    """

    body: bytes
    model: str = ""
    version: int = 0


class Predictor:
    """Predictions of the models that are live.

    Args:
        live: Which versions answer.
        executor: Where the work is done.
        max_pixels: The largest picture that is decoded.
        default_dataset: The data set of a picture that names none.
    """

    def __init__(
        self, live: LiveModels, executor: Executor, *, max_pixels: int, default_dataset: str
    ) -> None:
        self._live = live
        self._executor = executor
        self._max_pixels = max_pixels
        self._default_dataset = default_dataset

    async def predict(
        self, model: str, content_type: bytes, body: bytes, *, with_input: bool = False
    ) -> Reply:
        """What one model says of the picture in a request body, as JSON.

        Raises:
            ServiceError: As of `LiveModels.lease`, `picture_bytes`, `answer_picture`
                and `Executor.run`.
        """

        def work() -> Reply:
            data = picture_bytes(content_type, body)
            with self._live.lease(model) as servable:
                answer = answer_picture(
                    servable, data, max_pixels=self._max_pixels, with_input=with_input
                )
                return Reply(to_json(answer), servable.model, servable.version)

        return await self._executor.run(work)

    async def compare(
        self, dataset: str, content_type: bytes, body: bytes, *, with_input: bool = False
    ) -> list[Answer]:
        """What every model of a data set says of the picture in a request body.

        Args:
            dataset: Its name; empty for the default.
            content_type: Of the request.
            body: Of the request.
            with_input: Whether each answer shows what the model saw.
        """

        def work() -> list[Answer]:
            data = picture_bytes(content_type, body)
            answers = []
            for model in self.models_of(dataset or self.default_dataset()):
                with self._live.lease(model) as servable:
                    answers.append(
                        answer_picture(
                            servable, data, max_pixels=self._max_pixels, with_input=with_input
                        )
                    )
            return answers

        return await self._executor.run(work)

    def datasets(self) -> list[str]:
        """The data sets whose models answer now, in the order in which they appeared."""
        current = (self._live.current(name) for name in self._live.names())
        return list(dict.fromkeys(s.manifest.dataset.name for s in current if s is not None))

    def default_dataset(self) -> str:
        """The data set of a picture that names none.

        Raises:
            ModelNotReady: No model can answer.
        """
        served = self.datasets()
        if not served:
            raise ModelNotReady("No model can answer yet.")
        return self._default_dataset if self._default_dataset in served else served[0]

    def models_of(self, dataset: str) -> list[str]:
        """The models of a data set that answer now, by name.

        Raises:
            ModelNotFound: None does.
        """
        current = (self._live.current(name) for name in self._live.names())
        found = [s.model for s in current if s is not None and s.manifest.dataset.name == dataset]
        if not found:
            raise ModelNotFound(
                f"No model of this data set is served. Received: {dataset!r}; "
                f"served: {', '.join(self.datasets()) or 'none'}"
            )
        return sorted(found)


def to_json(document: object) -> bytes:
    """A document as JSON; float32 values with the fewest digits that tell them apart."""
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
