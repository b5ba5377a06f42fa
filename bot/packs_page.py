"""The page about packs: each guideline with its sources, and what all of them make of the same models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.cases import Verdict, cases, verdict
from rules.findings import Citation
from rules.packs import pack_names
from rules.policy import Policy, pack_policy
from rules.policy_file import CriterionEntry, PackStatus

_LEAD = """\
A pack is a guideline as data: a policy file with a header that says where it comes from, in `rules/packs`. Each point
of it is a criterion with its source, date and standing, summed up in our words; each finding names the criterion that
its rule carries out. A repository builds on a pack with `extends: NAME` in its `.weighbridge.yml` and changes what it
wants (`weighbridge policy init` writes a first one). `weighbridge policy show pack:NAME` prints all that a pack says,
and `weighbridge policy test pack:NAME` runs the examples that it carries."""

_CASES = """\
The same facts, judged by every pack. Each case is a merge request that one other person has approved. What is given of
a model is written down in `rules/cases.yml`, from the source that its name links to: what its repository holds beside
the weights, and not all that is known of it elsewhere.

A cell holds the outcome, and behind it the criteria that block; where nothing blocks, the criterion by which the
licence passes. Behind "warns" stand the criteria that are told beside it."""

_STANDING = {
    PackStatus.POLICY: "policy: in force",
    PackStatus.ANSWER: "answer: somebody with a say answered a question",
    PackStatus.OPINION: "opinion: of one or several people, not decided",
    PackStatus.DRAFT: "draft: proposed, the outcome is not known here",
    PackStatus.WITHDRAWN: "withdrawn: proposed and taken back",
    PackStatus.OURS: "ours: of Weighbridge itself",
}


def packs_page() -> str:
    """All packs, then the table of cases."""
    packs = {name: pack_policy(name) for name in pack_names()}
    parts = ["# Packs", "", _LEAD, "", "Standings:", ""]
    parts += [f"- {meaning}" for meaning in _STANDING.values()]
    parts += ["", "| pack | guideline | standing |", "|---|---|---|"]
    parts += [
        f"| [`{name}`](#{name}) | {_cell(policy.pack.title)} | {_dated(policy)} |" for name, policy in packs.items()
    ]
    for name, policy in packs.items():
        parts += _section(name, policy)
    parts += ["", "## What they make of the same models", "", _CASES, "", *_table(list(packs))]
    return "\n".join(parts) + "\n"


def _section(name: str, policy: Policy) -> Iterator[str]:
    pack = policy.pack
    yield from ("", f"## {name}", "", f"**{pack.title}**, {_dated(policy)}, [source]({pack.source}).", "", pack.summary)
    if pack.note:
        yield from ("", pack.note)
    for kind, words in (
        ("Accepted", policy.licenses[0].accept.words),
        ("Denied", policy.licenses[0].deny.words),
        ("Left to a person", policy.licenses[0].review.words),
    ):
        if words:
            yield from ("", f"{kind}: {', '.join(f'`{word}`' for word in words)}.")
    yield from ("", "| criterion | what it says | source | carried out by |", "|---|---|---|---|")
    for identifier, criterion in pack.criteria.items():
        yield _criterion(identifier, criterion, _rules(identifier, policy))


def _criterion(identifier: str, criterion: CriterionEntry, rules: Sequence[str]) -> str:
    said = f"**{criterion.title}**. {criterion.summary}" + (f" *{criterion.note}*" if criterion.note else "")
    source = f"[{criterion.date}]({criterion.source}), {criterion.status.value}"
    return f"| `{identifier}` | {_cell(said)} | {source} | {', '.join(rules) or 'no rule'} |"


def _rules(criterion: str, policy: Policy) -> list[str]:
    """The rules that carry it out, with what they weigh."""
    entries = policy.layers[0].file.rules
    return [
        f"[{rule}](rules.md#{rule}) ({'; '.join(_weights(rule, policy))})"
        for rule, entry in entries.items()
        if entry.criterion == criterion
    ]


def _weights(rule: str, policy: Policy) -> Iterator[str]:
    weights = policy.setting(rule).weights
    base = weights[None].severity
    yield base.label if base else "off"
    for case, weight in weights.items():
        if case is not None and weight.severity is not base:
            yield f"{case}: {weight.severity.label if weight.severity else 'off'}"


def _table(packs: Sequence[str]) -> Iterator[str]:
    yield f"| case | {' | '.join(f'[`{name}`](#{name})' for name in packs)} |"
    yield f"|---|{'---|' * len(packs)}"
    for case in cases():
        verdicts = (_verdict(verdict(case, pack)) for pack in packs)
        yield f"| [{_cell(case.name)}]({case.source}) | {' | '.join(verdicts)} |"


def _verdict(found: Verdict) -> str:
    decided = f"**{found.outcome.value}** {_named(found.decided)}"
    return f"{decided}<br>warns {_named(found.told)}" if found.told else decided


def _named(citations: Sequence[Citation]) -> str:
    """The identifiers of criteria, each once."""
    return ", ".join(dict.fromkeys(f"`{citation.criterion}`" for citation in citations))


def _dated(policy: Policy) -> str:
    return f"{policy.pack.status.value} of {policy.pack.date}"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
