"""NOTICE files that hold the sentence which a model licence asks for: "Llama 3.1 is licensed under the Llama 3.1 ...".

Such a file speaks of whatever model lies somewhere near it, so it weighs no more than other sentences.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.scanner.evidence._descriptions import stated
from bot.scanner.evidence._files import directories_above, read, regular
from bot.scanner.evidence._licence_names import NOTICE, texts_named
from bot.scanner.tree import Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence
from rules.licenses.duties import licenses_by_notice, phrases_in
from rules.licenses.texts import TEXT_LIMIT


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """The licence of each sentence that is a notice of the catalogue, nearest file first.

    What applications ship with the notices of all their parts is longer than what is read, and is not about a model.
    """
    known = licenses_by_notice()
    for directory in directories_above(path):
        for entry in texts_named((directory, NOTICE), tree):
            source = regular(entry, tree)
            text = read(source, tree, TEXT_LIMIT).text if source is not None and entry.path != path else ""
            for sentence in phrases_in(text):
                if sentence in known:
                    line = _line(text, sentence)
                    yield stated(EvidenceKind.PROSE, entry, known[sentence], line=line, field=None)


def _line(text: str, sentence: str) -> int:
    """The line on which the sentence begins; it may go on over the next ones."""
    lines = text.split("\n")
    holds, beyond = 0, len(lines)
    while beyond - holds > 1:
        middle = (holds + beyond) // 2
        if sentence in phrases_in("\n".join(lines[middle:])):
            holds = middle
        else:
            beyond = middle
    return holds + 1
