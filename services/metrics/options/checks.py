"""The check of what a caller chose."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
)

from services.metrics.faults import InvalidOption, shown
from shared.errors import Fault

Options = TypeVar("Options", bound=BaseModel)


def checked(model: type[Options], values: Mapping[str, Any]) -> Options:
    """Options, each checked.

    Raises:
        InvalidOption: One is unknown or has a value that it cannot have.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = []
        for item in error.errors():
            at = "/".join(["#", *(_escaped(str(step)) for step in item["loc"])])
            if item["type"] == "extra_forbidden":
                known = ", ".join(model.model_fields)
                said = f"No such field. Received: {item['loc'][0]}; options are: {known}."
            else:
                said = f"{item['msg']}. Received: {shown(item['input'])}."
            faults.append(Fault(at, said))
        detail = faults[0].detail if len(faults) == 1 else f"{len(faults)} options are wrong."
        raise InvalidOption(detail, faults) from error


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def split_at_commas(value: object) -> list[Any]:
    """Parts separated by commas, as a query parameter gives them, as a list."""
    parts = value if isinstance(value, list) else [value]
    return [
        name
        for part in parts
        for name in (map(str.strip, part.split(",")) if isinstance(part, str) else [part])
    ]


Adjustment = Literal["holm", "hochberg", "bonferroni", "benjamini_hochberg", "benjamini_yekutieli"]
Ignored = Annotated[
    list[StrictInt | StrictBool | StrictStr], Field(min_length=1), BeforeValidator(split_at_commas)
]
