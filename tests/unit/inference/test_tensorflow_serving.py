"""TensorFlow Serving's REST interface: reading, writing, and the service over HTTP."""

import base64
import gzip
import json
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from numpy.typing import NDArray

from services.inference.protocols.json_limits import JsonLimits
from services.inference.protocols.tensorflow_serving import PredictReader, read_predict
from services.inference.servables import Signature
from shared.errors import InvalidInput
from tests.unit.inference.fakes import FakeVolume, png, wait_until

SHAPE = (2, 3, 1)
SIGNATURE = Signature("image", SHAPE, "probabilities", (10,), in_unit_range=True)
EXAMPLE = [[[0.0], [0.5], [1.0]], [[0.25], [1], [0]]]
IMAGE = [[[0.7]] * 28] * 28
URL = "/v1/models/mnist-cnn"


def body(document: Any) -> bytes:
    return json.dumps(document).encode()


USUAL = [
    {"instances": [EXAMPLE, EXAMPLE]},
    {"inputs": [EXAMPLE]},
    {"inputs": {"image": [EXAMPLE]}},
    {"signature_name": "serving_default", "instances": [EXAMPLE]},
    {"instances": [EXAMPLE], "signature_name": "serving_default"},
]
UNUSUAL = [
    {"instances": [{"image": EXAMPLE}]},
    {"instances": [EXAMPLE], "extra": {"ignored": [1, 2]}},
    {"signature_name": "", "instances": [EXAMPLE]},
]


@pytest.mark.parametrize("document", USUAL)
def test_the_usual_requests_are_read_fast_and_alike(document: dict[str, Any]) -> None:
    fast = PredictReader(SIGNATURE, JsonLimits())._read_fast(body(document))
    slow = read_predict(body(document), SIGNATURE, JsonLimits())
    assert fast is not None
    assert fast.form == slow.form
    np.testing.assert_array_equal(fast.images, slow.images)
    np.testing.assert_array_equal(slow.images[0], np.array(EXAMPLE, np.float32))


@pytest.mark.parametrize("document", UNUSUAL)
def test_other_requests_are_read_too(document: dict[str, Any]) -> None:
    request = PredictReader(SIGNATURE, JsonLimits()).read(body(document))
    np.testing.assert_array_equal(request.images[0], np.array(EXAMPLE, np.float32))


def test_what_follows_the_document_is_ignored_as_there() -> None:
    assert (
        len(
            PredictReader(SIGNATURE, JsonLimits())
            .read(body({"instances": [EXAMPLE]}) + b" x")
            .images
        )
        == 1
    )


@settings(deadline=None)  # the machine may be busy
@given(
    st_numpy.arrays(
        np.float32,
        st.tuples(st.integers(1, 5), *(st.just(n) for n in SHAPE)),
        elements=st.floats(0, 1, width=32),
    ),
    st.sampled_from([None, 1]),
)
def test_every_number_arrives_as_it_was_sent(
    images: NDArray[np.float32], indent: int | None
) -> None:
    sent = json.dumps({"instances": images.tolist()}, indent=indent).encode()
    fast = PredictReader(SIGNATURE, JsonLimits())._read_fast(sent)
    assert fast is not None
    np.testing.assert_array_equal(fast.images, images)


@settings(deadline=None)  # the machine may be busy
@given(st.data())
def test_no_change_to_a_request_is_read_fast_and_otherwise_than_with_care(
    data: st.DataObject,
) -> None:
    sent = bytearray(body(data.draw(st.sampled_from(USUAL))))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(sent) - 1))
        sent[place : place + data.draw(st.integers(0, 2))] = data.draw(
            st.sampled_from([b"", b"[", b"]", b",", b"1", b"[]", b"e", b"null", b'"', b"{", b"}"])
        )
    try:
        fast = PredictReader(SIGNATURE, JsonLimits())._read_fast(bytes(sent))
    except InvalidInput:
        fast = None
    if fast is not None:
        np.testing.assert_array_equal(
            fast.images, read_predict(bytes(sent), SIGNATURE, JsonLimits()).images
        )


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", "JSON Parse error: The document is empty"),
        (b"{", "JSON Parse error: Invalid value. at offset: 1"),
        (b"\xff", "Invalid encoding"),
        (b"[" * 100_000, "nested too deeply|Invalid value"),
        (b"[1]", r"JSON Value: \[1\] Is not object"),
        (b"{}", "Missing 'inputs' or 'instances' key"),
        (b'{"inputs": 1, "instances": 1}', "expecting only one of 'inputs' or 'instances'"),
        (b'{"instances": 1}', "Expecting 'instances' to be an list/array"),
        (b'{"instances": []}', "No values in 'instances' array"),
        (b'{"instances": [1]}', r"element: 0 .* Expecting shape \[2,3,1\] but got: \[\]"),
        (b'{"instances": ["x"]}', 'JSON Value: "x" Type: String is not of expected type: float'),
        (b'{"instances": [[[[true]]]]}', "Type: True is not of expected type: float"),
        (b'{"instances": [{"b": 1}]}', "does not have the named input: image"),
        (b'{"instances": [{"image": 1, "x": 1}]}', "Unexpected named inputs: 'x'"),
        (b'{"inputs": {"b": 1}}', "Missing named input: image in 'inputs' object."),
        (b'{"inputs": {}}', "Missing named input: image"),
        (b'{"inputs": 3}', "Type: Number is not of expected type: list"),
        (b'{"inputs": []}', "No values in input image"),
        (b'{"signature_name": 1, "instances": [1]}', "'signature_name' key must be a string"),
        (b'{"signature_name": "x", "instances": [1]}', '"x" not found in signature def'),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_tensorflow_serving(sent: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        PredictReader(SIGNATURE, JsonLimits()).read(sent)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (255, r"must lie in \[0, 1\]. Received: 255 at \[0,1,1,0\]; divide pixels by 255"),
        (-0.5, "Received: -0.5"),
        (1e39, "Received: inf"),
        (10**400, "Received: inf"),
        (float("nan"), "Received: nan"),
        (None, "Type: Null"),
        ([], "Expecting|Encountered|Array"),
    ],
)
def test_a_value_that_is_no_number_in_range_is_refused(value: Any, words: str) -> None:
    example = json.loads(json.dumps(EXAMPLE))
    example[1][1][0] = value
    with pytest.raises(InvalidInput, match=words):
        PredictReader(SIGNATURE, JsonLimits()).read(body({"instances": [example]}))


