"""ScanCode's categories made finer: one of them holds Llama, RAIL and FLUX-NC, another CC-BY-NC and DeepSeek."""

from __future__ import annotations

import re

from rules.licenses.license import Category

_FROM_SCANCODE = {
    "Permissive": Category.PERMISSIVE,
    "Copyleft": Category.COPYLEFT,
    "Copyleft Limited": Category.WEAK_COPYLEFT,
    "Public Domain": Category.PUBLIC_DOMAIN,
    "Proprietary Free": Category.PROPRIETARY,
    "Commercial": Category.PROPRIETARY,
    "Source-available": Category.USE_RESTRICTED,
    "Free Restricted": Category.USE_RESTRICTED,
    # These three grant no use of a work: a contributor's agreement, a promise on patents, a placeholder.
    "CLA": Category.UNKNOWN,
    "Patent License": Category.UNKNOWN,
    "Unstated License": Category.UNKNOWN,
}

_RESTRICTED_FINER = (
    (re.compile(r"(^|-)(nc|ncgl)(-|$)|non-?commercial|prosperity"), Category.NON_COMMERCIAL),
    (re.compile(r"(^|-)nd(-|$)|(^|-)no-mod(-|$)"), Category.NO_DERIVATIVES),
    (re.compile(r"(^|-)research(-|$)|academic|(^|-)evaluation(-|$)"), Category.RESEARCH_ONLY),
    (re.compile(r"(^|-)small-business(-|$)"), Category.CONDITIONS_BY_SIZE),
    (re.compile(r"(^|-)rail(-|$)|responsible-ai|hippocratic|no-military|no-nuclear"), Category.USE_RESTRICTED),
)
"""Words of a key that tell the kind, the stricter kind first; asked only where ScanCode sees a restriction."""

_SHARE_ALIKE = re.compile(r"^cc-by-sa-|^cdla-sharing-")
"""Share-alike covers the whole adapted work; ScanCode calls it limited copyleft."""


def category_of(key: str, scancode_category: str) -> Category:
    """The category of a licence by its ScanCode key (lower case) and ScanCode's category of it."""
    category = _FROM_SCANCODE.get(scancode_category, Category.UNKNOWN)
    if category.is_restrictive:
        return next((finer for words, finer in _RESTRICTED_FINER if words.search(key)), category)
    if _SHARE_ALIKE.search(key):
        return Category.COPYLEFT
    return category
