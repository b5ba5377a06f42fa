"""Signs that no pickler wrote a pickle: someone did, by hand or with a tool that puts calls into pickles of others.

A pickler keeps to the instructions of the protocol that it announces, and what it puts into the memo it leaves on the
stack. By itself such a sign is odd and harmless; with a name that nobody can judge it shows what the name is there for.

Source: Lib/pickle.py and Modules/_pickle.c of CPython, whose `save_global`, `save_str`, `save_tuple` and `save_dict`
have one form for each protocol; those of Python 2.7 for protocols 0 to 2.
"""

from __future__ import annotations

import pickletools

from bot.scanner.pickles.names import REACHING, Global
from bot.scanner.pickles.opcodes import Opcode
from bot.scanner.pickles.values import Call

_SINCE = {opcode.name: opcode.proto for opcode in pickletools.opcodes}
_TEXTS = frozenset({"STRING", "UNICODE"})
"""Texts in lines, of protocol 0 alone."""
_BINARY = frozenset({"BINSTRING", "BINUNICODE", "EMPTY_DICT", "EMPTY_LIST", "EMPTY_TUPLE", "SHORT_BINSTRING"})
"""What protocol 1 writes where protocol 0 writes lines and marks."""
_CALLING = frozenset({"INST", "OBJ", "REDUCE"})
_KEEPING = frozenset({"BINPUT", "LONG_BINPUT", "MEMOIZE", "PUT"})


class Handwriting:
    """What the instructions of one pickle show, one after the other."""

    def __init__(self) -> None:
        self.protocol: int | None = None
        self._seen: set[str] = set()
        self._dropped: set[int] = set()
        self._put: int | None = None
        self._bare: Call | None = None
        self.called: Global | None = None
        """The first name of the program that loads the file which is called, not only made an object of."""

    def follows(self, opcode: Opcode) -> None:
        """Note an instruction that was followed."""
        name = opcode.name
        self._seen.add(name)
        if name == "PROTO":
            self.protocol = opcode.argument if isinstance(opcode.argument, int) else None
        elif (self._put is not None or self._bare is not None) and name not in _KEEPING:
            self._put = None
            self._bare = self._bare if name in _CALLING else None

    @property
    def is_mixed(self) -> bool:
        """True for instructions of two protocols, or of a newer one than was announced."""
        newest = max((_SINCE[name] for name in self._seen if name != "PROTO"), default=0)
        if self.protocol is None:
            return newest > 1 or not (self._seen.isdisjoint(_TEXTS) or self._seen.isdisjoint(_BINARY))
        return newest > self.protocol

    def puts(self, index: int) -> None:
        """Note that the topmost value was put into the memo."""
        self._put = index
        self._dropped.discard(index)

    def drops(self) -> None:
        """Note that the topmost value was thrown away: what was put into the memo right before is only there now."""
        if self._put is not None:
            self._dropped.add(self._put)

    def hides(self, index: int, value: object) -> bool:
        """True for a name, or a part of one, that is fetched from where it was kept out of sight."""
        return index in self._dropped and isinstance(value, Global | str)

    def is_odd(self, name: Global, opcode: str) -> bool:
        """True for getattr named as no pickler of this protocol names it."""
        is_old = opcode != "STACK_GLOBAL" or name.module == "__builtin__"
        return name in REACHING and (self.protocol or 0) >= 4 and is_old

    def calls(self, made: Call, opcode: str) -> None:
        """Note a call of what the program that loads the file defines."""
        self._bare = None
        if isinstance(made.function, Global) and made.function.module == "__main__" and opcode in _CALLING:
            self.called = self.called or made.function
            self._bare = None if made.arguments else made

    def is_bare(self, result: object) -> bool:
        """True where the whole pickle gives what such a call made, and nothing was put into it."""
        return result is not None and result is self._bare
