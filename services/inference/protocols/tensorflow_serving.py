"""Predict requests and answers of TensorFlow Serving's REST interface.

References:
    TensorFlow Serving, RESTful API, and `util/json_tensor.cc` for the texts of errors.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import orjson
from numpy.typing import NDArray

from services.inference.json_writing import to_json
from services.inference.protocols.float_json import FloatReader, brackets, without_numbers
from services.inference.protocols.json_limits import JsonLimits
from services.inference.protocols.tensors import checked_images, echo, json_type, tensor_of
from services.inference.servables import Probabilities, Signature
from shared.errors import InvalidInput

DEFAULT_SIGNATURE = "serving_default"
Form = Literal["instances", "inputs"]

_MAX_ECHO_BYTES = 256
_NAMED_SIGNATURE = b'"signature_name":"serving_default"'


@dataclass(frozen=True, slots=True)
class PredictRequest:
    """A request as the model takes it.

    Attributes:
        images: float32, shape `(n, *input_shape)`, checked.
        form: Row form (`instances`) or column form (`inputs`); the answer has the same.
    """

    images: NDArray[np.float32]
    form: Form


class PredictReader:
    """Reads predict requests for one signature, the usual ones fast."""

    def __init__(self, signature: Signature, limits: JsonLimits) -> None:
        self._signature = signature
        self._limits = limits
        self._numbers = FloatReader()
        self._example = brackets(signature.input_shape)
        self._size = int(np.prod(signature.input_shape))
        self._frames = _frames(signature.input_name)

    def read(self, body: bytes) -> PredictRequest:
        """The request in a body.

        Raises:
            InvalidInput: In the words of TensorFlow Serving, what is wrong with it.
            PayloadTooLarge: It holds more than the limits allow.
        """
        return self._read_fast(body) or read_predict(body, self._signature, self._limits)

    def _read_fast(self, body: bytes) -> PredictRequest | None:
        left = without_numbers(body)
        for start, end, form, name in self._frames:
            if not (left.startswith(start) and left.endswith(end)):
                continue
            lists = left[len(start) : len(left) - len(end)]
            n = (len(lists) - 1) // (len(self._example) + 1)
            if n < 1 or lists != b"[" + b",".join([self._example] * n) + b"]":
                continue
            self._limits.check_examples(n)
            flat = self._numbers.read(body, lambda doc: _find(doc, form, name))  # noqa: B023  called at once
            if flat is None or flat.size != n * self._size:
                return None
            return PredictRequest(checked_images(flat, self._signature), form)
        return None


def read_predict(body: bytes, signature: Signature, limits: JsonLimits) -> PredictRequest:
    """The request in a body, read with care for what may be wrong with it.

    Raises:
        InvalidInput: In the words of TensorFlow Serving, what is wrong with it.
        PayloadTooLarge: It holds more than the limits allow.
    """
    document = parse_object(body, limits)
    check_signature_name(document)
    if ("instances" in document) == ("inputs" in document):
        raise InvalidInput(
            "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist "
            if "inputs" in document
            else "Missing 'inputs' or 'instances' key"
        )
    if "instances" in document:
        flat, form = _rows(document["instances"], signature), "instances"
    else:
        flat, form = _columns(document["inputs"], signature), "inputs"
    return PredictRequest(checked_images(flat, signature), form)  # type: ignore[arg-type]  # a Form


def write_predictions(outputs: Probabilities, form: Form) -> bytes:
    """The answer, in the form of its request."""
    return to_json({"predictions" if form == "instances" else "outputs": outputs})


def parse_object(body: bytes, limits: JsonLimits) -> dict[str, Any]:
    """The JSON object that a body begins with; what follows it is ignored, as there.

    Raises:
        InvalidInput: It begins with none.
        PayloadTooLarge: It holds more than the limits allow.
    """
    limits.check(body)
    document = _parse(body)
    if not isinstance(document, dict):
        shown = body[:_MAX_ECHO_BYTES].decode("utf-8", "replace")
        raise InvalidInput(f"JSON Value: {shown} Is not object")
    return document


def check_signature_name(document: dict[str, Any]) -> None:
    """Refuse a signature that the model does not have.

    Raises:
        InvalidInput: It has none of that name, or that is no name.
    """
    name = document.get("signature_name", DEFAULT_SIGNATURE)
    if not isinstance(name, str):
        raise InvalidInput("'signature_name' key must be a string value.")
    if name not in {DEFAULT_SIGNATURE, ""}:
        raise InvalidInput(f'Serving signature name: "{name}" not found in signature def')


def _parse(body: bytes) -> Any:
    if not body.strip():
        raise InvalidInput("JSON Parse error: The document is empty")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:  # knows NaN and Infinity, and stops after the first value
        return json.JSONDecoder().raw_decode(body.decode("utf-8").lstrip())[0]
    except json.JSONDecodeError as error:
        raise InvalidInput(f"JSON Parse error: Invalid value. at offset: {error.pos}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"JSON Parse error: Invalid encoding in string. at offset: {error.start}"
        ) from error
    except ValueError as error:  # an integer of thousands of digits, which Python does not read
        raise InvalidInput("JSON Parse error: Number too big to be stored in double.") from error


def _rows(instances: Any, signature: Signature) -> NDArray[np.float32]:
    if not isinstance(instances, list):
        raise InvalidInput("Expecting 'instances' to be an list/array")
    if not instances:
        raise InvalidInput("No values in 'instances' array")
    images = np.empty((len(instances), *signature.input_shape), np.float32)
    for index, element in enumerate(instances):
        try:
            images[index] = tensor_of(_named(element, signature), signature.input_shape)
        except InvalidInput as error:
            raise InvalidInput(
                f"Failed to process element: {index} of 'instances' list. "
                f"Error: INVALID_ARGUMENT: {error.detail}"
            ) from error
    return images


def _named(element: Any, signature: Signature) -> Any:
    """The value of the input in an element that may name it."""
    if not isinstance(element, dict):
        return element
    if signature.input_name not in element:
        raise InvalidInput(
            f"JSON Value: {echo(element)} does not have the named input: {signature.input_name}"
        )
    if len(element) > 1:
        extra = sorted(set(element) - {signature.input_name})
        raise InvalidInput(f"Unexpected named inputs: {', '.join(map(repr, extra))}")
    return element[signature.input_name]


def _columns(inputs: Any, signature: Signature) -> NDArray[np.float32]:
    if isinstance(inputs, dict) and signature.input_name not in inputs:
        raise InvalidInput(f"Missing named input: {signature.input_name} in 'inputs' object.")
    value = _named(inputs, signature)
    if not isinstance(value, list):
        raise InvalidInput(
            f"JSON Value: {echo(value)} Type: {json_type(value)} is not of expected type: list"
        )
    if not value:
        raise InvalidInput(f"No values in input {signature.input_name}")
    return tensor_of(value, (len(value), *signature.input_shape))


def _frames(input_name: str) -> list[tuple[bytes, bytes, Form, str]]:
    """What stands before and after the lists in the usual requests, without numbers."""
    frames: list[tuple[bytes, bytes, Form, str]] = []
    named = b'"inputs":{"' + input_name.encode() + b'":'
    keys: list[tuple[bytes, bytes, Form, str]] = [
        (b'"instances":', b"", "instances", ""),
        (b'"inputs":', b"", "inputs", ""),
        (named, b"}", "inputs", input_name),
    ]
    for key, closing, form, name in keys:
        for start, end in (
            (b"{" + key, closing + b"}"),
            (b"{" + _NAMED_SIGNATURE + b"," + key, closing + b"}"),
            (b"{" + key, closing + b"," + _NAMED_SIGNATURE + b"}"),
        ):
            frames.append((without_numbers(start), without_numbers(end), form, name))
    return frames


def _find(document: Any, form: Form, name: str) -> Any:
    """The array in a parsed document, once its names were seen to be right.

    They may differ from those of the frame in what belongs to numbers: digits, dots, `e`.
    """
    if document.get("signature_name", DEFAULT_SIGNATURE) != DEFAULT_SIGNATURE:
        raise KeyError("signature_name")
    return document[form][name] if name else document[form]


def read_examples(body: bytes, input_name: str, limits: JsonLimits) -> list[Any]:
    """The input feature of each example of a classify request.

    Raises:
        InvalidInput: There are no examples, or one lacks the feature.
        PayloadTooLarge: The document holds more than the limits allow.
    """
    document = parse_object(body, limits)
    check_signature_name(document)
    context = document.get("context", {})
    examples = document.get("examples")
    if not isinstance(context, dict):
        raise InvalidInput("'context' must be an object of features")
    if not isinstance(examples, list) or not examples:
        raise InvalidInput("Expecting 'examples' to be a non-empty list of objects of features")
    features = []
    for index, example in enumerate(examples):
        if not isinstance(example, dict) or input_name not in {**context, **example}:
            raise InvalidInput(
                f"Example {index} has no feature {input_name!r}. Received: {echo(example)}"
            )
        features.append({**context, **example}[input_name])
    return features


def write_classes(outputs: Probabilities, class_names: tuple[str, ...]) -> bytes:
    """The answer to a classify request: for each example, label and score in class order."""
    return to_json({"results": [list(zip(class_names, scores, strict=True)) for scores in outputs]})
