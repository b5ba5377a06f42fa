"""A policy ready to judge by: the repository's file over its pack, with every rule's severity, options and source.

What a file says goes before what its pack says, key by key: a severity replaces the pack's, cases included unless
the file names them too; options are merged one by one; licence lists are asked in turn (`rules.policy_licenses`);
ignored paths add up.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from rules.checks import Check, RuleOptions, all_checks
from rules.facts import Confidence
from rules.findings import Citation, PolicyOrigin, Severity
from rules.globs import matches
from rules.licenses import License
from rules.packs import pack_names, read_pack
from rules.policy_errors import Lines, PolicyError, PolicyProblem, choice, from_validation, line_of, problem_at
from rules.policy_file import (
    CitationEntry,
    Mode,
    PackEntry,
    PackFile,
    PolicyFile,
    RuleEntry,
    confidence_named,
    severity_named,
)
from rules.policy_licenses import SELECTOR_WORDS, LicenseLists, Ruling, Selection, is_selector, rule_on, selector_names
from rules.safe_yaml import YamlError, load

__all__ = [
    "POLICY_LIMIT",
    "POLICY_PATH",
    "Policy",
    "PolicyError",
    "PolicyProblem",
    "load_policy",
    "pack_names",
    "pack_policy",
]

POLICY_PATH = ".weighbridge.yml"
"""Where a repository keeps its policy; read at the target branch only."""

POLICY_LIMIT = 256 * 1024
"""Bytes of the largest policy file that is read; a long one has a few kilobytes."""

DEFAULT_PACK = "guix"
"""What a policy file builds on where it names no pack, and what a repository without one is judged by."""

_DEFAULT_BLOCK_FROM = Confidence.PROBABLE
"""A file that only looks like weights by its name or statistics is questioned, not blocked."""


@dataclass(frozen=True)
class Weight:
    """How much a rule, or one case of it, weighs, and on whose authority."""

    severity: Severity | None
    """None where it is switched off."""
    citation: Citation | None
    line: int | None = None
    """Line of the repository's policy file that set it, None where a pack did."""


@dataclass(frozen=True)
class RuleSetting:
    """What a policy says of one rule."""

    weights: Mapping[str | None, Weight]
    """By case; None for problems without one."""
    options: RuleOptions
    speaks_from: Confidence = Confidence.POSSIBLE
    """The least confidence of a detection at which the rule speaks."""

    def weight_of(self, case: str | None) -> Weight:
        """The weight of a problem of this case."""
        return self.weights[case]


@dataclass(frozen=True)
class Policy:
    """Everything the runner needs to know of a community's will."""

    origin: PolicyOrigin
    pack: PackEntry
    """The guideline it builds on, for reports and documentation."""
    mode: Mode
    block_from: Confidence
    ignored: tuple[str, ...]
    licenses: tuple[LicenseLists, ...]
    settings: Mapping[str, RuleSetting]

    def setting(self, rule: str) -> RuleSetting:
        """What it says of a rule. Raises KeyError for a rule that does not exist."""
        return self.settings[rule]

    def ignores(self, path: str) -> bool:
        """True for paths that are not judged."""
        return bool(path) and any(matches(path, glob) for glob in self.ignored)

    def rule_on(self, license_: License) -> Ruling:
        """Whether the licence is accepted, denied, or not spoken of."""
        return rule_on(license_, self.licenses)

    def accepts(self, license_: License) -> bool:
        """True for a licence that weights may have here."""
        return self.rule_on(license_) is Ruling.ACCEPTED

    @property
    def accepted_words(self) -> tuple[str, ...]:
        """What the lists of accepted licences say, nearest layer first."""
        return tuple(dict.fromkeys(word for lists in self.licenses for word in lists.accept.words))

    def remarked(self, *remarks: str) -> Policy:
        """The same policy with remarks on how it came to rule: a broken file that it stands in for, for example."""
        return replace(self, origin=replace(self.origin, remarks=(*self.origin.remarks, *remarks)))


def load_policy(content: bytes, *, name: str, commit: str | None = None, url: str | None = None) -> Policy:
    """Read a policy file.

    `name` is shown in reports and errors, `commit` and `url` say which version it was. Raises PolicyError
    with every problem that was found: key by key and with its line where the YAML can be read, one for the
    whole file where it cannot.
    """
    layer = _read(content, name, PolicyFile)
    if problems := list(_problems(layer)):
        raise PolicyError(name, sorted(problems, key=lambda problem: (problem.line or 0, problem.key)))
    pack = layer.file.extends or DEFAULT_PACK
    own = Citation(title=name, url=url, note="This repository's own rule.")
    return _compose((layer, *_pack_layers(pack)), PolicyOrigin(name=name, pack=pack, commit=commit, url=url), own)


@functools.cache
def pack_policy(pack: str = DEFAULT_PACK) -> Policy:
    """A pack as a policy of its own. Raises PolicyError where there is no such pack."""
    if pack not in pack_names():
        raise PolicyError(pack, [PolicyProblem(None, "", choice(pack, pack_names(), "known pack"))])
    return _compose(_pack_layers(pack), PolicyOrigin(name=f"pack {pack}", pack=pack), None)


