"""The stack machine of pickle with everything taken out but names, numbers, texts and shapes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.scanner.pickles.opcodes import BrokenPickleError, Opcode, Skipped, Window, opcodes
from bot.scanner.readers import BlobReader, UnreadableError

OPCODE_LIMIT = 400_000
"""Instructions that are followed; checkpoints of large models have some tens of thousands."""
NAME_LIMIT = 2_000
"""Different callables that are kept."""
ITEM_LIMIT = 512
"""Items of one tuple or list that are kept: shapes and arguments are short."""


@dataclass(frozen=True)
class Global:
    """A callable by its name."""

    module: str
    name: str

    @property
    def dotted(self) -> str:
        """`module.name`."""
        return f"{self.module}.{self.name}"


@dataclass
class Call:
    """A callable with its arguments, as far as they are known, and the state it is given afterwards."""

    function: object
    arguments: tuple[object, ...]
    state: object = None


@dataclass(frozen=True)
class Persistent:
    """A reference to something outside the pickle, such as a storage of PyTorch."""

    identity: object


class Mark:
    """A place on the stack."""


class Opaque:
    """A value that is of no interest."""


_OPAQUE = Opaque()


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
    """True where STOP was reached."""
    fault: str | None = None
    """Why it was not followed to its end."""
    has_unknown_callable: bool = False
    """True where something is called whose name is made while loading."""
    result: object = None


def trace(blob: BlobReader, position: int = 0, after_value: Callable[[Call, int], int] | None = None) -> Trace:
    """Follow one pickle from `position`. Never raises: what cannot be followed is in `fault`.

    `after_value` is asked after each object was given its state, with the offset reached, how many bytes follow
    that are no instructions (joblib writes arrays between them).
    """
    machine = _Machine(Window(blob, position), after_value)
    try:
        machine.run()
    except BrokenPickleError as error:
        machine.trace.fault = str(error)
    except UnreadableError as error:
        machine.trace.fault = f"it could not be read further: {error}"
    except (IndexError, TypeError, ValueError, KeyError, RecursionError):
        machine.trace.fault = "its instructions do not fit together"
    machine.trace.end = machine.window.position
    return machine.trace


class _Machine:
    def __init__(self, window: Window, after_value: Callable[[Call, int], int] | None) -> None:
        self.window = window
        self.trace = Trace()
        self.stack: list[object] = []
        self.memo: dict[int, object] = {}
        self.after_value = after_value

    def run(self) -> None:
        for count, opcode in enumerate(opcodes(self.window)):
            if count > OPCODE_LIMIT:
                raise BrokenPickleError(f"it has more than {OPCODE_LIMIT:,} instructions")
            self.follow(opcode)
        self.trace.whole = True

    def follow(self, opcode: Opcode) -> None:
        handler = _HANDLERS.get(opcode.name)
        if handler is not None:
            handler(self, opcode)
        elif opcode.name in _PUSHES_OPAQUE:
            self.trace.numbers += opcode.name in {"BINFLOAT", "FLOAT"}
            self.stack.append(_OPAQUE)

    def name(self, module: object, name: object, opcode: str) -> Global | Opaque:
        if not isinstance(module, str) or not isinstance(name, str):
            self.trace.has_unknown_callable = True
            return _OPAQUE
        found = Global(module[:200], name[:200])
        if len(self.trace.globals) < NAME_LIMIT:
            self.trace.globals.setdefault(found, opcode)
        return found

    def call(self, function: object, arguments: object) -> None:
        known = arguments if isinstance(arguments, tuple) else ()
        made = Call(function, known)
        if not isinstance(function, Global):
            self.trace.has_unknown_callable = True
        self.trace.calls.append(made)
        self.stack.append(made)

    def to_mark(self) -> list[object]:
        items: list[object] = []
        while not isinstance(item := self.stack.pop(), Mark):
            items.append(item)
        items.reverse()
        return items


def _text(machine: _Machine, opcode: Opcode) -> None:
    value = opcode.argument
    if isinstance(value, str) and len(value) <= 200 and len(machine.trace.texts) < NAME_LIMIT:
        machine.trace.texts.add(value)
    machine.stack.append(value)


def _push(machine: _Machine, opcode: Opcode) -> None:
    machine.stack.append(opcode.argument)


def _integer(machine: _Machine, opcode: Opcode) -> None:
    value = opcode.argument
    if isinstance(value, str):
        value = int(value.rstrip("L")[:20] or "0") if value.rstrip("L").lstrip("-").isdigit() else 0
    machine.trace.numbers += 1
    machine.stack.append(value)


def _global(machine: _Machine, opcode: Opcode) -> None:
    module, _, name = str(opcode.argument).partition(" ")
    machine.stack.append(machine.name(module, name, opcode.name))


def _stack_global(machine: _Machine, opcode: Opcode) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    machine.stack.append(machine.name(module, name, opcode.name))


def _inst(machine: _Machine, opcode: Opcode) -> None:
    module, _, name = str(opcode.argument).partition(" ")
    machine.call(machine.name(module, name, opcode.name), tuple(machine.to_mark()[:ITEM_LIMIT]))


def _obj(machine: _Machine, _opcode: Opcode) -> None:
    function, *arguments = machine.to_mark()
    machine.call(function, tuple(arguments[:ITEM_LIMIT]))


def _reduce(machine: _Machine, _opcode: Opcode) -> None:
    arguments, function = machine.stack.pop(), machine.stack.pop()
    machine.call(function, arguments)


def _newobj_ex(machine: _Machine, _opcode: Opcode) -> None:
    machine.stack.pop()
    _reduce(machine, _opcode)


def _build(machine: _Machine, opcode: Opcode) -> None:
    state = machine.stack.pop()
    target = machine.stack[-1]
    if isinstance(target, Call):
        target.state = state
        if machine.after_value is not None:
            machine.window.skip(machine.after_value(target, opcode.end))


def _tuple(machine: _Machine, opcode: Opcode) -> None:
    if opcode.name == "TUPLE":
        items = machine.to_mark()
    else:
        count = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}[opcode.name]
        items = [machine.stack.pop() for _ in range(count)][::-1]
    machine.stack.append(tuple(items[:ITEM_LIMIT]))


def _container(machine: _Machine, _opcode: Opcode) -> None:
    machine.stack.append({})


def _container_from_mark(machine: _Machine, _opcode: Opcode) -> None:
    machine.to_mark()
    machine.stack.append({})


def _add_items(machine: _Machine, opcode: Opcode) -> None:
    """Dictionaries keep their first items: the fields of an object's state are among them."""
    items = machine.to_mark() if opcode.name in {"SETITEMS", "APPENDS", "ADDITEMS"} else None
    if items is None:
        count = 2 if opcode.name == "SETITEM" else 1
        items = [machine.stack.pop() for _ in range(count)][::-1]
    target = machine.stack[-1]
    if isinstance(target, dict) and opcode.name.startswith("SETITEM"):
        for key, value in zip(items[::2], items[1::2], strict=False):
            if isinstance(key, str) and len(target) < ITEM_LIMIT:
                target[key] = value


