"""The Open Inference Protocol: reading, writing, and the service over HTTP."""

import gzip
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from services.inference.main import create_app
from services.inference.protocols.json_limits import JsonLimits
from services.inference.protocols.open_inference import InferReader
from services.inference.servables import Signature
from services.inference.settings import Settings
from shared.errors import InvalidInput
from tests.support import assert_problem
from tests.unit.inference.fakes import FakeVolume, wait_until

SHAPE = (2, 3, 1)
SIGNATURE = Signature("image", SHAPE, "probabilities", (10,), in_unit_range=True)
VALUES = np.linspace(0, 1, 12, dtype=np.float32).reshape(2, *SHAPE)
IMAGES = np.full((2, 28, 28, 1), 0.7, np.float32)
INFER = "/v2/models/mnist-cnn/infer"


def reader() -> InferReader:
    return InferReader("m", SIGNATURE, JsonLimits())


def tensor(**changes: Any) -> dict[str, Any]:
    described = {"name": "image", "shape": [2, *SHAPE], "datatype": "FP32"}
    return {**described, "data": VALUES.ravel().tolist(), **changes}


def body(*inputs: dict[str, Any], **members: Any) -> bytes:
    return json.dumps({"inputs": list(inputs) or [tensor()], **members}).encode()


@pytest.mark.parametrize(
    "sent",
    [
        body(),
        body(tensor(data=VALUES.tolist())),
        body(id="7", parameters={"x": 1}),
        (
            b'{"id":"7","inputs":[{"data":[0,0,0,0,0,1],"datatype":"FP32","name":"image",'
            b'"shape":[1,2,3,1]}]}'
        ),
    ],
)
def test_the_usual_requests_are_read_fast_and_alike(sent: bytes) -> None:
    fast, slow = reader()._read_fast(sent), reader()._read(sent, b"")
    assert fast is not None
    assert (fast.id, fast.outputs) == (slow.id, slow.outputs)
    np.testing.assert_array_equal(fast.images, slow.images)


def test_a_binary_tensor_follows_the_document() -> None:
    head = json.dumps(
        {
            "inputs": [
                {
                    "name": "image",
                    "shape": [2, *SHAPE],
                    "datatype": "FP32",
                    "parameters": {"binary_data_size": VALUES.nbytes},
                }
            ]
        }
    ).encode()
    request = reader().read(head + VALUES.tobytes(), len(head))
    np.testing.assert_array_equal(request.images, VALUES)
    with pytest.raises(InvalidInput, match="binary_data_size"):
        reader().read(head + VALUES.tobytes()[:-4], len(head))
    with pytest.raises(InvalidInput, match="Inference-Header-Content-Length"):
        reader().read(head, len(head) + 1)


