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


def rows(*named: tuple[str, tuple[int, ...]]) -> Confidence | None:
    return rated([NamedArray(name, shape, True) for name, shape in named])


def test_matrices_of_which_each_takes_what_the_last_gives_are_probably_layers() -> None:
    assert rows(("arr_0", (64, 48)), ("arr_1", (48, 32)), ("arr_2", (32, 10))) is Confidence.PROBABLE
    assert rows(("arr_0", (48, 64)), ("arr_1", (32, 48)), ("arr_2", (10, 32))) is Confidence.PROBABLE
    assert rows(("dense_0/kernel", (64, 32)), ("dense_1/kernel", (32, 10))) is Confidence.PROBABLE
    assert rows(("W1", (64, 32)), ("b1", (1, 32)), ("W2", (32, 10))) is Confidence.PROBABLE


def test_matrices_that_do_not_follow_from_each_other_are_not() -> None:
    assert rows(("arr_0", (80, 10)), ("arr_1", (20, 10)), ("arr_2", (80, 3))) is None
    assert rows(("arr_0", (64, 64)), ("arr_1", (64, 64)), ("arr_2", (64, 64))) is None
    assert rows(("arr_0", (100, 20)), ("arr_1", (20, 5))) is None
    assert rows(("U", (100, 5)), ("S", (5, 5)), ("V", (5, 40))) is None
