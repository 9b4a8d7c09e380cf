"""From a body and a query to what the core works on."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from services.metrics import labels as label_arrays
from services.metrics.comparison import Contest
from services.metrics.faults import InvalidLabels, one_fault, shown
from services.metrics.inputs.bodies import JSON, Body, Reading, read
from services.metrics.inputs.fields import (
    COMPARE,
    EVALUATE,
    MULTILABEL,
    Column,
    Fields,
    contest_from,
    escaped,
    evaluated_from,
    multilabel_from,
)
from services.metrics.labels import LabelArray, LabelKind
from services.metrics.multilabel import MultilabelSamples
from services.metrics.options.checks import checked, split_at_commas
from services.metrics.options.columns import TableColumns
from services.metrics.options.comparison import ComparisonOptions
from services.metrics.options.evaluation import EvaluationOptions
from services.metrics.options.multilabel import MultilabelOptions
from services.metrics.ready_matrix import ReadyMatrix
from services.metrics.samples import Samples
from shared.errors import InvalidInput

TRUTHS = {"true": True, "false": False}


def read_evaluation(
    body: Body, query: Mapping[str, Any], max_bytes: int
) -> tuple[Samples | ReadyMatrix, EvaluationOptions]:
    """The samples, or their confusion matrix, and the options of an evaluation.

    Args:
        body: What the caller sent.
        query: What the caller said beside it.
        max_bytes: The most that a body may hold once decompressed.

    Raises:
        UnsupportedMediaType: No reader takes the content type.
        InvalidInput: The body or an option cannot be used.
    """
    arrays, options = _read(body, query, EVALUATE, max_bytes)
    samples = evaluated_from(arrays)
    kind = (samples.labels if isinstance(samples, ReadyMatrix) else samples.y_true).kind
    _type_ignored(options, kind, body, query)
    if "positive_label" in options:
        options["positive_label"] = _positive(options["positive_label"], kind, body)
    return samples, checked(EvaluationOptions, options)


def read_comparison(
    body: Body, query: Mapping[str, Any], max_bytes: int
) -> tuple[Contest, ComparisonOptions]:
    """The models and the options of a comparison; the arguments are those of an evaluation."""
    arrays, options = _read(body, query, COMPARE, max_bytes)
    contest = contest_from(arrays)
    _type_ignored(options, contest.y_true.kind, body, query)
    return contest, checked(ComparisonOptions, options)


def read_multilabel(
    body: Body, query: Mapping[str, Any], max_bytes: int
) -> tuple[MultilabelSamples, MultilabelOptions]:
    """The samples and the options; the arguments are those of an evaluation."""
    arrays, options = _read(body, query, MULTILABEL, max_bytes)
    return multilabel_from(arrays), checked(MultilabelOptions, options)


def _read(
    body: Body, query: Mapping[str, Any], wanted: Fields, max_bytes: int
) -> tuple[dict[str, Column], dict[str, Any]]:
    beside = dict(query)
    given = {name: beside.pop(name) for name in TableColumns.model_fields if name in beside}
    columns = checked(TableColumns, given).places()
    arrays, options = read(body, Reading(wanted, columns, max_bytes, body.hold))
    for name in options.keys() & beside.keys():
        detail = f"The option stands in the body and in the query. Received: {name} twice."
        raise one_fault(InvalidInput, f"#/{escaped(name)}", detail)
    options |= beside
    if (texts := options.pop("labels", None)) is not None:
        arrays["labels"] = _labels(texts, arrays)
    return arrays, options


def _labels(texts: Any, arrays: dict[str, Column]) -> LabelArray:
    """Classes that came as text, as what the true labels are."""
    if "labels" in arrays:
        detail = "The labels stand in the body and in the query. Received: labels twice."
        raise one_fault(InvalidInput, "#/labels", detail)
    names = texts.split(",") if isinstance(texts, str) else list(texts)
    truth = arrays.get("y_true")
    if isinstance(truth, np.ndarray):
        truth = label_arrays.from_array(truth, "#/y_true")
    kind = LabelKind.STRING if truth is None else truth.kind
    values = [_typed(name.strip(), kind) for name in names]
    return label_arrays.from_values(values, "#/labels")


def _type_ignored(
    options: dict[str, Any], kind: LabelKind, body: Body, query: Mapping[str, Any]
) -> None:
    """Make ignored labels that came as text what the true labels are."""
    if "ignore" in options and ("ignore" in query or not _is_json(body)):
        texts = split_at_commas(options["ignore"])
        options["ignore"] = [_typed(text, kind, "#/ignore") for text in texts]


def _is_json(body: Body) -> bool:
    return body.content_type.partition(";")[0].strip().lower() == JSON


def _typed(text: str, kind: LabelKind, pointer: str = "#/labels") -> Any:
    if kind is LabelKind.STRING:
        return text
    if kind is LabelKind.BOOLEAN and text.lower() in TRUTHS:
        return TRUTHS[text.lower()]
    if kind is LabelKind.INTEGER and text.removeprefix("-").isdecimal():
        return int(text)
    detail = f"The true labels are {kind} labels. Received: {shown(text)}."
    raise one_fault(InvalidLabels, pointer, detail)


def _positive(value: Any, kind: LabelKind, body: Body) -> Any:
    """The positive label; outside JSON it is text and stands for what the labels are."""
    if _is_json(body) or not isinstance(value, str):
        return value
    typed = value.removeprefix("-").isdecimal() or value.lower() in TRUTHS
    return _typed(value, kind) if kind is LabelKind.STRING or typed else value
