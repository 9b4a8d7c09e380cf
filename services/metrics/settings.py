"""The service's settings, read from the environment."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.log import LogFormat
from shared.web.settings import PageSettings


class Settings(PageSettings):
    """Each field is the environment variable METRICS_<NAME>, but for those that say otherwise."""

    model_config = SettingsConfigDict(env_prefix="METRICS_", frozen=True)

    log_format: LogFormat = Field(
        default="json",
        validation_alias="LOG_FORMAT",
        description="`json` for machines, `text` for people. The variable is LOG_FORMAT.",
    )
    max_body_bytes: int = Field(
        default=512 * 1024 * 1024,
        ge=1024,
        le=64 * 1024**3,
        description="Largest request body, in bytes, as sent and again once decompressed.",
    )
    max_held_bytes: int = Field(
        default=1024**3,
        ge=1024,
        le=1024**4,
        description="Bytes of all large request bodies that are held at once, as declared and "
        "again once unpacked; what is more is answered 503. A body of the largest size is always "
        "taken if there is no other.",
    )
    body_timeout_seconds: float = Field(
        default=120.0,
        gt=0,
        le=3600,
        description="Seconds within which a request body arrives, or 504.",
    )
    max_classes: int = Field(
        default=2000,
        ge=2,
        le=20_000,
        description="Most classes that a confusion matrix is made for.",
    )
    max_bootstrap_values: int = Field(
        default=100_000_000,
        ge=1_000_000,
        le=10_000_000_000,
        description="Most numbers that a bootstrap may hold at once: replicates times the "
        "statistics of all classes. Each takes 8 bytes.",
    )
    max_group_cells: int = Field(
        default=20_000_000,
        ge=1_000,
        le=1_000_000_000,
        description="Most cells of the confusion matrices of all groups of a grouping.",
    )
    max_plot_classes: int = Field(
        default=300, ge=2, le=2000, description="Most classes that a plot shows."
    )
    max_plot_pixels: int = Field(
        default=40_000_000,
        ge=100_000,
        le=1_000_000_000,
        description="Most pixels of a plot as PNG. Each takes about 8 bytes while it is drawn.",
    )
    max_groups: int = Field(
        default=1000, ge=1, le=1_000_000, description="Most groups of a grouping."
    )
    max_concurrent_evaluations: int = Field(
        default=2,
        ge=1,
        le=256,
        description="Evaluations computed at the same time, in threads.",
    )
    max_waiting_evaluations: int = Field(
        default=32,
        ge=0,
        le=10_000,
        description="Evaluations that wait for one of those, and pictures that wait to be drawn; "
        "more are answered with 503.",
    )
