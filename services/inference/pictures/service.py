"""Pictures in requests, answered by one model or by all of a data set."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.inference.json_writing import to_json
from services.inference.live_models import LiveModels, Wanted
from services.inference.pictures.answers import Answer, SentPicture, answer_picture
from services.inference.pictures.preprocessing import DEFAULT_MAX_DIGITS
from services.inference.prediction import BRIEF_BODY_BYTES, Answered, Call, Predictor
from services.inference.uploads import picture_bytes, picture_url
from shared.errors import ModelNotFound, ModelNotReady
from shared.pictures.formats import png_size

BRIEF_PIXELS = 28 * 28  # what is larger is looked through for digits

Fetch = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What a picture may be at most.

    Attributes:
        max_pixels: The largest picture that is decoded.
        max_digits: The most digits that are read on one.
    """

    max_pixels: int
    max_digits: int = DEFAULT_MAX_DIGITS


class PictureService:
    """What the models say of pictures.

    Args:
        live: Which versions answer.
        predictor: Runs requests on them.
        fetch: Gets the picture that a URL leads to.
        limits: How large a picture may be, and how many digits are read on it.
        default_dataset: The data set of a picture that names none, if it is served.
    """

    def __init__(
        self,
        live: LiveModels,
        predictor: Predictor,
        fetch: Fetch,
        *,
        limits: PictureLimits,
        default_dataset: str,
    ) -> None:
        self._live = live
        self._predictor = predictor
        self._fetch = fetch
        self._limits = limits
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
            ServiceError: As of `picture_url`, `picture_bytes`, `PictureFetcher`,
                `answer_picture` and `Predictor.run`.
        """
        url = picture_url(content_type, body)
        fetched = None if url is None else await self._fetch(url)

        def work(call: Call) -> bytes:
            sent = self._sent(content_type, body, fetched)
            return to_json(answer_picture(call, sent, with_input=with_input))

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
        url = picture_url(content_type, body)
        fetched = None if url is None else await self._fetch(url)

        def work() -> list[Answer]:
            sent = self._sent(content_type, body, fetched)
            return [
                self._predictor.work(
                    model,
                    None,
                    lambda call: answer_picture(call, sent, with_input=with_input),
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

    def _sent(self, content_type: bytes, body: bytes, fetched: bytes | None) -> SentPicture:
        return SentPicture(
            picture_bytes(content_type, body) if fetched is None else fetched,
            max_pixels=self._limits.max_pixels,
            max_digits=self._limits.max_digits,
        )


def _is_brief(data: bytes) -> bool:
    """Whether a file is a PNG of few pixels, which takes no time to speak of."""
    size = png_size(data)
    return size is not None and size[0] * size[1] <= BRIEF_PIXELS
