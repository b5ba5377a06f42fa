"""`FILE.license` beside a file: the way of the REUSE specification for files that cannot hold a comment."""

from __future__ import annotations

from collections.abc import Iterable

from bot.scanner.evidence._files import STATEMENT_LENGTH, licence_text, read, regular
from bot.scanner.tree import Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence
from rules.licenses.texts import spdx_tags

SIDECAR_LIMIT = 64 * 1024
"""Bytes that are looked through for tags; a sidecar has some lines."""


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """What the sidecar's `SPDX-License-Identifier` says. Without such a tag, the licence whose text or name it holds.

    Several tags hold together (REUSE specification 3.3, comment headers), so they make one expression.
    """
    entry = tree.entry(f"{path}.license")
    source = regular(entry, tree)
    if entry is None or source is None:
        return
    tags = [(line, tag) for line, tag in spdx_tags(read(source, tree, SIDECAR_LIMIT).text) if tag]
    if tags:
        yield LicenseEvidence(
            kind=EvidenceKind.SIDECAR,
            path=entry.path,
            statement=together(tag for _, tag in tags)[:STATEMENT_LENGTH],
            line=tags[0][0],
            field="SPDX-License-Identifier",
        )
    elif (text := licence_text(entry, tree, EvidenceKind.SIDECAR)) is not None:
        yield text


def together(expressions: Iterable[str]) -> str:
    """One expression that says that all of them hold."""
    distinct = list(dict.fromkeys(expressions))
    if len(distinct) == 1:
        return distinct[0]
    return " AND ".join(f"({expression})" if " " in expression else expression for expression in distinct)
