"""A policy ready to judge by: the repository's file over all that it builds on, with every rule's severity and source.

What a nearer file says goes before what a farther one says, key by key, and in one file a scope before the rest: a
severity replaces the one beneath, cases included unless the file names them too; options are merged one by one;
licence lists are asked in turn (`rules.policy_licenses`); ignored paths and waivers add up.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rules.baseline import EMPTY, Baseline
from rules.checks import Check, RuleOptions, all_checks
from rules.facts import Artifact, ChangeStatus, Confidence
from rules.findings import Citation, Labels, OnError, PolicyOrigin, Severity
from rules.globs import matches
from rules.licenses import Acceptance, License, acceptance
from rules.packs import pack_names
from rules.policy_errors import Key, PolicyError, PolicyProblem, line_of
from rules.policy_file import ExampleEntry, Mode, PackEntry, PolicyFile, ScopeEntry, confidence_named, severity_named
from rules.policy_layers import DEFAULT_PACK, POLICY_LIMIT, Files, Layer, cited, pack_layers, read_layer, stack
from rules.policy_licenses import LicenseLists, Ruling, rule_on
from rules.policy_locks import unlocked
from rules.waivers import Waiver

__all__ = [
    "DEFAULT_PACK",
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

_DEFAULT_BLOCK_FROM = Confidence.PROBABLE
"""A file that only looks like weights by its name or statistics is questioned, not blocked."""


@dataclass(frozen=True)
class Weight:
    """How much a rule, or one case of it, weighs, and on whose authority."""

    severity: Severity | None
    """None where it is switched off."""
    citation: Citation | None
    source: str | None = None
    """Name of the file that set it, None where the rule's own default holds."""
    line: int | None = None
    """Line of that file."""
    url: str | None = None
    """Where a person can read that file."""


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

    @functools.cached_property
    def speaks(self) -> bool:
        """False where every case is switched off."""
        return any(weight.severity is not None for weight in self.weights.values())


@dataclass(frozen=True)
class Voice:
    """What one file, or one scope of it, says about some weights."""

    layer: Layer
    body: PolicyFile | ScopeEntry
    key: Key
    """Where the body stands in its file."""

    @property
    def name(self) -> str:
        """For people: `.weighbridge.yml`, or a scope of it."""
        if not isinstance(self.body, ScopeEntry):
            return self.layer.name
        return f"{self.layer.name}, scope {self.body.name or f'number {int(self.key[1]) + 1}'}"

    def line(self, *key: str | int) -> int | None:
        """The line of a key within the body."""
        return line_of((*self.key, *key), self.layer.lines)


