"""The corpus is measured, its page is written, and the aims are held against it. Run by `make corpus` (long)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import packages  # noqa: E402  (the corpus's scripts stand beside this test)

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(6 * 3600)]


@pytest.fixture(scope="module")
def figures() -> dict[str, int]:
    """What the measurement found, after it has written docs/detection.md."""
    subprocess.run([sys.executable, str(HERE / "report.py")], check=True)
    found: dict[str, int] = json.loads((packages.corpus_folder() / "aims.json").read_text(encoding="utf-8"))
    return found


def test_the_corpus_is_large_enough_to_say_something(figures: dict[str, int]) -> None:
    assert figures["weights"] >= 300
    assert figures["formats"] >= 30
    assert figures["ordinary"] >= 400_000


def test_every_published_weight_file_is_found_by_its_own_name(figures: dict[str, int]) -> None:
    assert figures["found"] == figures["weights"]


def test_ninety_nine_in_a_hundred_are_found_when_renamed(figures: dict[str, int]) -> None:
    assert figures["found_renamed"] >= 0.99 * figures["weights"]


def test_at_most_one_ordinary_file_in_a_hundred_thousand_is_called_a_weight(figures: dict[str, int]) -> None:
    assert figures["false_alarms"] * 100_000 <= figures["ordinary"]


def test_no_file_makes_a_parser_raise(figures: dict[str, int]) -> None:
    assert figures["errors"] == 0
