"""YAML from strangers: a small, bounded subset, with the line of every key.

What can make YAML dear or surprising is refused: anchors and aliases, tags, merge keys, repeated keys, several
documents, deep nesting, other encodings than UTF-8. Plain values are read as YAML 1.1, as PyYAML has them.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import yaml

DEPTH_LIMIT = 20
"""Levels of nesting; model cards and policies in the field stay below ten."""

Key: TypeAlias = tuple[str | int, ...]
"""Where a value stands: the keys and list positions that lead to it; () is the whole document."""

Scalar: TypeAlias = str | int | float | bool | datetime.date | None
Value: TypeAlias = "Scalar | list[Value] | dict[str, Value]"

_MERGE = "tag:yaml.org,2002:merge"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser where PyYAML was built with it: the same language, some ten times faster."""


class YamlError(Exception):
    """A document that is not read, with the reason as a sentence and the one-based line where it is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        self.message = message
        self.line = line
        super().__init__(message if line is None else f"line {line}: {message}")


def load(content: bytes, *, limit: int) -> tuple[Value, Mapping[Key, int]]:
    """Read one document: its values, and the one-based line of each key and list item.

    Keys of mappings are the text as written, whatever YAML would make of it (`on`, `1`). An empty
    document is None. Raises YamlError for anything that is refused, and for content of more than
    `limit` bytes, which is not looked at.
    """
    if len(content) > limit:
        raise YamlError(f"The document has {len(content):,} bytes; at most {limit:,} are read.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise YamlError("The document is not UTF-8.", content.count(b"\n", 0, error.start) + 1) from error
    try:
        return _Builder(iter(yaml.parse(text, Loader=_Loader))).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise YamlError(f"This is not YAML: {problem}.", mark.line + 1 if mark else None) from error
    except yaml.reader.ReaderError as error:
        line = content.count(b"\n", 0, error.position) + 1
        raise YamlError("The document holds a character that YAML does not allow.", line) from error


class _Builder:
    """Turns the parser's events into plain values, one by one, so that a refusal costs no more than what led to it."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._lines: dict[Key, int] = {}
        self._scalars = yaml.SafeLoader("")

    def document(self) -> tuple[Value, Mapping[Key, int]]:
        value: Value = None
        seen = False
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if seen:
                    raise YamlError("The file holds more than one YAML document.", _line(event))
                seen = True
                value = self._value(next(self._events), ())
        return value, self._lines

    def _value(self, event: yaml.Event, key: Key) -> Value:
        self._lines.setdefault(key, _line(event))
        _refuse_cleverness(event)
        if len(key) > DEPTH_LIMIT:
            raise YamlError(f"The document nests deeper than {DEPTH_LIMIT} levels.", _line(event))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(key)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(key)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        raise YamlError("The document ends in the middle of a value.", _line(event))

    def _mapping(self, key: Key) -> Value:
        mapping: dict[str, Value] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            _refuse_cleverness(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise YamlError("A key is a list or a mapping; only words are read as keys.", _line(event))
            name = event.value
            if name == "<<" and event.implicit[0]:
                raise YamlError("Merge keys (`<<`) are not read.", _line(event))
            if name in mapping:
                first = self._lines[(*key, name)]
                raise YamlError(f"A key is written twice; it stands on line {first} too.", _line(event))
            self._lines[(*key, name)] = _line(event)
            mapping[name] = self._value(next(self._events), (*key, name))
        return mapping

    def _sequence(self, key: Key) -> Value:
        items: list[Value] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*key, len(items))))
        return items

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        if not event.implicit[0]:
            return str(event.value)
        tag = self._scalars.resolve(yaml.ScalarNode, event.value, (True, False))  # type: ignore[no-untyped-call]
        try:
            value: Scalar = self._scalars.construct_object(yaml.ScalarNode(tag, event.value))
        except (yaml.YAMLError, ValueError, OverflowError):
            # 2024-13-45 has a date's shape and is none: what was written is all there is to say.
            return str(event.value)
        return value


def _refuse_cleverness(event: yaml.Event) -> None:
    if isinstance(event, yaml.AliasEvent):
        raise YamlError("Aliases (`*name`) are not read; write the value out.", _line(event))
    if getattr(event, "anchor", None) is not None:
        raise YamlError("Anchors (`&name`) are not read; write the value out where it is needed.", _line(event))
    if getattr(event, "tag", None) is not None:
        raise YamlError("Tags (`!name`) are not read; leave the tag out.", _line(event))


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return 1 if mark is None else mark.line + 1
