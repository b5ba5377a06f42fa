"""The YAML at the head of a model card, found alike for its licence and for all else that it says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

FRONT_MATTER_LIMIT = 64 * 1024
"""Bytes; large cards on the hub, with hundreds of evaluation results, have some 30 KiB."""

CARD_LIMIT = FRONT_MATTER_LIMIT + 16
"""Bytes of a card or README that are looked at."""

_FENCE = re.compile(rb"^---[ \t]*$", re.MULTILINE)
_OPENING = re.compile(rb"(\xef\xbb\xbf)?[ \t\n]*---[ \t]*\n")
"""The hub too passes over blank lines above the front matter (REGEX_YAML_BLOCK in huggingface_hub)."""

_OTHER_PURPOSES = frozenset({"sdk", "app_file", "layout", "dataset_info", "annotations_creators"})
"""Keys of a Space's settings, of a page of a static site, and of a dataset's card."""


@dataclass(frozen=True)
class FrontMatter:
    """A card in two pieces, with line feeds for line ends."""

    block: bytes
    """The YAML between the fences, or all that was read where the second one is missing."""
    above: int
    """Lines of the file above the block."""
    is_closed: bool
    body: bytes
    """What stands below the second fence."""

    @property
    def first_line(self) -> int:
        """The one-based line of the file on which the body begins."""
        return 1 + self.above + self.block.count(b"\n")


def front_matter(head: bytes) -> FrontMatter | None:
    """The front matter of a card, from its beginning; None where there is none."""
    text = head.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    opening = _OPENING.match(text)
    if opening is None:
        return None
    closing = _FENCE.search(text, opening.end())
    end, below = closing.span() if closing else (len(text), len(text))
    return FrontMatter(
        block=text[opening.end() : end],
        above=text.count(b"\n", 0, opening.end()),
        is_closed=closing is not None,
        body=text[below:],
    )


def is_of_another_purpose(keys: Iterable[str]) -> bool:
    """True for front matter that is no model's."""
    return not _OTHER_PURPOSES.isdisjoint(keys)
