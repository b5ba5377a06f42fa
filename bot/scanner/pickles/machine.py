"""The stack machine of pickle with everything taken out but names, numbers, texts and shapes.

Where the instructions do not fit together (a value is taken from an empty stack) the machine goes on with a value it
knows nothing of: a loader would stop there, but one that is built otherwise may not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.scanner.pickles.names import REACHING, Global, is_dangerous
from bot.scanner.pickles.nested import may_be_pickle
from bot.scanner.pickles.opcodes import BrokenPickleError, Opcode, Skipped, Window, opcodes
from bot.scanner.readers import UnreadableError

OPCODE_LIMIT = 500_000
"""Instructions that are followed; checkpoints of large models have some tens of thousands."""
NAME_LIMIT = 2_000
"""Different callables that are kept; of the dangerous ones as many again."""
PICKLE_LIMIT = 4_000
"""Pickles of one file that are followed, with those in their strings."""
HELD_LIMIT = 64
"""Byte and text strings that are kept because they begin as a pickle does."""
NESTED = -1
"""What `after_value` answers where a pickle of its own follows (joblib's arrays of objects)."""
ITEM_LIMIT = 512
"""Items of one tuple or list that are kept: shapes and arguments are short."""


@dataclass(slots=True)
class Call:
    """A callable with its arguments, as far as they are known, and the state it is given afterwards."""

    function: object
    arguments: tuple[object, ...]
    state: object = None
    items: dict[str, object] | None = None
    """What is put into it under texts, as into an OrderedDict."""


@dataclass(frozen=True)
class Persistent:
    """A reference to something outside the pickle, such as a storage of PyTorch."""

    identity: object


@dataclass(frozen=True)
class Attribute:
    """An attribute of something that was made while loading: a bound method, mostly."""

    owner: object
    name: str


class Mark:
    """A place on the stack, or a row of them."""

    def __init__(self, count: int) -> None:
        self.count = count


class Opaque:
    """A value that is not known."""


class Constant:
    """A value that is of no interest: None, a truth value, a number with a fraction."""


_OPAQUE, _CONSTANT = Opaque(), Constant()
_DATA = (Constant, Mark, bool, int, str, bytes, tuple, list, dict, Skipped)
"""What is no callable; sets are kept as dictionaries."""
_FETCHING = frozenset({"BINGET", "GET", "LONG_BINGET", "DUP"})
_CHANGING = frozenset(
    f"{module}.{name}"
    for module in ("operator", "_operator")
    for name in ("delitem", "iadd", "iconcat", "imul", "ior", "setitem")
)
"""Functions that change what they are given first."""
_UNPICKLING = (Global("torch.storage", "_load_from_bytes"),)
"""How pickle writes a tensor of PyTorch: its bytes are a checkpoint, which is followed like every pickle within."""


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
            self.previous = opcode.name
        self.trace.reached_stop = True
        self.trace.whole = self.trace.fault is None

    def follow(self, opcode: Opcode) -> None:
        """Do what one instruction says, as far as it matters here."""
        handler = _HANDLERS.get(opcode.name)
        if handler is not None:
            handler(self, opcode)
        elif opcode.name in _PUSHES_OPAQUE:
            self.trace.numbers += opcode.name in {"BINFLOAT", "FLOAT"}
            self.stack.append(_CONSTANT)

    def misfit(self) -> Opaque:
        """A value for one that is not there."""
        self.trace.fits = False
        self.trace.fault = self.trace.fault or "its instructions do not fit together"
        return _OPAQUE

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
            if any(isinstance(part, _DATA) and not isinstance(part, str | Skipped) for part in (module, name)):
                return self.misfit()  # no loader takes a number for a text
            self.misdeed(f"names a callable by texts that are made only while it is loaded ({opcode})")
            return _OPAQUE
        found = Global(module[:200], name[:200])
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
        if isinstance(function, _DATA):
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
        return _OPAQUE

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


def _text(machine: Machine, opcode: Opcode) -> None:
    value = opcode.argument
    if isinstance(value, str) and len(value) <= 200 and len(machine.trace.texts) < NAME_LIMIT:
        machine.trace.texts.add(value)
    machine.hold(value)
    machine.stack.append(value)


def _bytes(machine: Machine, opcode: Opcode) -> None:
    machine.hold(opcode.argument)
    machine.stack.append(opcode.argument)


def _integer(machine: Machine, opcode: Opcode) -> None:
    value = opcode.argument
    if isinstance(value, str):
        value = int(value.rstrip("L")[:20] or "0") if value.rstrip("L").lstrip("-").isdecimal() else 0
    machine.trace.numbers += 1
    machine.stack.append(value)


def _global(machine: Machine, opcode: Opcode) -> None:
    module, _, name = str(opcode.argument).partition("\n")
    machine.stack.append(machine.name(module, name, opcode.name))


def _stack_global(machine: Machine, opcode: Opcode) -> None:
    name, module = machine.pop(), machine.pop()
    machine.stack.append(machine.name(module, name, opcode.name))


def _inst(machine: Machine, opcode: Opcode) -> None:
    module, _, name = str(opcode.argument).partition("\n")
    arguments = machine.to_mark()[:ITEM_LIMIT]
    machine.passes(arguments)
    machine.call(machine.name(module, name, opcode.name), tuple(arguments), opcode.name)


def _obj(machine: Machine, opcode: Opcode) -> None:
    function, *arguments = machine.to_mark() or [machine.misfit()]
    machine.passes(arguments)
    machine.call(function, tuple(arguments[:ITEM_LIMIT]), opcode.name)


def _reduce(machine: Machine, opcode: Opcode) -> None:
    arguments, function = machine.pop(), machine.pop()
    machine.call(function, arguments, opcode.name)


def _newobj_ex(machine: Machine, opcode: Opcode) -> None:
    machine.passes([machine.pop()])
    _reduce(machine, opcode)


def _build(machine: Machine, opcode: Opcode) -> None:
    state, target = machine.pop(), machine.top()
    machine.passes([state])
    machine.tampers(target, opcode.name)
    if isinstance(target, Call):
        target.state = state
        if machine.after_value is not None:
            following = machine.after_value(target, opcode.end)
            if following == NESTED:
                machine.nested()
            else:
                machine.window.skip(following)


def _tuple(machine: Machine, opcode: Opcode) -> None:
    if opcode.name == "TUPLE":
        items = machine.to_mark()
    else:
        count = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}[opcode.name]
        items = [machine.pop() for _ in range(count)][::-1]
    machine.passes(items)
    machine.stack.append(tuple(items[:ITEM_LIMIT]))


