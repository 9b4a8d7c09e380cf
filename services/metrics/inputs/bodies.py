"""A request's body by its content type: which reader takes it."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from services.metrics.faults import InvalidOption
from services.metrics.inputs import json_body, npz
from services.metrics.inputs.fields import escaped, samples_from
from services.metrics.labels import LabelKind
from services.metrics.options import EvaluationOptions
from services.metrics.samples import Samples
from shared.errors import Fault, UnsupportedMediaType

JSON = "application/json"
NPZ = "application/x-npz"
SUPPORTED = (JSON, NPZ)


def read_evaluation(
    body: bytearray, content_type: str, query: Mapping[str, Any], max_bytes: int
) -> tuple[Samples, EvaluationOptions]:
    """The samples and the options of an evaluation.

    Args:
        body: All of the body.
        content_type: As the caller says it, parameters and all.
        query: The options that the caller gave beside the body.
        max_bytes: The most that a body may hold once decompressed.

    Raises:
        UnsupportedMediaType: No reader takes the content type.
        InvalidInput: The body or an option cannot be used.
    """
    match content_type.partition(";")[0].strip().lower():
        case "application/json":
            arrays, options = json_body.read(body)
            json_body.refuse_given_twice(options, query)
            return samples_from(arrays), checked_options({**query, **options})
        case "application/x-npz":
            samples = samples_from(npz.read(body, max_bytes))
            return samples, checked_options(_typed(query, samples.y_true.kind))
        case other:
            raise UnsupportedMediaType(
                f"Received: {other or 'no content type'}; supported: {', '.join(SUPPORTED)}."
            )


def _typed(query: Mapping[str, Any], kind: LabelKind) -> dict[str, Any]:
    """Query parameters, which are all text, with the positive label as what it stands for."""
    text = query.get("positive_label")
    typed = dict(query)
    if isinstance(text, str) and kind is LabelKind.INTEGER and text.lstrip("-").isdecimal():
        typed["positive_label"] = int(text)
    elif kind is LabelKind.BOOLEAN and text in ("true", "false"):
        typed["positive_label"] = text == "true"
    return typed


def checked_options(values: Mapping[str, Any]) -> EvaluationOptions:
    """The options, each checked.

    Raises:
        InvalidOption: One is unknown or has a value that it cannot have.
    """
    try:
        return EvaluationOptions.model_validate(values)
    except ValidationError as error:
        known = ", ".join(EvaluationOptions.model_fields)
        faults = []
        for item in error.errors():
            at = "/".join(["#", *(escaped(str(step)) for step in item["loc"])])
            if item["type"] == "extra_forbidden":
                said = f"No such field. Received: {item['loc'][0]}; options are: {known}."
            else:
                said = f"{item['msg']}. Received: {item['input']!r}."
            faults.append(Fault(at, said))
        detail = faults[0].detail if len(faults) == 1 else f"{len(faults)} options are wrong."
        raise InvalidOption(detail, faults) from error
