"""Metadata, configuration, statistics and index of models, as Triton's clients read them."""

from typing import Any

from services.inference.live_models import VersionState, VersionStatus
from services.inference.protocols.open_inference import DATATYPE
from services.inference.servables import Servable
from services.inference.statistics import Total

EXTENSIONS = (
    "binary_tensor_data",
    "classification",
    "model_configuration",
    "model_repository",
    "statistics",
)
_PLATFORMS = {"litert": "litert", "savedmodel": "tensorflow_savedmodel"}
_INDEX_STATES = {
    VersionState.LOADING: "LOADING",
    VersionState.SERVING: "READY",
    VersionState.DRAINING: "UNLOADING",
    VersionState.RETIRED: "UNAVAILABLE",
    VersionState.FAILED: "UNAVAILABLE",
}


def model_metadata(servable: Servable, versions: list[int]) -> dict[str, Any]:
    """Names, types and shapes of what goes in and comes out."""
    signature = servable.signature
    return {
        "name": servable.model,
        "versions": [str(version) for version in versions],
        "platform": _PLATFORMS[servable.engine.name],
        "inputs": [
            {
                "name": signature.input_name,
                "datatype": DATATYPE,
                "shape": [-1, *signature.input_shape],
            }
        ],
        "outputs": [
            {
                "name": signature.output_name,
                "datatype": DATATYPE,
                "shape": [-1, *signature.output_shape],
            }
        ],
    }


def model_config(servable: Servable, max_examples: int) -> dict[str, Any]:
    """The same as Triton's model configuration."""
    signature = servable.signature
    return {
        "name": servable.model,
        "platform": _PLATFORMS[servable.engine.name],
        "backend": servable.engine.name,
        "max_batch_size": max_examples,
        "input": [
            {
                "name": signature.input_name,
                "data_type": f"TYPE_{DATATYPE}",
                "dims": list(signature.input_shape),
            }
        ],
        "output": [
            {
                "name": signature.output_name,
                "data_type": f"TYPE_{DATATYPE}",
                "dims": list(signature.output_shape),
            }
        ],
    }


def model_statistics(servable: Servable) -> dict[str, Any]:
    """What a version has answered so far; durations in nanoseconds."""
    statistics = servable.statistics
    return {
        "name": servable.model,
        "version": str(servable.version),
        "last_inference": statistics.last_ms,
        "inference_count": statistics.examples,
        "execution_count": statistics.success.count,
        "inference_stats": {
            "success": _duration(statistics.success),
            "fail": _duration(statistics.fail),
            "queue": _duration(statistics.stage(statistics.queue_ns)),
            "compute_input": _duration(statistics.stage(statistics.input_ns)),
            "compute_infer": _duration(statistics.stage(statistics.infer_ns)),
            "compute_output": _duration(statistics.stage(statistics.output_ns)),
            "cache_hit": _duration(Total()),
            "cache_miss": _duration(Total()),
        },
        "batch_stats": [
            {"batch_size": size, "compute_infer": _duration(total)}
            for size, total in sorted(dict(statistics.batches).items())
        ],
        "memory_usage": [],
    }


def index_entry(model: str, status: VersionStatus) -> dict[str, str]:
    """One line of the repository index."""
    entry = {
        "name": model,
        "version": str(status.version),
        "state": _INDEX_STATES[status.state],
    }
    return {**entry, "reason": status.reason or str(status.state)}


def _duration(total: Total) -> dict[str, int]:
    return {"count": total.count, "ns": total.ns}
