"""Which pickles and joblib dumps are models: by what was learned and how it is named, not by the library alone."""

from __future__ import annotations

import pickle
import zlib
from typing import Any

import numpy as np
import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety
from tests.scanner.pickles.writing import SYSTEM, call, named, raw, text, whole

NUMBERS = np.random.default_rng(3)


def numbers(*shape: int) -> Any:
    return NUMBERS.normal(size=shape).astype(np.float32)


def found_in(content: bytes, name: str = "renamed.dat") -> Detection:
    detection = detect(name, BytesReader(content))
    assert detection is not None
    return detection


def estimator(name: str, **fields: bytes) -> bytes:
    module, _, last = name.rpartition(".")
    state = b"".join(text(key) + value for key, value in fields.items())
    return named(module, last) + b")\x81}(" + state + b"ub"


def array(*shape: int, dtype: str = "f8", content: bytes | None = None) -> bytes:
    """An array as NumPy pickles it."""
    kind = call(named("numpy", "dtype"), text(dtype))
    start = call(named("numpy.core.multiarray", "_reconstruct"), named("numpy", "ndarray"), b"K\x00\x85", text("b"))
    sides = b"(" + b"".join(b"K" + bytes([side]) for side in shape) + b"t"
    return start + b"(K\x01" + sides + kind + b"\x89" + raw(content or b"\0" * 8) + b"tb"


def dumped(content: bytes, *shape: int, dtype: str = "f8", **fields: bytes) -> bytes:
    """An array as joblib dumps it, up to 1.1 without padding."""
    sides = b"(" + b"".join(b"K" + bytes([side]) for side in shape) + b"t"
    state = {"subclass": named("numpy.matrixlib.defmatrix", "matrix"), "shape": sides,
             "dtype": call(named("numpy", "dtype"), text(dtype)), **fields}  # fmt: skip
    return estimator("joblib.numpy_pickle.NumpyArrayWrapper", **state) + content


SPLIT = [numbers(90, 4), numbers(30, 4), NUMBERS.integers(0, 3, 90), NUMBERS.integers(0, 3, 30)]
NO_MODELS = {
    "a way to split": whole(estimator("sklearn.model_selection._split.KFold", n_splits=b"K\x05")),
    "a vocabulary": whole(
        estimator("sklearn.feature_extraction.text.CountVectorizer", vocabulary_=b"}(" + text("word") + b"K\x01u")
    ),
    "names of classes": whole(estimator("sklearn.preprocessing._label.LabelEncoder", classes_=array(3, dtype="U4"))),
    "a tokenizer": whole(
        estimator("keras.preprocessing.text.Tokenizer", word_index=b"}(" + text("weight") + b"K\x01u")
    ),
    "a data set": whole(estimator("sklearn.utils._bunch.Bunch", data=array(30, 4), target=array(30, dtype="i8"))),
    "parts to train and to test": pickle.dumps(SPLIT),
    "the same in another order": pickle.dumps(SPLIT[::2] + SPLIT[1::2]),
    "the same by names": pickle.dumps(dict(zip(["X_train", "X_test", "y_train", "y_test"], SPLIT, strict=True))),
    "the weights of people": pickle.dumps({"height": numbers(50), "weight": numbers(50)}),
}


@pytest.mark.parametrize("story", NO_MODELS)
def test_what_comes_with_models_is_none(story: str) -> None:
    detection = found_in(NO_MODELS[story], "x.pkl")
    assert not detection.is_weight or detection.confidence is Confidence.POSSIBLE