def _mark(machine: _Machine, _opcode: Opcode) -> None:
    machine.stack.append(Mark())


def _pop(machine: _Machine, _opcode: Opcode) -> None:
    machine.stack.pop()


def _pop_mark(machine: _Machine, _opcode: Opcode) -> None:
    machine.to_mark()


def _dup(machine: _Machine, _opcode: Opcode) -> None:
    machine.stack.append(machine.stack[-1])


def _put(machine: _Machine, opcode: Opcode) -> None:
    machine.memo[_index(opcode)] = machine.stack[-1]


def _memoize(machine: _Machine, _opcode: Opcode) -> None:
    machine.memo[len(machine.memo)] = machine.stack[-1]


def _get(machine: _Machine, opcode: Opcode) -> None:
    machine.stack.append(machine.memo[_index(opcode)])


def _index(opcode: Opcode) -> int:
    return int(opcode.argument) if isinstance(opcode.argument, int | str) else -1


def _persistent(machine: _Machine, opcode: Opcode) -> None:
    identity = machine.stack.pop() if opcode.name == "BINPERSID" else opcode.argument
    machine.stack.append(Persistent(identity))


def _extension(machine: _Machine, _opcode: Opcode) -> None:
    machine.trace.has_unknown_callable = True
    machine.stack.append(_OPAQUE)


def _stop(machine: _Machine, _opcode: Opcode) -> None:
    machine.trace.result = machine.stack.pop()


_PUSHES_OPAQUE = frozenset({"NONE", "NEWTRUE", "NEWFALSE", "BINFLOAT", "FLOAT", "NEXT_BUFFER"})
_HANDLERS: dict[str, Callable[[_Machine, Opcode], None]] = {
    **dict.fromkeys(("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE"), _text),
    **dict.fromkeys(("BINUNICODE", "BINUNICODE8"), _text),
    **dict.fromkeys(("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"), _push),
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
