"""Published texts of licences by their words."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import resources

DIGEST_DIGITS = 24
"""Hexadecimal digits of a SHA-256 that are kept: 96 bits, far more than anybody can search for a second text."""


def license_with_words(digest: str) -> str | None:
    """The licence whose published text has this digest of its words (`rules.licenses.texts.words_digest`).

    The texts of the SPDX list and the texts of licences of models that ScanCode has are known with and without their
    titles and notices. Licences that share one text are named without what the text does not say: `GPL-3.0`.
    """
    return _known().get(digest[:DIGEST_DIGITS])


@functools.cache
def _known() -> Mapping[str, str]:
    table = resources.files(__package__).joinpath("known_texts.txt").read_text("ascii")
    pairs = (line.split() for line in table.splitlines() if line and not line.startswith("#"))
    return {digest: identifier for identifier, *digests in pairs for digest in digests}


RESTRICTING = frozenset(
    (
        "noncommercial commercial commercially non not no nor neither cannot only except unless excluding research "
        "academic education educational teaching student students school personal private evaluation internal home "
        "hobby prohibited prohibits forbidden restricted restriction restrictions limited military weapons "
        "surveillance medical fee fees pay payment paid charge royalty royalties must shall may subject prior consent "
        "permission approval weights model models ai revocable revoked terminate terminated expires profit nonprofit "
        "companies employees revenue users countries territory government purposes purpose production"
    ).split()
)
"""Words that a restriction is made of."""

GRANTING = frozenset(
    "use copy modify modified modification merge publish distribute redistribute redistribution sublicense sell".split()
)
"""Words that a permission is made of."""


def same_terms_words(identifier: str, words: Sequence[str]) -> bool:
    """Whether a text has no more words of restriction than the published one, and none fewer of permission.

    Templates leave room for the names of authors, in which "for research only" has room as well, and some let a
    permission be left out.
    """
    published = _counts().get(identifier.removesuffix("-only").removesuffix("-or-later"))
    if published is None:
        return False
    here = Counter(words)
    return all(here[word] <= published[word] for word in RESTRICTING) and all(
        here[word] >= published[word] for word in GRANTING
    )


@functools.cache
def _counts() -> Mapping[str, Counter[str]]:
    table = resources.files(__package__).joinpath("known_words.txt").read_text("ascii")
    counts = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            identifier, *pairs = line.split()
            counts[identifier] = Counter(
                {word: int(count) for word, _, count in (pair.partition("=") for pair in pairs)}
            )
    return counts
