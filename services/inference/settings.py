"""The settings of the inference service, from the environment."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.inference.protocols.json_limits import JsonLimits
from services.inference.version_policy import VersionPolicy, parse_policy
from shared.log import LogFormat
from shared.web.settings import PageSettings

MEBIBYTE = 2**20


def _checked_policy(text: str) -> str:
    parse_policy(text)
    return text


Policy = Annotated[str, AfterValidator(_checked_policy)]


class Settings(PageSettings):
    """What an operator may choose; every name is prefixed `INFERENCE_` unless it says otherwise."""

    model_config = SettingsConfigDict(
        env_prefix="INFERENCE_", frozen=True, populate_by_name=True, extra="ignore"
    )

    models_dir: Path = Field(
        Path("models"),
        validation_alias="MODELS_DIR",
        description="The volume with the published versions. Without prefix: `MODELS_DIR`.",
    )
    log_format: LogFormat = Field(
        "json",
        validation_alias="LOG_FORMAT",
        description="`json`, or `text` for people. Without prefix: `LOG_FORMAT`.",
    )
    api_key: SecretStr | None = Field(
        None,
        validation_alias="API_KEY",
        description="The key, in `X-API-Key`, of requests that change what is served. None is "
        "asked for where it is not set. Without prefix: `API_KEY`.",
    )
    workers: int = Field(
        1,
        ge=1,
        le=256,
        description="Processes that serve, each with its own copy of the models; one for each "
        "core is the most that helps. Obeyed by `python -m services.inference`.",
    )
    host: str = Field(
        "127.0.0.1",
        description="Address to listen on. Obeyed by `python -m services.inference`.",
    )
    port: int = Field(
        8002,
        ge=1,
        le=65535,
        description="Port to listen on. Obeyed by `python -m services.inference`.",
    )
    drain_delay_seconds: float = Field(
        0.5,
        ge=0,
        le=300,
        description="Seconds for which requests are still accepted after a signal to end. "
        "Obeyed by `python -m services.inference`.",
    )
    public_url: str = Field(
        "", description="Where people find the page; it is logged when a model begins to serve."
    )
    trainer_url: str = Field(
        "http://127.0.0.1:8001",
        description="Address of the trainer for this service. Asked, while models are missing, "
        "what it trains, so that the page can tell.",
    )
    default_dataset: str = Field(
        "mnist",
        description="The data set whose models answer a picture that names none. "
        "Where none of it is served, the first that is.",
    )
    poll_interval_seconds: float = Field(
        1.0, ge=0.05, le=3600, description="Seconds between two looks at the volume."
    )
    retry_interval_seconds: float = Field(
        5.0,
        ge=0.05,
        le=3600,
        description="Seconds before a version that failed is tried again; doubled each time, "
        "to a minute at most, or to this if it is more.",
    )
    settle_seconds: float = Field(
        3.0,
        ge=0,
        le=3600,
        description="Seconds for which a version without a manifest must not have changed.",
    )
    version_policy: Policy = Field(
        "latest",
        description="Which good versions of a model serve: `latest`, `latest:N`, `all` or "
        "`specific:N,N`. Versions that bear a label serve too.",
    )
    version_policies: dict[str, Policy] = Field(
        {}, description='The same for single models, as JSON: `{"mnist-cnn": "all"}`.'
    )
    threads: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        le=256,
        description="Threads that decode and predict, each with interpreters of its own. "
        "Default: the number of cores.",
    )
    max_queued: int = Field(
        512,
        ge=1,
        le=100_000,
        description="Requests that may wait for a thread; one more is answered 503.",
    )
    deadline_seconds: float = Field(
        30.0, gt=0, le=3600, description="Seconds within which a request is answered, or 504."
    )
    max_examples: int = Field(
        4096, ge=1, le=1_000_000, description="Examples in the largest request."
    )
    max_body_bytes: int = Field(
        32 * MEBIBYTE, ge=1024, description="Bytes of the largest request body."
    )
    max_held_bytes: int = Field(
        256 * MEBIBYTE,
        ge=1024,
        description="Bytes of all large request bodies that are held at once; one more is answered "
        "503. A body of the largest size is always taken if there is no other.",
    )
    max_json_nesting: int = Field(
        32, ge=8, le=500, description="Lists and objects within each other in a JSON document."
    )
    max_json_values: int = Field(
        1_000_000,
        ge=1024,
        description="Values in a JSON document; plain nested lists of numbers are not counted.",
    )
    max_pixels: int = Field(
        25_000_000,
        ge=784,
        description="Pixels of the largest picture, known from its header before it is decoded.",
    )
    max_digits: int = Field(
        16, ge=1, le=256, description="Digits that are read on one picture, the most prominent."
    )
    url_fetch: bool = Field(
        True,
        description="Whether pictures are fetched from the web for requests that give a URL.",
    )
    url_timeout_seconds: float = Field(
        10.0, gt=0, le=300, description="Seconds for all of fetching a picture, redirects included."
    )
    url_max_bytes: int = Field(
        16 * MEBIBYTE, ge=1024, description="Bytes of the largest picture that is fetched."
    )
    url_max_redirects: int = Field(
        3, ge=0, le=20, description="Redirects that are followed to a picture."
    )
    url_max_fetches: int = Field(
        16, ge=1, le=1000, description="Pictures fetched at once; one more is answered 503."
    )
    url_allow_loopback: bool = Field(
        False,
        description="For tests: whether URLs may lead to this machine itself. All other "
        "addresses that are not public stay refused.",
    )

    @property
    def json_limits(self) -> JsonLimits:
        """The bounds on a JSON document."""
        return JsonLimits(self.max_json_nesting, self.max_json_values, self.max_examples)

    def policy_of(self, model: str) -> VersionPolicy:
        """Which versions of a model serve."""
        return parse_policy(self.version_policies.get(model, self.version_policy))
