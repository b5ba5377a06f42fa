"""A program that carries a pickle in base64 is told by what the pickle calls, however short it is."""

from __future__ import annotations

import base64
import pickle
import random
import textwrap

import pytest

from bot.scanner.detect import detect
from bot.scanner.pickles.written import written_in
from bot.scanner.readers import BytesReader
from rules.facts import LoadingSafety
from tests.scanner.pickles.writing import HARMLESS, SYSTEM

ATTACKS = {
    "protocol 4": SYSTEM,
    "protocol 2": b"\x80\x02" + SYSTEM[2:],
    "protocol 0 of posix": b"cposix\nsystem\n(S'true'\ntR.",
    "protocol 0 of os": b"cos\nsystem\n(S'true'\ntR.",
    "protocol 0 of builtins": b"cbuiltins\neval\n(S'1'\ntR.",
    "INST": b"(S'true'\nios\nsystem\n.",
    "a mark before it": b"(cos\nsystem\nS'true'\no.",
    "a frame": b"\x80\x04\x95" + len(SYSTEM[2:]).to_bytes(8, "little") + SYSTEM[2:],
}


def program(content: bytes, before: str = "") -> bytes:
    word = base64.b64encode(content).decode()
    return f'import base64, pickle\n{before}\npickle.loads(base64.b64decode("{word}"))\n'.encode()


@pytest.mark.parametrize("before", ["", "# words\n" * 3_000, "x = 1\n" * 60_000])
@pytest.mark.parametrize("story", ATTACKS)
def test_a_short_attack_in_a_program_is_found(story: str, before: str) -> None:
    detection = detect("setup.py", BytesReader(program(ATTACKS[story], before)))
    assert detection is not None
    assert detection.is_weight
    assert detection.loading.safety is LoadingSafety.DANGEROUS


def test_a_string_in_several_lines_is_put_together() -> None:
    word = base64.b64encode(SYSTEM).decode()
    lines = "\n".join(f'    "{line}"' for line in textwrap.wrap(word, 20))
    detection = detect("load.py", BytesReader(f"data = (\n{lines}\n)\n".encode()))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS


@pytest.mark.parametrize("content", [HARMLESS, pickle.dumps([1, 2, 3]), b"configuration", b"cat\nfoo\n" * 9])
def test_harmless_strings_in_a_program_are_of_no_interest(content: bytes) -> None:
    assert detect("cache.py", BytesReader(program(content))) is None


def test_many_words_that_begin_as_a_pickle_cost_little() -> None:
    choice = random.Random(2)
    words = [base64.b64encode(b"\x80\x04" + choice.randbytes(30)) for _ in range(3_000)]
    assert not list(written_in(b"\n".join(words)))
    assert not list(written_in(b"gAR9" * 100_000))
