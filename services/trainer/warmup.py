"""The warm-up request that TensorFlow Serving runs when it loads a version.

The messages are three of TensorFlow Serving's protocol buffers around a tensor that
TensorFlow itself writes; they are put together here field by field, because the package
that holds them would be installed for this one record.

References:
    tensorflow_serving/apis/prediction_log.proto, predict.proto, model.proto;
    Protocol Buffers encoding, https://protobuf.dev/programming-guides/encoding/.
"""

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

_LENGTH_DELIMITED = 2


def warmup_record(model: str, images: NDArray[np.float32]) -> bytes:
    """A serialized `PredictionLog` that asks `model` for the probabilities of `images`."""
    tensor = tf.make_tensor_proto(images).SerializeToString()
    spec = _field(1, model.encode()) + _field(3, b"serving_default")  # ModelSpec
    entry = _field(1, b"image") + _field(2, tensor)  # one entry of the map of inputs
    request = _field(1, spec) + _field(2, entry)  # PredictRequest
    return _field(6, _field(1, request))  # PredictionLog.predict_log.request


def _field(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
    groups = []
    while True:
        value, group = value >> 7, value & 0x7F
        groups.append(group | (0x80 if value else 0))
        if not value:
            return bytes(groups)
