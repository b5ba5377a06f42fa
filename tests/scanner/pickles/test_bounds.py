"""Any bytes give a verdict, in bounded time and memory; what was not followed is unknown and never safe."""

from __future__ import annotations

import pickle
import random
import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.scanner.pickles import loading_verdict, trace_all
from bot.scanner.readers import BytesReader
from rules.facts import LoadingSafety
from tests.scanner.pickles.bypasses import BYPASSES
from tests.scanner.pickles.writing import HARMLESS, SYSTEM, named, raw, text, whole

SAFETIES = {LoadingSafety.EXECUTES_CODE, LoadingSafety.DANGEROUS, LoadingSafety.UNKNOWN}


def verdict(content: bytes) -> LoadingSafety:
    return loading_verdict(trace_all(BytesReader(content))).safety


HOSTILE = {
    "a million laughs by the memo": whole(b"]q\x00" + b"(" + b"h\x00" * 20_000 + b"e" + b"h\x00a" * 20_000),
    "tuples in tuples": whole(b")" + b"\x85" * 50_000),
    "tuples of themselves, doubled": whole(b")" + b"2\x86" * 25_000),
    "calls in calls": whole(named("torch", "Size") + (named("torch", "Size") + b"\x85R") * 1 + b"\x85" * 25_000),
    "marks alone": whole(b"(" * 100_000),
    "a number of a gigabyte": whole(b"\x8b" + struct.pack("<i", 2**30) + b"1" * 100),
    "a number of minus one byte": whole(b"\x8b" + struct.pack("<i", -1)),
    "a number in words": whole(b"L" + b"9" * 100_000 + b"L\n"),
    "a place of the memo in words": whole(b"Np" + b"9" * 10_000 + b"\n"),
    "a text of four exabytes": whole(b"\x8d" + struct.pack("<Q", 2**62)),
    "a frame of four exabytes": whole(b"\x95" + struct.pack("<Q", 2**62), b"N"),
    "more instructions than are followed": whole(b"N0" * 251_000),
    "ten thousand pickles": HARMLESS * 10_000,
    "starts without end": b"\x80\x04\x80" * 60_000,
    "names without end": b"\x80\x04" + b"".join(named(f"m{number}", "n") for number in range(30_000)),
    "byte strings that begin as pickles do": whole(b"".join(raw(b"\x80\x04N" * 8) for _ in range(5_000))),
    "pickles within pickles within pickles": whole(raw(whole(raw(whole(raw(whole(raw(whole(raw(whole(b"N"))))))))))),
    "words that look like base64": whole(text("gAR9" * 10_000)),
}


@pytest.mark.parametrize("story", HOSTILE)
def test_a_hostile_pickle_costs_little(story: str) -> None:
    started = time.process_time()
    assert verdict(HOSTILE[story]) in SAFETIES
    assert time.process_time() - started < 20


@pytest.mark.parametrize(
    "story",
    ["more instructions than are followed", "ten thousand pickles", "names without end", "a text of four exabytes"],
)
def test_what_was_not_followed_is_unknown(story: str) -> None:
    assert verdict(HOSTILE[story]) is LoadingSafety.UNKNOWN


def test_an_attack_that_is_cut_anywhere_is_dangerous_or_unknown() -> None:
    for length in range(2, len(SYSTEM)):
        assert verdict(SYSTEM[:length]) in {LoadingSafety.DANGEROUS, LoadingSafety.UNKNOWN}


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_verdict(content: bytes) -> None:
    assert verdict(content) in SAFETIES
    assert verdict(b"\x80\x04" + content) in SAFETIES


PICKLED = [pickle.dumps({"w": [1.5, (2, 3)], "n": {"a"}}, protocol) for protocol in range(6)]
PICKLED += [content for content in BYPASSES.values() if len(content) < 400]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(PICKLED), st.integers(0, 2**32))
def test_changed_pickles_give_a_verdict(content: bytes, seed: int) -> None:
    changed, choice = bytearray(content), random.Random(seed)
    for _ in range(choice.randint(1, 6)):
        position = choice.randrange(len(changed) + 1)
        changed[position : position + choice.randint(0, 3)] = choice.randbytes(choice.randint(0, 3))
    assert verdict(bytes(changed)) in SAFETIES