@dataclass(frozen=True)
class Policy:
    """Everything the runner needs to know of a community's will."""

    origin: PolicyOrigin
    layers: tuple[Layer, ...]
    """The files that it is made of, nearest first."""
    pack: PackEntry
    """The guideline it builds on, for reports and documentation."""
    mode: Mode
    block_from: Confidence
    on_error: OnError
    threads_from: Severity | None
    labels: Labels
    ignored: tuple[str, ...]
    licenses: tuple[LicenseLists, ...]
    settings: Mapping[str, RuleSetting]
    waivers: tuple[Waiver, ...] = ()
    baseline: Baseline = EMPTY
    _views: dict[tuple[Key, ...], Policy] = field(default_factory=dict, compare=False, repr=False)
    _rulings: dict[str, Ruling] = field(default_factory=dict, compare=False, repr=False)
    """By the identifier of the licence, since thousands of artifacts share a few."""
    _answers: dict[str, Acceptance] = field(default_factory=dict, compare=False, repr=False)
    """By the expression, for the same reason."""

    def setting(self, rule: str) -> RuleSetting:
        """What it says of a rule. Raises KeyError for a rule that does not exist."""
        return self.settings[rule]

    def speaks(self, rule: str) -> bool:
        """True where the rule may find something, in one scope or in all."""
        scoped = (scope.rules[rule] for layer in self.layers for scope in layer.file.scopes if rule in scope.rules)
        return self.settings[rule].speaks or any(
            word not in {None, "off"} for entry in scoped for word in (entry.severity, *entry.cases.values())
        )

    def ignores(self, path: str) -> bool:
        """True for paths that are not judged."""
        return bool(path) and any(matches(path, glob) for glob in self.ignored)

    def rule_on(self, license_: License) -> Ruling:
        """Whether the licence is accepted, denied, for a person to decide, or not spoken of."""
        ruling = self._rulings.get(license_.id)
        if ruling is None:
            ruling = self._rulings[license_.id] = rule_on(license_, self.licenses)
        return ruling

    def answer_to(self, expression: str) -> Acceptance:
        """Whether weights may have what an SPDX expression says, and which of its licences stand in the way."""
        answer = self._answers.get(expression)
        if answer is None:
            answer = self._answers[expression] = acceptance(expression, self.accepts)
        return answer

    def accepts(self, license_: License) -> bool:
        """True for a licence that weights may have here."""
        return self.rule_on(license_) is Ruling.ACCEPTED

    def may_accept(self, license_: License) -> bool:
        """True for a licence that weights may have here, if need be after a person has looked."""
        return self.rule_on(license_) in {Ruling.ACCEPTED, Ruling.TO_REVIEW}

    @property
    def accepted_words(self) -> tuple[str, ...]:
        """What the lists of accepted licences say, nearest layer first."""
        return tuple(dict.fromkeys(word for lists in self.licenses for word in lists.accept.words))

    @property
    def tests(self) -> tuple[ExampleEntry, ...]:
        """The examples that the nearest file carries."""
        return self.layers[0].file.tests

    def at(self, path: str, confidence: Confidence, status: ChangeStatus) -> Policy:
        """The policy as it is for such weights: itself, or with the scopes that fit them."""
        fitting = tuple(
            (position, index)
            for position, layer in enumerate(self.layers)
            for index, scope in enumerate(layer.file.scopes)
            if _fits(scope, path, confidence, status)
        )
        if not fitting:
            return self
        if fitting not in self._views:
            voices = list(_voices(self.layers, fitting))
            self._views[fitting] = replace(
                self,
                licenses=_licenses(voices),
                settings=_settings(voices, self.pack),
                _views={},
                _rulings={},
                _answers={},
            )
        return self._views[fitting]

    def for_artifact(self, artifact: Artifact) -> Policy:
        """The policy as it is for an artifact."""
        return self.at(artifact.path, artifact.detection.confidence, artifact.status)

    def voices(self, path: str, confidence: Confidence, status: ChangeStatus) -> Iterator[Voice]:
        """Who has a say about such weights, the one that counts most first."""
        fitting = [
            (position, index)
            for position, layer in enumerate(self.layers)
            for index, scope in enumerate(layer.file.scopes)
            if _fits(scope, path, confidence, status)
        ]
        yield from _voices(self.layers, fitting)

    def remarked(self, *remarks: str) -> Policy:
        """The same policy with remarks on how it came to rule: a broken file that it stands in for, for example."""
        return replace(self, origin=replace(self.origin, remarks=(*self.origin.remarks, *remarks)), _views={})

    def with_baseline(self, baseline: Baseline) -> Policy:
        """The same policy for a repository that held these weights before."""
        return replace(self, baseline=baseline, _views={})


def load_policy(
    content: bytes,
    *,
    name: str,
    commit: str | None = None,
    url: str | None = None,
    files: Files | None = None,
    beneath: Policy | None = None,
    default: str = DEFAULT_PACK,
    note: str = "This repository's own rule.",
) -> Policy:
    """Read a policy file.

    `name` is shown in reports and errors, `commit` and `url` say which version it was. `files` reads what the
    file extends by path. `beneath` is the organisation's policy, `default` the pack under a file that extends
    nothing. `note` says whose rules these are. Raises PolicyError with every problem that was found: key by key
    and with its line where the YAML can be read, one for the whole file where it cannot.
    """
    own = replace(read_layer(content, name), commit=commit, url=url, own=Citation(title=name, url=url, note=note))
    under = beneath.layers if beneath is not None else ()
    layers = stack(own, under, files, default)
    layers = unlocked(layers[: len(layers) - len(under)], under)
    return _compose(layers, name, commit, url)


@functools.cache
def pack_policy(pack: str = DEFAULT_PACK) -> Policy:
    """A pack as a policy of its own. Raises PolicyError where there is no such pack."""
    return _compose(pack_layers(pack), f"pack {pack}", None, None)


