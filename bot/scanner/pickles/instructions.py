"""What each instruction of pickle does to the machine's stack and memo."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.scanner.pickles.names import Global, is_tensor
from bot.scanner.pickles.opcodes import Opcode
from bot.scanner.pickles.traces import NAME_LIMIT
from bot.scanner.pickles.values import CONSTANT, OPAQUE, Call, Items, Mark, Persistent

if TYPE_CHECKING:
    from bot.scanner.pickles.machine import Machine

NESTED = -1
"""What `after_value` answers where a pickle of its own follows (joblib's arrays of objects)."""
ITEM_LIMIT = 512
"""Items of one tuple or list that are kept: shapes and arguments are short."""


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
    machine.trace.numbers += 1
    machine.stack.append(_written(value) if isinstance(value, str) else value)


def _written(number: str) -> int:
    """A number in decimal digits; 0 for what is none."""
    digits = number.rstrip("L")
    return int(digits[:20] or "0") if digits.lstrip("-").isdecimal() else 0


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
    machine.stack.append(Items() if opcode.name == "EMPTY_LIST" else {})


def _container_from_mark(machine: Machine, opcode: Opcode) -> None:
    items = machine.to_mark()
    machine.passes(items)
    kept: dict[str, object] = {}
    if opcode.name == "DICT":
        _keep(kept, items)
    machine.stack.append(Items(items[:ITEM_LIMIT], len(items)) if opcode.name == "LIST" else kept)


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
            if is_tensor(target.function):
                machine.misdeed(f"puts items into a tensor, which corrupts the memory of a loader ({opcode.name})")
            target.items = kept = {} if target.items is None else target.items
            _keep(kept, items)
        elif isinstance(target, dict):
            _keep(target, items)
    elif isinstance(target, Items):
        target.length += len(items)
        target += items[: ITEM_LIMIT - len(target)]
        if opcode.name == "APPEND":
            _append_numbers(machine, target)


def _append_numbers(machine: Machine, target: Items) -> None:
    """Numbers in lines, appended one by one: Python 2 wrote tables of millions so; they cost little more than one."""
    passed = machine.window.pass_numbers()
    if not passed:
        return
    count, room = passed.count(b"\n"), ITEM_LIMIT - len(target)
    target.length += count
    machine.trace.numbers += count
    kept = passed.split(b"\na", room)[: min(count, room)]
    target += [CONSTANT if line[:1] == b"F" else _written(line[1:].decode("ascii")) for line in kept]


def _mark(machine: Machine, _opcode: Opcode) -> None:
    """Marks in a row are one value: millions of them cost no more than one."""
    machine.stack.append(Mark(1 + machine.window.pass_marks()))


def _pop(machine: Machine, _opcode: Opcode) -> None:
    """POP takes a mark as well, in every loader."""
    if machine.stack and isinstance(machine.stack[-1], Mark):
        machine.take_mark()
    else:
        machine.hand.drops()
        machine.pop()


def _pop_mark(machine: Machine, _opcode: Opcode) -> None:
    machine.to_mark()


def _dup(machine: Machine, _opcode: Opcode) -> None:
    machine.stack.append(machine.top())


def _put(machine: Machine, opcode: Opcode) -> None:
    machine.memo[_index(opcode)] = machine.top()
    machine.hand.puts(_index(opcode))


def _memoize(machine: Machine, _opcode: Opcode) -> None:
    index = len(machine.memo)
    machine.memo[index] = machine.top()
    machine.hand.puts(index)


def _get(machine: Machine, opcode: Opcode) -> None:
    index = _index(opcode)
    value = machine.memo[index] if index in machine.memo else machine.misfit()
    if machine.hand.hides(index, value):
        shown = value.dotted if isinstance(value, Global) else repr(str(value)[:60])
        machine.misdeed(f"keeps {shown} out of sight until it is used ({opcode.name})")
    machine.stack.append(value)


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
    machine.stack.append(OPAQUE)


def _stop(machine: Machine, _opcode: Opcode) -> None:
    machine.trace.result = result = machine.pop()
    if isinstance(result, Call) and isinstance(result.function, Global) and machine.hand.is_bare(result):
        machine.misdeed(f"calls {result.function.dotted} and holds nothing else")


def _buffer(machine: Machine, _opcode: Opcode) -> None:
    """What the program hands to the loader beside the pickle: anything."""
    machine.stack.append(OPAQUE)


PUSHES_OPAQUE = frozenset({"NONE", "NEWTRUE", "NEWFALSE", "BINFLOAT", "FLOAT"})
HANDLERS: dict[str, Callable[[Machine, Opcode], None]] = {
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
    "NEXT_BUFFER": _buffer,
}
