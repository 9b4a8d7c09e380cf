"""Pictures in requests, answered by one model or by all of a data set."""

import time

from services.inference.json_writing import to_json
from services.inference.live_models import LiveModels, Wanted
from services.inference.pictures.answers import Answer, answer_picture
from services.inference.prediction import BRIEF_BODY_BYTES, Answered, Call, Predictor
from services.inference.uploads import picture_bytes
from shared.errors import ModelNotFound, ModelNotReady
from shared.pictures.formats import png_size

BRIEF_PIXELS = 32 * 32


class PictureService:
    """What the models say of pictures.

    Args:
        live: Which versions answer.
        predictor: Runs requests on them.
        max_pixels: The largest picture that is decoded.
        default_dataset: The data set of a picture that names none, if it is served.
    """

    def __init__(
        self, live: LiveModels, predictor: Predictor, *, max_pixels: int, default_dataset: str
    ) -> None:
        self._live = live
        self._predictor = predictor
        self._max_pixels = max_pixels
        self._default_dataset = default_dataset

    async def predict(
        self,
        model: str,
        wanted: Wanted,
        content_type: bytes,
        body: bytes,
        *,
        with_input: bool = False,
    ) -> Answered[bytes]:
        """What a version of a model says of the picture in a request body, as JSON.

        Raises:
            ServiceError: As of `picture_bytes`, `answer_picture` and `Predictor.run`.
        """

        def work(call: Call) -> bytes:
            data = picture_bytes(content_type, body)
            return to_json(self._answer(call, data, with_input=with_input))

        brief = len(body) <= BRIEF_BODY_BYTES and _is_brief(body)
        return await self._predictor.run(model, wanted, work, brief=brief)

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
        arrived_ns = time.perf_counter_ns()

        def work() -> list[Answer]:
            data = picture_bytes(content_type, body)
            return [
                self._predictor.work(
                    model,
                    None,
                    lambda call: self._answer(call, data, with_input=with_input),
                    arrived_ns,
                ).result
                for model in self.models_of(dataset or self.default_dataset())
            ]

        return await self._predictor.run_all(work)

    def datasets(self) -> list[str]:
        """The data sets whose models answer now, in the order in which they appeared."""
        return list(dict.fromkeys(dataset for _, dataset in self._served()))

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
        found = [model for model, of in self._served() if of == dataset]
        if not found:
            raise ModelNotFound(
                f"No model of this data set is served. Received: {dataset!r}; "
                f"served: {', '.join(self.datasets()) or 'none'}"
            )
        return sorted(found)

    def _served(self) -> list[tuple[str, str]]:
        """Model and data set of each version that answers pictures by default."""
        current = (self._live.current(name) for name in self._live.names())
        return [(s.model, s.manifest.dataset.name) for s in current if s and s.manifest]

    def _answer(self, call: Call, data: bytes, *, with_input: bool) -> Answer:
        return answer_picture(call, data, max_pixels=self._max_pixels, with_input=with_input)


def _is_brief(data: bytes) -> bool:
    """Whether a file is a PNG of few pixels, which takes no time to speak of."""
    size = png_size(data)
    return size is not None and size[0] * size[1] <= BRIEF_PIXELS
