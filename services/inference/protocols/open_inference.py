"""Requests of the Open Inference Protocol, with its binary tensor extension.

References:
    KServe, Open Inference Protocol (V2), REST; Triton Inference Server, extensions "binary
    tensor data" and "classification", whose texts of errors are used.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from services.inference.protocols.float_json import FloatReader, brackets, without_numbers
from services.inference.protocols.json_limits import JsonLimits
from services.inference.protocols.tensors import Shape, checked_images, echo, tensor_of
from services.inference.servables import Signature
from shared.errors import InvalidInput

DATATYPE = "FP32"
_ITEM_BYTES = 4
_DATA_KEY = b'"data":'
_BRACKETS = re.compile(rb"[\[\],]*")


@dataclass(frozen=True, slots=True)
class RequestedOutput:
    """How an output is to be written.

    Attributes:
        binary: As bytes after the JSON document, not in it.
        n_classes: Instead of all values, this many of the largest with their classes; 0 for all.
    """

    name: str
    binary: bool = False
    n_classes: int = 0


@dataclass(frozen=True, slots=True)
class InferRequest:
    """A request as the model takes it.

    Attributes:
        images: float32, shape `(n, *input_shape)`, checked.
    """

    images: NDArray[np.float32]
    outputs: tuple[RequestedOutput, ...]
    id: str = ""


@dataclass(slots=True)
class _Input:
    """The members of one input tensor."""

    name: str
    shape: Shape
    parameters: dict[str, Any] = field(default_factory=dict)


class InferReader:
    """Reads infer requests for one model and signature."""

    def __init__(self, model: str, signature: Signature, limits: JsonLimits) -> None:
        self._model = model
        self._signature = signature
        self._limits = limits
        self._example = brackets(signature.input_shape)
        self._numbers = FloatReader()

    def read(self, body: bytes, json_bytes: int | None = None) -> InferRequest:
        """The request in a body.

        Args:
            body: The JSON document, and after it the binary tensors, if any.
            json_bytes: Length of the JSON document, if tensors follow it.

        Raises:
            InvalidInput: What is wrong with it.
            PayloadTooLarge: It holds more than the limits allow.
        """
        if json_bytes == 0:  # nothing but the tensor itself
            return self._read_raw(body)
        if json_bytes is None:
            return self._read_fast(body) or self._read(body, b"")
        if json_bytes > len(body):
            raise InvalidInput(
                f"Inference-Header-Content-Length is {json_bytes}, and the body has {len(body)} "
                "bytes"
            )
        return self._read(body[:json_bytes], body[json_bytes:])

    def _read_raw(self, body: bytes) -> InferRequest:
        example_bytes = _ITEM_BYTES * int(np.prod(self._signature.input_shape))
        if not body or len(body) % example_bytes:
            raise InvalidInput(
                f"A raw binary request holds {example_bytes} bytes for each example of "
                f"'{self._signature.input_name}'. Received: {len(body)} bytes"
            )
        outputs = (RequestedOutput(self._signature.output_name, binary=True),)
        return InferRequest(self._binary(body), outputs)

    def _read_fast(self, body: bytes) -> InferRequest | None:
        """The request, if its one tensor stands in it as plain lists of numbers."""
        left = without_numbers(body)
        at = left.find(_DATA_KEY)
        if at < 0 or left.find(_DATA_KEY, at + 1) >= 0:
            return None
        found = _BRACKETS.match(left, at + len(_DATA_KEY))
        lists = found.group().rstrip(b",") if found else b""
        n = self._examples_in(lists)
        if n is None:
            return None  # other lists than these: the slow way says what is wrong
        self._limits.check_examples(n)
        self._limits.check(left[:at] + left[at + len(_DATA_KEY) + len(lists) :])
        document: dict[str, Any] = {}

        def find(parsed: Any) -> Any:
            tensor = parsed["inputs"][0]
            document.update(_without_data(parsed))
            return tensor["data"]

        flat = self._numbers.read(body, find)
        if flat is None:
            return None
        tensor = self._input(document)
        self._check_count(tensor, flat.size)
        return self._request(document, checked_images(flat, self._signature))

    def _examples_in(self, lists: bytes) -> int | None:
        """How many examples these are the brackets of, nested or as one flat list."""
        n = (len(lists) - 1) // (len(self._example) + 1)
        if n > 0 and lists == b"[" + b",".join([self._example] * n) + b"]":
            return n
        size = int(np.prod(self._signature.input_shape))
        n, rest = divmod(len(lists) - 1, size)
        return n if n > 0 and not rest and lists == b"[" + b"," * (len(lists) - 2) + b"]" else None

    def _read(self, head: bytes, tail: bytes) -> InferRequest:
        self._limits.check(head)
        try:
            document = orjson.loads(head)
        except orjson.JSONDecodeError as error:
            raise InvalidInput(f"failed to parse the request JSON buffer: {error}") from error
        if not isinstance(document, dict):
            raise InvalidInput("failed to parse the request JSON buffer: it is no object")
        tensor = self._input(document)
        if "binary_data_size" in tensor.parameters:
            images = self._from_tail(tensor, tail)
        elif tail:
            raise InvalidInput(
                f"unexpected additional input data for model '{self._model}': {len(tail)} bytes "
                "follow the JSON document, and no input has 'binary_data_size'"
            )
        else:
            images = self._from_lists(tensor, document["inputs"][0].get("data"))
        return self._request(document, images)

    def _input(self, document: dict[str, Any]) -> _Input:
        """The one input tensor of a request, its values left aside."""
        inputs = document.get("inputs")
        if not isinstance(inputs, list) or not all(isinstance(item, dict) for item in inputs):
            raise InvalidInput("Unable to parse 'inputs': attempt to access non-existing array")
        if len(inputs) != 1:
            raise InvalidInput(
                f"expected 1 inputs but got {len(inputs)} inputs for model '{self._model}'"
            )
        name, datatype, shape = (inputs[0].get(key) for key in ("name", "datatype", "shape"))
        if name != self._signature.input_name:
            raise InvalidInput(
                f"unexpected inference input {echo(name)} for model '{self._model}'; "
                f"it takes '{self._signature.input_name}'"
            )
        if datatype != DATATYPE:
            raise InvalidInput(
                f"inference input '{name}' data-type is {echo(datatype)}, but model "
                f"'{self._model}' expects '{DATATYPE}'"
            )
        self._check_shape(shape)
        parameters = _parameters(inputs[0])
        if "shared_memory_region" in parameters:
            raise InvalidInput("shared memory is not offered here; send the tensor itself")
        return _Input(name, tuple(shape), parameters)

    def _check_shape(self, shape: Any) -> None:
        inner = self._signature.input_shape
        fits = (
            isinstance(shape, list)
            and all(isinstance(size, int) and not isinstance(size, bool) for size in shape)
            and tuple(shape[1:]) == inner
            and shape[0] >= 1
        )
        if not fits:
            expected = ",".join(map(str, (-1, *inner)))
            raise InvalidInput(
                f"unexpected shape for input '{self._signature.input_name}' for model "
                f"'{self._model}'. Expected [{expected}], got {echo(shape)}"
            )

    def _check_count(self, tensor: _Input, received: int) -> None:
        expected = int(np.prod(tensor.shape, dtype=object))  # no shape overflows a Python integer
        if received != expected:
            raise InvalidInput(
                f"input '{tensor.name}' has shape {list(tensor.shape)}, that is {expected} values. "
                f"Received: {received}"
            )

    def _from_lists(self, tensor: _Input, data: Any) -> NDArray[np.float32]:
        if not isinstance(data, list):
            raise InvalidInput(f"input '{tensor.name}' has no 'data'. Received: {echo(data)}")
        if data and not isinstance(data[0], list):
            self._check_count(tensor, len(data))
            return checked_images(tensor_of(data, (len(data),)), self._signature)
        return checked_images(tensor_of(data, tensor.shape), self._signature)

    def _from_tail(self, tensor: _Input, tail: bytes) -> NDArray[np.float32]:
        size = tensor.parameters["binary_data_size"]
        if size != len(tail):
            raise InvalidInput(
                f"input '{tensor.name}' says 'binary_data_size' {echo(size)}. "
                f"Received: {len(tail)} bytes after the JSON document"
            )
        if len(tail) % _ITEM_BYTES:
            raise InvalidInput(f"{len(tail)} bytes are no whole number of {DATATYPE} values")
        self._check_count(tensor, len(tail) // _ITEM_BYTES)
        return self._binary(tail)

    def _binary(self, data: bytes) -> NDArray[np.float32]:
        values = np.frombuffer(data, "<f4").astype(np.float32, copy=False)
        return checked_images(values, self._signature)

    def _request(self, document: dict[str, Any], images: NDArray[np.float32]) -> InferRequest:
        request_id = document.get("id")
        if request_id is not None and not isinstance(request_id, str):
            raise InvalidInput(f"'id' must be a string. Received: {echo(request_id)}")
        binary = _flag(_parameters(document), "binary_data_output", default=False)
        outputs = document.get("outputs")
        if not outputs:
            return InferRequest(
                images,
                (RequestedOutput(self._signature.output_name, binary),),
                request_id or "",
            )
        if not isinstance(outputs, list) or not all(isinstance(item, dict) for item in outputs):
            raise InvalidInput(f"'outputs' must be a list of objects. Received: {echo(outputs)}")
        return InferRequest(
            images, tuple(self._output(item, binary) for item in outputs), request_id or ""
        )

    def _output(self, item: dict[str, Any], binary: bool) -> RequestedOutput:
        name = item.get("name")
        if name != self._signature.output_name:
            raise InvalidInput(
                f"unexpected inference output {echo(name)} for model '{self._model}'; "
                f"it gives '{self._signature.output_name}'"
            )
        parameters = _parameters(item)
        if "shared_memory_region" in parameters:
            raise InvalidInput("shared memory is not offered here")
        n_classes = parameters.get("classification", 0)
        if isinstance(n_classes, bool) or not isinstance(n_classes, int) or n_classes < 0:
            raise InvalidInput(f"'classification' must be a number. Received: {echo(n_classes)}")
        return RequestedOutput(name, _flag(parameters, "binary_data", default=binary), n_classes)


def _without_data(parsed: Any) -> dict[str, Any]:
    """A parsed document as Python objects, the values of its tensors left out."""
    document = {key: _plain(parsed[key]) for key in parsed if key != "inputs"}
    document["inputs"] = [
        {key: _plain(item[key]) for key in item if key != "data"} for item in parsed["inputs"]
    ]
    return document


def _plain(value: Any) -> Any:
    for convert in ("as_dict", "as_list"):
        if hasattr(value, convert):
            return getattr(value, convert)()
    return value


def _parameters(item: dict[str, Any]) -> dict[str, Any]:
    parameters = item.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise InvalidInput(f"'parameters' must be an object. Received: {echo(parameters)}")
    return parameters


def _flag(parameters: dict[str, Any], name: str, *, default: bool) -> bool:
    value = parameters.get(name, default)
    if not isinstance(value, bool):
        raise InvalidInput(f"'{name}' must be true or false. Received: {echo(value)}")
    return value
