from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from syrupy.assertion import SnapshotAssertion

from bot.reports.markdown import MARKER, Context, all_clear, is_summary, state_of, summary
from rules.findings import Judgement

Scenario = Callable[[str], Judgement]

NAMES = ("pass", "blocked by licence", "observed", "many findings", "hostile names", "not looked at", "no weights")


def context(limit: int = 60_000) -> Context:
    return Context(
        file_url=lambda path, line: f"https://github.example/blob/4f1c/README.md{f'#L{line}' if line else ''}",
        dashboard_url="https://weighbridge.example/merge-requests/7/12",
        limit=limit,
    )


def prose_of(body: str) -> str:
    """What is left of a comment as running text: without code spans, code blocks and HTML comments."""
    text = []
    for block in MarkdownIt("commonmark").enable("table").parse(body):
        text += [child.content for child in block.children or () if child.type == "text"]
    return "\n".join(text)


@pytest.mark.parametrize("name", NAMES)
def test_the_whole_comment_reads_well(name: str, scenario: Scenario, snapshot: SnapshotAssertion) -> None:
    assert summary(scenario(name), context()) == snapshot


@pytest.mark.parametrize("name", ["pass", "no weights"])
def test_the_comment_says_when_all_is_settled(name: str, scenario: Scenario, snapshot: SnapshotAssertion) -> None:
    assert all_clear(scenario(name), context()) == snapshot


@pytest.mark.parametrize("name", [*NAMES, "three thousand"])
def test_every_comment_can_be_found_again_and_raises_its_voice_nowhere(name: str, scenario: Scenario) -> None:
    body = summary(scenario(name), context())
    assert body.startswith(MARKER + "\n")
    assert is_summary(body)
    assert is_summary(body.replace("\n", "\r\n"))
    assert "!" not in prose_of(body).replace("!\N{WORD JOINER}", "")
    assert not is_summary("Look at this: " + body)


@pytest.mark.parametrize("name", [*NAMES, "three thousand"])
def test_no_line_could_be_taken_for_a_quick_action(name: str, scenario: Scenario) -> None:
    for body in (summary(scenario(name), context()), all_clear(scenario(name), context())):
        assert not re.search(r"^\s*/", body.replace("\n /", "\nx"), re.MULTILINE)
        assert not re.search(r"^/", body, re.MULTILINE)


def test_a_hostile_name_mentions_nobody_and_links_nowhere(scenario: Scenario) -> None:
    body = summary(scenario("hostile names"), context())
    text = prose_of(body)
    assert not re.search(r"[@#!]\w", text)
    assert "](http://evil" not in re.sub(r"(`+).*?\1", "", body).replace("\\](", "")
    assert "\u202e" not in body
    rows = [line for line in body.splitlines() if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {7}


def test_three_thousand_files_fit_and_what_was_left_out_is_counted(scenario: Scenario) -> None:
    judgement = scenario("three thousand")
    body = summary(judgement, context())
    assert len(body) <= 60_000
    assert "3,000 problems block this merge request" in body
    shown = sum(line.startswith("| `shards/") for line in body.splitlines())
    assert f"{3000 - shown:,} more weight files did not fit in here" in body
    assert "dashboard](https://weighbridge.example" in body


@pytest.mark.parametrize("limit", [1200, 2500, 5000, 20_000])
def test_a_small_room_keeps_what_blocks_first(limit: int, scenario: Scenario) -> None:
    body = summary(scenario("many findings"), context(limit))
    assert len(body) <= limit
    assert "problems block this merge request" in body
    assert body.index("Blocks") < body.find("Warning") or "Warning" not in body


def test_the_earlier_state_is_read_back_from_the_comment(scenario: Scenario) -> None:
    assert state_of(summary(scenario("blocked by licence"))) == "findings"
    assert state_of(all_clear(scenario("pass"))) == "cleared"
    assert state_of(summary(scenario("pass"))) == "pass"


def test_the_same_judgement_gives_the_same_comment(scenario: Scenario) -> None:
    assert summary(scenario("many findings"), context()) == summary(replace(scenario("many findings")), context())