@dataclass(frozen=True)
class _Layer:
    """One file of the stack, the repository's or a pack's."""

    file: PolicyFile
    lines: Lines


def _read(content: bytes, name: str, model: type[PolicyFile]) -> _Layer:
    try:
        data, lines = load(content, limit=POLICY_LIMIT)
    except YamlError as error:
        raise PolicyError(name, [PolicyProblem(error.line, "", error.message)]) from error
    try:
        return _Layer(model.model_validate(data), lines)
    except ValidationError as error:
        problems = from_validation(error, model, lines)
        raise PolicyError(name, sorted(problems, key=lambda problem: (problem.line or 0, problem.key))) from error


@functools.cache
def _pack_layers(pack: str) -> tuple[_Layer, ...]:
    """A pack and the packs that it builds on, nearest first."""
    layer = _read(read_pack(pack), f"pack {pack}", PackFile)
    if problems := list(_problems(layer)):
        raise PolicyError(f"pack {pack}", problems)
    return (layer, *(_pack_layers(layer.file.extends) if layer.file.extends else ()))


def _problems(layer: _Layer) -> Iterator[PolicyProblem]:
    """What the schema alone cannot see: names of packs, rules, cases, options and licences."""
    file, lines = layer.file, layer.lines
    if file.extends is not None and file.extends not in pack_names():
        yield problem_at(("extends",), choice(file.extends, pack_names(), "known pack"), lines)
    for kind, words in (("accept", file.licenses.accept), ("deny", file.licenses.deny)):
        for index, word in enumerate(words):
            if not is_selector(word):
                message = choice(word, SELECTOR_WORDS, "SPDX identifier, category or view", selector_names())
                yield problem_at(("licenses", kind, index), message, lines)
    for rule, entry in file.rules.items():
        check = all_checks().get(rule)
        if check is None:
            yield problem_at(("rules", rule), choice(rule, all_checks(), "known rule"), lines)
        else:
            yield from _rule_problems(check, entry, lines)


def _rule_problems(check: Check, entry: RuleEntry, lines: Lines) -> Iterator[PolicyProblem]:
    for case in entry.cases:
        if case not in check.cases:
            yield problem_at(("rules", check.id, "cases", case), choice(case, check.cases, "case of this rule"), lines)
    try:
        check.options.model_validate(dict(entry.options))
    except ValidationError as error:
        yield from from_validation(error, check.options, lines, ("rules", check.id, "options"))


def _compose(layers: Sequence[_Layer], origin: PolicyOrigin, own: Citation | None) -> Policy:
    """One policy from its layers, nearest first. `own` is cited where the first layer departs from the others."""
    files = [layer.file for layer in layers]
    pack = next(file.pack for file in files if isinstance(file, PackFile))
    block_from = next((file.block_from for file in files if file.block_from is not None), None)
    return Policy(
        origin=origin,
        pack=pack,
        mode=next((file.mode for file in files if file.mode is not None), Mode.ENFORCE),
        block_from=_DEFAULT_BLOCK_FROM if block_from is None else confidence_named(block_from),
        ignored=tuple(dict.fromkeys(glob for file in files for glob in file.ignore)),
        licenses=_license_layers(files),
        settings={check.id: _setting(check, layers, pack, own) for check in all_checks().values()},
    )


def _license_layers(files: Sequence[PolicyFile]) -> tuple[LicenseLists, ...]:
    lists: list[LicenseLists] = []
    for file in files:
        lists.append(LicenseLists(Selection.read(file.licenses.accept), Selection.read(file.licenses.deny)))
        if not file.licenses.inherit:
            break
    return tuple(lists)


def _setting(check: Check, layers: Sequence[_Layer], pack: PackEntry, own: Citation | None) -> RuleSetting:
    weights: dict[str | None, Weight] = dict.fromkeys(
        (None, *check.cases), Weight(check.severity, _citation(pack.otherwise))
    )
    options: dict[str, object] = {}
    speaks_from = Confidence.POSSIBLE
    for layer in reversed(layers):
        entry = layer.file.rules.get(check.id)
        if entry is None:
            continue
        options |= entry.options
        speaks_from = confidence_named(entry.confidence) if entry.confidence else speaks_from
        departure = own if layer is layers[0] else None
        weights = {case: _weigh(weight, case, check.id, layer, departure) for case, weight in weights.items()}
    return RuleSetting(weights, check.options.model_validate(options), speaks_from)


def _weigh(inherited: Weight, case: str | None, rule: str, layer: _Layer, own: Citation | None) -> Weight:
    """The weight of one case after a layer has spoken."""
    entry = layer.file.rules[rule]
    named = case is not None and case in entry.cases
    word = entry.cases[case] if case is not None and named else entry.severity
    severity = inherited.severity if word is None else severity_named(word)
    citation = inherited.citation
    if entry.citation is not None:
        citation = _citation(entry.citation)
    elif own is not None and severity is not inherited.severity:
        citation = own
    if word is None or own is None:
        return Weight(severity, citation)
    key = ("rules", rule, "cases", case) if case is not None and named else ("rules", rule, "severity")
    return Weight(severity, citation, line_of(key, layer.lines))


def _citation(entry: CitationEntry) -> Citation:
    return Citation(title=entry.title, url=entry.url, note=entry.note)