def _container(machine: Machine, opcode: Opcode) -> None:
    machine.stack.append([] if opcode.name == "EMPTY_LIST" else {})


def _container_from_mark(machine: Machine, opcode: Opcode) -> None:
    items = machine.to_mark()
    machine.passes(items)
    kept: dict[str, object] = {}
    if opcode.name == "DICT":
        _keep(kept, items)
    machine.stack.append(items[:ITEM_LIMIT] if opcode.name == "LIST" else kept)


def _keep(target: dict[str, object], items: list[object]) -> None:
    for key, value in zip(items[::2], items[1::2], strict=False):
        if isinstance(key, str) and len(target) < ITEM_LIMIT:
            target[key] = value


def _add_items(machine: Machine, opcode: Opcode) -> None:
    """Dictionaries and lists keep their first items: the fields of an object's state are among them."""
    items = machine.to_mark() if opcode.name in {"SETITEMS", "APPENDS", "ADDITEMS"} else None
    if items is None:
        count = 2 if opcode.name == "SETITEM" else 1
        items = [machine.pop() for _ in range(count)][::-1]
    machine.passes(items)
    target = machine.top()
    machine.tampers(target, opcode.name)
    if opcode.name.startswith("SETITEM"):
        if isinstance(target, Call):
            target.items = kept = {} if target.items is None else target.items
            _keep(kept, items)
        elif isinstance(target, dict):
            _keep(target, items)
    elif isinstance(target, list):
        target += items[: ITEM_LIMIT - len(target)]


