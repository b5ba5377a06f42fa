from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from bot.reports.text import render
from rules.findings import Judgement

Scenario = Callable[[str], Judgement]


def printed(judgement: Judgement) -> str:
    stream = io.StringIO()
    render(judgement, Console(file=stream, width=100, highlight=False))
    return stream.getvalue()


@pytest.mark.parametrize("name", ["pass", "blocked by licence", "many findings", "not looked at", "no weights"])
def test_the_terminal_shows_the_whole_judgement(name: str, scenario: Scenario, snapshot: SnapshotAssertion) -> None:
    assert printed(scenario(name)) == snapshot


def test_a_hostile_name_cannot_command_the_terminal(scenario: Scenario) -> None:
    text = printed(scenario("hostile names"))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not any(line.startswith("/merge") for line in text.splitlines())
