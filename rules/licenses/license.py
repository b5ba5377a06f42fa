"""What is known of one licence: its kind, and what others say of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Category(enum.StrEnum):
    """What a licence asks of those who use or pass on the work, in plain terms."""

    PERMISSIVE = "permissive"
    WEAK_COPYLEFT = "weak-copyleft"
    """Changes to the work itself stay under the licence; what it is combined with need not."""
    COPYLEFT = "copyleft"
    PUBLIC_DOMAIN = "public-domain"
    USE_RESTRICTED = "use-restricted"
    """Some fields of use are forbidden, or a list of uses must be imposed on others (OpenRAIL)."""
    NON_COMMERCIAL = "non-commercial"
    RESEARCH_ONLY = "research-only"
    NO_DERIVATIVES = "no-derivatives"
    CONDITIONS_BY_SIZE = "conditions-by-size"
    """Other terms hold above a number of users or an amount of revenue (Llama, Stability AI)."""
    PROPRIETARY = "proprietary"
    NONE = "none"
    """No licence: all rights are reserved. The Unlicense is none of these; it gives everything away."""
    UNKNOWN = "unknown"
    """No terms that could be put into a category: a placeholder, a contributor's agreement, a family's name."""

    @property
    def is_restrictive(self) -> bool:
        """True for terms that no definition of free software, open source or the DFSG lets through."""
        return self in _RESTRICTIVE

    @property
    def strictness(self) -> int:
        """Rank among the categories, from what asks least to what is not known at all."""
        return _BY_STRICTNESS.index(self)


CATEGORY_WORDS = {
    Category.PERMISSIVE: "for any purpose; keep the notices",
    Category.WEAK_COPYLEFT: "for any purpose; changes to the work itself stay under the licence",
    Category.COPYLEFT: "for any purpose; what is derived from it stays under the licence",
    Category.PUBLIC_DOMAIN: "for any purpose; nothing is asked",
    Category.USE_RESTRICTED: "some uses are forbidden, or must be forbidden to others",
    Category.NON_COMMERCIAL: "commercial use is forbidden",
    Category.RESEARCH_ONLY: "for research only",
    Category.NO_DERIVATIVES: "changed copies, such as fine-tuned or quantised ones, may not be shared",
    Category.CONDITIONS_BY_SIZE: "other terms hold above a number of users or an amount of revenue",
    Category.PROPRIETARY: "terms of the owner that permit some use",
    Category.NONE: "nothing is permitted: all rights are reserved",
    Category.UNKNOWN: "no terms are known that could be put into a category",
}
"""Each category in plain words."""

_BY_STRICTNESS = (
    Category.PUBLIC_DOMAIN,
    Category.PERMISSIVE,
    Category.WEAK_COPYLEFT,
    Category.COPYLEFT,
    Category.CONDITIONS_BY_SIZE,
    Category.USE_RESTRICTED,
    Category.NO_DERIVATIVES,
    Category.NON_COMMERCIAL,
    Category.RESEARCH_ONLY,
    Category.PROPRIETARY,
    Category.NONE,
    Category.UNKNOWN,
)

_RESTRICTIVE = frozenset(_BY_STRICTNESS[_BY_STRICTNESS.index(Category.CONDITIONS_BY_SIZE) :]) - {Category.UNKNOWN}


class View(enum.StrEnum):
    """What an organisation says of a licence."""

    YES = "yes"
    NO = "no"
    NOT_EVALUATED = "not-evaluated"
    """Nobody has ruled on it, or no ruling is known here."""


@dataclass(frozen=True)
class LicenseText:
    """One text of a licence whose texts change under one name."""

    dated: str
    """The date that the text bears or was published under, as far as it is known: `2025-03-24`, `2025`."""
    note: str
    """What is different about it, or where it was read."""
    words: str | None = None
    """SHA-256 of its words (`rules.licenses.texts.words_digest`); None where the text was not read here."""


@dataclass(frozen=True)
class License:
    """One licence of the catalogue."""

    id: str
    """SPDX identifier, or `LicenseRef-...` where SPDX has none."""
    name: str
    category: Category
    fsf_free: View
    """The Free Software Foundation's list, as SPDX carries it."""
    osi_approved: View
    """YES where the Open Source Initiative approved it; NO says that it is not on the list, not that it was refused."""
    dfsg_free: View
    """Our reading of Debian's practice; NOT_EVALUATED where we know of none."""
    url: str | None = None
    conditions: str | None = field(default=None, compare=False)
    """What it asks beyond keeping notices, in one line."""
    fsf_source: str = field(default="", compare=False)
    """Where `fsf_free` comes from, for people; the same for the other two views."""
    osi_source: str = field(default="", compare=False)
    dfsg_source: str = field(default="", compare=False)
    category_source: str = field(default="", compare=False)
    aliases: tuple[str, ...] = field(default=(), compare=False)
    """Other names that mean this licence: identifiers of the Hugging Face hub and spellings of cards."""
    texts: tuple[LicenseText, ...] = field(default=(), compare=False)
    """Texts that were published under this one name, oldest first; empty for licences that never change."""
