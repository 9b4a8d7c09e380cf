"""Arrow streams and files, and Parquet."""

import io
from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from services.metrics import labels as label_arrays
from services.metrics.faults import InvalidLabels, InvalidNumbers, UnreadableBody, one_fault
from services.metrics.inputs.encodings import Hold, uncounted
from services.metrics.inputs.fields import escaped
from services.metrics.labels import LabelArray, LabelKind
from shared.errors import PayloadTooLarge, Saturated

PARQUET_MAGIC = b"PAR1"


class ArrowTable:
    """The columns of an Arrow or Parquet body.

    Args:
        body: The bytes.
        form: `stream` (IPC stream), `file` (IPC file) or `parquet`.
        max_bytes: The most that the columns may hold once read.
        hold: Told of what they hold.

    Raises:
        UnreadableBody: The bytes are not of that form, or were cut short.
        PayloadTooLarge: They become more than `max_bytes`.
    """

    def __init__(
        self, body: bytes | bytearray, form: str, max_bytes: int, hold: Hold = uncounted
    ) -> None:
        from arro3 import io as arrow_io  # noqa: PLC0415  loaded when a body needs it

        readers = {
            "stream": arrow_io.read_ipc_stream,
            "file": arrow_io.read_ipc,
            "parquet": arrow_io.read_parquet,
        }
        if form == "parquet" and not (body[:4] == body[-4:] == PARQUET_MAGIC):
            detail = f"The body is no Parquet, or was cut short. Received: {len(body)} bytes."
            raise one_fault(UnreadableBody, "#", detail)
        try:
            batches = _bounded(readers[form](io.BytesIO(body)), max_bytes, hold)
        except (PayloadTooLarge, Saturated):
            raise
        except BaseException as error:  # the library raises bare exceptions, and panics
            if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
                raise
            detail = f"The body is no Arrow {form}, or was cut short. Received: {error}."
            raise one_fault(UnreadableBody, "#", detail) from error
        if not batches:
            raise one_fault(UnreadableBody, "#", "At least one row is needed. Received: none.")
        self._batches = batches

    @property
    def names(self) -> Sequence[str]:
        """The columns there are."""
        return list(self._batches[0].column_names)

    def labels(self, name: str) -> LabelArray:
        """A column as labels.

        Raises:
            InvalidLabels: It has nulls, or holds neither integers, strings nor booleans.
        """
        parts = [self._labels(batch.column(name), name) for batch in self._batches]
        return parts[0] if len(parts) == 1 else _joined(parts)

    def numbers(self, name: str) -> NDArray[Any]:
        """A column as numbers; a column of lists as rows.

        Raises:
            InvalidNumbers: It has nulls, or holds no numbers.
        """
        parts = []
        for batch in self._batches:
            array = batch.column(name)
            if array.null_count:
                detail = f"Numbers may not be missing. Received: {array.null_count} nulls."
                raise one_fault(InvalidNumbers, f"#/{escaped(name)}", detail)
            parts.append(_numbers(array, name))
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    @staticmethod
    def _labels(array: Any, name: str) -> LabelArray:
        from arro3.core import DataType  # noqa: PLC0415  as above

        pointer = f"#/{escaped(name)}"
        if array.null_count:
            detail = f"Labels may not be missing. Received: {array.null_count} nulls."
            raise one_fault(InvalidLabels, pointer, detail)
        if DataType.is_dictionary(array.type):
            return _dictionary_labels(array, pointer)
        if DataType.is_string(array.type) or DataType.is_large_string(array.type):
            as_dictionary = DataType.dictionary(DataType.int32(), array.type)
            return _dictionary_labels(array.cast(as_dictionary), pointer)
        if DataType.is_integer(array.type) or DataType.is_boolean(array.type):
            return label_arrays.from_array(array.to_numpy(), pointer)
        detail = f"Labels are integers, strings or booleans. Received: {array.type}."
        raise one_fault(InvalidLabels, pointer, detail)


def _bounded(reader: Iterable[Any], max_bytes: int, hold: Hold) -> list[Any]:
    batches, held = [], 0
    for batch in reader:
        hold(batch.nbytes)
        batches.append(batch)
        held += batch.nbytes
        if held > max_bytes:
            detail = f"The columns may hold {max_bytes} bytes. Received: more."
            raise PayloadTooLarge(detail, limit=max_bytes)
    return batches


def _dictionary_labels(array: Any, pointer: str) -> LabelArray:
    from arro3.core import dictionary_dictionary, dictionary_indices  # noqa: PLC0415  as above

    names = dictionary_dictionary(array).to_pylist()
    values = label_arrays.from_values(names, pointer)
    codes = dictionary_indices(array).to_numpy()
    return LabelArray(values.kind, values.codes[codes], values.categories)


def _numbers(array: Any, name: str) -> NDArray[Any]:
    from arro3.core import DataType, list_flatten  # noqa: PLC0415  as above

    pointer, types = f"#/{escaped(name)}", cast("Any", DataType)  # its stubs narrow too far
    if types.is_list(array.type) or types.is_fixed_size_list(array.type):
        flat = list_flatten(array)
        values = _numbers(flat, name)
        width = len(values) // max(len(array), 1)
        rows = array.to_pylist() if types.is_list(array.type) else ()
        if len(values) != width * len(array) or any(len(row) != width for row in rows):
            detail = "Every row must have as many scores. Received: rows of several lengths."
            raise one_fault(InvalidNumbers, pointer, detail)
        return values.reshape(len(array), width)
    if not types.is_numeric(array.type):
        raise one_fault(InvalidNumbers, pointer, f"Numbers are expected. Received: {array.type}.")
    return np.asarray(array.to_numpy())


def _joined(parts: Sequence[LabelArray]) -> LabelArray:
    """One array from several of the same kind."""
    if parts[0].kind is not LabelKind.STRING:
        return LabelArray(parts[0].kind, np.concatenate([part.codes for part in parts]))
    names = tuple(dict.fromkeys(name for part in parts for name in part.categories))
    position = {name: code for code, name in enumerate(names)}
    codes = [
        np.array([position[name] for name in part.categories], np.intp)[part.codes]
        for part in parts
    ]
    return LabelArray(LabelKind.STRING, np.concatenate(codes), names)
