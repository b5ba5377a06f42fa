"""What formats of n-gram language models say of themselves: the order, and how many n-grams there are of each."""

from __future__ import annotations

from collections.abc import Sequence


def metadata_of(counts: Sequence[int], kind: str = "") -> dict[str, str]:
    """Metadata of a model with so many 1-grams, 2-grams and so on; `kind` is how they are kept: `, trie`."""
    return {
        "architecture": f"{len(counts)}-gram model{kind}",
        "ngrams": ", ".join(f"{count:,}" for count in counts)[:200],
    }
