"""The stack machine of pickle with everything taken out but names, numbers, texts and shapes.

Where the instructions do not fit together (a value is taken from an empty stack) the machine goes on with a value it
knows nothing of: a loader would stop there, but one that is built otherwise may not.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.scanner.pickles.handwriting import Handwriting
from bot.scanner.pickles.instructions import HANDLERS, PUSHES_OPAQUE
from bot.scanner.pickles.names import REACHING, Global, is_dangerous
from bot.scanner.pickles.nested import may_be_pickle
from bot.scanner.pickles.opcodes import BrokenPickleError, Opcode, Skipped, Window, opcodes
from bot.scanner.pickles.traces import NAME_LIMIT, OPCODE_LIMIT, PICKLE_LIMIT, Allowance, Trace
from bot.scanner.pickles.values import CONSTANT, DATA, OPAQUE, Attribute, Call, Mark, Opaque
from bot.scanner.readers import UnreadableError

HELD_LIMIT = 64
"""Byte and text strings that are kept because they begin as a pickle does."""
_FETCHING = frozenset({"BINGET", "GET", "LONG_BINGET", "DUP"})
_CHANGING = frozenset(
    f"{module}.{name}"
    for module in ("operator", "_operator")
    for name in ("delitem", "iadd", "iconcat", "imul", "ior", "setitem")
)
"""Functions that change what they are given first."""
_UNPICKLING = (Global("torch.storage", "_load_from_bytes"),)
"""How pickle writes a tensor of PyTorch: its bytes are a checkpoint, which is followed like every pickle within."""


class Machine:
    """Follows the instructions of one pickle."""

    def __init__(
        self,
        window: Window,
        allowance: Allowance,
        after_value: Callable[[Call, int], int] | None = None,
        depth: int = 0,
    ) -> None:
        self.window = window
        self.allowance = allowance
        self.trace = Trace()
        self.stack: list[object] = []
        self.memo: dict[int, object] = {}
        self.after_value = after_value
        self.depth = depth
        self.hand = Handwriting()
        self.previous = ""
        """The name of the last instruction that was followed."""

    def follow_all(self) -> Trace:
        """Follow the instructions to the end, or as far as they can be followed. Never raises."""
        try:
            self.run()
        except BrokenPickleError as error:
            self.trace.fault = self.trace.fault or str(error)
        except UnreadableError as error:
            self.trace.fault = self.trace.fault or f"it could not be read further: {error}"
        if self.trace.fault and any(name in REACHING for name in self.trace.globals):
            self.trace.misdeeds["names getattr and breaks before it is seen what for"] = None
        if (called := self.hand.called) and self.hand.is_mixed:
            self.misdeed(f"calls {called.dotted} in instructions of two protocols, as no pickler writes")
        self.trace.end = self.window.position
        return self.trace

    def run(self) -> None:
        """Follow the instructions. Raises BrokenPickleError or UnreadableError."""
        if not self.allowance.pickle():
            raise BrokenPickleError(f"more than {PICKLE_LIMIT:,} pickles are in the file")
        for opcode in opcodes(self.window):
            if not self.allowance.opcodes:
                raise BrokenPickleError(f"it has more than {OPCODE_LIMIT:,} instructions")
            self.allowance.opcodes -= 1
            self.follow(opcode)
            self.hand.follows(opcode)
            self.previous = opcode.name
        self.trace.reached_stop = True
        self.trace.whole = self.trace.fault is None

    def follow(self, opcode: Opcode) -> None:
        """Do what one instruction says, as far as it matters here."""
        handler = HANDLERS.get(opcode.name)
        if handler is not None:
            handler(self, opcode)
        elif opcode.name in PUSHES_OPAQUE:
            self.trace.numbers += opcode.name in {"BINFLOAT", "FLOAT"}
            self.stack.append(CONSTANT)

    def misfit(self) -> Opaque:
        """A value for one that is not there."""
        self.trace.fits = False
        self.trace.fault = self.trace.fault or "its instructions do not fit together"
        return OPAQUE

    def misdeed(self, words: str) -> None:
        """Note what no pickle of data does. Where the place was lost before, it is chance and not done."""
        if self.trace.fits:
            self.trace.misdeeds[words] = None

    def pop(self) -> object:
        """Take the topmost value."""
        return self.stack.pop() if self.stack and not isinstance(self.stack[-1], Mark) else self.misfit()

    def top(self) -> object:
        """The topmost value."""
        return self.stack[-1] if self.stack and not isinstance(self.stack[-1], Mark) else self.misfit()

    def to_mark(self) -> list[object]:
        """Take the values down to the last mark, and the mark."""
        items: list[object] = []
        while self.stack and not isinstance(self.stack[-1], Mark):
            items.append(self.stack.pop())
        if self.stack:
            self.take_mark()
        else:
            self.misfit()
        items.reverse()
        return items

    def take_mark(self) -> None:
        """Take one mark from the top of the stack."""
        mark = self.stack.pop()
        if isinstance(mark, Mark) and mark.count > 1:
            self.stack.append(Mark(mark.count - 1))

    def passes(self, items: list[object]) -> None:
        """Values that become part of something: a function that reaches attributes has no business among them."""
        for item in items:
            if isinstance(item, Global) and item in REACHING:
                self.misdeed(f"hands {item.dotted} on to be called elsewhere")

    def name(self, module: object, name: object, opcode: str) -> Global | Opaque:
        """The callable of this name."""
        if not isinstance(module, str) or not isinstance(name, str):
            if any(isinstance(part, DATA) and not isinstance(part, str | Skipped) for part in (module, name)):
                return self.misfit()  # no loader takes a number for a text
            self.misdeed(f"names a callable by texts that are made only while it is loaded ({opcode})")
            return OPAQUE
        found = Global(module[:200], name[:200])
        if self.hand.is_odd(found, opcode):
            self.misdeed(f"names {found.dotted} as no pickler of its protocol does ({opcode})")
        self.note(found, opcode)
        return found

    def note(self, found: Global, opcode: str) -> None:
        """Keep a callable's name."""
        names = self.trace.globals
        if len(names) < NAME_LIMIT or (len(names) < 2 * NAME_LIMIT and is_dangerous(found)):
            names.setdefault(found, opcode)
        elif found not in names:
            self.trace.fault = self.trace.fault or f"it names more than {NAME_LIMIT:,} callables"

    def call(self, function: object, arguments: object, opcode: str) -> None:
        """Put what a call makes on the stack."""
        known = arguments if isinstance(arguments, tuple) else ()
        if isinstance(function, Global) and function in REACHING:
            self.stack.append(self.reach(function, known, opcode))
            return
        if isinstance(function, DATA):
            self.stack.append(self.misfit())
            return
        made = Call(function, known)
        if function in _UNPICKLING and not (known and isinstance(known[0], bytes | Skipped)):
            self.misdeed(f"unpickles what is made only while it is loaded ({opcode})")
        if isinstance(function, Global) and function.dotted in _CHANGING and known:
            self.tampers(known[0], function.dotted)
            if isinstance(known[0], Call):
                self.misdeed(f"has an object that it made changed by {function.dotted} ({opcode})")
        if isinstance(function, Attribute):
            self.misdeed(f"calls the method {function.name[:80]} of an object that it made ({opcode})")
        elif not isinstance(function, Global):
            self.trace.has_unknown_callable = True
        self.hand.calls(made, opcode)
        self.trace.calls.append(made)
        self.stack.append(made)

    def reach(self, function: Global, arguments: tuple[object, ...], opcode: str) -> object:
        """An attribute by getattr: harmless where a plain name is taken of a class that is named, as pickle itself
        writes bound methods and nested classes."""
        owner, name = arguments[:2] if len(arguments) >= 2 else (None, None)
        # pickle itself writes the arguments right before the call; what fetches them from the memo was written by hand.
        by_hand = self.previous in _FETCHING
        if (
            isinstance(name, str)
            and not name.startswith("__")
            and len(name) <= 100
            and name.isidentifier()
            and not by_hand
        ):
            if isinstance(owner, Global):
                found = Global(owner.module, f"{owner.name}.{name}"[:200])
                self.note(found, function.dotted)
                return found
            if isinstance(owner, Call):
                return Attribute(owner, name)
        shown = repr(name[:60]) if isinstance(name, str) else "something"
        self.misdeed(f"takes {shown} of an object by {function.dotted} ({opcode})")
        return OPAQUE

    def tampers(self, target: object, opcode: str) -> None:
        """A callable or module is changed that the pickle did not make itself."""
        if isinstance(target, Global):
            self.misdeed(f"changes {target.dotted} itself ({opcode})")

    def hold(self, value: str | bytes | int | Skipped | None) -> None:
        """Keep a text or byte string that may be a pickle itself."""
        if isinstance(value, int) or not value or len(self.trace.held) >= HELD_LIMIT:
            return
        known = value.begins if isinstance(value, Skipped) else value
        if may_be_pickle(known if isinstance(known, bytes) else known.encode("utf-8", "surrogateescape")):
            self.trace.held.append(value)

    def nested(self) -> None:
        """A pickle of its own among the instructions, as joblib writes arrays of objects."""
        if self.depth > 8:
            raise BrokenPickleError("pickles in it are nested more deeply than is read here")
        inner = Machine(self.window, self.allowance, self.after_value, self.depth + 1)
        self.trace.inner.append(inner.follow_all())
        if not inner.trace.whole:
            raise BrokenPickleError(inner.trace.fault or "a pickle in it does not end")
