"""The metrics service over HTTP: evaluates a test split, and compares models on one."""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential_jitter,
)

from services.trainer.evaluation import Predicted
from shared.errors import UpstreamFailed, UpstreamTimedOut

EVALUATE_PATH = "/v1/evaluate"
CONFUSION_PATH = "/v1/plots/confusion-matrix"
COMPARE_PATH = "/v1/compare"
BODY_TYPE = "application/x-npz"

# Intervals of areas and of the calibration error need resampling, which goes through all
# scores each time: 15 to 35 ns a score, so that an evaluation stays within seconds.
MOST_REPLICATES = 1000
LEAST_REPLICATES = 200  # fewer say little about the ends of an interval
MOST_SCORES_RESAMPLED = 200_000_000


@dataclass(frozen=True, slots=True)
class Retries:
    """How often the service is asked, and how long in between."""

    attempts: int = 5
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 8.0


class MetricsService:
    """The metrics service at an address, as an `Evaluator` and a `SignificanceTester`.

    It is asked again after a connection failure, a time-out, 429 and 5xx.
    """

    def __init__(
        self,
        url: str,
        timeout_seconds: float = 30.0,
        retries: Retries = Retries(),
        on_retry: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._url = url.rstrip("/")
        self._timeout = httpx.Timeout(timeout_seconds, connect=5.0)
        self._retries = retries
        self._on_retry = on_retry

    def evaluate(self, predicted: Predicted) -> Mapping[str, Any]:
        """See `Evaluator`."""
        arrays, options = _arrays(predicted), {"score_type": "probability"}
        replicates = min(MOST_REPLICATES, MOST_SCORES_RESAMPLED // predicted.probabilities.size)
        if replicates >= LEAST_REPLICATES:
            resampled = {**options, "score_bootstrap_replicates": str(replicates)}
            try:
                return self._ask(EVALUATE_PATH, arrays, "confusion_matrix", **resampled)
            except UpstreamFailed as error:
                if not _is_refusal(error):  # its settings may allow less resampling
                    raise
        return self._ask(EVALUATE_PATH, arrays, "confusion_matrix", **options)

    def confusion_matrix_svg(self, predicted: Predicted) -> bytes:
        """See `Evaluator`."""
        url = self._url + CONFUSION_PATH
        options = {"format": "svg", "score_type": "probability"}
        response = self._answer(url, _packed(_arrays(predicted)), options)
        if b"<svg" not in response.content[:1024]:
            raise UpstreamFailed(f"{url} answered something else than a picture")
        return response.content

    def compare(
        self, y_true: NDArray[np.int64], predictions: Mapping[str, NDArray[np.int64]]
    ) -> Mapping[str, Any]:
        """See `SignificanceTester`."""
        named = {f"predictions.{name}": labels for name, labels in predictions.items()}
        return self._ask(COMPARE_PATH, {"y_true": y_true, **named}, "pairs")

    def _ask(
        self, path: str, arrays: Mapping[str, NDArray[Any]], expected: str, **options: str
    ) -> Mapping[str, Any]:
        """The JSON answer to arrays, which must have the member that is expected."""
        url = self._url + path
        response = self._answer(url, _packed(arrays), options)
        with _upstream_errors(url):
            answer = response.json()
        if not isinstance(answer, dict) or expected not in answer:
            raise UpstreamFailed(f"{url} answered something else than was asked for")
        return answer

    def _answer(self, url: str, body: bytes, options: Mapping[str, str]) -> httpx.Response:
        """The answer to arrays, asked for again while it may still come."""
        attempts = Retrying(
            stop=stop_after_attempt(self._retries.attempts),
            wait=wait_exponential_jitter(
                multiplier=self._retries.first_wait_seconds,
                max=self._retries.longest_wait_seconds,
                jitter=self._retries.first_wait_seconds,
            ),
            retry=retry_if_exception(_may_pass),
            before_sleep=self._tell_retry,
            reraise=True,
        )
        with _upstream_errors(url):
            return attempts(self._post, url, body, options)

    def _post(self, url: str, body: bytes, options: Mapping[str, str]) -> httpx.Response:
        response = httpx.post(
            url,
            params=options,
            content=body,
            headers={"Content-Type": BODY_TYPE},
            timeout=self._timeout,
        )
        response.raise_for_status()
        return response

    def _tell_retry(self, state: RetryCallState) -> None:
        outcome = state.outcome.exception() if state.outcome else None
        self._on_retry(f"{self._url}: {outcome}; attempt {state.attempt_number}")


def _arrays(predicted: Predicted) -> dict[str, NDArray[Any]]:
    """The fields of an evaluation; classes have their names, unless those are their numbers."""
    labels = np.array(predicted.class_names)
    numbers = np.arange(len(labels))
    if np.array_equal(labels, numbers.astype(labels.dtype)):
        y_true = predicted.y_true.astype(np.min_scalar_type(len(labels)))
        return {"y_true": y_true, "y_score": predicted.probabilities, "labels": numbers}
    return {
        "y_true": labels[predicted.y_true],
        "y_score": predicted.probabilities,
        "labels": labels,
    }


def _packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The arrays as `.npz`: a tenth of the size of JSON, and nothing to parse."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        # Not np.savez: its parameters share their names with the arrays.
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
    return buffer.getvalue()


def _may_pass(error: BaseException) -> bool:
    """Whether the same request may succeed later."""
    if isinstance(error, httpx.HTTPStatusError):
        status = error.response.status_code
        return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
    return isinstance(error, httpx.TransportError)


def _is_refusal(error: UpstreamFailed) -> bool:
    """Whether what was asked for is not to be had, and less of it may be."""
    cause = error.__cause__
    return (
        isinstance(cause, httpx.HTTPStatusError)
        and cause.response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    )


@contextmanager
def _upstream_errors(url: str) -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise UpstreamTimedOut(f"{url} did not answer in time") from error
    except httpx.HTTPStatusError as error:
        raise UpstreamFailed(f"{url} answered {error.response.status_code}") from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise UpstreamFailed(f"{url} could not be asked: {error}") from error
