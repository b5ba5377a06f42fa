"""Path globs of REUSE.toml (REUSE specification 3.3): `*`, `**`, `?`, `[seq]`, `[!seq]`, and `\\` to escape.

The matcher keeps the set of reachable positions of the path as the bits of one number, so that its time grows with the
glob's length times the logarithm of the path's, whatever the globs of a stranger look like.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"\\(?P<escaped>.)|(?P<deep>\*\*+/)|(?P<stars>\*+)|\[(?P<not>!?)(?P<set>\]?[^\]]*)\]|(?P<one>.)", re.DOTALL
)


def glob_matches(path: str, glob: str) -> bool:
    """True where the glob matches the whole path. Case counts."""
    places = _places(path)
    in_name = sum(mask for character, mask in places.items() if character != "/")
    reachable = 1
    for token in _TOKEN.finditer(glob):
        if token["deep"] is not None:
            # No directory at all, or any number of them: the next name starts where it is, or after a slash.
            reachable |= _any(reachable, len(path)) & places.get("/", 0) << 1
        elif token["stars"] is not None:
            reachable = _any(reachable, len(path)) if len(token["stars"]) > 1 else _run(reachable, in_name, len(path))
        else:
            reachable = (reachable & _step(token, places, in_name)) << 1
        if not reachable:
            return False
    return bool(reachable >> len(path) & 1)


def _places(path: str) -> dict[str, int]:
    """For each character of the path, the positions at which it stands."""
    places: dict[str, int] = {}
    for position, character in enumerate(path):
        places[character] = places.get(character, 0) | 1 << position
    return places


def _step(token: re.Match[str], places: dict[str, int], in_name: int) -> int:
    """The positions at which a token that stands for one character matches."""
    if token["one"] == "?":
        return in_name
    if token["set"] is None:
        return places.get(token["escaped"] or token["one"], 0)
    wanted = token["set"]
    excluded = bool(token["not"])
    return sum(mask for character, mask in places.items() if character != "/" and (character in wanted) is not excluded)


def _any(reachable: int, length: int) -> int:
    """Everything from the first reachable position on."""
    return -(reachable & -reachable) & (2 << length) - 1


def _run(reachable: int, in_name: int, length: int) -> int:
    """What is reached from any reachable position over characters of one name; the strides double each time."""
    stride = 1
    while stride <= length:
        reachable |= (reachable & in_name) << stride
        in_name &= in_name >> stride
        stride *= 2
    return reachable
