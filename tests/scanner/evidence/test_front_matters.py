"""Front matters of real model cards to what is concluded, and hostile ones to a statement that nobody understands."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.scanner.evidence import gather
from rules.facts import Artifact, ChangeStatus, EvidenceKind, Facts
from rules.licenses import conclude
from rules.policy import pack_policy
from rules.runner import judge

from .conftest import MemoryTree, detection

ROWS: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("front_matters.yml").read_text("utf-8"))
TIME_LIMIT = 2
"""Seconds for one card, whatever is in it."""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_a_front_matter_leads_to_its_licence(row: dict[str, Any]) -> None:
    card = f"---\n{row['card']}---\n# Model\n".encode()
    found = gather("model.safetensors", detection(), MemoryTree({"README.md": card}))
    conclusion = conclude(found)
    assert conclusion.expression == row["expression"]
    assert [item.statement for item in conclusion.unrecognised] == ([row["says"]] if "says" in row else [])
    assert bool(found) == (row["expression"] is not None or "says" in row)


@pytest.mark.parametrize(
    "card",
    [
        b"---  \nlicense: mit\n--- \t\n",
        b"---\r\nlicense: mit\r\n---\r\n",
        b"---\rlicense: mit\r---\r# Model",
        b"\xef\xbb\xbf---\nlicense: mit\n---\n",
        b"\n\n---\nlicense: mit\n---\n",
        b"---\nlicense: mit\n---",
        b"---\n\nlicense: mit   \n\n---\n",
        b"---\nlicense: mit\n---\n# Model\n---\nlicense: gemma\n---\n",
    ],
    ids=["spaces", "windows", "classic mac", "bom", "blank lines above", "no last line end", "blank lines", "rulers"],
)
def test_fences_and_line_ends_may_be_written_in_any_way(card: bytes) -> None:
    (found,) = gather("model.safetensors", detection(), MemoryTree({"README.md": card}))
    assert (found.statement, found.line) == ("mit", 1 + len(card[: card.index(b"license")].splitlines()))


@pytest.mark.parametrize(
    "card",
    [
        b"<!-- ---\nlicense: other\nlicense_name: exaonepath\n--- -->\n",
        b"# Model\n---\nlicense: mit\n---\n",
        b"---\nlanguage: en\n",
    ],
    ids=["in a comment", "below a title", "no end and no licence"],
)
def test_what_only_looks_like_front_matter_is_none(card: bytes) -> None:
    assert gather("model.safetensors", detection(), MemoryTree({"README.md": card})) == ()


HOSTILE = {
    "alias bomb": b"---\nlicense: mit\na: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in range(ord("b"), ord("k")))
    + b"---\n",
    "python object": b"---\nlicense: !!python/object/apply:os.system ['true']\n---\n",
    "python name": b"---\nlicense: !!python/name:os.system\n---\n",
    "own tag": b"---\nlicense: !licence mit\n---\n",
    "ten megabytes": b"---\nlicense: mit\n" + b"x: y\n" * 2_000_000 + b"---\n",
    "ten megabytes before the key": b"---\n" + b"# y\n" * 2_500_000 + b"license: mit\n---\n",
    "ten megabytes in one line": b"---\nlicense: mit\nx: " + b"y" * 10_000_000 + b"\n---\n",
    "tab": b"---\nlicense:\n\tmit\n---\n",
    "tab below": b"---\nlicense: mit\ntags:\n\t- x\n---\n",
    "key twice": b"---\nlicense: cc-by-nc-4.0\nlicense: mit\n---\n",
    "merge key": b"---\n<<: {license: mit}\nlicense: gemma\n---\n",
    "latin-1": b"---\nlicense: mit\nauthor: J\xfcrgen\n---\n",
    "bytes in the licence": b"---\nlicense: m\xfft\n---\n",
    "utf-16": "---\nlicense: mit\n---\n".encode("utf-16"),
    "utf-16, big end first": b"\xfe\xff" + "---\r\nlicense: mit\r\n---\r\n".encode("utf-16-be"),
    "brackets": b"---\nlicense: " + b"[" * 10_000 + b"]" * 10_000 + b"\n---\n",
    "braces": b"---\nlicense: " + b"{a: " * 10_000 + b"}" * 10_000 + b"\n---\n",
    "dashes": b"---\nlicense: mit\nx:\n" + b"- " * 10_000 + b"\n---\n",
    "question marks": b"---\nlicense: mit\n" + b"? " * 10_000 + b"\n---\n",
    "open brackets": b"---\nlicense: mit\nx: " + b"[" * 60_000 + b"\n---\n",
    "colons": b"---\nlicense: mit\nx: " + b"a: " * 20_000 + b"\n---\n",
    "open quotes": b"---\nlicense: 'mit\n---\n",
    "unterminated": b"---\nlicense: mit\n",
    "unterminated and long": b"---\nlicense: mit\n\n# Model\n" + b"text\n" * 1_000_000,
    "wrongly terminated": b"---\nlicense: mit\n----\n",
    "NUL": b"---\nlicense: mit\0\n---\n",
    "NUL below": b"---\nlicense: mit\nx: \0\n---\n",
    "second document": b"---\nlicense: mit\n--- {license: gemma}\n---\n",
    "directive": b"---\n%YAML 9.9\nlicense: mit\n---\n",
    "colon in a value": b"---\nlicense: mit\ntitle: Model: the sequel\n---\n",
}


@pytest.mark.parametrize("card", HOSTILE.values(), ids=HOSTILE)
def test_front_matter_that_cannot_be_read_states_that_and_blocks(card: bytes) -> None:
    started = time.monotonic()
    # The text at the root must not take the place of the card's own words.
    tree = MemoryTree({"README.md": card, "LICENSE": b"MIT License\n"})
    found = gather("model.safetensors", detection(), tree)
    artifact = Artifact(
        path="model.safetensors",
        status=ChangeStatus.ADDED,
        detection=detection(),
        size=1000,
        size_in_git=1000,
        oid="0" * 40,
        evidence=found,
    )
    judgement = judge(Facts((artifact,), 1), pack_policy("guix"))
    assert time.monotonic() - started < TIME_LIMIT
    (of_card,) = (item for item in found if item.kind is EvidenceKind.MODEL_CARD)
    assert of_card.statement.startswith("front matter could not be read: ")
    assert "license-unrecognised" in {finding.rule for finding in judgement.findings}
