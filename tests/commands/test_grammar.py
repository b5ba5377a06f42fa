"""What people write to bots, and which commands it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.grammar import (
    COMMAND_LIMIT,
    COMMANDS_LIMIT,
    COMMENT_LIMIT,
    NAMES,
    OPTIONS,
    REASON_LIMIT,
    Command,
    commands_in,
    new_commands,
)

MENTIONS = ["weighbridge"]
TABLES = sorted((Path(__file__).parent / "comments").glob("*.yml"))
COMMENTS = [
    pytest.param(row["body"], row["commands"], id=f"{table.stem}: {row['name']}")
    for table in TABLES
    # Every scalar is a text here, `no` and `2026-12-31` as well.
    for row in yaml.load(table.read_text(encoding="utf-8"), Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
]


def _command(row: list[Any]) -> Command:
    options = row[-1] if isinstance(row[-1], dict) else {}
    verb, *words = [word for word in row if isinstance(word, str)]
    return Command(verb, tuple(words), options)


@pytest.mark.parametrize(("body", "expected"), COMMENTS)
def test_a_comment_holds_exactly_these_commands(body: str, expected: list[list[Any]]) -> None:
    assert commands_in(body, MENTIONS) == [_command(row) for row in expected]


def test_line_ends_of_windows_change_nothing() -> None:
    for comment in COMMENTS:
        body = comment.values[0].replace("\r\n", "\n").replace("\r", "\n")
        assert commands_in(body.replace("\n", "\r\n"), MENTIONS) == commands_in(body, MENTIONS), comment.id


def test_the_tables_are_as_large_as_promised_and_name_each_comment_once() -> None:
    names = [param.id for param in COMMENTS]
    assert len(set(names)) == len(names) >= 150


class TestEditedComments:
    def test_a_line_more_is_all_that_is_new(self) -> None:
        assert new_commands("/weights status", "/weights status\n/weights recheck") == [Command("recheck")]

    def test_a_mended_spelling_is_a_new_command(self) -> None:
        assert new_commands("/weights recheckk", "/weights recheck") == [Command("recheck")]

    def test_another_order_is_nothing_new(self) -> None:
        assert new_commands("/weights status\n/weights help", "/weights help\n/weights status") == []

    def test_the_same_command_once_more_is_new(self) -> None:
        assert new_commands("/weights recheck", "/weights recheck\n\n/weights recheck") == [Command("recheck")]

    def test_talk_around_a_command_is_nothing_new(self) -> None:
        assert new_commands("/weights status", "Well.\n\n/weights status\n\nMore.") == []

    def test_a_command_taken_out_of_code_is_new(self) -> None:
        assert new_commands("`/weights status`", "/weights status") == [Command("status")]


class TestBounds:
    def test_ten_thousand_commands_are_twenty(self) -> None:
        assert commands_in("/weights status\n" * 10_000) == [Command("status")] * COMMANDS_LIMIT

    def test_a_comment_longer_than_a_forge_takes_is_read_up_to_a_whole_line(self) -> None:
        line = "/weights waive F until=30d known\n"
        padding = "x" * (COMMENT_LIMIT - 2 * len(line) - 3) + "\n\n"
        assert commands_in(padding + line * 3) == [Command("waive", ("F", "known"), {"until": "30d"})] * 2

    def test_one_endless_line_is_no_command(self) -> None:
        assert commands_in("/weights reviewed " + "a" * COMMENT_LIMIT) == []

    def test_a_long_command_ends_at_a_whole_word(self) -> None:
        (command,) = commands_in("/weights waive F " + "because " * 5_000 + "until=30d")
        assert set(command.words[1:]) == {"because"}
        assert len(" ".join(command.words)) <= COMMAND_LIMIT
        assert len(command.reason(1)) == REASON_LIMIT

    @pytest.mark.parametrize(
        "part",
        # Those that have been slow in one parser of Markdown or another, and quotes for our own.
        ["[", "![", "[![", "[](", "[]((", "[a](", "*_", "**a *b ", "`", "~~a", "> ", "- ", "- a\n", "<a ", "<!--", "&",
         '"a ', '"', "'a b ", "On 1 ", "On 1\n", "From: a\n", "-- x\n", "a=", "until=\"", "\\ ", "|a|\n|-|\n", ">>>\n"],
    )  # fmt: skip
    @pytest.mark.timeout(30)
    def test_slow_inputs_of_markdown_come_to_an_end(self, part: str) -> None:
        hostile = part * (COMMENT_LIMIT // 4 // len(part))
        commands_in(f"/weights a {hostile}\n\n{hostile}")

    def test_half_a_character_is_left_out(self) -> None:
        assert commands_in("/weights reviewed \ud800.bin") == [Command("reviewed", (".bin",))]

    def test_deeply_nested_quotations_hold_nothing(self) -> None:
        body = "\n".join("> " * depth + "/weights status" for depth in range(1, 200))
        assert commands_in(body) == []

    @pytest.mark.parametrize("mentions", [[""], ["@"], ["[bot]"], ["a.*"], ["(", "\\"]])
    def test_odd_logins_name_nobody_else(self, mentions: list[str]) -> None:
        assert commands_in("@ status\n\n@abc status\n\nstatus", mentions) == []

    def test_a_login_may_be_given_as_the_forge_writes_it(self) -> None:
        for login in ("weighbridge", "@weighbridge", "weighbridge[bot]", "Weighbridge"):
            assert commands_in("@weighbridge[bot] status", [login]) == [Command("status")]

    def test_of_two_logins_the_longer_is_meant(self) -> None:
        assert commands_in("@bot-two status", ["bot", "bot-two"]) == [Command("status")]


_LINES = st.one_of(
    st.sampled_from(
        """/weights status|/weights waive F until=30d "known bug|@weighbridge help|> /weights a|```|~~~|    x|- a|1. b|
        <details>|</details>|<!--|-->|-- |---|On 3 May, J <j@x> wrote:|| |>|>>>|a `b|`c|~~d|e~~|a | b|--- | ---|# f|
        [g]: h|<del>|</del>|From: a|Subject: b|Thanks|/merge|@jane hello|*|\\|\u200b|\u00a0|""".split("|")
    ),
    st.text(max_size=30),
)
_BODIES = st.one_of(st.text(max_size=300), st.lists(_LINES, max_size=20).map("\n".join))
_TALK = st.text(st.characters(exclude_characters="/@", exclude_categories=["Cs"]), max_size=100)


class TestAnyText:
    @given(_BODIES)
    def test_gives_a_list_within_bounds(self, body: str) -> None:
        commands = commands_in(body, MENTIONS)
        assert len(commands) <= COMMANDS_LIMIT
        for command in commands:
            assert len(command.verb) + sum(map(len, command.words)) <= COMMAND_LIMIT
            assert len(command.reason()) <= REASON_LIMIT
            assert set(command.options) <= set(OPTIONS)

    @given(_BODIES, _BODIES)
    def test_an_edit_that_changes_nothing_asks_for_nothing(self, before: str, after: str) -> None:
        assert new_commands(before, before, MENTIONS) == []
        assert len(new_commands(before, after, MENTIONS)) <= COMMANDS_LIMIT

    @given(st.lists(_LINES, max_size=20), st.sampled_from(["```", "~~~~"]))
    def test_within_a_fence_is_no_command(self, lines: list[str], fence: str) -> None:
        body = "\n".join(line for line in lines if not {"`", "~"} & set(line))
        assert commands_in(f"{fence}\n{body}\n{fence}", MENTIONS) == []

    @given(_BODIES)
    def test_within_a_quotation_is_no_command(self, body: str) -> None:
        lines = body.replace("\r", "\n").split("\n")
        assert commands_in("\n".join(f"> {line}" for line in lines), MENTIONS) == []

    @given(_BODIES, _TALK)
    def test_text_without_our_name_adds_no_command_behind(self, body: str, talk: str) -> None:
        # What opens a quotation or a fold further up may be closed by it, which shows what stood there before.
        plain = "".join(letter for letter in talk if letter not in "`~<>")
        assert len(commands_in(f"{body}\n\n{plain}", MENTIONS)) <= len(commands_in(body, MENTIONS))

    @given(_TALK)
    def test_without_a_name_is_no_command(self, talk: str) -> None:
        assert commands_in(talk, MENTIONS) == []

    @given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=60), st.sampled_from(NAMES))
    def test_behind_the_name_is_one_command_at_most(self, rest: str, name: str) -> None:
        assert len(commands_in(f"/{name} {rest}", MENTIONS)) <= 1