def _compose(layers: Sequence[Layer], name: str, commit: str | None, url: str | None) -> Policy:
    """One policy from its layers, nearest first."""
    files = [layer.file for layer in layers]
    base = next(layer for layer in layers if layer.pack is not None)
    pack = base.pack.pack if base.pack else None
    if pack is None:
        raise ValueError("a policy has a pack at its bottom")
    voices = list(_voices(layers, ()))
    block_from = next((file.block_from for file in files if file.block_from is not None), None)
    return Policy(
        origin=PolicyOrigin(
            name=name,
            pack=base.name.removeprefix("pack "),
            commit=commit,
            url=url,
            remarks=tuple(sentence for layer in layers for sentence in layer.unused),
            stack=tuple(dict.fromkeys(layer.name for layer in layers[1:])),
        ),
        layers=tuple(layers),
        pack=pack,
        mode=next((file.mode for file in files if file.mode is not None), Mode.ENFORCE),
        block_from=_DEFAULT_BLOCK_FROM if block_from is None else confidence_named(block_from),
        on_error=next((file.on_error for file in files if file.on_error is not None), OnError.NEUTRAL),
        threads_from=severity_named(next((file.threads for file in files if file.threads is not None), "blocking")),
        labels=Labels(
            weights=next((file.labels.weights for file in files if file.labels.weights), None),
            blocked=next((file.labels.blocked for file in files if file.labels.blocked), None),
        ),
        ignored=tuple(dict.fromkeys(glob for file in files for glob in file.ignore)),
        licenses=_licenses(voices),
        settings=_settings(voices, pack),
        waivers=tuple(waiver for layer in layers for waiver in _waivers(layer)),
    )


def _waivers(layer: Layer) -> Iterator[Waiver]:
    for index, entry in enumerate(layer.file.waivers):
        yield Waiver(
            rule=entry.rule,
            reason=entry.reason,
            until=entry.until,
            path=entry.path,
            sha256=entry.sha256.lower() if entry.sha256 else None,
            source=layer.name,
            line=line_of(("waivers", index), layer.lines),
        )


def _fits(scope: ScopeEntry, path: str, confidence: Confidence, status: ChangeStatus) -> bool:
    return (
        (not scope.confidence or confidence.label in scope.confidence)
        and (not scope.status or status in scope.status)
        and (not scope.paths or any(matches(path, glob) for glob in scope.paths))
        and not any(matches(path, glob) for glob in scope.except_paths)
    )


def _voices(layers: Sequence[Layer], scopes: Iterable[tuple[int, int]]) -> Iterator[Voice]:
    """Everything that has a say, nearest first: of each file its scopes, the last one first, then the rest of it."""
    chosen = set(scopes)
    for position, layer in enumerate(layers):
        for index in reversed(range(len(layer.file.scopes))):
            if (position, index) in chosen:
                yield Voice(layer, layer.file.scopes[index], ("scopes", index))
        yield Voice(layer, layer.file, ())


def _licenses(voices: Sequence[Voice]) -> tuple[LicenseLists, ...]:
    lists: list[LicenseLists] = []
    for voice in voices:
        entry = voice.body.licenses
        lists.append(LicenseLists.read(entry.accept, entry.deny, entry.review))
        if not entry.inherit:
            break
    return tuple(lists)


def _settings(voices: Sequence[Voice], pack: PackEntry) -> Mapping[str, RuleSetting]:
    return {check.id: _setting(check, voices, pack) for check in all_checks().values()}


def _setting(check: Check, voices: Sequence[Voice], pack: PackEntry) -> RuleSetting:
    weights: dict[str | None, Weight] = dict.fromkeys(
        (None, *check.cases), Weight(check.severity, cited(pack.otherwise))
    )
    options: dict[str, object] = {}
    speaks_from = Confidence.POSSIBLE
    for voice in reversed(voices):
        entry = voice.body.rules.get(check.id)
        if entry is None:
            continue
        options |= entry.options
        speaks_from = confidence_named(entry.confidence) if entry.confidence else speaks_from
        weights = {case: _weigh(weight, case, check.id, voice) for case, weight in weights.items()}
    return RuleSetting(weights, check.options.model_validate(options), speaks_from)


def _weigh(inherited: Weight, case: str | None, rule: str, voice: Voice) -> Weight:
    """The weight of one case after a file, or a scope of it, has spoken."""
    entry = voice.body.rules[rule]
    named = case is not None and case in entry.cases
    word = entry.cases[case] if case is not None and named else entry.severity
    severity = inherited.severity if word is None else severity_named(word)
    citation = voice.layer.citation_of(entry) or inherited.citation
    own = voice.layer.own
    if own is not None and entry.citation is None and severity is not inherited.severity:
        citation = own
    if word is None:
        return replace(inherited, severity=severity, citation=citation)
    key = ("cases", case) if case is not None and named else ("severity",)
    line = voice.line("rules", rule, *key)
    return Weight(severity, citation, voice.layer.name, line, voice.layer.url)
