"""Status and metadata of models, as TensorFlow Serving's REST interface writes them."""

from collections.abc import Iterable
from typing import Any

from services.inference.live_models import VersionState, VersionStatus
from services.inference.protocols.tensorflow_serving import DEFAULT_SIGNATURE
from services.inference.servables import Servable

_STATES = {
    VersionState.LOADING: "LOADING",
    VersionState.SERVING: "AVAILABLE",
    VersionState.DRAINING: "UNLOADING",
    VersionState.RETIRED: "END",
    VersionState.FAILED: "END",
}


def model_status(statuses: Iterable[VersionStatus]) -> dict[str, Any]:
    """The `GetModelStatusResponse` of these versions; newest first, as there."""
    return {
        "model_version_status": [
            {
                "version": str(status.version),
                "state": _STATES[status.state],
                "status": {
                    "error_code": "UNKNOWN" if status.state is VersionState.FAILED else "OK",
                    "error_message": status.reason,
                },
            }
            for status in sorted(statuses, key=lambda status: -status.version)
        ]
    }


def model_metadata(servable: Servable) -> dict[str, Any]:
    """The `GetModelMetadataResponse` of a version."""
    signature = servable.signature
    definition = {
        "inputs": {
            signature.input_name: _tensor(
                signature.input_shape, f"{DEFAULT_SIGNATURE}_{signature.input_name}:0"
            )
        },
        "outputs": {
            signature.output_name: _tensor(signature.output_shape, "StatefulPartitionedCall:0")
        },
        "method_name": "tensorflow/serving/predict",
        "defaults": {},
    }
    return {
        "model_spec": {
            "name": servable.model,
            "signature_name": "",
            "version": str(servable.version),
        },
        "metadata": {"signature_def": {"signature_def": {DEFAULT_SIGNATURE: definition}}},
    }


def _tensor(shape: tuple[int, ...], name: str) -> dict[str, Any]:
    return {
        "dtype": "DT_FLOAT",
        "tensor_shape": {
            "dim": [{"size": str(size), "name": ""} for size in (-1, *shape)],
            "unknown_rank": False,
        },
        "name": name,
    }
