"""What picklers write, however twisted the value, bears no sign of a hand."""

from __future__ import annotations

import collections
import pickle
import pickletools
import sys
from typing import Any

import numpy as np
import pytest

from bot.scanner.pickles import loading_verdict, trace_all
from bot.scanner.pickles.handwriting import Handwriting
from bot.scanner.pickles.opcodes import Window, opcodes
from bot.scanner.readers import BytesReader
from rules.facts import LoadingSafety
from tests.scanner.pickles.test_honest_pickles import VALUES


class Layers(collections.OrderedDict[str, object]):
    pass


class Loop:
    """An object that leads back to itself through a tuple."""

    def __init__(self) -> None:
        self.around = (("first", self, "last"), {"me": (self,)})


class Loud:
    """An object that is made by a call, as exceptions and enumerations are."""

    def __init__(self, *parts: object) -> None:
        self.parts = parts

    def __reduce__(self) -> tuple[Any, ...]:
        return Loud, self.parts, {"size": 3}


def _twisted() -> dict[str, object]:
    ring: list[object] = []
    ring.append((ring, "x", (ring,)))
    tupled = ([], "y")
    tupled[0].append(tupled)
    return {
        "a list in a tuple in the list": ring,
        "a tuple in a list in the tuple": tupled,
        "an object in its own tuples": Loop(),
        "objects made by a call": [Loud(1, "a"), Loud(), Loud(Loud, Loud("a"))],
        "a dictionary of one's own": Layers(a=[1], b=(2, "x")),
        "one that is empty": {"layers": Layers()},
        "the same texts again and again": [("name", "name"), {"name": ["name"] * 3}],
        "long numbers and truths": [2**70, -(2**31), 2**31, True, None, 1.5, (), [], {}],
    }


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("story", [*VALUES, *_twisted()])
@pytest.mark.parametrize("dumps", [pickle.dumps, pickle._dumps])  # type: ignore[attr-defined]
def test_a_pickler_shows_no_hand(story: str, protocol: int, dumps: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in (Layers, Loop, Loud):  # as if this were the program that is run
        monkeypatch.setattr(each, "__module__", "__main__")
        monkeypatch.setattr(sys.modules["__main__"], each.__name__, each, raising=False)
    try:
        content = dumps((VALUES | _twisted())[story], protocol)
    except (TypeError, ValueError, AttributeError, pickle.PicklingError):
        pytest.skip("Python does not write it in this protocol")
    for written in (content, pickletools.optimize(content)):
        verdict = loading_verdict(trace_all(BytesReader(written)))
        assert verdict.safety is LoadingSafety.EXECUTES_CODE, verdict.reasons
        hand = Handwriting()
        for opcode in opcodes(Window(BytesReader(written))):
            hand.follows(opcode)
        assert not hand.is_mixed


def test_arrays_beside_the_pickle_are_no_misdeed() -> None:
    beside: list[pickle.PickleBuffer] = []
    content = pickle.dumps({"w": np.zeros((3, 4), np.float32)}, 5, buffer_callback=beside.append)
    assert beside
    assert loading_verdict(trace_all(BytesReader(content))).safety is LoadingSafety.EXECUTES_CODE
