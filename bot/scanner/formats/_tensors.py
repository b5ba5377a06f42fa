"""The tensors of a model, counted as they are met."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.wording import tally


@dataclass
class Tensors:
    """How many tensors a model has, with how many numbers, of which types. Formats add what else they meet."""

    tensors: int = 0
    parameters: int = 0
    """Numbers in all of them."""
    types: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, elements: int) -> None:
        """Count a tensor of so many numbers of a type."""
        self.tensors += 1
        self.parameters += elements
        self.types[kind] += 1

    @property
    def dtypes(self) -> dict[str, str]:
        """What the metadata say of their types: nothing where there are no tensors."""
        return {"dtypes": tally(self.types)} if self.types else {}
