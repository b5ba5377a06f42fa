"""The model card."""

from __future__ import annotations

from bot.scanner.surroundings._cards import card_of
from bot.scanner.tree import Tree
from rules.facts import Detection
from rules.surroundings import Surroundings


def find(path: str, _detection: Detection, tree: Tree) -> Surroundings:
    """Where the card stands that is about the weights."""
    card = card_of(path, tree)
    return Surroundings(card=card.path if card is not None else None)
