"""Networks of FANN and GNU Backgammon, checkpoints of Treelite, models of Vowpal Wabbit."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "classical"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def gnubg(*sizes: tuple[int, int, int], version: float = 1.01) -> bytes:
    """Networks as NeuralNetLoadBinary of GNU Backgammon reads them."""
    content = struct.pack("<2f", 472.3782, version)
    for inputs, hidden, outputs in sizes:
        content += struct.pack("<4I2f", inputs, hidden, outputs, 1, 0.1, 1.0)
        content += bytes(4 * (inputs * hidden + hidden * outputs + hidden + outputs))
    return content


@pytest.mark.parametrize(
    ("content", "identifier", "parameters"),
    [
        ((DATA / "network.fann").read_bytes(), "fann", 13),
        (gnubg((250, 8, 5), (214, 8, 5)), "gnubg", 250 * 8 + 40 + 13 + 214 * 8 + 40 + 13),
        (b"GNU Backgammon 1.00\n250 128 5 1 0.1000000 1.0000000\n0.0001\n", "gnubg", None),
        ((DATA / "model.treelite").read_bytes(), "treelite", None),
        ((DATA / "vowpal.vw").read_bytes(), "vowpal-wabbit", None),
        ((DATA / "vowpal.txt").read_bytes(), "vowpal-wabbit", None),
    ],
    ids=["fann", "gnubg", "gnubg text", "treelite", "vowpal", "vowpal text"],
)
def test_a_model_is_told_by_its_content(content: bytes, identifier: str, parameters: int | None) -> None:
    detection = found_in(content)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == (identifier, True, Confidence.CERTAIN)
    assert detection.parameters == parameters
    assert detection.loading.safety is LoadingSafety.SAFE


def test_what_is_said_of_a_treelite_checkpoint() -> None:
    detection = found_in((DATA / "model.treelite").read_bytes())
    assert detection is not None
    assert detection.metadata["architecture"] == "trees, binary classification, sigmoid"
    assert (detection.metadata["trees"], detection.metadata["producer"]) == ("4", "Treelite 4.8.1")


@pytest.mark.parametrize(
    "content",
    [(DATA / "network.fann").read_bytes()[:600], gnubg((250, 8, 5), (214, 8, 5))[:-8]],
    ids=["fann", "gnubg"],
)
def test_a_truncated_network_is_reported(content: bytes) -> None:
    detection = found_in(content)
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert "cut off" in detection.remarks[0]


@pytest.mark.parametrize(
    "content",
    [
        b"FANN_FLO_2.1\nis the first line of a network\n",
        b"GNU Backgammon 1.00\nWelcome to the manual\n",
        struct.pack("<2f", 472.3782, 1.0) + bytes(200),
        struct.pack("<2f", 472.3782, 1.0) + b"\xff" * 200,
        b"\x06\0\0\x008.11.0\0" + bytes(60),
        b"\x07\0\0\x009.11.9\0\x01\0\0\0\0m" + b"\xff" * 40,
        b"Version 2.11.0\nId be glad to hear from you\n",
        b"\x04\0\0\0\x08\0\0\0\x01\0\0\0\x02\x02\x04" + bytes(120),
    ],
)
def test_other_content_is_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "model.vw") is None
