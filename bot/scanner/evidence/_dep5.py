"""Copyright files in the machine-readable form of Debian, DEP-5 (copyright-format 1.0): globs of paths and licences."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.scanner.evidence._reuse_globs import glob_matches

_FORMAT = re.compile(r"^Format[ \t]*:[^\n]*copyright-format", re.IGNORECASE | re.MULTILINE)
_FIELD = re.compile(r"(?P<name>[!-9;-~]+)[ \t]*:[ \t]*(?P<value>.*)")
_CHOICES = re.compile(r",\s+(?P<operator>and|or)\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Files:
    """One `Files` paragraph."""

    globs: tuple[str, ...]
    """As `_reuse_globs` has them."""
    license: str
    """The short names, as the first line of the field has them."""
    line: int
    """One-based line of its licence."""
    text: str
    """The licence's text, from the paragraph itself or the one of its own that the file has for this name."""

    @property
    def is_all(self) -> bool:
        """True where it speaks of the whole work, and of no file by name."""
        return "**" in self.globs


@dataclass(frozen=True)
class _Field:
    value: str
    """The first line."""
    text: str
    """The lines below it, with their marks of indentation taken off."""
    line: int


@functools.lru_cache(maxsize=32)
def is_dep5(text: str) -> bool:
    """True for a file in this form; most others are prose."""
    return _FORMAT.search(text) is not None


def files_paragraph(text: str, path: str) -> Files | None:
    """The last paragraph that covers a path, which is the one that counts; None where none states a licence for it."""
    covers = (one for one in reversed(_paragraphs(text)) if any(glob_matches(path, glob) for glob in one.globs))
    return next(covers, None)


@functools.lru_cache(maxsize=32)
def _paragraphs(text: str) -> tuple[Files, ...]:
    paragraphs = list(_read(text))
    texts = {
        one["license"].value.lower(): one["license"].text
        for one in paragraphs
        if "license" in one and "files" not in one
    }
    return tuple(
        Files(
            globs=tuple(map(_glob, f"{one['files'].value} {one['files'].text}".split())),
            license=_expression(one["license"].value),
            line=one["license"].line,
            text=one["license"].text.strip() or texts.get(one["license"].value.lower(), ""),
        )
        for one in paragraphs
        if "files" in one and "license" in one
    )


def _read(text: str) -> Iterator[dict[str, _Field]]:
    """The paragraphs, as fields by their names in lower case. Other lines are left out."""
    fields: dict[str, _Field] = {}
    name: str | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            if fields:
                yield fields
            fields, name = {}, None
        elif line[0] in " \t":
            if name is not None:
                held = fields[name]
                fields[name] = _Field(
                    held.value, f"{held.text}{'' if line.strip() == '.' else line.strip()}\n", held.line
                )
        elif not line.startswith("#"):
            found = _FIELD.fullmatch(line)
            name = found["name"].lower() if found is not None else None
            if found is not None and name is not None:
                fields[name] = _Field(found["value"].strip(), "", number)
    if fields:
        yield fields


def _expression(names: str) -> str:
    """Short names as an expression: a comma before `and` or `or` binds less than the words alone."""
    parts = _CHOICES.split(names)
    if len(parts) == 1:
        return names
    return " ".join(f"({part})" if index % 2 == 0 and " " in part else part for index, part in enumerate(parts))


def _glob(written: str) -> str:
    """The glob in the words of REUSE.toml: here `*` and `?` stand for slashes too, and nothing else is special."""
    return re.sub(r"\\(.)|([/\[\]])|\*+", _escaped, written.removeprefix("./"))


def _escaped(found: re.Match[str]) -> str:
    if found[1] is not None:
        return f"\\{found[1]}"
    return f"\\{found[2]}" if found[2] is not None else "**"
