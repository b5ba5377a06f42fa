"""What a pickle holds: tensors with their shapes, estimators, or something that is no model."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.scanner.pickles.machine import Call, Persistent, Trace, shape_of
from bot.scanner.pickles.names import Global

_RECONSTRUCT = ("numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct")
_FROM_BUFFER = ("numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer")
_ESTIMATORS = {
    "sklearn": "scikit-learn",
    "xgboost": "XGBoost",
    "lightgbm": "LightGBM",
    "catboost": "CatBoost",
    "torch.nn.modules": "PyTorch module",
    "torch.nn.quantized": "PyTorch module",
    "keras": "Keras",
    "tensorflow": "TensorFlow",
    "transformers": "Transformers",
    "statsmodels": "statsmodels",
    "gensim.models": "gensim",
    "hmmlearn": "hmmlearn",
    "fastai": "fastai",
    "stable_baselines3": "Stable Baselines 3",
    "jax": "JAX",
    "flax": "Flax",
}
"""Packages whose objects in a pickle are trained models."""
WEIGHT_WORDS = ("state_dict", "weight", "bias", "kernel", "gamma", "running_mean", "embedding", "params", "optimizer")
"""Keys that people give to the numbers of a model."""


@dataclass
class Holdings:
    """Tensors and producers of one or more pickles."""

    tensors: int = 0
    parameters: int = 0
    types: Counter[str] = field(default_factory=Counter)
    producers: list[str] = field(default_factory=list)
    torch_tensors: bool = False


def holdings(traces: list[Trace]) -> Holdings:
    """Count the tensors that the traced pickles make, and name the packages of the models in them."""
    found = Holdings()
    for trace in traces:
        for call in trace.calls:
            for shape, kind in _tensor(call, found):
                found.tensors += 1
                found.parameters += math.prod(shape)
                found.types[kind] += 1
        for name in trace.globals:
            producer = _producer(name)
            if producer and producer not in found.producers:
                found.producers.append(producer)
    return found


def _tensor(call: Call, found: Holdings) -> Iterator[tuple[tuple[int, ...], str]]:
    if not isinstance(call.function, Global):
        return
    dotted = call.function.dotted
    if dotted.startswith("torch._utils._rebuild_tensor") and len(call.arguments) >= 3:
        found.torch_tensors = True
        shape = shape_of(call.arguments[2])
        if shape is not None:
            yield shape, _storage_type(call.arguments[0])
    elif dotted in _RECONSTRUCT and isinstance(call.state, tuple) and len(call.state) >= 3:
        shape = shape_of(call.state[1])
        if shape is not None:
            yield shape, dtype_of(call.state[2])
    elif dotted in _FROM_BUFFER and len(call.arguments) >= 3:
        shape = shape_of(call.arguments[2])
        if shape is not None:
            yield shape, dtype_of(call.arguments[1])
    elif dotted == "joblib.numpy_pickle.NumpyArrayWrapper" and isinstance(call.state, dict):
        shape = shape_of(call.state.get("shape"))
        if shape is not None:
            yield shape, dtype_of(call.state.get("dtype"))


def _storage_type(value: object) -> str:
    """`FloatStorage` from the persistent id ("storage", class, key, device, count)."""
    if isinstance(value, Persistent) and isinstance(value.identity, tuple) and len(value.identity) > 1:
        kind = value.identity[1]
        if isinstance(kind, Global):
            return kind.name.removesuffix("Storage").lower() or "bytes"
    return "unknown"


def dtype_of(value: object) -> str:
    """`f4` from a call of numpy.dtype; `unknown` from everything else."""
    if isinstance(value, Call) and isinstance(value.function, Global) and value.function.dotted == "numpy.dtype":
        code = value.arguments[0] if value.arguments else None
        if isinstance(code, str) and len(code) <= 8:
            return code
    return "unknown"


def _producer(name: Global) -> str | None:
    for package, title in _ESTIMATORS.items():
        if name.module == package or name.module.startswith(f"{package}."):
            return title
    return None
