"""Triton's own client as judge of the Open Inference Protocol, TensorFlow's protobufs of `/v1`.

The client has no wheels but for Linux on x86-64; elsewhere its tests are skipped.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.model_store import ModelStore
from tests.integration.test_inference_serving import get, golden, served

MODEL = "digits-cnn"


@pytest.fixture(scope="module")
def url(trained_store: ModelStore) -> Iterator[str]:
    """The address of the service."""
    with served(trained_store.root) as (address, _):
        yield address


@pytest.fixture(scope="module")
def client(url: str) -> Any:
    """A client of Triton, connected to the service."""
    return triton().InferenceServerClient(url.removeprefix("http://"), concurrency=4)


def test_status_and_metadata_parse_as_tensorflow_s_protobufs(url: str) -> None:
    json_format = pytest.importorskip("google.protobuf.json_format")
    meta_graph = pytest.importorskip("tensorflow.core.protobuf.meta_graph_pb2")
    metadata = get(f"{url}/v1/models/{MODEL}/metadata")[1]["metadata"]
    (definition,) = metadata["signature_def"]["signature_def"].values()
    parsed = json_format.ParseDict(definition, meta_graph.SignatureDef())
    assert parsed.inputs["image"].tensor_shape.dim[0].size == -1
    assert parsed.method_name == "tensorflow/serving/predict"


def tensor(images: NDArray[np.float32], *, binary: bool = True) -> Any:
    described = triton().InferInput("image", list(images.shape), "FP32")
    described.set_data_from_numpy(images, binary_data=binary)
    return described


def triton() -> Any:
    return pytest.importorskip("tritonclient.http")


def test_tritonclient_reads_health_metadata_and_statistics(
    client: Any, trained_store: ModelStore
) -> None:
    images, _ = golden(trained_store.root, MODEL)
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready(MODEL, "1")
    assert not client.is_model_ready("nope")
    assert client.get_server_metadata()["name"] == "gabarito"
    assert client.get_model_metadata(MODEL)["versions"] == ["1"]
    assert client.get_model_config(MODEL)["max_batch_size"] > 0
    assert len(client.get_model_repository_index()) == 2
    client.infer(MODEL, [tensor(images)])
    assert client.get_inference_statistics(MODEL)["model_stats"][0]["inference_count"] > 0


@pytest.mark.parametrize("packing", [None, "gzip", "deflate"])
@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False])
def test_tritonclient_infers_in_every_encoding(
    client: Any,
    trained_store: ModelStore,
    packing: str | None,
    *,
    binary_in: bool,
    binary_out: bool,
) -> None:
    images, expected = golden(trained_store.root, MODEL)
    answer = client.infer(
        MODEL,
        [tensor(images, binary=binary_in)],
        outputs=[triton().InferRequestedOutput("probabilities", binary_data=binary_out)],
        request_id="mine",
        request_compression_algorithm=packing,
        response_compression_algorithm=packing,
    )
    np.testing.assert_allclose(answer.as_numpy("probabilities"), expected, atol=1e-5)
    assert answer.get_response()["id"] == "mine"


def test_tritonclient_classifies_waits_unloads_and_loads(
    client: Any, trained_store: ModelStore
) -> None:
    images, expected = golden(trained_store.root, MODEL)
    utils = pytest.importorskip("tritonclient.utils")
    classes = triton().InferRequestedOutput("probabilities", class_count=1)
    named = client.infer(MODEL, [tensor(images[:3])], outputs=[classes]).as_numpy("probabilities")
    assert [int(text[0].split(b":")[1]) for text in named] == expected[:3].argmax(1).tolist()
    waiting = [client.async_infer(MODEL, [tensor(images[:n])]) for n in (1, 2, 3)]
    shapes = [request.get_result().as_numpy("probabilities").shape[0] for request in waiting]
    assert shapes == [1, 2, 3]
    client.unload_model(MODEL)
    with pytest.raises(utils.InferenceServerException):
        client.infer(MODEL, [tensor(images[:1])])
    client.load_model(MODEL)
    client.infer(MODEL, [tensor(images[:1])])
    with pytest.raises(utils.InferenceServerException, match="404"):
        client.infer("nope", [tensor(images[:1])])