def test_ragged_lists_whose_number_of_values_fits_are_refused() -> None:
    ragged = [[[0.0], [0.5], [1.0], [0.1]], [[0.25], [1]]]
    with pytest.raises(InvalidInput, match=r"Encountered list at unexpected size|but got"):
        PredictReader(SIGNATURE, JsonLimits()).read(body({"instances": [ragged]}))


def test_predict_answers_in_the_form_of_the_request(client: TestClient) -> None:
    row = client.post(f"{URL}:predict", json={"instances": [IMAGE, IMAGE]})
    assert np.array(row.json()["predictions"]).argmax(1).tolist() == [7, 7]
    assert row.headers["x-model-version"] == "1"
    assert row.headers["content-type"] == "application/json"
    column = client.post(f"{URL}/versions/1:predict", json={"inputs": {"image": [IMAGE]}})
    assert np.array(column.json()["outputs"]).argmax(1).tolist() == [7]
    packed = client.post(
        f"{URL}:predict",
        content=gzip.compress(body({"instances": [IMAGE]})),
        headers={"content-encoding": "gzip"},
    )
    assert packed.status_code == 200


def test_classify_takes_pictures_and_numbers(client: TestClient) -> None:
    picture = {"b64": base64.b64encode(png()).decode()}
    flat = [0.7] * 784
    examples = [{"image": picture}, {"image": IMAGE}, {"image": flat}]
    results = client.post(f"{URL}:classify", json={"examples": examples}).json()["results"]
    for classes in results:
        assert [label for label, _ in classes] == [str(n) for n in range(10)]
        assert max(classes, key=lambda one: one[1])[0] == "7"


def test_status_and_metadata_have_the_forms_of_its_protobufs(client: TestClient) -> None:
    assert client.get(URL).json() == {
        "model_version_status": [
            {
                "version": "1",
                "state": "AVAILABLE",
                "status": {"error_code": "OK", "error_message": ""},
            }
        ]
    }
    metadata = client.get(f"{URL}/versions/1/metadata").json()
    assert metadata["model_spec"] == {"name": "mnist-cnn", "signature_name": "", "version": "1"}
    signature = metadata["metadata"]["signature_def"]["signature_def"]["serving_default"]
    dims = signature["inputs"]["image"]["tensor_shape"]["dim"]
    assert [dim["size"] for dim in dims] == ["-1", "28", "28", "1"]


def test_a_label_chooses_the_version(client: TestClient, volume: FakeVolume) -> None:
    volume.labelled["mnist-cnn"] = {"canary": 1}
    address = f"{URL}/labels/canary:predict"
    wait_until(lambda: client.post(address, json={"instances": [IMAGE]}).status_code == 200)
    assert client.get(f"{URL}/labels/canary").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("POST", "/nope:predict", 404, "Servable not found for request: Latest(nope)"),
        ("POST", "/mnist-cnn/versions/9:predict", 404, "Specific(mnist-cnn, 9)"),
        ("POST", "/mnist-cnn/labels/x:predict", 400, "Unrecognized servable version label: x"),
        ("POST", "/a%2F..%2Fb:predict", 404, "Latest(a/../b)"),
        ("POST", "/mnist-cnn:regress", 400, "tensorflow/serving/regress"),
        ("POST", "/mnist-cnn:explain", 400, "Malformed request: POST"),
        ("GET", "/mnist-cnn:predict", 400, "Malformed request: GET"),
        ("DELETE", "/mnist-cnn", 400, "Malformed request: DELETE"),
        ("GET", "", 400, "Missing model name in request."),
        ("GET", "/nope", 404, "Could not find any versions of model nope"),
        ("GET", "/nope/metadata", 404, "Latest(nope)"),
        ("GET", "/mnist-cnn/versions/9", 404, "Could not find version 9 of model mnist-cnn"),
        ("GET", "/mnist-cnn/versions/" + "9" * 20, 400, "Failed to convert version"),
        ("GET", "/mnist-cnn/labels/x", 400, "Unrecognized servable version label: x"),
        ("GET", "/mnist-cnn/versions/1/labels/x", 400, "Malformed request"),
    ],
)
def test_errors_are_those_of_tensorflow_serving(
    client: TestClient, method: str, path: str, status: int, words: str
) -> None:
    response = client.request(method, f"/v1/models{path}", content=body({"instances": [IMAGE]}))
    assert (response.status_code, response.headers["content-type"]) == (status, "application/json")
    assert words in response.json()["error"]


def test_a_body_above_the_limit_is_refused_in_its_own_form(client: TestClient) -> None:
    response = client.post(f"{URL}:predict", content=bytes(33 * 2**20))
    assert response.status_code == 413
    assert "at most" in response.json()["error"]


def test_zeros_by_the_gigabyte_are_refused_before_they_are_unpacked(client: TestClient) -> None:
    packed = gzip.compress(bytes(64 * 2**20), 1)
    response = client.post(f"{URL}:predict", content=packed, headers={"content-encoding": "gzip"})
    assert response.status_code == 413
    assert "decompressed" in response.json()["error"]
