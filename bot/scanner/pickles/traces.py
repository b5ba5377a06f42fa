"""What following a pickle found, and what it may cost."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.scanner.pickles.names import Global, is_dangerous
from bot.scanner.pickles.opcodes import Skipped
from bot.scanner.pickles.values import Call

OPCODE_LIMIT = 500_000
"""Instructions that are followed; checkpoints of large models have some tens of thousands."""
NAME_LIMIT = 2_000
"""Different callables that are kept; of the dangerous ones as many again."""
PICKLE_LIMIT = 4_000
"""Pickles of one file that are followed, with those in their strings."""


@dataclass
class Trace:
    """What a pickle does, as far as it was followed."""

    globals: dict[Global, str] = field(default_factory=dict)
    """Callables in the order they are named, each with the opcode that names it first."""
    calls: list[Call] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)
    """Short texts that appear, the first NAME_LIMIT of them: names of keys, mostly."""
    numbers: int = 0
    """Numbers that appear as values of their own."""
    end: int = 0
    """Offset behind the last instruction that was followed."""
    whole: bool = False
    """True where STOP was reached and everything before it fits together."""
    fault: str | None = None
    """Why it was not followed to its end."""
    has_unknown_callable: bool = False
    """True where something is called whose name is made while loading."""
    misdeeds: dict[str, None] = field(default_factory=dict)
    """What it does that no pickle of data does, in the words of a verdict: `takes a name from ...`."""
    held: list[bytes | str | Skipped] = field(default_factory=list)
    """Byte and text strings in it that may be pickles themselves."""
    inner: list[Trace] = field(default_factory=list)
    """The pickles in `held`, followed."""
    reached_stop: bool = False
    fits: bool = True
    """False where something is taken from an empty stack or a place of the memo that holds nothing."""
    result: object = None

    @property
    def dangerous_names(self) -> list[Global]:
        """The callables that no model needs. Where the pickle breaks, those alone that chance does not write."""
        return [name for name in self.globals if is_dangerous(name) and (self.whole or name.is_plausible)]

    @property
    def sure_misdeeds(self) -> list[str]:
        """The misdeeds. Bytes that name nothing and break are no pickle, and what they seem to do is chance."""
        return list(self.misdeeds) if self.whole or any(name.is_plausible for name in self.globals) else []

    @property
    def is_dangerous(self) -> bool:
        """True where it, or a pickle in it, names or does what no model needs."""
        return bool(self.sure_misdeeds) or bool(self.dangerous_names) or any(inner.is_dangerous for inner in self.inner)

    @property
    def names_danger(self) -> bool:
        """True where it names what no model needs, and calls it or ends: enough to tell a pickle from chance bytes."""
        names = {name for name in self.dangerous_names if name.is_plausible}
        if names and (self.reached_stop or any(call.function in names for call in self.calls)):
            return True
        return any(inner.names_danger for inner in self.inner)


class Allowance:
    """What following the pickles of one file may cost in all."""

    def __init__(self, instructions: int = OPCODE_LIMIT) -> None:
        self.opcodes = instructions
        self.pickles = PICKLE_LIMIT

    def pickle(self) -> bool:
        """Take one pickle; False where there are none left."""
        self.pickles -= 1
        return self.pickles >= 0
