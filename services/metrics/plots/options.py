"""What a caller may choose about a picture."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from services.metrics.options.evaluation import EvaluationQuery
from shared.errors import NotFound

Kind = Literal["confusion-matrix", "roc", "precision-recall", "calibration", "per-class"]
Format = Literal["svg", "png"]
ThemeName = Literal["light", "dark"]
Language = Literal["en", "pt", "es"]
Normalization = Literal["none", "true", "predicted", "all"]

KINDS: tuple[Kind, ...] = get_args(Kind)
OF_SCORES = frozenset({"roc", "precision-recall", "calibration"})


def known_kind(name: str) -> Kind:
    """The kind of that name.

    Raises:
        NotFound: There is none.
    """
    for kind in KINDS:
        if kind == name:
            return kind
    raise NotFound(f"There is no such plot. Received: {name}; there are: {', '.join(KINDS)}.")


def _names(value: object) -> object:
    """A parameter given once is a list separated by commas; given again, names stand alone."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return [name.strip() for name in value[0].split(",")]
    return value


class PlotOptions(BaseModel):
    """All optional; query parameters, whatever the body is."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    format: Format = Field(default="svg", description="`svg` or `png`.")
    theme: ThemeName = Field(default="light", description="For `light` or `dark` surroundings.")
    width: int = Field(
        default=720,
        ge=320,
        le=2400,
        description="Width in CSS pixels. The height follows from what is drawn.",
    )
    dpi: int = Field(
        default=192,
        ge=48,
        le=600,
        description="Of a PNG: 96 makes one pixel of each CSS pixel, 192 two.",
    )
    normalize: Normalization = Field(
        default="none",
        description="Of a confusion matrix: counts, or shares of each `true` class, of each "
        "`predicted` class, or of `all` samples.",
    )
    errors_only: bool = Field(
        default=False,
        description="Of a confusion matrix: leave out the diagonal and show, in diverging "
        "colours, which errors are more frequent than if they were spread evenly.",
    )
    title: str | None = Field(
        default=None, max_length=200, description="Stands above the picture. Default: its kind."
    )
    lang: Language = Field(default="en", description="Of the words and the decimal mark.")
    class_names: Annotated[list[str] | None, BeforeValidator(_names)] = Field(
        default=None,
        description="What the classes are called in the picture, in the order of the labels: "
        "separated by commas, or the parameter once for each.",
    )


class PlotQuery(EvaluationQuery, PlotOptions):
    """What may stand in the query of a plot."""

    def split(self) -> tuple[dict[str, Any], PlotOptions]:
        """The options of the evaluation that were given, and those of the picture."""
        given = self.model_dump(exclude_none=True)
        own = {name: given.pop(name) for name in PlotOptions.model_fields if name in given}
        return given, PlotOptions(**own)
