"""Numbers, fonts and texts hold the bytes of instructions by chance: only a name that chance does not write tells."""

from __future__ import annotations

import pickle
import random

import pytest

from bot.scanner.detect import detect
from bot.scanner.pickles import loading_verdict, trace_all
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, LoadingSafety
from tests.scanner.pickles.writing import HARMLESS, SYSTEM, named, raw, whole, zipped

CHANCE = {
    "an extension code of one byte": b"\x80\x02\x82\x17",
    "an extension code of two bytes": b"\x80\x03\x83\x17\x31",
    "an extension code of four bytes": b"\x80\x04\x84\x17\x31\x99\x3c.",
    "two numbers as a name": b"\x80\x04K\x21K\x31\x93",
    "what is not there as a name": b"\x80\x05\x93\x93\x93",
    "a name that none can have": b"\x80\x02c\x07 \xb1\n%!eval\n)R\x82\x05",
    "the name of a module without a call": b"\x80\x02cos\nsystem\n\xff",
    "a state given to a name": b"\x80\x02ca\nb\n}b\xff",
}


@pytest.mark.parametrize("story", CHANCE)
def test_chance_in_a_storage_of_a_checkpoint_is_no_misdeed(story: str) -> None:
    numbers = random.Random(4).randbytes(700) + CHANCE[story] + random.Random(5).randbytes(700)
    detection = detect("model.pth", BytesReader(zipped(data_dot_pkl=HARMLESS, data__1=numbers)))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE, detection.loading.reasons


@pytest.mark.parametrize("story", CHANCE)
def test_chance_in_the_bytes_of_an_array_is_no_misdeed(story: str) -> None:
    numbers = b"\x3d\x9c" * 20 + CHANCE[story] + b"\xbc\x11" * 20
    assert loading_verdict(trace_all(BytesReader(whole(raw(numbers))))).safety is LoadingSafety.EXECUTES_CODE


def test_random_storages_are_not_dangerous() -> None:
    choice = random.Random(11)
    for _ in range(60):
        content = zipped(data_dot_pkl=HARMLESS, data__1=choice.randbytes(40_000))
        detection = detect("model.pth", BytesReader(content))
        assert detection is not None
        assert detection.loading.safety is LoadingSafety.EXECUTES_CODE, detection.loading.reasons


def test_a_font_begins_as_protocol_1_would_and_is_no_pickle() -> None:
    choice = random.Random(12)
    for _ in range(60):
        head = b"\x80\x01" + choice.randbytes(2) + b"\0\0%!PS-AdobeFont-1.0: Made\n"
        detection = detect("made.pfb", BytesReader(head + choice.randbytes(20_000)))
        assert detection is None or detection.loading.safety is not LoadingSafety.DANGEROUS


@pytest.mark.parametrize("start", [b"\x80\x02", b"\x80\x04\x95", b"(", b"c", b""])
def test_random_bytes_are_no_dangerous_pickle(start: bytes) -> None:
    choice = random.Random(13)
    for _ in range(40):
        detection = detect("bytes.dat", BytesReader(start + choice.randbytes(10_000)))
        assert detection is None or detection.loading.safety is not LoadingSafety.DANGEROUS
        assert detection is None or not detection.is_weight or detection.confidence is Confidence.POSSIBLE


@pytest.mark.parametrize("before", [0, 1, 333])
def test_a_hidden_attack_is_found_wherever_it_stands(before: int) -> None:
    for attack in (SYSTEM, pickle.dumps([1, 2]) + SYSTEM, SYSTEM[:-1] + b"\xff", b"cposix\nsystem\n(S'true'\ntR."):
        numbers = random.Random(before).randbytes(before) + attack + b"\x11" * 99
        detection = detect("model.pth", BytesReader(zipped(data_dot_pkl=HARMLESS, data__1=numbers)))
        assert detection is not None
        assert detection.loading.safety is LoadingSafety.DANGEROUS


def test_a_call_that_no_loader_comes_to_is_none() -> None:
    # The stack is empty where the name should be: every loader stops there.
    content = whole(named("collections", "OrderedDict"), b"00\x82\x01")
    assert loading_verdict(trace_all(BytesReader(content))).safety is LoadingSafety.UNKNOWN
