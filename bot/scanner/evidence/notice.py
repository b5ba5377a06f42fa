"""NOTICE files that hold the sentence which a model licence asks for: "Llama 3.1 is licensed under the Llama 3.1 ...".

Such a file speaks of whatever model lies somewhere near it, so it weighs no more than other sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.scanner.evidence._descriptions import descriptions, stated
from bot.scanner.tree import Tree
from rules.facts import Detection, EvidenceKind, LicenseEvidence
from rules.licenses.duties import licenses_by_notice, phrases_in

_NAME = re.compile(r"(third[-_ ]?party[-_ ]?)?notices?([-_.].+)?(?<!\.license)", re.IGNORECASE)
_LIMIT = 128 * 1024
"""Bytes; what applications ship with the notices of all their parts is larger, and is not about a model."""


def find(path: str, _detection: Detection, tree: Tree) -> Iterable[LicenseEvidence]:
    """The licence of each sentence that is a notice of the catalogue, nearest file first."""
    for described in descriptions(path, tree, _NAME, limit=_LIMIT):
        known = licenses_by_notice()
        for sentence in phrases_in(described.text):
            if sentence in known:
                line = _line(described.text, sentence)
                yield stated(EvidenceKind.PROSE, described.entry, known[sentence], line=line, field=None)


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
