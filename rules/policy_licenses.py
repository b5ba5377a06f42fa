"""Which licences a policy accepts: lists of SPDX ids, categories and views, from the file down to its pack."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rules.licenses import Category, License, View, find_license
from rules.licenses.catalogue import catalogue

_VIEWS = {
    "fsf-free": ("fsf_free", View.YES),
    "fsf-nonfree": ("fsf_free", View.NO),
    "osi-approved": ("osi_approved", View.YES),
    "dfsg-free": ("dfsg_free", View.YES),
    "dfsg-nonfree": ("dfsg_free", View.NO),
}
"""What others say of a licence. A view that was never given matches neither word."""

_CATEGORIES = frozenset(category.value for category in Category) - {Category.UNKNOWN.value}
"""`unknown` is left out: nobody can accept a licence that is not known."""

SELECTOR_WORDS = frozenset({*_VIEWS, *_CATEGORIES})
"""Words of the lists that are no licence identifiers."""


class Ruling(enum.Enum):
    """What a policy says of one licence."""

    ACCEPTED = enum.auto()
    DENIED = enum.auto()
    TO_REVIEW = enum.auto()
    """A person decides each time."""
    NOT_NAMED = enum.auto()


@dataclass(frozen=True)
class Selection:
    """One list, its words resolved once so that judging many artifacts stays cheap."""

    words: tuple[str, ...]
    """As written."""
    identifiers: frozenset[str]
    kinds: frozenset[str]
    """Categories and views, in lower case."""

    @classmethod
    def read(cls, words: Sequence[str]) -> Selection:
        """The selection that words from a policy file make."""
        kinds = frozenset(word.lower() for word in words) & SELECTOR_WORDS
        named = (find_license(word) for word in words if word.lower() not in kinds)
        return cls(tuple(words), frozenset(license_.id for license_ in named if license_ is not None), kinds)

    def names(self, license_: License) -> bool:
        """True where the licence is listed by identifier."""
        return license_.id in self.identifiers

    def covers(self, license_: License) -> bool:
        """True where its category or a view on it is listed."""
        return license_.category.value in self.kinds or any(
            getattr(license_, attribute) is view for word, (attribute, view) in _VIEWS.items() if word in self.kinds
        )


@dataclass(frozen=True)
class LicenseLists:
    """The lists of one file."""

    accept: Selection
    deny: Selection
    review: Selection

    @classmethod
    def read(cls, accept: Sequence[str], deny: Sequence[str], review: Sequence[str]) -> LicenseLists:
        """The lists that words from a policy file make."""
        return cls(Selection.read(accept), Selection.read(deny), Selection.read(review))


def selector_names() -> Iterator[str]:
    """The identifier of every known licence, for finding the nearest match of a misspelt one."""
    return (license_.id for license_ in catalogue().by_spdx_id.values())


def is_selector(word: str) -> bool:
    """True for what may stand in a list: a view, a category or the identifier of a known licence."""
    return word.lower() in SELECTOR_WORDS or find_license(word) is not None


def rule_on(license_: License, layers: Sequence[LicenseLists]) -> Ruling:
    """The ruling of the first layer that speaks of the licence, the policy file before its packs.

    Within a layer a licence named by identifier goes before categories and views, and between equals
    `deny` goes before `review`, and that before `accept`.
    """
    for layer in layers:
        for speaks in (Selection.names, Selection.covers):
            if speaks(layer.deny, license_):
                return Ruling.DENIED
            if speaks(layer.review, license_):
                return Ruling.TO_REVIEW
            if speaks(layer.accept, license_):
                return Ruling.ACCEPTED
    return Ruling.NOT_NAMED
