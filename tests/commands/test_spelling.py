"""A mistyped verb gets one suggestion, and talk gets none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.spelling import nearest

VERBS = "help status recheck explain license reviewed waive unwaive dismiss reopen assign origin policy".split()


@pytest.mark.parametrize("verb", VERBS)
def test_a_known_verb_is_nearest_to_itself(verb: str) -> None:
    assert nearest(verb, VERBS) == verb


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("hlep", "help"),
        ("halp", "help"),
        ("stauts", "status"),
        ("statsu", "status"),
        ("stat", "status"),
        ("re-check", "recheck"),
        ("check", "recheck"),
        ("rechek", "recheck"),
        ("explian", "explain"),
        ("licence", "license"),
        ("licenses", "license"),
        ("review", "reviewed"),
        ("reviewd", "reviewed"),
        ("wiave", "waive"),
        ("waiver", "waive"),
        ("wave", "waive"),
        ("unwave", "unwaive"),
        ("un-waive", "unwaive"),
        ("dismis", "dismiss"),
        ("dissmiss", "dismiss"),
        ("re-open", "reopen"),
        ("open", "reopen"),
        ("asign", "assign"),
        ("origins", "origin"),
        ("orgin", "origin"),
        ("polcy", "policy"),
        ("policies", "policy"),
        ("RECHEKC", "recheck"),
    ],
)
def test_a_mistyped_verb_is_understood(mistyped: str, meant: str) -> None:
    assert nearest(mistyped, VERBS) == meant


@pytest.mark.parametrize(
    "talk",
    [
        "",
        "thanks",
        "have",
        "lgtm",
        "folder",
        "are",
        "what's",
        "merge",
        "approve",
        "rebase",
        "r+",
        "the",
        "👍",
        "-",
        "/weights",
    ],
)
def test_talk_gets_no_suggestion(talk: str) -> None:
    assert nearest(talk, VERBS) is None


def test_nothing_known_is_nothing_near() -> None:
    assert nearest("help", []) is None


def test_the_order_of_the_known_changes_nothing() -> None:
    assert nearest("waiv", VERBS) == nearest("waiv", reversed(VERBS)) == "waive"


@given(st.text(max_size=5_000))
def test_any_text_gets_one_suggestion_at_most(verb: str) -> None:
    assert nearest(verb, VERBS) in {None, *VERBS}
