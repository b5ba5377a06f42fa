from __future__ import annotations

import contextlib
import time

import pytest

from rules.safe_yaml import YamlError, load

LIMIT = 64 * 1024


def test_values_come_with_the_line_of_each_key() -> None:
    value, lines = load(b"version: 1\nlist:\n  - x\n  - {y: off}\ntext: '1'\n", limit=LIMIT)
    assert value == {"version": 1, "list": ["x", {"y": False}], "text": "1"}
    assert lines[("list",)] == 2
    assert lines[("list", 1, "y")] == 4
    assert lines[("text",)] == 5


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"", None),
        (b"# only a comment\n", None),
        (b"---\na: 1\n...\n", {"a": 1}),
        (b"\xef\xbb\xbfa: 1\r\nb: x\r\n", {"a": 1, "b": "x"}),
        (b"on: 1\n2: x\n", {"on": 1, "2": "x"}),
        (b"when: 2024-13-45\n", {"when": "2024-13-45"}),
        (b"many: " + b"9" * 5000, {"many": "9" * 5000}),
        (b"a: =\n'<<': 1", {"a": "=", "<<": 1}),
    ],
)
def test_plain_documents_are_read(content: bytes, value: object) -> None:
    assert load(content, limit=LIMIT)[0] == value


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"a: 1\nb: &x 1", 2, "Anchors"),
        (b"a: 1\n&k b: 1", 2, "Anchors"),
        (b"a: *x", 1, "Aliases"),
        (b"a: !!python/object/apply:os.system ['true']", 1, "Tags"),
        (b"!!str a: b", 1, "Tags"),
        (b"a: 1\n<<: {b: 1}", 2, "Merge keys"),
        (b"a: 1\nb: 2\na: 3", 3, "twice; it stands on line 1"),
        (b"a: 1\n---\nb: 2", 2, "more than one"),
        (b"a: 1\nb: \xff", 2, "not UTF-8"),
        ("a: 1".encode("utf-16"), 1, "not UTF-8"),
        (b"a: 1\nb: \x07", 2, "character that YAML does not allow"),
        (b"a: 1\nb:\n\t- c", 3, "not YAML"),
        (b"a: 'x", 1, "not YAML"),
        (b"? [a]\n: b", 1, "list or a mapping"),
        (b"[" * 60_000, 1, "nests deeper"),
        (b"- " * 30_000, 1, "nests deeper"),
        (b"a: " + b"x" * LIMIT, None, "at most 65,536"),
    ],
)
def test_what_is_clever_or_broken_is_refused_with_its_line(content: bytes, line: int | None, reason: str) -> None:
    with pytest.raises(YamlError) as caught:
        load(content, limit=LIMIT)
    assert reason in caught.value.message
    assert caught.value.line == line


@pytest.mark.parametrize(
    "content", [b"[" + b"a," * 30_000 + b"]", b"".join(b"%%TAG !a%d! x\n" % n for n in range(4000))]
)
def test_a_large_document_does_not_take_long(content: bytes) -> None:
    started = time.process_time()
    with contextlib.suppress(YamlError):
        load(content, limit=LIMIT)
    assert time.process_time() - started < 5
