"""What is known of one licence: its kind, and what others say of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


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
    conditions: str | None = None
    """What it asks beyond keeping notices, in one line."""