def test_a_raw_binary_request_is_the_tensor_alone() -> None:
    request = reader().read(VALUES.tobytes(), 0)
    np.testing.assert_array_equal(request.images, VALUES)
    assert request.outputs[0].binary
    with pytest.raises(InvalidInput, match="24 bytes for each example"):
        reader().read(VALUES.tobytes()[:-1], 0)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", "failed to parse"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" * 20, "failed to parse"),
        (b"[]", "no object"),
        (b"{}", "Unable to parse 'inputs'"),
        (b'{"inputs": 3}', "Unable to parse 'inputs'"),
        (b'{"inputs": []}', "expected 1 inputs but got 0"),
        (body(tensor(), tensor()), "expected 1 inputs but got 2"),
        (body(tensor(name="x")), 'unexpected inference input "x"'),
        (body(tensor(datatype="FP64")), 'data-type is "FP64"'),
        (body(tensor(shape=[2, 3, 2, 1])), r"Expected \[-1,2,3,1\]"),
        (body(tensor(shape=[0, *SHAPE])), "unexpected shape"),
        (body(tensor(shape=[-1, *SHAPE])), "unexpected shape"),
        (body(tensor(shape=[True, *SHAPE])), "unexpected shape"),
        (body(tensor(shape="x")), "unexpected shape"),
        (body(tensor(shape=[10**15, *SHAPE])), "Received: 12"),
        (body(tensor(data=[0.5] * 11)), "Received: 11"),
        (body(tensor(data=[0.5] * 11 + ["x"])), "String is not of expected type: float"),
        (body(tensor(data=[0.5] * 11 + [None])), "Null"),
        (body(tensor(data=[0.5] * 11 + [2])), r"\[0, 1\]"),
        (body(tensor(data=None)), "has no 'data'"),
        (body(tensor(data=[VALUES[0].tolist(), [[[0]] * 4, [[0]] * 2]])), "Encountered list"),
        (body(tensor(parameters={"shared_memory_region": "x"})), "shared memory"),
        (body(tensor(parameters=3)), "'parameters' must be an object"),
        (body(id=3), "'id' must be a string"),
        (body(outputs=[{"name": "x"}]), 'unexpected inference output "x"'),
        (body(outputs=3), "'outputs' must be a list"),
        (
            body(outputs=[{"name": "probabilities", "parameters": {"classification": "x"}}]),
            "'classification' must be a number",
        ),
        (
            body(outputs=[{"name": "probabilities", "parameters": {"binary_data": 1}}]),
            "'binary_data' must be true or false",
        ),
    ],
)
def test_what_is_wrong_is_said(sent: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        reader().read(sent)


def infer(client: TestClient, headers: dict[str, str] | None = None, **members: Any) -> Any:
    sent = {
        "inputs": [
            {
                "name": "image",
                "shape": list(IMAGES.shape),
                "datatype": "FP32",
                "data": IMAGES.ravel().tolist(),
            }
        ],
        **members,
    }
    return client.post(INFER, json=sent, headers=headers)


def test_infer_answers_in_json(client: TestClient) -> None:
    answer = infer(client, id="mine").json()
    assert (answer["model_name"], answer["model_version"], answer["id"]) == (
        "mnist-cnn",
        "1",
        "mine",
    )
    (output,) = answer["outputs"]
    assert (output["datatype"], output["shape"]) == ("FP32", [2, 10])
    assert np.array(output["data"]).reshape(2, 10).argmax(1).tolist() == [7, 7]


@pytest.mark.parametrize(
    "members",
    [
        {"parameters": {"binary_data_output": True}},
        {"outputs": [{"name": "probabilities", "parameters": {"binary_data": True}}]},
        {
            "parameters": {"binary_data_output": False},
            "outputs": [{"name": "probabilities", "parameters": {"binary_data": True}}],
        },
    ],
)
def test_infer_answers_in_binary_where_it_is_asked_for(
    client: TestClient, members: dict[str, Any]
) -> None:
    response = infer(client, **members)
    length = int(response.headers["inference-header-content-length"])
    described = json.loads(response.content[:length])["outputs"][0]
    assert described["parameters"] == {"binary_data_size": 80}
    values = np.frombuffer(response.content[length:], "<f4").reshape(2, 10)
    assert values.argmax(1).tolist() == [7, 7]


def test_the_classification_extension_names_the_classes(client: TestClient) -> None:
    asked = {"name": "probabilities", "parameters": {"classification": 1}}
    (output,) = infer(client, outputs=[asked]).json()["outputs"]
    assert output == {
        "name": "probabilities",
        "datatype": "BYTES",
        "shape": [2, 1],
        "data": ["0.910000:7:7"] * 2,
    }
    asked["parameters"] = {"classification": 1, "binary_data": True}
    response = infer(client, outputs=[asked])
    tail = response.content[int(response.headers["inference-header-content-length"]) :]
    assert tail == (struct.pack("<I", 12) + b"0.910000:7:7") * 2


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_requests_and_answers_may_be_compressed(client: TestClient, coding: str, pack: Any) -> None:
    many = np.repeat(IMAGES, 50, axis=0)
    sent = body(
        {
            "name": "image",
            "shape": list(many.shape),
            "datatype": "FP32",
            "data": many.ravel().tolist(),
        }
    )
    response = client.post(
        INFER,
        content=pack(sent),
        headers={"content-encoding": coding, "accept-encoding": coding},
    )
    assert response.headers["content-encoding"] == coding
    assert response.json()["outputs"][0]["shape"] == [100, 10]
    for damaged in (pack(sent)[:-9], b"x", pack(sent) + b"x"):
        response = client.post(INFER, content=damaged, headers={"content-encoding": coding})
        assert response.status_code == 400
    assert client.post(INFER, content=b"", headers={"content-encoding": "br"}).status_code == 415


def test_metadata_health_config_and_index(client: TestClient) -> None:
    assert client.get("/v2").json()["name"] == "gabarito"
    assert client.get("/v2/health/live").status_code == 200
    assert client.get("/v2/health/ready").status_code == 200
    metadata = client.get("/v2/models/mnist-cnn").json()
    assert metadata["inputs"] == [{"name": "image", "datatype": "FP32", "shape": [-1, 28, 28, 1]}]
    assert metadata["versions"] == ["1"]
    assert client.get("/v2/models/mnist-cnn/versions/1/ready").json()["ready"] is True
    assert client.get("/v2/models/mnist-cnn/config").json()["max_batch_size"] > 0
    index = client.post("/v2/repository/index", json={"ready": True}).json()
    assert [entry["name"] for entry in index] == ["mnist-cnn", "mnist-linear"]
    assert {entry["state"] for entry in index} == {"READY"}


def test_statistics_count_requests_and_examples(client: TestClient) -> None:
    infer(client)
    infer(client, outputs=[{"name": "x"}])
    (stats,) = client.get("/v2/models/mnist-cnn/versions/1/stats").json()["model_stats"]
    assert (stats["inference_count"], stats["execution_count"]) == (2, 1)
    assert stats["inference_stats"]["fail"]["count"] == 1
    assert stats["batch_stats"][0]["batch_size"] == 2
    assert len(client.get("/v2/models/stats").json()["model_stats"]) == 2


def test_a_model_can_be_unloaded_and_loaded(client: TestClient) -> None:
    assert client.post("/v2/repository/models/mnist-cnn/unload").status_code == 200
    assert client.get("/v2/models/mnist-cnn/ready").status_code == 503
    assert infer(client).status_code == 503
    assert client.post("/v2/repository/models/mnist-cnn/load").status_code == 200
    assert infer(client).status_code == 200
    assert client.post("/v2/repository/models/nope/load").status_code == 404
    assert client.post("/v2/repository/models/nope/unload").status_code == 404


def test_no_page_of_another_site_changes_what_is_served(client: TestClient) -> None:
    other = {"Origin": "https://evil.example"}
    unload = "/v2/repository/models/mnist-cnn/unload"
    answer = client.post(unload, headers=other)
    assert answer.status_code == 403
    assert "another web site" in answer.json()["error"]
    rollback = client.post("/models/mnist-cnn/labels/champion/rollback", headers=other)
    assert_problem(rollback, 403, "other-site")
    assert infer(client).status_code == 200
    assert client.post(unload, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_changes_demand_the_key_where_one_is_set(volume: FakeVolume, tmp_path: Path) -> None:
    settings = Settings(models_dir=tmp_path, log_format="text", api_key="secret")
    with TestClient(create_app(settings, volume, volume.load)) as client:
        wait_until(lambda: client.get("/readyz").status_code == 200)
        for path in (
            "/v2/repository/models/mnist-cnn/unload",
            "/models/mnist-cnn/labels/champion/rollback",
        ):
            assert client.post(path).status_code == 401
            assert client.post(path, headers={"X-API-Key": "wrong"}).status_code == 401
        unload = "/v2/repository/models/mnist-cnn/unload"
        assert client.post(unload, headers={"X-API-Key": "secret"}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/models/nope", 404),
        ("GET", "/v2/models/a%2F..%2Fb", 404),
        ("GET", "/v2/models/mnist-cnn/versions/9", 404),
        ("GET", "/v2/models/mnist-cnn/versions/x", 400),
        ("GET", "/v2/models/mnist-cnn/versions/%EF%BC%91", 400),
        ("POST", "/v2/models/nope/infer", 404),
        ("GET", "/v2/models/mnist-cnn/infer", 404),
        ("GET", "/v2/trace/setting", 404),
        ("POST", "/v2/repository/index", 400),
    ],
)
def test_errors_are_objects_with_an_error(
    client: TestClient, method: str, path: str, status: int
) -> None:
    response = client.request(method, path, content=b"{" if method == "POST" else None)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/json")
    assert set(response.json()) == {"error"}