def _mark(machine: Machine, _opcode: Opcode) -> None:
    """Marks in a row are one value: millions of them cost no more than one."""
    machine.stack.append(Mark(1 + machine.window.pass_marks()))


def _pop(machine: Machine, _opcode: Opcode) -> None:
    """POP takes a mark as well, in every loader."""
    if machine.stack and isinstance(machine.stack[-1], Mark):
        machine.take_mark()
    else:
        machine.pop()


def _pop_mark(machine: Machine, _opcode: Opcode) -> None:
    machine.to_mark()


def _dup(machine: Machine, _opcode: Opcode) -> None:
    machine.stack.append(machine.top())


def _put(machine: Machine, opcode: Opcode) -> None:
    machine.memo[_index(opcode)] = machine.top()


def _memoize(machine: Machine, _opcode: Opcode) -> None:
    machine.memo[len(machine.memo)] = machine.top()


def _get(machine: Machine, opcode: Opcode) -> None:
    index = _index(opcode)
    machine.stack.append(machine.memo[index] if index in machine.memo else machine.misfit())


def _index(opcode: Opcode) -> int:
    """The place in the memo; -1, which is none, for what is no number."""
    try:
        return int(opcode.argument) if isinstance(opcode.argument, int | str) else -1
    except ValueError:  # also of a number with more digits than Python converts
        return -1


def _persistent(machine: Machine, opcode: Opcode) -> None:
    identity = machine.pop() if opcode.name == "BINPERSID" else opcode.argument
    machine.stack.append(Persistent(identity))


def _extension(machine: Machine, opcode: Opcode) -> None:
    machine.misdeed(f"uses a callable that is registered under a number ({opcode.name})")
    machine.stack.append(_OPAQUE)


def _stop(machine: Machine, _opcode: Opcode) -> None:
    machine.trace.result = machine.pop()


_PUSHES_OPAQUE = frozenset({"NONE", "NEWTRUE", "NEWFALSE", "BINFLOAT", "FLOAT", "NEXT_BUFFER"})
_HANDLERS: dict[str, Callable[[Machine, Opcode], None]] = {
    **dict.fromkeys(("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE"), _text),
    **dict.fromkeys(("BINUNICODE", "BINUNICODE8"), _text),
    **dict.fromkeys(("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"), _bytes),
    **dict.fromkeys(("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"), _integer),
    **dict.fromkeys(("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"), _tuple),
    **dict.fromkeys(("EMPTY_DICT", "EMPTY_LIST", "EMPTY_SET"), _container),
    **dict.fromkeys(("DICT", "LIST", "FROZENSET"), _container_from_mark),
    **dict.fromkeys(("SETITEM", "SETITEMS", "APPEND", "APPENDS", "ADDITEMS"), _add_items),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), _put),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _get),
    **dict.fromkeys(("PERSID", "BINPERSID"), _persistent),
    **dict.fromkeys(("EXT1", "EXT2", "EXT4"), _extension),
    **dict.fromkeys(("REDUCE", "NEWOBJ"), _reduce),
    "NEWOBJ_EX": _newobj_ex,
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    "INST": _inst,
    "OBJ": _obj,
    "BUILD": _build,
    "MARK": _mark,
    "POP": _pop,
    "POP_MARK": _pop_mark,
    "DUP": _dup,
    "MEMOIZE": _memoize,
    "STOP": _stop,
}


def shape_of(value: object) -> tuple[int, ...] | None:
    """A tuple of counts, None where the value is none."""
    if isinstance(value, tuple) and len(value) <= 32 and all(_is_count(item) for item in value):
        return tuple(int(item) for item in value if isinstance(item, int))
    return None


def _is_count(item: Any) -> bool:
    return isinstance(item, int) and 0 <= item < 2**48


def length_of(value: object) -> int | None:
    """Bytes of a byte or text string, kept or passed over."""
    if isinstance(value, Skipped):
        return value.length
    return len(value) if isinstance(value, bytes | str) else None
