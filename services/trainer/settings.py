"""The trainer's settings, from the environment."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from services.trainer.datasets.limits import DataLimits
from services.trainer.datasets.loading import DATASET_NAMES, DataPlaces
from services.trainer.recipes import RECIPES
from shared.log import LogFormat
from shared.web.settings import PageSettings


class Settings(PageSettings):
    """What can be set, each with its default."""

    model_config = SettingsConfigDict(env_prefix="TRAINER_", frozen=True, populate_by_name=True)

    data_dir: Path = Field(
        Path("data"),
        validation_alias="DATA_DIR",
        description="Folder of data files, `<name>/<file>[.gz]`; only read.",
    )
    download_dir: Path = Field(
        Path("downloads"),
        validation_alias="DOWNLOAD_DIR",
        description="Folder where downloaded data files and uploaded data sets are kept.",
    )
    models_dir: Path = Field(
        Path("models"),
        validation_alias="MODELS_DIR",
        description="The volume: versions are published here.",
    )
    log_format: LogFormat = Field(
        "json", validation_alias="LOG_FORMAT", description="`json`, or `text` for people."
    )
    metrics_url: str = Field(
        "http://127.0.0.1:8003",
        description="Address of the metrics service, which evaluates the test splits.",
    )
    metrics_timeout_seconds: float = Field(
        30.0, gt=0, le=600, description="How long an answer of the metrics service is waited for."
    )
    auto_dataset: str = Field(
        "mnist",
        description="Data set trained at start if the volume holds no model of it; empty: none.",
    )
    auto_models: Annotated[tuple[str, ...], NoDecode] = Field(
        ("linear", "cnn"), description="Kinds of model trained at start, comma-separated, in order."
    )
    max_concurrent_runs: int = Field(
        1, ge=1, le=64, description="Runs that train at the same time; the others wait."
    )
    mlflow_tracking_uri: str = Field(
        "",
        validation_alias="MLFLOW_TRACKING_URI",
        description="An MLflow tracking server that is told about trainings; empty: none.",
    )
    api_key: SecretStr | None = Field(
        None,
        validation_alias="API_KEY",
        description="If set, starting and cancelling runs, uploading and deleting data sets, and "
        "moving labels demand it, as `X-API-Key`.",
    )
    mirrors: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Base addresses to download data from, in place of the public ones."
    )
    seed: int = Field(0, ge=0, lt=2**32, description="Seed of every random choice.")
    max_body_bytes: int = Field(
        2**20, ge=2**10, description="Largest request body that is read, in bytes."
    )

    max_upload_bytes: int = Field(
        2**31, ge=2**10, description="Largest data set that may be uploaded, in bytes."
    )
    max_dataset_bytes: int = Field(
        2**33,
        ge=2**10,
        description="What the files of a data set of your own may have, in bytes, uncompressed.",
    )
    max_images_bytes: int = Field(
        2**29,
        ge=2**10,
        description="What its images may have once they are resized, in bytes; a training holds "
        "a few times that in memory. The arrays of an `.npz` may have four times that unpacked.",
    )
    max_dataset_files: int = Field(
        200_000, ge=1, description="Files that a data set of your own may have."
    )
    max_dataset_classes: int = Field(
        1000, ge=2, description="Classes that a data set of your own may have."
    )
    max_picture_pixels: int = Field(
        50_000_000, ge=1, description="Pixels of a picture in a data set of your own."
    )
    max_dataset_pixels: int = Field(
        20_000_000_000,
        ge=1,
        description="Pixels of all pictures in a data set of your own together, as their headers "
        "declare them.",
    )
    max_skipped_files: int = Field(
        100,
        ge=0,
        description="Pictures of a data set of your own that may be unreadable and are skipped.",
    )
    keep_versions: int = Field(
        0,
        ge=0,
        description="Newest versions of a model that are kept, with every labelled one; "
        "0: all are.",
    )

    @field_validator("auto_models", "mirrors", mode="before")
    @classmethod
    def _split_at_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("auto_dataset")
    @classmethod
    def _known_dataset(cls, value: str) -> str:
        if value and value not in DATASET_NAMES:
            raise ValueError(f"expected one of {', '.join(DATASET_NAMES)}, or nothing")
        return value

    @field_validator("auto_models")
    @classmethod
    def _known_kinds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [kind for kind in value if kind not in RECIPES]:
            raise ValueError(f"unknown: {', '.join(unknown)}; there are: {', '.join(RECIPES)}")
        return value

    @property
    def data_places(self) -> DataPlaces:
        """Where data files are looked for."""
        return DataPlaces(self.data_dir, self.download_dir, self.mirrors)

    @property
    def data_limits(self) -> DataLimits:
        """How much a data set of the user's own may hold."""
        return DataLimits(
            files=self.max_dataset_files,
            total_bytes=self.max_dataset_bytes,
            array_bytes=self.max_images_bytes,
            picture_pixels=self.max_picture_pixels,
            total_pixels=self.max_dataset_pixels,
            classes=self.max_dataset_classes,
            skipped_files=self.max_skipped_files,
        )
