"""Papers that travel with weights: licences, notices, use policies, cards and READMEs, from their directory up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from bot.scanner.evidence._files import directories_above, once_per_tree, read, regular
from bot.scanner.evidence._front_matter import CARD_LIMIT
from bot.scanner.evidence._licence_names import FILES_LIMIT, NOTICE, USE_POLICY, licence_files, texts_named
from bot.scanner.surroundings._cards import card_at, card_of, readmes
from bot.scanner.tree import Entry, Tree
from rules.facts import Detection
from rules.licenses.duties import phrases_in
from rules.licenses.texts import TEXT_LIMIT, identify_text
from rules.surroundings import Paper, PaperKind, Surroundings

_REUSE_FOLDER = "LICENSES"
"""Where REUSE keeps the texts of all licences of a repository."""


def find(path: str, _detection: Detection, tree: Tree) -> Surroundings:
    """The papers of every directory, the nearest first; of cards only the one that is about the weights is a card."""
    card = card_of(path, tree)
    papers: list[Paper] = []
    for directory in directories_above(path):
        papers += _papers(directory, tree)
        for readme in readmes(directory, tree):
            kind = PaperKind.MODEL_CARD if card is not None and readme.path == card.path else PaperKind.README
            papers.append(_described(readme.path, kind, tree))
    papers += _papers(_REUSE_FOLDER, tree)
    return Surroundings(papers=tuple(paper for paper in papers if paper.path != path))


@once_per_tree
def _papers(directory: str, tree: Tree) -> Sequence[Paper]:
    return [paper for kind, entry in _entries(directory, tree) if (paper := _paper(entry, kind, tree)) is not None]


def _entries(directory: str, tree: Tree) -> Iterator[tuple[PaperKind, Entry]]:
    if directory == _REUSE_FOLDER:
        # The root is listed already, and tells without another request that there is no such folder.
        if tree.entry(_REUSE_FOLDER) is None:
            return
        texts = sorted(tree.entries(directory), key=lambda entry: entry.path)
        yield from ((PaperKind.LICENSE, entry) for entry in texts[:FILES_LIMIT])
        return
    licences = licence_files(directory, tree)
    yield from ((PaperKind.LICENSE, entry) for entry in (*licences.of_model, *licences.of_directory))
    for kind, name in ((PaperKind.NOTICE, NOTICE), (PaperKind.USE_POLICY, USE_POLICY)):
        yield from ((kind, entry) for entry in texts_named((directory, name), tree))


def _paper(entry: Entry, kind: PaperKind, tree: Tree) -> Paper | None:
    source = regular(entry, tree)
    if source is None:
        return None
    content = read(source, tree, TEXT_LIMIT)
    if not content.head.strip():
        return None
    text = content.text
    return Paper(
        path=entry.path,
        kind=kind,
        license=identify_text(text) if content.whole and kind is PaperKind.LICENSE else None,
        sha256=hashlib.sha256(content.head).hexdigest() if content.whole else None,
        phrases=phrases_in(text),
    )


def _described(path: str, kind: PaperKind, tree: Tree) -> Paper:
    digest, phrases = _readme(path, tree)
    return Paper(path=path, kind=kind, sha256=digest, phrases=phrases)


@once_per_tree
def _readme(path: str, tree: Tree) -> tuple[str | None, tuple[str, ...]]:
    """The digest of a README, and the phrases below its front matter, which may quote a whole licence to agree to."""
    entry = regular(tree.entry(path), tree)
    if entry is None:
        return None, ()
    content = read(entry, tree, CARD_LIMIT)
    digest = hashlib.sha256(content.head).hexdigest() if content.whole else None
    return digest, phrases_in(card_at(path, tree).body)
