"""Small reads over a file, taken in pieces that fit the way a parser goes: short after a jump, longer in a row."""

from __future__ import annotations

from bot.scanner.readers import BoundedReader, BudgetExceededError

_SHORTEST = 1024
_LONGEST = 64 * 1024


class Pieces:
    """Reads of a few bytes each, with a cap of their own on what they may cost together.

    What lies in the head costs nothing.
    """

    def __init__(self, blob: BoundedReader, budget: int) -> None:
        self._blob = blob
        self._head = blob.head
        self.size = blob.size
        """Length of the file in bytes."""
        self._left = budget
        self._piece = b""
        self._origin = 0
        self._step = _SHORTEST

    def read(self, position: int, length: int) -> bytes:
        """Up to `length` bytes from `position`; fewer only where the file ends.

        Raises BudgetExceededError where the cap would be passed, UnreadableError where the bytes cannot be had.
        """
        if position + length <= len(self._head):
            return self._head[position : position + length]
        offset = position - self._origin
        if offset >= 0 and offset + length <= len(self._piece):
            return self._piece[offset : offset + length]
        in_a_row = 0 <= offset <= len(self._piece)
        self._step = min(2 * self._step, _LONGEST) if in_a_row else _SHORTEST
        wanted = max(0, min(max(length, self._step), self.size - position))
        if wanted > self._left:
            raise BudgetExceededError(f"reading {wanted:,} bytes more would pass the limit for this format")
        self._left -= wanted
        self._piece, self._origin = self._blob.read(position, wanted), position
        return self._piece[:length]
