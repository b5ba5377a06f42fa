"""The files that a policy is made of: the repository's, what it extends, its organisation's, packs at the bottom."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pydantic import ValidationError

from rules.findings import Citation
from rules.packs import pack_names, read_pack
from rules.policy_errors import Lines, PolicyError, PolicyProblem, choice, from_validation, problem_at
from rules.policy_file import CitationEntry, PackFile, PolicyFile, RuleEntry
from rules.policy_problems import is_path, problems_in
from rules.safe_yaml import Value, YamlError, load

POLICY_LIMIT = 256 * 1024
"""Bytes of the largest policy file that is read; a long one has a few kilobytes."""

DEFAULT_PACK = "guix"
"""What a policy file builds on where it names nothing, and what a repository without one is judged by."""

FILES_LIMIT = 16
"""Files that one policy is made of; chains in the field have two or three."""

Files = Callable[[str], bytes | None]
"""Reads a file of the policy's own repository and commit by its path; None where there is none."""


@dataclass(frozen=True)
class Layer:
    """One file of the stack."""

    name: str
    """`.weighbridge.yml`, `policies/house.yml`, `pack guix`."""
    file: PolicyFile
    lines: Lines
    commit: str | None = None
    url: str | None = None
    own: Citation | None = None
    """What is cited where the file departs from what lies beneath; None for packs, which cite their guideline."""
    unused: tuple[str, ...] = field(default=())
    """What it says and may not, one sentence each."""

    @property
    def pack(self) -> PackFile | None:
        """The file as a pack, None where it is none."""
        return self.file if isinstance(self.file, PackFile) else None

    def citation_of(self, entry: RuleEntry) -> Citation | None:
        """Where the layer says that a rule comes from, None where it does not say."""
        if entry.citation is not None:
            return cited(entry.citation)
        criterion = self.pack.pack.criteria.get(entry.criterion) if self.pack and entry.criterion else None
        if criterion is None:
            return None
        return Citation(criterion.title, criterion.source, criterion.note, entry.criterion)


def cited(entry: CitationEntry) -> Citation:
    """A citation as written in a file."""
    return Citation(title=entry.title, url=entry.url, note=entry.note)


def read_layer(content: bytes, name: str, model: type[PolicyFile] = PolicyFile) -> Layer:
    """Read one file by itself. Raises PolicyError with every problem in it."""
    try:
        data, lines = load(content, limit=POLICY_LIMIT)
    except YamlError as error:
        raise PolicyError(name, [PolicyProblem(error.line, "", error.message)]) from error
    try:
        file = model.model_validate(data)
    except ValidationError as error:
        problems = [*from_validation(error, model, lines), *_further_problems(data, error, model, lines)]
        raise PolicyError(name, _ordered(problems)) from error
    if problems := list(problems_in(file, lines)):
        raise PolicyError(name, _ordered(problems))
    return Layer(name, file, lines)


def _further_problems(
    data: Value, error: ValidationError, model: type[PolicyFile], lines: Lines
) -> Iterator[PolicyProblem]:
    """What is wrong with the rest of a file of which some values are of the wrong kind: all is told at once."""
    if not isinstance(data, dict):
        return
    rest = copy.deepcopy(data)
    for detail in error.errors(include_url=False):
        _take_out(rest, detail["loc"])
    try:
        file = model.model_validate(rest | {"version": 1})
    except ValidationError as needing:  # what is left needs what was taken out
        broken = {detail["loc"][0] for detail in needing.errors(include_url=False)}
        rest = {key: value for key, value in rest.items() if key not in broken}
        try:
            file = model.model_validate(rest | {"version": 1})
        except ValidationError:
            return
    # What lacks the very thing that was taken out is told already.
    told = {".".join(map(str, detail["loc"])) for detail in error.errors(include_url=False)}
    for problem in problems_in(file, lines):
        if not any(place.startswith(f"{problem.key}.") for place in told):
            yield problem


def _take_out(data: dict[str, Value], place: Sequence[str | int]) -> None:
    """Remove the last key on the way to a place. No item of a list, since the others have to keep their places."""
    holder, key = data, str(place[0])
    found: Value = data
    for part in place:
        if isinstance(found, dict) and part in found:
            holder, key = found, str(part)
            found = found[key]
        elif isinstance(found, list) and isinstance(part, int) and part < len(found):
            found = found[part]
        else:
            break
    holder.pop(key, None)


@functools.cache
def pack_layers(pack: str) -> tuple[Layer, ...]:
    """A pack and the packs that it builds on, nearest first. Raises PolicyError where there is no such pack."""
    if pack not in pack_names():
        raise PolicyError(pack, [PolicyProblem(None, "", choice(pack, pack_names(), "known pack"))])
    layer = read_layer(read_pack(pack), f"pack {pack}", PackFile)
    return (layer, *(below for name in reversed(layer.file.extends) for below in pack_layers(name)))


def stack(own: Layer, beneath: Sequence[Layer], files: Files | None, default: str) -> tuple[Layer, ...]:
    """The whole stack of a file, nearest first.

    `beneath` is the organisation's stack, empty where there is none; `default` is the pack that lies under
    files that name none. Raises PolicyError for a file that cannot be found or read, and for a circle.
    """
    above = [own, *_extended(own, files, {own.name})]
    grounded = any(layer.pack is not None for layer in above)
    return (*above, *(beneath or (() if grounded else pack_layers(default))))


def _extended(layer: Layer, files: Files | None, seen: set[str]) -> Iterator[Layer]:
    for index, name in reversed(list(enumerate(layer.file.extends))):
        if not is_path(name):
            yield from pack_layers(name)
            continue
        path = name.removeprefix("./")
        problem = _missing(path, seen)
        content = files(path) if files is not None and problem is None else None
        if problem is None and content is None:
            problem = f"`{path}` is not in this repository: name a file of it by its path, or a pack."
        if problem is not None or content is None:
            raise PolicyError(layer.name, [problem_at(("extends", index), problem or "", layer.lines)])
        seen.add(path)
        found = replace(
            read_layer(content, path),  # whose rules these are, is as with the file that extends it
            commit=layer.commit,
            own=Citation(title=path, note=layer.own.note) if layer.own is not None else None,
        )
        yield found
        yield from _extended(found, files, seen)


def _missing(path: str, seen: set[str]) -> str | None:
    if path in seen:
        return f"`{path}` is extended twice, or extends itself."
    return f"A policy may be made of {FILES_LIMIT} files at most." if len(seen) >= FILES_LIMIT else None


def _ordered(problems: Sequence[PolicyProblem]) -> list[PolicyProblem]:
    return sorted(problems, key=lambda problem: (problem.line or 0, problem.key))
