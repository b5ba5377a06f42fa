"""Write `rules/licenses/known_texts.txt`: what each text of the SPDX list is known by. Part of `make licence-texts`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rules.licenses.catalogue import catalogue
from rules.licenses.known import DIGEST_DIGITS, GRANTING, RESTRICTING
from rules.licenses.texts import _without_head, text_words, words_digest
from tests.licence_texts.cases import without_title

TABLE = Path(__file__).parents[2] / "rules" / "licenses" / "known_texts.txt"
WORDS = TABLE.with_name("known_words.txt")
_SHORT = 5000
"""Characters; longer licences are passed on without their appendices or the licence that they add to, which hold words
of permission too, and their templates leave nothing out."""
_ALSO = {"GPL-2.0": Counter(("not", "may"))}
"""Words of the last sentence of the GPL 2's appendix, which the SPDX list leaves out and the FSF's own text has."""
_WORDS_HEAD = """\
# Made by `make licence-texts` from the texts of {sources}: how often each word of `RESTRICTING` and `GRANTING`
# (rules/licenses/known.py) stands in them.
"""
_HEAD = """\
# Made by `make licence-texts` from the texts of {sources}: identifiers,
# each with the digests of the words of its texts, whole, without title, and without titles and notices (`words_digest`,
# the first {digits} digits of SHA-256).
"""


def write(texts: Iterable[tuple[str, str]], sources: str) -> None:
    """Write the table anew from identifiers and texts; an identifier may have several."""
    owners: dict[str, set[str]] = {}
    for identifier, text in texts:
        untitled = without_title(text)
        for part in (text, untitled, _without_head(text)[0], _without_head(untitled)[0]):
            if part.strip():
                owners.setdefault(words_digest(part)[:DIGEST_DIGITS], set()).add(identifier)
    lines: dict[str, list[str]] = {}
    for digest, identifiers in owners.items():
        if (shared := _shared(identifiers)) is not None:
            lines.setdefault(shared, []).append(digest)
    body = "".join(f"{identifier} {' '.join(sorted(digests))}\n" for identifier, digests in sorted(lines.items()))
    TABLE.write_text(_HEAD.format(sources=sources, digits=DIGEST_DIGITS) + body, encoding="ascii")


def write_words(texts: Iterable[tuple[str, str]], sources: str) -> None:
    """Write how often each word of restriction and of permission stands in a text."""
    lines: dict[str, str] = {}
    for identifier, text in texts:
        name = identifier.removesuffix("-only").removesuffix("-or-later")
        telling = RESTRICTING | GRANTING if len(text) <= _SHORT else RESTRICTING
        counts = Counter(word for word in text_words(text) if word in telling) + _ALSO.get(name, Counter())
        lines[name] = " ".join(f"{word}={count}" for word, count in sorted(counts.items()))
    body = "".join(f"{identifier} {pairs}".rstrip() + "\n" for identifier, pairs in sorted(lines.items()))
    WORDS.write_text(_WORDS_HEAD.format(sources=sources) + body, encoding="ascii")


def _shared(identifiers: Iterable[str]) -> str | None:
    """What the identifiers of one text have in common: `GPL-3.0` of `-only` and `-or-later`; None without a name."""
    names = sorted(identifiers)
    if len(names) == 1:
        return names[0]
    common = names[0]
    while common and not all(name == common or name.startswith(f"{common}-") for name in names):
        common = common.rpartition("-")[0]
    return common if common.lower() in catalogue().by_spdx_id else None
