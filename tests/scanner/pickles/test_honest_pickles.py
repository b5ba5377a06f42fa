"""What models and programs keep in pickles is never called dangerous, in any protocol."""

from __future__ import annotations

import argparse
import array
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import ipaddress
import logging
import operator
import pathlib
import pickle
import random
import re
import time
import types
import uuid
import zoneinfo
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.scanner.detect import detect
from bot.scanner.pickles import loading_verdict, trace_all
from bot.scanner.readers import BytesReader, FileReader
from rules.facts import LoadingSafety
from tests.scanner.pickles.writing import call, named, raw, stacked, text, whole

DATA = Path(__file__).parents[1] / "formats" / "data"


@dataclasses.dataclass
class Settings:
    rate: float
    layers: tuple[int, ...]

    class Inner:
        pass

    def step(self) -> float:
        return self.rate

    @classmethod
    def usual(cls) -> Settings:
        return cls(0.1, ())


class Phase(enum.Enum):
    TRAIN = "train"
    TEST = "test"


Point = collections.namedtuple("Point", "x y")

VALUES: dict[str, Any] = {
    "numbers and texts": {"a": 1, "b": 2.5, "c": "d", "e": None, "f": True, "g": 2**200, "h": 1j},
    "containers": [(1, 2), {3}, frozenset({4}), bytearray(b"5"), b"6", range(7), slice(1, 2)],
    "an ordered dictionary": collections.OrderedDict(weight=[1.0], bias=[0.0]),
    "counters, deques, defaults": [collections.Counter("abc"), collections.deque([1]), collections.defaultdict(list)],
    "times": [datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC), datetime.date(2024, 1, 1), datetime.timedelta(1)],
    "a time zone": datetime.datetime(2024, 1, 1, tzinfo=zoneinfo.ZoneInfo("UTC")),
    "a time of time": time.gmtime(0),
    "paths": [pathlib.Path("runs/1"), pathlib.PureWindowsPath("C:/x")],
    "exact numbers": [decimal.Decimal("1.5"), fractions.Fraction(1, 3)],
    "an identifier": uuid.UUID(int=5),
    "addresses": ipaddress.ip_network("10.0.0.0/8"),
    "arguments of a command line": argparse.Namespace(lr=0.1, epochs=3),
    "a namespace": types.SimpleNamespace(a=1),
    "an exception": ValueError("x"),
    "a pattern": re.compile(r"\d+"),
    "a logger": logging.getLogger("train"),
    "a partial function": functools.partial(int, base=2),
    "a sorting key": operator.itemgetter(1),
    "an iterator": iter([1, 2, 3]),
    "random numbers": random.Random(3),
    "an array of the library": array.array("f", [1.0, 2.0]),
    "a data class": Settings(0.1, (3, 4)),
    "a class within a class": Settings.Inner(),
    "a bound method": Settings(0.1, ()).step,
    "a method of a class": Settings.usual,
    "an enumeration": [Phase.TRAIN, Phase.TEST],
    "a named tuple": Point(1, 2),
    "a built-in function": [len, sorted, sum],
    "types": [int, str, dict, type(None)],
    "arrays": {"w": np.zeros((3, 4), np.float32), "b": np.float64(1.5), "d": np.dtype("<i4"), "s": np.array(["x"])},
    "an array of objects": np.array([None, {"a": 1}], dtype=object),
    "records": np.zeros(3, [("a", "<f4"), ("b", "<i8")]),
    "a random generator": np.random.default_rng(5),
    "the old random state": np.random.RandomState(5),
    "a pickle in bytes": pickle.dumps({"a": [1, 2]}),
    "a program as text": "import os; os.system('ls')",
}


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("story", VALUES)
def test_a_value_of_python_is_not_dangerous(story: str, protocol: int) -> None:
    try:
        content = pickle.dumps(VALUES[story], protocol)
    except (TypeError, ValueError, pickle.PicklingError):
        pytest.skip("Python does not write it in this protocol")
    verdict = loading_verdict(trace_all(BytesReader(content)))
    assert verdict.safety is LoadingSafety.EXECUTES_CODE, verdict.reasons


TENSOR = call(
    named("torch._utils", "_rebuild_tensor_v2"),
    b"(" + text("storage") + named("torch", "FloatStorage") + text("0") + text("cpu") + b"K\x04tQ",
    b"K\x00",
    b"K\x04\x85",
    b"K\x01\x85",
    b"\x89",
    named("collections", "OrderedDict") + b")R",
)
CHECKPOINT = whole(
    b"\x8a\x0a" + (0x1950A86A20F9469CFC6C).to_bytes(10, "little"), protocol=2
) + whole(b"}", protocol=2)  # fmt: skip

WRITTEN = {
    "a state dictionary of PyTorch": whole(b"}" + text("weight") + TENSOR + b"s"),
    "a parameter": whole(call(named("torch._utils", "_rebuild_parameter"), TENSOR, b"\x88", b"N")),
    "a tensor with a subclass": whole(
        call(named("torch._tensor", "_rebuild_from_type_v2"), named("torch._utils", "_rebuild_tensor_v2"), b"NNN")
    ),
    "a tensor that pickle wrote without PyTorch's help": whole(
        call(named("torch.storage", "_load_from_bytes"), raw(CHECKPOINT))
    ),
    "a device and a type": whole(call(named("torch", "device"), text("cuda")) + b"0" + named("torch", "float16")),
    "a module of PyTorch": whole(named("torch.nn.modules.linear", "Linear") + b")\x81}" + text("bias") + b"Nsb"),
    "a bound forward, as detectors of objects keep it": whole(
        named("__builtin__", "getattr") + named("ultralytics.nn.modules.head", "Detect"),
        b"X\x07\0\0\0forward\x86R", protocol=2,
    ),
    "a bound forward in protocol 4": whole(
        call(stacked("builtins", "getattr"), stacked("ultralytics.nn.modules.head", "Detect"), text("forward"))
    ),
    "a model of somebody's program": whole(named("__main__", "MyModel") + b")\x81}b"),
    "an estimator": whole(named("sklearn.linear_model._logistic", "LogisticRegression") + b")\x81}b"),
    "a tree": whole(call(named("sklearn.tree._tree", "Tree"), b"K\x04", b"K\x02")),
    "a table": whole(
        named("pandas.core.frame", "DataFrame") + b")\x81"
        + call(named("pandas.core.internals.managers", "BlockManager"), b"]", b"]") + b"b"
    ),
    "an index of a table": whole(
        call(named("pandas.core.indexes.base", "_new_Index"), named("pandas.core.indexes.base", "Index"), b"}")
    ),
    "a booster": whole(named("xgboost.core", "Booster") + b")\x81}b"),
    "settings of hydra": whole(named("omegaconf.dictconfig", "DictConfig") + b")\x81}b"),
    "a tokenizer": whole(named("transformers.models.bert.tokenization_bert", "BertTokenizer") + b")\x81}b"),
}  # fmt: skip


@pytest.mark.parametrize("story", WRITTEN)
def test_what_libraries_write_is_not_dangerous(story: str) -> None:
    verdict = loading_verdict(trace_all(BytesReader(WRITTEN[story])))
    assert verdict.safety is LoadingSafety.EXECUTES_CODE, verdict.reasons


@pytest.mark.parametrize(
    "name",
    ["state_dict.pt", "module.pt", "legacy.pt", "logistic.joblib", "logistic.joblib.gz", "arrays.joblib", "forest.pkl"],
)
def test_real_models_of_torch_and_scikit_learn_are_not_dangerous(name: str) -> None:
    detection = detect(name, FileReader(DATA / name))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE, detection.loading.reasons
