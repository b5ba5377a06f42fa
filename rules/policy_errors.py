"""What is wrong with a policy file, said so that its author can mend it."""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rules.text import code

Key = tuple[str | int, ...]
"""Where a value stands: the keys and list positions that lead to it."""

Lines = Mapping[Key, int]
"""One-based line of each key path of a file."""


@dataclass(frozen=True)
class PolicyProblem:
    """One thing that is wrong."""

    line: int | None
    key: str
    """Dotted path of the key, empty where the file as a whole is meant."""
    message: str
    """What is wrong, what is allowed, and the nearest match, in one or two sentences."""


class PolicyError(Exception):
    """A policy file that cannot be used, with everything that is wrong with it."""

    def __init__(self, name: str, problems: Sequence[PolicyProblem]) -> None:
        self.name = name
        self.problems = tuple(problems)
        super().__init__("\n".join(self._line(problem) for problem in self.problems))

    def _line(self, problem: PolicyProblem) -> str:
        where = self.name if problem.line is None else f"{self.name}:{problem.line}"
        return f"{where}: {problem.key}: {problem.message}" if problem.key else f"{where}: {problem.message}"


def problem_at(key: Key, message: str, lines: Lines) -> PolicyProblem:
    """A problem at a key, on the line of the nearest enclosing key that has one."""
    # One word may stand for a list of it (`extends: guix`); there is no item to point at then.
    if key and isinstance(key[-1], int) and key not in lines:
        key = key[:-1]
    return PolicyProblem(line_of(key, lines), ".".join(_shown(part) for part in key), message)


def line_of(key: Key, lines: Lines) -> int | None:
    """The line of a key or, where it is not written down, of what encloses it."""
    return next((lines[key[:end]] for end in range(len(key), -1, -1) if key[:end] in lines), None)


def choice(word: object, allowed: Iterable[str], what: str, unlisted: Iterable[str] = ()) -> str:
    """Say that `word` is none of the allowed ones, with the nearest match first.

    `unlisted` words are allowed as well, but too many to be printed.
    """
    options = sorted(allowed)
    sentence = f"{code(str(word))} is no {what}."
    near = difflib.get_close_matches(str(word)[:100], [*options, *unlisted], n=1)
    if near:
        sentence += f" Did you mean {code(near[0])}?"
    return f"{sentence} Allowed: {', '.join(options)}." if options else f"{sentence} None is allowed here."


def from_validation(
    error: ValidationError, model: type[BaseModel], lines: Lines, prefix: Key = ()
) -> list[PolicyProblem]:
    """The problems that pydantic found, in the words of this project."""
    return [
        problem_at((*prefix, *detail["loc"]), _message(detail, model), lines)
        for detail in error.errors(include_url=False)
    ]


def _message(detail: ErrorDetails, model: type[BaseModel]) -> str:
    location = detail["loc"]
    match detail["type"]:
        case "extra_forbidden":
            return choice(location[-1], _keys_at(model, location[:-1]), "known key")
        case "missing":
            return "This key is required and not there."
        case "literal_error" | "enum":
            words = _words(str(detail.get("ctx", {}).get("expected", "")))
            if isinstance(detail["input"], str) and detail["input"] in words:
                return f"{code(detail['input'])} is a text here; write it without quotes."
            return choice(detail["input"], words, "allowed value")
        case "value_error":
            return f"{code(str(detail['input']))}: {detail['ctx']['error']}."
        case "model_type" | "model_attributes_type" | "dict_type" | "mapping_type":
            allowed = ", ".join(sorted(_keys_at(model, location)))
            return "Keys with values are expected here" + (f": {allowed}." if allowed else ".")
        case "string_pattern_mismatch" if "a-f" in detail["ctx"]["pattern"]:
            return f"{code(str(detail['input']))}: a SHA-256 of 64 hexadecimal digits is expected."
        case "string_pattern_mismatch":
            return f"{code(str(detail['input']))}: an address that begins with `https://` is expected."
        case "string_too_short" if not detail["input"]:
            return "Something is expected here; nothing stands between the quotes."
        case kind if kind.startswith("date_"):
            return f"{code(str(detail['input']))}: a day such as 2027-06-30 is expected."
        case "list_type" | "tuple_type":
            return "A list is expected here, such as `[a, b]`."
        case _:
            return f"{code(str(detail['input']))}: {detail['msg'].rstrip('.')}."


def _words(expected: str) -> list[str]:
    return [quoted or number for quoted, number in re.findall(r"'([^']*)'|\b(\d+)\b", expected)]


def _keys_at(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """The keys that may stand at a place of the model; none where it is no place for keys."""
    kind: object = model
    for part in location:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            fields = {field.alias or name: field for name, field in kind.model_fields.items()}
            kind = fields[str(part)].annotation if part in fields else None
        else:
            kind = next((argument for argument in reversed(typing.get_args(kind)) if argument is not Ellipsis), None)
        kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [field.alias or name for name, field in kind.model_fields.items()]
    return []


def _bare(kind: object) -> object:
    """A type without its annotations and without None."""
    if typing.get_origin(kind) is typing.Annotated:
        return typing.get_args(kind)[0]
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return next(argument for argument in typing.get_args(kind) if argument is not type(None))
    return kind


def _shown(part: str | int) -> str:
    text = str(part)
    return text if re.fullmatch(r"[\w./+-]{1,60}", text) else code(text, 60)
