"""R's serialization, walked item by item without recursion: which classes, calls, functions and promises it holds.

Source: "Serialization Formats" in the manual R Internals, and src/main/serialize.c of R (ReadItem, ReadBC).
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

from bot.scanner.formats._r_numbers import Numbers, open_numbers
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pages import DamagedError
from bot.scanner.wording import shown

ITEM_LIMIT = 300_000
"""Items, and texts of vectors of texts, that are read."""
DEPTH_LIMIT = 20_000
"""Items within items; R itself gives up at some thousands."""
_SYMBOL, _PAIRS, _CLOSURE, _ENVIRONMENT, _PROMISE, _CALL, _SPECIAL, _BUILTIN, _TEXT = 1, 2, 3, 4, 5, 6, 7, 8, 9
_LOGICAL, _WHOLE, _REAL, _COMPLEX, _TEXTS, _DOTS, _LIST, _EXPRESSIONS = 10, 13, 14, 15, 16, 17, 19, 20
_BYTECODE, _POINTER, _WEAK, _RAW, _S4 = 21, 22, 23, 24, 25
_ALTERNATIVE, _REFERENCE, _NOTHING = 238, 255, 254
_ATTRIBUTED_PAIRS, _ATTRIBUTED_CALL, _AGAIN, _DEFINED = 239, 240, 243, 244
_NAMESPACES = {247, 248, 249}
_CONSTANTS = {254, 253, 252, 251, 250, 242, 241}
_WIDTHS = {_LOGICAL: 4, _WHOLE: 4, _REAL: 8, _COMPLEX: 16, _RAW: 1}
_IS_OBJECT, _HAS_ATTRIBUTES, _HAS_TAG = 1 << 8, 1 << 9, 1 << 10
_KEPT = 1000


@dataclass
class Objects:
    """What a file holds."""

    version: str = ""
    """Of the R that wrote it."""
    items: int = 0
    is_classed_list: bool = False
    """True where the outermost object is a list with a class: a model, a table, a date."""
    names: list[str] = field(default_factory=list)
    """Of the variables of a workspace."""
    classes: dict[tuple[str, ...], None] = field(default_factory=dict)
    """Each object's classes, by where they stand last: an object's own follow those of what it holds."""
    called: set[str] = field(default_factory=set)
    """Functions that are called anywhere in its code, whether that runs or not."""
    promised: set[str] = field(default_factory=set)
    """Functions that are called in promises."""
    functions: int = 0
    promises: int = 0


def walk(blob: BoundedReader, objects: Objects) -> None:
    """Read a file into `objects`, which keeps what was found where this raises.

    Raises DamagedError where the bytes end or are no items, BudgetExceededError at a cap.
    """
    numbers, is_workspace = open_numbers(blob)
    version = numbers.whole()
    writer = numbers.whole()
    numbers.whole()
    objects.version = f"{writer >> 16}.{writer >> 8 & 255}.{writer & 255}"
    if version == 3:
        numbers.text(numbers.length())
    _Walk(numbers, objects).run(is_workspace)


_Steps = Generator["_Steps", None, None]
"""The reading of one item, which hands over the reading of the items within it."""


class _Walk:
    def __init__(self, numbers: Numbers, objects: Objects) -> None:
        self._numbers = numbers
        self._objects = objects
        self._references: list[str] = []
        """Names of the symbols so far; empty for environments, which are counted with them."""
        self._promised = 0
        """Promises that the walk is in."""

    def run(self, is_workspace: bool) -> None:
        waiting: list[_Steps] = [self._item(variables=is_workspace, is_outermost=True)]
        while waiting:
            inner = next(waiting[-1], None)
            if inner is None:
                waiting.pop()
            elif len(waiting) < DEPTH_LIMIT:
                waiting.append(inner)
            else:
                raise DamagedError

    def _item(
        self, *, as_class: bool = False, as_head: bool = False, variables: bool = False, is_outermost: bool = False
    ) -> _Steps:
        """One item, and for a list of pairs all that follow.

        `as_class` where it is the value of a class attribute, `as_head` where it is what a call calls, `variables`
        where it is the list of a workspace.
        """
        while True:
            flags = self._begin()
            kind = flags & 0xFF
            self._objects.is_classed_list |= is_outermost and kind == _LIST and bool(flags & _IS_OBJECT)
            if kind in _CONSTANTS:
                return
            if kind in {_SYMBOL, _REFERENCE}:
                self._called(self._name(flags), as_head)
                return
            if kind not in {_PAIRS, _CALL, _DOTS}:
                yield self._other(flags, as_class)
                return
            if flags & _HAS_ATTRIBUTES:
                yield self._item()
            tag = self._name(self._begin()) if flags & _HAS_TAG else ""
            if variables and len(self._objects.names) < _KEPT:
                self._objects.names.append(tag)
            yield self._item(as_class=tag == "class", as_head=as_head or kind == _CALL)
            # What follows belongs to the same list, so it is read here and needs no deeper place.
            as_class, is_outermost = False, False

    def _other(self, flags: int, as_class: bool) -> _Steps:
        kind, numbers = flags & 0xFF, self._numbers
        if kind in {_CLOSURE, _PROMISE}:
            yield self._code(flags)
        elif kind in {_ENVIRONMENT, *_NAMESPACES}:
            numbers.whole()
            self._references.append("")
            # An environment has its encloser, its frame, its hash table and its attributes.
            yield self._items(4 if kind == _ENVIRONMENT else numbers.count())
        elif kind in {_SPECIAL, _BUILTIN}:
            numbers.text(numbers.length())
        elif kind == _ALTERNATIVE:
            yield self._items(3)
        else:
            yield self._vector(kind, as_class)
            if flags & _HAS_ATTRIBUTES:
                yield self._item()

    def _vector(self, kind: int, as_class: bool) -> _Steps:
        """What an item holds before its attributes."""
        numbers = self._numbers
        if kind == _TEXT:
            numbers.text(numbers.length())
        elif kind in _WIDTHS:
            numbers.skip(numbers.count(), _WIDTHS[kind])
        elif kind == _TEXTS:
            self._texts(as_class)
        elif kind in {_LIST, _EXPRESSIONS}:
            yield self._items(numbers.count())
        elif kind == _BYTECODE:
            numbers.whole()
            self._objects.functions += 1
            yield self._bytecode()
        elif kind in {_POINTER, _WEAK}:
            self._references.append("")
            yield self._items(2 if kind == _POINTER else 0)
        elif kind != _S4:
            raise DamagedError

    def _items(self, count: int) -> _Steps:
        for _ in range(count):
            yield self._item()

    def _code(self, flags: int) -> _Steps:
        """A function or a promise: attributes, environment, arguments or value, body."""
        is_promise = flags & 0xFF == _PROMISE
        self._objects.promises += is_promise
        self._objects.functions += not is_promise
        self._promised += is_promise
        yield self._items((2 if flags & _HAS_ATTRIBUTES else 1) + (1 if flags & _HAS_TAG else 0))
        yield self._item()
        self._promised -= is_promise

    def _bytecode(self) -> _Steps:
        """Instructions, and constants that are items or pieces of the source."""
        yield self._item()
        for _ in range(self._numbers.count()):
            kind = self._numbers.whole()
            if kind == _BYTECODE:
                yield self._bytecode()
            elif kind in {_PAIRS, _CALL, _AGAIN, _DEFINED, _ATTRIBUTED_PAIRS, _ATTRIBUTED_CALL}:
                yield self._source(kind)
            else:
                yield self._item()

    def _source(self, kind: int, as_head: bool = False) -> _Steps:
        while True:
            self._spend()
            if kind == _AGAIN:
                self._numbers.whole()
                return
            if kind == _DEFINED:
                self._numbers.whole()
                kind = self._numbers.whole()
            if kind not in {_PAIRS, _CALL, _ATTRIBUTED_PAIRS, _ATTRIBUTED_CALL}:
                yield self._item(as_head=as_head)
                return
            if kind in {_ATTRIBUTED_PAIRS, _ATTRIBUTED_CALL}:
                yield self._item()
            yield self._item()  # the tag
            yield self._source(self._numbers.whole(), as_head or kind in {_CALL, _ATTRIBUTED_CALL})
            kind = self._numbers.whole()

    def _begin(self) -> int:
        self._spend()
        return self._numbers.whole()

    def _spend(self) -> None:
        self._objects.items += 1
        if self._objects.items > ITEM_LIMIT:
            raise BudgetExceededError("it has more items than are read here")

    def _name(self, flags: int) -> str:
        """The name of a symbol, that of an earlier one, or none. Raises DamagedError for other items."""
        kind = flags & 0xFF
        if kind == _SYMBOL:
            if self._numbers.whole() & 0xFF != _TEXT:
                raise DamagedError
            name = self._numbers.text(self._numbers.length())
            self._references.append(name)
            return name
        if kind == _REFERENCE:
            number = (flags >> 8) & 0xFFFFFF or self._numbers.whole()
            if not 0 < number <= len(self._references):
                raise DamagedError
            return self._references[number - 1]
        if kind not in _CONSTANTS:
            raise DamagedError
        return ""

    def _called(self, name: str, as_head: bool) -> None:
        if as_head and name and len(self._objects.called) < _KEPT:
            self._objects.called.add(name)
            if self._promised:
                self._objects.promised.add(name)

    def _texts(self, as_class: bool) -> None:
        names: list[str] = []
        for _ in range(self._numbers.count()):
            if self._begin() & 0xFF != _TEXT:
                raise DamagedError
            text = self._numbers.text(self._numbers.length())
            if as_class and len(names) < _KEPT:
                names.append(shown(text, 60))
        if as_class and len(self._objects.classes) < _KEPT:
            self._objects.classes.pop(tuple(names), None)
            self._objects.classes[tuple(names)] = None
