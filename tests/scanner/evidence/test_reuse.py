from __future__ import annotations

import time

import pytest

from bot.scanner.evidence._reuse_globs import glob_matches
from rules.facts import EvidenceKind
from rules.licenses import conclude

from .conftest import Gather


def table(path: str, license_: str, precedence: str | None = None) -> str:
    extra = f'precedence = "{precedence}"\n' if precedence else ""
    return f'[[annotations]]\npath = {path}\n{extra}SPDX-License-Identifier = "{license_}"\n'


def reuse(*tables: str) -> bytes:
    return ("version = 1\n" + "".join(tables)).encode()


def said(found: object) -> list[tuple[str, str]]:
    return [(evidence.path, evidence.statement) for evidence in found]  # type: ignore[attr-defined]


def test_a_sidecar_states_the_licence_of_its_file(evidence: Gather) -> None:
    text = b"SPDX-FileCopyrightText: 2024 Jane Doe\n\nSPDX-License-Identifier: CC0-1.0\n"
    (found,) = evidence("m/a.pt", {"m/a.pt.license": text, "m/b.pt.license": b"SPDX-License-Identifier: MIT\n"})
    assert (found.kind, found.path, found.statement, found.line) == (
        EvidenceKind.SIDECAR,
        "m/a.pt.license",
        "CC0-1.0",
        3,
    )


def test_several_tags_of_a_sidecar_hold_together(evidence: Gather) -> None:
    text = b"# SPDX-License-Identifier: MIT OR Apache-2.0\n<!-- SPDX-License-Identifier: CC-BY-4.0 -->\n"
    (found,) = evidence("a.pt", {"a.pt.license": text})
    assert conclude([found]).expression == "(MIT OR Apache-2.0) AND CC-BY-4.0"


def test_a_sidecar_without_a_tag_may_hold_the_name_of_the_licence(evidence: Gather) -> None:
    (found,) = evidence("a.pt", {"a.pt.license": b"MIT License\n"})
    assert (found.kind, found.statement) == (EvidenceKind.SIDECAR, "MIT")
    (found,) = evidence("a.pt", {"a.pt.license": b"ask me\n"})
    assert found.statement == "text: ask me"


@pytest.mark.parametrize("content", [b"", b"\n\n", b"SPDX-License-Identifier:   \n\n"[:0]])
def test_an_empty_sidecar_states_nothing(evidence: Gather, content: bytes) -> None:
    assert evidence("a.pt", {"a.pt.license": content}) == ()


def test_the_last_table_that_covers_a_file_counts(evidence: Gather) -> None:
    toml = reuse(table('"**"', "MIT"), table('["x", "models/*.pt"]', "CC0-1.0"), table('"other/**"', "GPL-3.0-only"))
    (found,) = evidence("models/a.pt", {"REUSE.toml": toml})
    assert (found.statement, found.line, found.kind) == ("CC0-1.0", 7, EvidenceKind.SIDECAR)


def test_a_path_is_relative_to_its_file(evidence: Gather) -> None:
    assert said(evidence("m/a.pt", {"m/REUSE.toml": reuse(table('"a.pt"', "MIT"))})) == [("m/REUSE.toml", "MIT")]
    assert said(evidence("m/a.pt", {"m/REUSE.toml": reuse(table('"m/a.pt"', "MIT"))})) == []


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        (None, None, [("m/REUSE.toml", "CC0-1.0")]),
        ("closest", "closest", [("m/REUSE.toml", "CC0-1.0")]),
        ("aggregate", None, [("REUSE.toml", "MIT"), ("m/REUSE.toml", "CC0-1.0")]),
        ("override", None, [("REUSE.toml", "MIT")]),
        ("override", "override", [("REUSE.toml", "MIT")]),
        (None, "override", [("m/REUSE.toml", "CC0-1.0")]),
    ],
)
def test_nested_files_are_weighed_by_their_precedence(
    evidence: Gather, outer: str | None, inner: str | None, expected: list[tuple[str, str]]
) -> None:
    files = {"REUSE.toml": reuse(table('"**"', "MIT", outer)), "m/REUSE.toml": reuse(table('"*"', "CC0-1.0", inner))}
    assert said(evidence("m/a.pt", files)) == expected


def test_a_sidecar_goes_before_the_nearest_table(evidence: Gather) -> None:
    files = {"REUSE.toml": reuse(table('"**"', "MIT")), "a.pt.license": b"SPDX-License-Identifier: CC0-1.0"}
    assert said(evidence("a.pt", files)) == [("a.pt.license", "CC0-1.0")]


@pytest.mark.parametrize(
    "toml",
    [
        b"\xff",
        b"version = ",
        b"[" * 100_000,
        b"annotations = 1",
        b"annotations = [1]",
        b"#" * 200_000,
        b"a = " + b"[" * 50_000,
    ],
)
def test_a_broken_reuse_toml_is_said_and_not_passed_over(evidence: Gather, toml: bytes) -> None:
    (found,) = evidence("a.pt", {"REUSE.toml": toml})
    assert found.statement.startswith("REUSE.toml could not be read: ")
    assert conclude([found]).unrecognised == (found,)


@pytest.mark.parametrize(
    "toml",
    [
        b"",
        b"version = 1",
        b"[[annotations]]\npath = 3\n",
        b'[[annotations]]\npath = "**"\nSPDX-License-Identifier = 3\n',
    ],
)
def test_a_table_that_says_nothing_is_no_evidence(evidence: Gather, toml: bytes) -> None:
    assert evidence("a.pt", {"REUSE.toml": toml}) == ()


@pytest.mark.parametrize(
    ("path", "glob", "expected"),
    [
        ("a.pt", "a.pt", True),
        ("a.pt", "A.pt", False),
        ("a.pt", "*", True),
        ("m/a.pt", "*", False),
        ("m/a.pt", "**", True),
        ("m/a.pt", "m/*.pt", True),
        ("m/n/a.pt", "m/*.pt", False),
        ("m/n/a.pt", "m/**", True),
        ("m/n/a.pt", "m/**/a.pt", True),
        ("m/a.pt", "m/**/a.pt", True),
        ("m/xa.pt", "m/**/a.pt", False),
        ("a.pt", "**/a.pt", True),
        ("m/n/a.pt", "**.pt", True),
        ("a.pt", "?.pt", True),
        ("a/b", "a?b", False),
        ("a1.pt", "a[0-9].pt", False),
        ("a1.pt", "a[01].pt", True),
        ("a1.pt", "a[!01].pt", False),
        ("a2.pt", "a[!01].pt", True),
        ("a*.pt", r"a\*.pt", True),
        ("ab.pt", r"a\*.pt", False),
        ("", "*", True),
        ("a", "", False),
        ("é/ü.pt", "é/*.pt", True),
    ],
)
def test_globs_match_as_the_specification_says(path: str, glob: str, expected: bool) -> None:
    assert glob_matches(path, glob) is expected


def test_no_glob_of_a_stranger_takes_long() -> None:
    started = time.process_time()
    assert not glob_matches("a" * 4000, "*a" * 20_000 + "b")
    assert not glob_matches("a/" * 2000, "**/a" * 20_000 + "b")
    assert time.process_time() - started < 10
