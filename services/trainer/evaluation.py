"""Has the metrics service mark the test split: true labels and probabilities over HTTP."""

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

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

from shared.errors import UpstreamFailed, UpstreamTimedOut

EVALUATE_PATH = "/v1/evaluate"
BODY_TYPE = "application/x-npz"

Evaluation = Mapping[str, Any]
"""The answer of the metrics service, as it came."""


class Marker(Protocol):
    """Marks predictions against the truth."""

    def evaluate(self, y_true: NDArray[np.int64], probabilities: NDArray[np.float32]) -> Evaluation:
        """The evaluation of one split.

        Args:
            y_true: int64, shape `(n,)`, each in `[0, n_classes)`.
            probabilities: float32, shape `(n, n_classes)`.

        Raises:
            UpstreamFailed: The marks could not be had; the message says why.
        """


@dataclass(frozen=True, slots=True)
class Retries:
    """How often the service is asked, and how long in between."""

    attempts: int = 5
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 8.0


class MetricsService:
    """The metrics service at an address, as a `Marker`."""

    def __init__(
        self,
        url: str,
        timeout_seconds: float = 30.0,
        retries: Retries = Retries(),
        on_retry: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._url = url.rstrip("/") + EVALUATE_PATH
        self._timeout = httpx.Timeout(timeout_seconds, connect=5.0)
        self._retries = retries
        self._on_retry = on_retry

    def evaluate(self, y_true: NDArray[np.int64], probabilities: NDArray[np.float32]) -> Evaluation:
        """See `Marker`; asked again after a connection failure, a time-out, 429 and 5xx."""
        body = _packed(y_true, probabilities)
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
        with _upstream_errors(self._url):
            answer: Evaluation = attempts(self._post, body)
            return answer

    def _post(self, body: bytes) -> Evaluation:
        response = httpx.post(
            self._url,
            params={"score_type": "probability"},
            content=body,
            headers={"Content-Type": BODY_TYPE},
            timeout=self._timeout,
        )
        response.raise_for_status()
        answer = response.json()
        if not isinstance(answer, dict) or "confusion_matrix" not in answer:
            raise UpstreamFailed(f"{self._url} answered something else than an evaluation")
        return answer

    def _tell_retry(self, state: RetryCallState) -> None:
        outcome = state.outcome.exception() if state.outcome else None
        self._on_retry(f"{self._url}: {outcome}; attempt {state.attempt_number}")


def _packed(y_true: NDArray[np.int64], probabilities: NDArray[np.float32]) -> bytes:
    """The arrays as `.npz`: a tenth of the size of JSON, and nothing to parse."""
    n_classes = probabilities.shape[1]
    buffer = io.BytesIO()
    np.savez(
        buffer,
        y_true=y_true.astype(np.min_scalar_type(n_classes)),
        y_score=probabilities,
        labels=np.arange(n_classes),
    )
    return buffer.getvalue()


def _may_pass(error: BaseException) -> bool:
    """Whether the same request may succeed later."""
    if isinstance(error, httpx.HTTPStatusError):
        status = error.response.status_code
        return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
    return isinstance(error, httpx.TransportError)


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