QUANTISED = call(
    named("torch._utils", "_rebuild_qtensor"),
    b"(" + text("storage") + named("torch", "QInt8Storage") + text("0") + text("cpu") + b"K\x0ctQ",
    b"K\x00",
    b"K\x03K\x04\x86",
    b"K\x04K\x01\x86",
    b"(" + named("torch", "per_tensor_affine") + b"K\x01K\x00t",
    b"\x89",
    named("collections", "OrderedDict") + b")R",
)
TAGGER = {f"i suffix {number}": {"NN": number / 7} for number in range(200)}
MODELS: dict[str, tuple[bytes, Confidence, int | None]] = {
    "layers by names": (
        pickle.dumps({"layer1/W": numbers(40, 30), "layer1/b": numbers(30), "layer2/W": numbers(30, 5), "b": "x"}),
        Confidence.PROBABLE,
        1380,
    ),
    "layers in dictionaries": (
        pickle.dumps([{"W": numbers(40, 30), "b": numbers(30)}, {"W": numbers(30, 5), "b": numbers(5)}]),
        Confidence.PROBABLE,
        1385,
    ),
    "layers in a row": (
        pickle.dumps([numbers(40, 30), numbers(30), numbers(30, 20), numbers(20), numbers(20, 5), numbers(5)]),
        Confidence.PROBABLE,
        1955,
    ),
    "a field of random conditions": (
        whole(estimator("sklearn_crfsuite.estimator.CRF", model=raw(b"lCRF" + b"\1" * 90))), Confidence.CERTAIN, None,
    ),
    "a regression": (
        whole(estimator("sklearn.linear_model._logistic.LogisticRegression", coef_=array(3, 4))),
        Confidence.CERTAIN,
        12,
    ),
    "a quantised layer": (whole(b"}" + text("_packed_params") + QUANTISED + b"s"), Confidence.CERTAIN, 12),
    "a tagger of plain dictionaries": (pickle.dumps((TAGGER, {"the": "DT"}, {"NN"})), Confidence.PROBABLE, None),
}  # fmt: skip


@pytest.mark.parametrize("story", MODELS)
def test_what_was_learned_is_a_model_whatever_its_name(story: str) -> None:
    content, confidence, parameters = MODELS[story]
    detection = found_in(content)
    assert (detection.is_weight, detection.confidence, detection.parameters) == (True, confidence, parameters)
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE


CHANCE = [b"\x82\x05", b"\x93", b"}b", b"\x80\x02\x84\1\1\1\1", b"00000", b"tR"]


@pytest.mark.parametrize("chance", CHANCE)
def test_the_bytes_of_arrays_in_an_old_dump_are_no_instructions(chance: bytes) -> None:
    matrix = dumped(chance.ljust(16, b"K"), 1, 2) + b"0" + dumped(b"\xe9" * 80, 2, dtype="U10")
    padded = dumped(b"\x03\xff\xff\xff" + chance.ljust(16, b"K"), 2, numpy_array_alignment_bytes=b"K\x10")
    for content in (whole(matrix), whole(padded), whole(matrix, b"0", padded, protocol=2)):
        detection = found_in(content)
        assert detection.format == "joblib"
        assert detection.loading.safety is LoadingSafety.EXECUTES_CODE, detection.loading.reasons
        assert detection.tensors


def test_an_attack_in_the_bytes_of_an_array_is_found_all_the_same() -> None:
    attack = b"0" + SYSTEM[2:]
    content = whole(dumped(attack, len(attack), dtype="i1"))
    assert found_in(content).loading.safety is LoadingSafety.DANGEROUS
    assert found_in(b"(" + content[2:]).loading.safety is LoadingSafety.DANGEROUS


@pytest.mark.parametrize("space", [b"", b" "])
def test_a_dump_of_joblib_0_8_is_read_behind_its_wider_header(space: bytes) -> None:
    content = pickle.dumps([numbers(3, 4)], 2)
    header = b"ZF" + hex(len(content)).ljust(19).encode() + space
    assert found_in(header + zlib.compress(content)).tensors == 1
    assert found_in(header + zlib.compress(SYSTEM)).loading.safety is LoadingSafety.DANGEROUS


def test_millions_of_marks_cost_as_much_as_one() -> None:
    class Counting(BytesReader):
        taken = 0

        def read(self, offset: int, length: int) -> bytes:
            self.taken += 1
            return super().read(offset, length)

    marks = b"(" * 300_000
    assert found_in(marks + b"cos\nsystem\n(S'true'\ntR.").loading.safety is LoadingSafety.DANGEROUS
    counted = Counting(marks)
    detect("marks.pkl", counted)
    assert counted.taken < 50


@pytest.mark.parametrize("start", [b"\x80\x04", b""])
def test_an_attack_behind_more_instructions_than_are_followed_is_not_passed_over(start: bytes) -> None:
    content = start + b"N0" * 500_000 + b"cos\nsystem\n(S'true'\ntR."
    assert found_in(content).loading.safety is LoadingSafety.UNKNOWN
    assert found_in(content, "model.pkl").is_weight


@pytest.mark.parametrize("content", [b"\x80\x04K\1K\2\x93.", b"\x80\x02S'name'\n)\x81.", b"\x80\x0500\x82\1."])
def test_a_pickle_at_which_every_loader_stops_is_unknown(content: bytes) -> None:
    assert found_in(content, "model.pkl").loading.safety is LoadingSafety.UNKNOWN
