"""Sentences in a README, a model card, a notice or beside a licence that state a licence for weights or exclude them.

"Licensing for pretrained models: CC BY-NC-SA 4.0", and "this licence does not apply to the weights". All directories
from the weights' own up to the root are looked through: such sentences stand at the root more often than not.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence

from bot.scanner.evidence._files import STATEMENT_LENGTH, directories_above, once_per_tree, read, regular
from bot.scanner.evidence._front_matter import CARD_LIMIT, front_matter
from bot.scanner.evidence._licence_names import NOTICE, USE_POLICY, licence_files, texts_named
from bot.scanner.evidence._sentences import Statement, excludes_weights, statements_in
from bot.scanner.tree import Entry, EntryKind, Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence
from rules.licenses.texts import TEXT_LIMIT

_READMES = 8
"""READMEs and cards of one directory."""

_STATEMENTS = 4
"""Statements of one file; a README about several models names several licences."""

_README = re.compile(r"(readme|model[-_]?card)([-_.][a-z-]{2,8})?(\.(md|markdown|rst|txt))?", re.IGNORECASE)


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """What the sentences of each directory say, the nearest first."""
    for directory in directories_above(path):
        for evidence in _in_directory(directory, tree):
            if evidence.path != path:
                yield evidence


@once_per_tree
def _in_directory(directory: str, tree: Tree) -> Sequence[LicenseEvidence]:
    return [_evidence(entry, statement) for entry, statement in _statements(directory, tree)]


def _statements(directory: str, tree: Tree) -> Iterator[tuple[Entry, Statement]]:
    named = sorted((entry for entry in tree.entries(directory) if _is_readme(entry)), key=lambda entry: entry.path)
    others = (entry for name in (NOTICE, USE_POLICY) for entry in texts_named((directory, name), tree))
    for entry in (*named[:_READMES], *others):
        text, first_line = _below_front_matter(entry, tree)
        found = statements_in(text, first_line=first_line)
        yield from ((entry, statement) for statement, _ in zip(found, range(_STATEMENTS), strict=False))
    licences = licence_files(directory, tree)
    for entry in (*licences.of_model, *licences.of_directory):
        source = regular(entry, tree)
        excluded = excludes_weights(_lines(read(source, tree, TEXT_LIMIT).text) if source is not None else "")
        yield from ((entry, statement) for statement, _ in zip(excluded, range(1), strict=False))


def _is_readme(entry: Entry) -> bool:
    name = posixpath.basename(entry.path)
    return entry.kind in (EntryKind.FILE, EntryKind.SYMLINK) and _README.fullmatch(name) is not None


def _below_front_matter(entry: Entry, tree: Tree) -> tuple[str, int]:
    """The text of a README, and its first line within the file. The front matter is read by itself."""
    source = regular(entry, tree)
    if source is None:
        return "", 1
    content = read(source, tree, CARD_LIMIT)
    matter = front_matter(content.head)
    if matter is None or not matter.is_closed:
        return _lines(content.text), 1
    return matter.body.decode("utf-8", "replace"), matter.first_line


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _evidence(entry: Entry, statement: Statement) -> LicenseEvidence:
    return LicenseEvidence(
        kind=EvidenceKind.PROSE,
        path=entry.path,
        statement=statement.text[:STATEMENT_LENGTH],
        line=statement.line,
        excludes=statement.excludes,
    )
