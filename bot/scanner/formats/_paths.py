"""Names of other files that a file of weights leads to."""

from __future__ import annotations

import re

_ABSOLUTE = re.compile(r"[/\\~]|[A-Za-z]:|[A-Za-z][\w+.-]*://")


def leads_outside(name: str) -> bool:
    """True for a path that is absolute or climbs out of the file's own folder, in the manner of any system."""
    return _ABSOLUTE.match(name) is not None or ".." in re.split(r"[/\\]", name)
