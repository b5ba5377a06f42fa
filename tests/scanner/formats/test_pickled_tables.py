"""Classifiers whose numbers are in Python's own arrays, as langid keeps its naive Bayes, and other such arrays."""

from __future__ import annotations

import array
import base64
import bz2
import pickle
import random
import time
from typing import Any

import pytest

from bot.scanner.detect import detect
from bot.scanner.pickles import trace
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

_CHANCE = random.Random(11)
CLASSES = [f"language {number}" for number in range(25)]


def floats(count: int) -> array.array[float]:
    return array.array("f", [_CHANCE.uniform(-14, -2) for _ in range(count)])


NAIVE_BAYES = (floats(500 * 25), floats(25), CLASSES, array.array("i", range(5_000)), {5: (1, 2)})
"""Features by classes, the classes, their names, and the automaton that finds the features."""


def found_in(model: Any, protocol: int = 0) -> Detection | None:
    return detect("data.bin", BytesReader(pickle.dumps(model, protocol)))


@pytest.mark.parametrize("protocol", [0, 2, 3, 5])
def test_tables_of_a_classifier_with_the_names_of_its_classes_are_probable(protocol: int) -> None:
    detection = found_in(NAIVE_BAYES, protocol)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("pickle", True, Confidence.PROBABLE)
    assert (detection.parameters, detection.tensors) == (501 * 25, 2)
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE


def test_they_are_found_in_a_script_that_carries_them() -> None:
    packed = base64.encodebytes(bz2.compress(pickle.dumps(NAIVE_BAYES, 0))).decode("ascii")
    detection = detect("data.bin", BytesReader(f'"""Tells languages."""\n\nmodel = b"""\n{packed}"""\n'.encode()))
    assert detection is not None
    assert (detection.title, detection.confidence) == (
        "pickle, compressed with bzip2, written out in text",
        Confidence.PROBABLE,
    )


@pytest.mark.parametrize(
    "values",
    [
        (floats(12_500),),
        (floats(12_500), floats(25)),
        (floats(12_501), floats(25), CLASSES),
        (floats(12_500), floats(25), CLASSES[:24]),
        (floats(12_500), floats(25), ["station"] * 25),
        (floats(12_500), floats(25), list(range(25))),
        ([1.5] * 12_500, [1.5] * 25, CLASSES),
    ],
    ids=["one", "two", "another length", "too few names", "names alike", "numbers for names", "lists"],
)
def test_measurements_in_such_arrays_are_possible_at_most(values: Any) -> None:
    detection = found_in(values)
    assert detection is None or not detection.is_weight or detection.confidence is Confidence.POSSIBLE


def test_a_table_of_more_numbers_than_instructions_are_followed_is_followed_to_its_end() -> None:
    content = pickle.dumps((array.array("d", [-8.25]) * 600_000, array.array("d", [0.5] * 25), CLASSES), 0)
    started = time.process_time()
    detection = detect("data.bin", BytesReader(content))
    assert time.process_time() - started < 5
    assert detection is not None
    assert (detection.confidence, detection.parameters) == (Confidence.PROBABLE, 600_025)


def test_a_table_of_counts_in_lists_is_no_weight_however_long_and_whatever_its_name() -> None:
    content = pickle.dumps([[0, 1, 3] * 140 for _ in range(1_000)], 0)
    detection = detect("counts.pkl", BytesReader(content))
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (False, Confidence.CERTAIN)


def test_numbers_that_are_passed_over_are_kept_as_others_are() -> None:
    found = trace(BytesReader(b"(lp0\nI3\naI-4\naF2.5\naL5L\naI6\na."))
    assert found.whole
    assert isinstance(found.result, list)
    assert [item for item in found.result if isinstance(item, int)] == [3, -4, 5, 6]
    assert (len(found.result), found.numbers) == (5, 5)


def test_what_stands_behind_or_between_numbers_that_are_passed_over_is_followed() -> None:
    numbers = b"F-1.25\naI7\na" * 50_000
    call = b"cos\nsystem\n(S'true'\ntR"
    for content in (b"(lp0\n" + numbers + call + b"a.", b"(lp0\n" + numbers + call + b"a" + numbers + b"."):
        found = trace(BytesReader(content))
        assert found.whole
        assert found.numbers == 100_000 * content.count(numbers)
        assert [name.dotted for name in found.dangerous_names] == ["os.system"]


def test_a_list_is_as_long_as_it_is_however_it_was_written() -> None:
    for protocol in (0, 1, 2, 4):
        detection = found_in((array.array("d", [1.5] * 10_003), array.array("d", [0.5] * 3), ["a", "b", "c"]), protocol)
        assert detection is not None
        assert not detection.is_weight or detection.confidence is Confidence.POSSIBLE, "10,003 is no multiple of 3"


def test_an_array_of_a_kind_that_is_none_is_passed_over() -> None:
    for kind in (b"]", b"}", b"N", b"K\x01", b")", b"carray\narray\n)R"):
        content = b"\x80\x02carray\narray\n" + kind + b"]\x86R\x85."
        assert trace(BytesReader(content)).whole
        detection = detect("data.bin", BytesReader(content))
        assert detection is not None
        assert not detection.is_weight


def test_damaged_ones_get_an_answer() -> None:
    content = pickle.dumps((floats(400), floats(4), ["a", "b", "c", "d"]), 0)
    for place in range(0, len(content), 97):
        detect("data.bin", BytesReader(content[:place]))
        detect("data.bin", BytesReader(content[:place] + b"\xff" + content[place + 1 :]))
