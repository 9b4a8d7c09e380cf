"""KServe's own client as judge of `/v1` and `/v2`, in an environment of its own.

It pins older packages than ours, so it is not among them. Where `KSERVE_PYTHON` names a Python
that has it (`python -m venv E && E/bin/pip install kserve`), the service is asked from there.
"""

import json
import os
import subprocess
from typing import Any

import numpy as np
import pytest

from shared.model_store import ModelStore
from tests.integration.test_inference_serving import golden, served

MODEL = "digits-cnn"
ASKING = """
import asyncio, json, sys
import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

async def main():
    url, model, path = sys.argv[1:]
    images = np.load(path)
    v1 = InferenceRESTClient(RESTConfig(protocol="v1"))
    v2 = InferenceRESTClient(RESTConfig(protocol="v2"))
    told = {
        "live": await v2.is_server_live(url),
        "ready": await v2.is_server_ready(url),
        "model": await v2.is_model_ready(url, model),
        "v1": (await v1.infer(url, {"instances": images.tolist()}, model))["predictions"],
    }
    for binary in (False, True):
        one = InferInput("image", list(images.shape), "FP32")
        one.set_data_from_numpy(images, binary_data=binary)
        answer = await v2.infer(url, InferRequest(model, [one], request_id="mine"), model)
        told["binary" if binary else "json"] = [answer.id, answer.outputs[0].as_numpy().tolist()]
    print(json.dumps(told))

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def told(trained_store: ModelStore, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the client was told of some golden images."""
    python = os.environ.get("KSERVE_PYTHON")
    if not python:
        pytest.skip("KServe's client pins older packages than ours: KSERVE_PYTHON names none")
    path = tmp_path_factory.mktemp("images") / "images.npy"
    np.save(path, golden(trained_store.root, MODEL)[0])
    with served(trained_store.root) as (url, _):
        command = [python, "-c", ASKING, url, MODEL, str(path)]
        asked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert asked.returncode == 0, asked.stderr[-3000:]
    return json.loads(asked.stdout.splitlines()[-1])


def test_kserve_reads_health(told: Any) -> None:
    assert told["live"]
    assert told["ready"]
    assert told["model"]  # by v2: under /v1 the state of a model is told as TensorFlow Serving does


def test_kserve_infers_by_both_protocols(told: Any, trained_store: ModelStore) -> None:
    expected = golden(trained_store.root, MODEL)[1]
    np.testing.assert_allclose(told["v1"], expected, atol=1e-5)
    for form in ("json", "binary"):
        name, probabilities = told[form]
        assert name == "mine"
        np.testing.assert_allclose(np.reshape(probabilities, expected.shape), expected, atol=1e-5)
