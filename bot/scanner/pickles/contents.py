"""What a pickle holds: tensors with their shapes and names, estimators, or something that is no model."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.scanner.pickles.names import Global
from bot.scanner.pickles.traces import Trace
from bot.scanner.pickles.values import Call, Items, Persistent, length_of, shape_of

_RECONSTRUCT = ("numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct")
_FROM_BUFFER = ("numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer")
_TORCH = ("torch._utils._rebuild_tensor", "torch._utils._rebuild_qtensor")
"""Their arguments begin with the storage, the offset and the shape; quantised tensors' too (torch/_utils.py)."""
WRAPPER = "joblib.numpy_pickle.NumpyArrayWrapper"
"""What stands for an array in a dump of joblib, whose bytes follow it."""
_ARRAY = Global("array", "array")
_ARRAY_OF_BYTES = Global("array", "_array_reconstructor")
"""What stands for it from protocol 3 on, with the type, its code, that of the machine and the bytes
(`array___reduce_ex__` in Modules/arraymodule.c)."""
_WIDTHS = {"f": 4, "d": 8}
_LARGE, _CLASSES = 10_000, 3
"""Numbers of the table of a classifier in arrays of Python's own, and of the classes that it tells apart, at least."""
_ESTIMATORS = {
    "sklearn": "scikit-learn",
    "xgboost": "XGBoost",
    "lightgbm": "LightGBM",
    "catboost": "CatBoost",
    "sklearn_crfsuite": "sklearn-crfsuite",
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
"""Packages whose objects in a pickle are trained models, where learned numbers are with them."""
_NO_MODELS = ("sklearn.utils", "sklearn.datasets", "sklearn.metrics", "sklearn.model_selection._split")
"""Parts of them that hold data sets, scores and ways to split."""
_WHOLE_MODELS = frozenset(
    """
    catboost.core.CatBoost catboost.core.CatBoostClassifier catboost.core.CatBoostRanker catboost.core.CatBoostRegressor
    lightgbm.basic.Booster pycrfsuite._pycrfsuite.Tagger sklearn.tree._tree.Tree sklearn_crfsuite.estimator.CRF
    xgboost.core.Booster
    """.split()
)
"""Classes that keep what was learned in bytes or texts of their own and not in arrays."""
WEIGHT_WORDS = ("state_dict", "weight", "bias", "kernel", "gamma", "running_mean", "embedding", "params", "optimizer")
"""Keys that people give to the numbers of a model."""
_TAGGER_FEATURE = re.compile(r"i(?:[+-]\d)? (?:suffix|pref1|word|tag)\b.* ")
"""How the averaged perceptron of NLTK and TextBlob names its features (nltk/tag/perceptron.py)."""
_FEATURES = 20
_WALKED, _DEEPEST = 20_000, 12
"""Values that are looked at for arrays, and how deep they lie."""


@dataclass(frozen=True)
class Tensor:
    """An array by the keys and attributes that lead to it, with slashes between."""

    name: str
    shape: tuple[int, ...]
    kind: str

    @property
    def is_float(self) -> bool:
        """True for numbers with a fraction."""
        return self.kind.lstrip("<>|=").startswith("f")


@dataclass
class Holdings:
    """Tensors and producers of one or more pickles."""

    tensors: int = 0
    parameters: int = 0
    types: Counter[str] = field(default_factory=Counter)
    producers: list[str] = field(default_factory=list)
    torch_tensors: bool = False
    whole_models: bool = False
    """True where a class is named that is a model by itself."""
    tagger: bool = False
    """True where texts are the features of a tagger with weights in plain dictionaries."""
    tables: bool = False
    """True where arrays of Python's own are the tables of a classifier."""
    named: list[Tensor] = field(default_factory=list)
    """The arrays that keys, attributes or places in a list lead to."""

    @property
    def has_floats(self) -> bool:
        """True where an array holds what may have been learned."""
        return any(Tensor("", (), kind).is_float for kind in self.types)

    @property
    def texts_only(self) -> bool:
        """True where the arrays hold texts and dates alone."""
        return all(kind.lstrip("<>|=")[:1] in set("SUMm") for kind in self.types)


def holdings(traces: list[Trace]) -> Holdings:
    """Count the tensors that the traced pickles make, and name the packages of the models in them."""
    found = Holdings()
    for trace in traces:
        for call in trace.calls:
            for shape, kind in _tensor(call):
                found.tensors += 1
                found.parameters += math.prod(shape)
                found.types[kind] += 1
                found.torch_tensors |= _is_torch(call)
        for name in trace.globals:
            producer = _producer(name)
            if producer and producer not in found.producers:
                found.producers.append(producer)
            found.whole_models |= name.dotted in _WHOLE_MODELS
        features = sum(_TAGGER_FEATURE.match(text) is not None for text in trace.texts)
        found.tagger |= features >= _FEATURES and trace.numbers >= features
        for length in _tables(trace.result):
            found.tables = True
            found.tensors += 1
            found.parameters += length
            found.types["float"] += 1
        found.named += _named(trace.result)
    return found


def _named(result: object) -> Iterator[Tensor]:
    """The arrays in what a pickle gives, with the ways to them, in their order."""
    waiting: list[tuple[str, object, int]] = [("", result, 0)]
    seen: set[int] = set()
    for _ in range(_WALKED):
        if not waiting:
            return
        name, value, depth = waiting.pop()
        if not isinstance(value, Call | dict | list | tuple) or id(value) in seen or depth > _DEEPEST:
            continue
        seen.add(id(value))
        if isinstance(value, Call):
            tensors = list(_tensor(value))
            yield from (Tensor(name[1:], shape, kind) for shape, kind in tensors)
            if not tensors:
                inner = [(name, part, depth + 1) for part in (*value.arguments, value.state, value.items)]
                waiting += reversed(inner)
            continue
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        waiting += reversed([(f"{name}/{key}"[-300:], part, depth + 1) for key, part in parts])


def _tables(result: object) -> tuple[int, ...]:
    """The lengths of the two tables of a linear classifier or naive Bayes; none where it is something else.

    A tuple holds, in Python's own arrays, a large table with as many numbers for each class, a small one with one
    number for each class, and a list with as many different names (langid.py of langid keeps its model so).
    """
    values = result if isinstance(result, tuple | list) else ()
    lengths = [_floats(value) for value in values]
    names = {
        value.length
        for value in values
        if isinstance(value, Items) and len({name for name in value if isinstance(name, str)}) == value.length
    }
    for table in lengths:
        for classes in lengths:
            if classes in names and table >= _LARGE and _CLASSES <= classes < table and table % classes == 0:
                return table, classes
    return ()


def _floats(value: object) -> int:
    """How many numbers with a fraction are in an array of Python's own, 0 for everything else."""
    if not isinstance(value, Call):
        return 0
    if value.function == _ARRAY and len(value.arguments) == 2:
        kind, numbers = value.arguments
    elif value.function == _ARRAY_OF_BYTES and len(value.arguments) == 4:
        _, kind, _, numbers = value.arguments
    else:
        return 0
    if not isinstance(kind, str) or kind not in _WIDTHS:
        return 0
    return numbers.length if isinstance(numbers, Items) else (length_of(numbers) or 0) // _WIDTHS[kind]


def _is_torch(call: Call) -> bool:
    return isinstance(call.function, Global) and call.function.dotted.startswith(_TORCH)


def _tensor(call: Call) -> Iterator[tuple[tuple[int, ...], str]]:
    if not isinstance(call.function, Global):
        return
    dotted = call.function.dotted
    if dotted.startswith(_TORCH) and len(call.arguments) >= 3:
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
    elif dotted == WRAPPER and isinstance(call.state, dict):
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
    if f"{name.module}.".startswith(tuple(f"{part}." for part in _NO_MODELS)):
        return None
    for package, title in _ESTIMATORS.items():
        if name.module == package or name.module.startswith(f"{package}."):
            return title
    return None
