"""Lists of weights that somebody warns of, by their SHA-256, and what they say of an artifact.

An operator gives files, folders and archives; they are read once and never fetched. A file is either

- OSV: one record, a list of records, or an answer of the OSV API (`vulns`), as JSON; a folder or a zip holds files of
  them. Where a record names digests is explained in `bot.scanner.advisories.osv`.
- a plain list: a SHA-256 and the reason on each line, as `sha256sum` prints it; `#` begins a comment.

What cannot be read is a problem of the index, which `weighbridge doctor` shows; the rest is used.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.scanner.advisories import osv, plain
from bot.scanner.advisories.files import Document, Unusable, documents
from rules.facts import Artifact, Facts
from rules.surroundings import Advisory

DIGESTS_LIMIT = 1_000_000
"""Digests that are kept: some hundred megabytes of memory, and far more than any list of bad weights has today."""
PROBLEMS_LIMIT = 20
"""Problems that are told; a broken feed has one for each of its records."""


@dataclass(frozen=True)
class AdvisoryIndex:
    """Warnings by the SHA-256 (hex, lower case) of the file that they are about."""

    by_digest: Mapping[str, tuple[Advisory, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    """What could not be read, one sentence each with the file's name."""

    def of(self, artifact: Artifact) -> tuple[Advisory, ...]:
        """The warnings about any of the artifact's files, each once, in order of their ids."""
        found = {advisory for digest in _digests(artifact) for advisory in self.by_digest.get(digest, ())}
        return tuple(sorted(found, key=lambda advisory: (advisory.id, advisory.source, advisory.summary)))


EMPTY = AdvisoryIndex()


def read_advisories(paths: Sequence[Path]) -> AdvisoryIndex:
    """The index of everything at these paths. Never raises: what is wrong stands among its problems."""
    by_digest: dict[str, tuple[Advisory, ...]] = {}
    problems: list[str] = []
    for path in paths:
        for found in documents(path):
            if isinstance(found, Unusable):
                problems.append(found.message)
                continue
            for entry in _entries(found):
                if isinstance(entry, str):
                    problems.append(f"{found.name}: {entry}")
                    continue
                digests, advisory = entry
                for digest in digests:
                    known = by_digest.get(digest, ())
                    if len(by_digest) < DIGESTS_LIMIT or known:
                        by_digest[digest] = (*known, advisory)
    if len(by_digest) >= DIGESTS_LIMIT:
        problems.insert(0, f"only the first {DIGESTS_LIMIT:,} digests are used")
    if len(problems) > PROBLEMS_LIMIT:
        problems = [*problems[:PROBLEMS_LIMIT], f"{len(problems) - PROBLEMS_LIMIT:,} more problems"]
    return AdvisoryIndex(by_digest, tuple(problems))


def with_advisories(facts: Facts, index: AdvisoryIndex) -> Facts:
    """The facts with what the index says of each artifact, and of those that only the change's history holds."""
    if not index.by_digest:
        return facts
    artifacts, past = (
        tuple(dataclasses.replace(one, advisories=index.of(one)) for one in listed)
        for listed in (facts.artifacts, facts.past)
    )
    return dataclasses.replace(facts, artifacts=artifacts, past=past)


def _entries(document: Document) -> Iterable[tuple[frozenset[str], Advisory] | str]:
    """Digests and warning of each record or line; a sentence for each that is wrong."""
    reads_as_json = document.content.lstrip()[:1] in (b"{", b"[")
    read = osv.entries if reads_as_json else plain.entries
    return read(document.content, document.source)


def _digests(artifact: Artifact) -> Iterator[str]:
    for part in artifact.files:
        if part.sha256:
            yield part.sha256.lower()
        elif part.pointer is not None and part.pointer.algorithm == "sha256":
            yield part.pointer.digest.lower()
