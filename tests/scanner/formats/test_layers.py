"""Names and shapes of arrays, where thousands of them want to cost much."""

from __future__ import annotations

import time

from bot.scanner.formats._layers import NamedArray, rated
from rules.facts import Confidence


def test_thousands_of_names_that_mean_the_same_are_compared_in_time() -> None:
    begun = time.process_time()
    vectors = [NamedArray(f"b{'-' * number}", (number + 2,), True) for number in range(2_000)]
    matrices = [NamedArray(f"w{'-' * number}", (3, 5_000 + number), True) for number in range(2_000)]
    rated([*vectors, *matrices])
    rated([NamedArray("w." * 500 + str(number), (8, 8), True) for number in range(2_000)])
    assert time.process_time() - begun < 10


def test_no_arrays_and_none_of_floating_point_numbers_say_nothing() -> None:
    assert rated([]) is None
    assert rated([NamedArray("layer.weight", (8, 8), False), NamedArray("layer.bias", (8,), False)]) is None


def test_one_pair_in_short_words_is_possible_and_in_whole_words_probable() -> None:
    assert rated([NamedArray("w", (4, 8), True), NamedArray("b", (8,), True)]) is Confidence.POSSIBLE
    assert rated([NamedArray("kernel", (4, 8), True), NamedArray("bias", (8,), True)]) is Confidence.PROBABLE
    assert rated([NamedArray("kernel", (4, 8), True), NamedArray("bias", (5,), True)]) is None
