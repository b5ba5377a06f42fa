"""Foreign text is harmless, sizes read as people write them, globs match what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rules.globs import matches
from rules.sizes import parse_limit, parse_size
from rules.text import code, enumeration, quantity, shell_path, size

MIB = 1024**2


@given(st.text(max_size=300))
def test_foreign_text_is_always_one_code_span_on_one_line(text: str) -> None:
    shown = code(text)
    assert len(shown.splitlines()) == 1
    (paragraph, inline, _) = MarkdownIt().parse(f"before {shown} after")
    assert paragraph.type == "paragraph_open"
    assert [child.type for child in inline.children or []] == ["text", "code_inline", "text"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("models/a.pt", "`models/a.pt`"),
        ("a\n/merge\nb", "`a\\n/merge\\nb`"),
        ("tick`tock", "``tick`tock``"),
        ("`", "`` ` ``"),
        ("caf\udce9.pt", "`caf\\xe9.pt`"),
        ("gpj.\u202etp", "`gpj.\\u202etp`"),
        ("", "`(empty)`"),
        ("  ", "`(2 spaces)`"),
        ("naïve/模型.gguf", "`naïve/模型.gguf`"),
    ],
)
def test_foreign_text_is_shown_as_it_is_or_escaped(text: str, shown: str) -> None:
    assert code(text) == shown


def test_long_text_is_cut() -> None:
    assert code("x" * 10_000) == f"`{'x' * 199}…`"


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (50 * MIB, "50 MiB"),
        (MIB - 1, "1 MiB"),
        (5_000_000_000, "4.7 GiB"),
        (2**50, "1024 TiB"),
    ],
)
def test_sizes_are_short(count: int, shown: str) -> None:
    assert size(count) == shown


def test_quantities_are_short() -> None:
    assert [quantity(n) for n in (7, 7_200_000, 8_030_000_000, 405_000)] == ["7", "7.2 M", "8 B", "405 K"]


def test_an_enumeration_reads_like_a_sentence() -> None:
    assert [enumeration(list(items)) for items in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("written", "count"),
    [("50 MiB", 50 * MIB), ("50MiB", 50 * MIB), ("2 GB", 2 * 10**9), ("1.5 KiB", 1536), ("7", 7), (7, 7), ("0 B", 0)],
)
def test_sizes_are_read_in_binary_and_decimal_units(written: object, count: int) -> None:
    assert parse_size(written) == count


@pytest.mark.parametrize("written", ["", "MiB", "1 mib", "1 MiB more", "-1", -1, True, 1.5, None, [], "1 ZiB", "٣ MiB"])
def test_anything_else_is_no_size(written: object) -> None:
    with pytest.raises(ValueError, match="write a number and a unit"):
        parse_size(written)


@given(st.integers(0, 2**50))
def test_a_shown_size_can_be_written_in_a_policy(count: int) -> None:
    assert parse_size(size(count)) == pytest.approx(count, rel=0.06)


def test_a_limit_may_be_off() -> None:
    assert [parse_limit(written) for written in (None, False, "off", "1 KiB")] == [None, None, None, 1024]


@pytest.mark.parametrize(
    ("glob", "path", "fits"),
    [
        ("tests/**", "tests/a.pt", True),
        ("tests/**", "tests/a/b/c.pt", True),
        ("tests/**", "src/tests/a.pt", False),
        ("**/tests/**", "src/tests/a.pt", True),
        ("**/*.pt", "a.pt", True),
        ("**/*.pt", "x/y/a.pt", True),
        ("*.pt", "x/a.pt", False),
        ("tests/", "tests/x/a.pt", True),
        ("/tests/*.pt", "tests/a.pt", True),
        ("./tests/*.pt", "tests/a.pt", True),
        ("a/**/b.pt", "a/b.pt", True),
        ("a/**/b.pt", "a/x/y/b.pt", True),
        ("a/?.pt", "a/bc.pt", False),
        ("[ab].pt", "b.pt", True),
        ("A.pt", "a.pt", False),
        ("", "a", False),
    ],
)
def test_globs_match_whole_paths_from_the_root(glob: str, path: str, fits: bool) -> None:
    assert matches(path, glob) is fits


def test_a_glob_made_to_be_slow_is_not() -> None:
    assert not matches("/".join("a" * 500) + "/b", "**/a/" * 500 + "c")


@pytest.mark.parametrize("path", ["a\nb", "a\u202eb", "a\udce9", "a\x1b[31m", "-rf", ":/x"])
def test_paths_that_nobody_should_paste_are_not_quoted(path: str) -> None:
    assert shell_path(path) is None
