from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.reports.findings import fenced
from bot.reports.words import counted, policy, prose
from rules.findings import PolicyOrigin

foreign = st.text(alphabet=st.sampled_from(list("ab1 `*_[]()<>|\\/@#!~&\n\r\t:.-+=\"'\u202e\udcff")), max_size=40)


@given(foreign)
@example("[x](http://evil.example)")
@example("<img src=x>")
@example("`a` ``b")
@example("\\`*x*`")
@example("&lt;b&gt;")
def test_foreign_text_in_a_sentence_formats_nothing_links_nothing_and_mentions_nobody(text: str) -> None:
    shown = prose(text)
    assert "\n" not in shown
    assert "\r" not in shown
    (paragraph,) = [token for token in MarkdownIt("commonmark").parse(f"See {shown}") if token.type == "inline"]
    kinds = {child.type for child in paragraph.children or ()}
    assert kinds <= {"text", "code_inline"}
    outside = "".join(child.content for child in paragraph.children or () if child.type == "text")
    assert not re.search(r"[@#!~][a-z0-9]", outside)


@given(st.lists(foreign, min_size=1, max_size=4))
def test_no_command_closes_its_fence_or_starts_with_a_slash(commands: list[str]) -> None:
    block = fenced(commands)
    tokens = [token.type for token in MarkdownIt("commonmark").parse(block)]
    assert tokens == ["fence"]
    assert not re.search(r"^/", block, re.MULTILINE)


@pytest.mark.parametrize(("number", "said"), [(0, "0 files"), (1, "1 file"), (3000, "3,000 files")])
def test_counts_agree_with_their_noun(number: int, said: str) -> None:
    assert counted(number, "file") == said


def test_the_line_about_the_policy_names_file_commit_and_the_standing_of_its_pack() -> None:
    origin = PolicyOrigin(".weighbridge.yml", "guix", "a" * 40, "https://x.example/p", ("One key is unknown.",))
    line = policy(origin, "main")
    assert line.startswith("Judged by [`.weighbridge.yml`](https://x.example/p) on `main` at commit `aaaaaaaaaaaa`")
    assert "one person's opinion" in line
    assert line.endswith("One key is unknown.")
