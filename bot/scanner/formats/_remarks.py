"""Why not all of a structure could be read, in the words that people see."""

from __future__ import annotations

from collections.abc import Callable

from bot.scanner.readers import BudgetExceededError
from bot.scanner.structures.pages import DamagedError


def remark_of(read: Callable[[], None], too_large: str) -> str | None:
    """Read; a remark where the structure is damaged or passes a cap (`too_large`), None where it was read whole."""
    try:
        read()
    except DamagedError:
        return "It is damaged or cut off: not all of it could be read."
    except BudgetExceededError:
        return too_large
    return None
