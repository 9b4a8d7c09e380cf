"""The model card of a published version: what it is, how it was made, what its files must be."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

SCHEMA_VERSION: Literal[1] = 1

Preprocessing = Literal["mnist-digit", "fashion", "none"]
ModelName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]


def _inside(path: str) -> str:
    """Refuse a path that is absolute, leads out of the version, or could be read in two ways."""
    parts = path.split("/")
    if any(part in {"", ".", ".."} for part in parts) or "\\" in path or not path.isprintable():
        raise ValueError(f"no relative path inside the version. Received: {path!r}")
    return path


RelativePath = Annotated[str, Field(max_length=255), AfterValidator(_inside)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")  # a later release may say more


class FileRecord(_Part):
    """What a file of the version must be, to the byte."""

    size_bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class DatasetRecord(_Part):
    """The data that the version was trained on.

    Attributes:
        sha256: The digest of each source, uncompressed, by its name.
        splits: Number of examples in `train`, `validation` and `test`.
    """

    name: str
    title: str
    sha256: dict[str, str]
    splits: dict[str, int]


class InputRecord(_Part):
    """The one input tensor: `shape` is `(height, width, channels)`, values lie in [0, 1]."""

    name: Literal["image"] = "image"
    dtype: Literal["float32"] = "float32"
    shape: tuple[int, int, int]


class OutputRecord(_Part):
    """The one output tensor, float32 `(n, classes)`."""

    name: Literal["probabilities"] = "probabilities"
    dtype: Literal["float32"] = "float32"


class TwinRecord(_Part):
    """The LiteRT form of the same function.

    Attributes:
        max_abs_difference: The largest difference of a probability to the SavedModel's,
            on the examples that were compared.
        examples_compared: How many those were.
    """

    file: RelativePath = "model.tflite"
    max_abs_difference: float = Field(ge=0)
    examples_compared: int = Field(ge=1)


class GoldenRecord(_Part):
    """Recorded inputs and the probabilities that every engine must give for them.

    The file is an `.npz` with `image`, float32 `(n, height, width, channels)`, and
    `probabilities`, float32 `(n, classes)`.
    """

    file: RelativePath = "golden.npz"
    examples: int = Field(ge=1)
    tolerance: float = Field(gt=0)


class RecipeRecord(_Part):
    """The recipe by name, and every hyperparameter that it stands for."""

    name: str
    hyperparameters: dict[str, JsonValue]


class HardwareRecord(_Part):
    """The machine that trained."""

    machine: str
    processor: str
    cpu_count: int = Field(ge=1)
    memory_bytes: int = Field(ge=0)
    accelerators: tuple[str, ...] = ()


class EvaluationRecord(_Part):
    """Whether the metrics service evaluated the test split, and why not."""

    state: Literal["evaluated", "not-evaluated"]
    reason: str = ""
    file: RelativePath | None = None


class CalibrationScores(_Part):
    """How far the probabilities of a split are from what they say; both are best when 0.

    Attributes:
        expected_calibration_error: Over `bins` bins of equal width of the highest probability.
        log_loss: In nats.
    """

    expected_calibration_error: float = Field(ge=0, le=1)
    log_loss: float = Field(ge=0)


class CalibratedSplit(_Part):
    """What calibration did on a split."""

    before: CalibrationScores
    after: CalibrationScores


class CalibrationRecord(_Part):
    """How the probabilities were made to mean what they say.

    Attributes:
        temperature: What the logits are divided by before the softmax, inside the graph.
        uniform_share: Of the uniform distribution, mixed into the probabilities there.
        fitted_on: The split whose log loss it minimises.
        bins: Of the expected calibration error.
    """

    method: Literal["temperature"] = "temperature"
    temperature: float = Field(gt=0)
    uniform_share: float = Field(0.0, ge=0, lt=1)
    fitted_on: Literal["validation"] = "validation"
    bins: int = Field(ge=1)
    splits: dict[str, CalibratedSplit]


class InferenceTime(_Part):
    """Time of one call, measured where the version was made."""

    engine: Literal["litert", "savedmodel"]
    batch_size: int = Field(ge=1)
    median_ms: float = Field(gt=0)
    p95_ms: float = Field(gt=0)
    calls: int = Field(ge=1)


class Manifest(_Part):
    """The model card; `manifest.json` in the version's directory, written last."""

    schema_version: Literal[1] = SCHEMA_VERSION
    software_version: str
    model: ModelName
    version: int = Field(ge=1)
    kind: str
    created_at: datetime
    dataset: DatasetRecord
    class_names: tuple[str, ...] = Field(min_length=2)
    input: InputRecord
    output: OutputRecord = OutputRecord()
    preprocessing: Preprocessing
    recipe: RecipeRecord
    seed: int
    run: str = Field("", description="The id of the run that made it, if a service ran it.")
    weights_sha256: str = Field("", description="Digest of all weights, in their order.")
    parameters: int = Field(ge=0)
    epochs: int = Field(ge=0)
    training_seconds: float = Field(ge=0)
    hardware: HardwareRecord
    packages: dict[str, str]
    scores: dict[str, dict[str, float]] = Field(
        description="Headline scores by split: `validation` from training, `test` from its "
        "evaluation."
    )
    evaluation: EvaluationRecord
    inference_times: tuple[InferenceTime, ...] = ()
    twin: TwinRecord | None = None
    golden: GoldenRecord | None = None
    calibration: CalibrationRecord | None = None
    files: dict[RelativePath, FileRecord]

    @model_validator(mode="after")
    def _named_files_are_listed(self) -> "Manifest":
        named: list[Any] = [self.twin, self.golden, self.evaluation]
        for record in named:
            if record is not None and record.file is not None and record.file not in self.files:
                raise ValueError(f"{record.file} is named, and `files` does not list it")
        return self
