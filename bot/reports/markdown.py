"""The summary comment: a judgement as Markdown that GitHub and GitLab both show as it is meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.reports import artifacts, asides, findings
from bot.reports.words import (
    address,
    counted,
    headline,
    models,
    not_looked_at,
    policy,
    subject,
    tally,
    told_by_name,
    volume,
)
from rules.facts import LicenseEvidence
from rules.findings import Judgement, Outcome
from rules.text import code

MARKER = "<!-- weighbridge:summary v1 -->"
"""The first line of every summary comment, by which the bot finds its own again."""

BODY_LIMIT = 60_000
"""Characters. GitHub names 65,536 as its limit; the rest is left for its own counting of them."""

_STATE = re.compile(r"<!-- weighbridge:state ([a-z]+) -->")


@dataclass(frozen=True)
class Context:
    """What a comment needs beside the judgement: where things can be looked at, and how much room there is."""

    file_url: Callable[[str, int | None], str] | None = None
    """Address of a file (path, line) at the head that was judged."""
    dashboard_url: str | None = None
    help_url: str | None = None
    """Where it is explained why a comment comes and how to turn it down."""
    limit: int = BODY_LIMIT


@dataclass(frozen=True)
class _Room:
    """How much of a long list is told."""

    rows: int
    per_group: int
    details: int
    not_examined: int


_ROOMS = (
    _Room(rows=1000, per_group=15, details=200, not_examined=100),
    _Room(rows=250, per_group=10, details=0, not_examined=30),
    _Room(rows=60, per_group=5, details=0, not_examined=10),
    _Room(rows=10, per_group=2, details=0, not_examined=3),
)
"""From the whole to the least: the first that fits is taken."""


def summary(judgement: Judgement, context: Context | None = None) -> str:
    """The summary comment. Findings come first, strongest first; what does not fit is counted and linked."""
    context = context or Context()
    for room in _ROOMS:
        body = _joined(_sections(judgement, context, room), _state(judgement))
        if len(body) <= context.limit:
            return body
    kept: list[str] = []
    note = f"More was found than a comment holds.{_elsewhere(context)}"
    for part in _sections(judgement, context, _ROOMS[-1]):
        if len(_joined([*kept, part, note], _state(judgement))) > context.limit:
            break
        kept.append(part)
    return _joined([*kept, note], _state(judgement))


def all_clear(judgement: Judgement, context: Context | None = None) -> str:
    """What the summary comment says once the problems it reported are gone."""
    context = context or Context()
    weights = judgement.facts.artifacts
    request = judgement.facts.merge_request
    at = f"As of commit `{request.head[:12]}`" if request else "Now"
    if weights:
        files = "one weight file" if models(weights) == "1 weight file" else models(weights)
        verb = "passes" if len(weights) == 1 else "pass"
        told = f"What was reported here before is settled. {at} the {files} here ({volume(weights)}) {verb}."
    else:
        told = f"{at} this {subject(judgement)} brings no model weights any more; what was said here before is void."
    parts = ["## Weighbridge: all clear", told]
    if weights:
        parts.append(artifacts.table(weights[:60], _linker(context)))
        parts += _omission(len(weights) - 60, context)
    elif request:
        parts.append(
            "If the weights were committed and deleted again on this branch, squash before merging: "
            "a merge with its history would keep them in the repository."
        )
    parts += _not_looked_at(judgement, context, _ROOMS[-1])
    parts.append(_policy_line(judgement))
    return _joined(parts, "cleared")


def state_of(body: str) -> str:
    """What a summary comment told: `findings`, `pass`, or `cleared` where earlier findings are settled."""
    state = _STATE.search(body)
    return state.group(1) if state else "findings"


def is_summary(body: str) -> bool:
    """True where a comment is a summary of ours, by its first line."""
    return body.replace("\r\n", "\n").split("\n", 1)[0].strip() == MARKER


def _state(judgement: Judgement) -> str:
    return "findings" if judgement.findings or judgement.outcome is not Outcome.PASS else "pass"


def _joined(parts: Iterator[str] | list[str], state: str) -> str:
    body = "\n\n".join((f"{MARKER}\n<!-- weighbridge:state {state} -->", *parts)) + "\n"
    # GitLab runs a line that starts with a slash with the bot's rights, and drops carriage returns before it looks.
    return re.sub(r"^/", r"\\/", body.replace("\r", ""), flags=re.MULTILINE)


def _sections(judgement: Judgement, context: Context, room: _Room) -> Iterator[str]:
    title = headline(judgement)
    yield f"## Weighbridge: {title}"
    yield _opening(judgement)
    yield from findings.sections(judgement.findings, observed=judgement.observed, listed=room.per_group)
    yield from asides.sections(judgement, context.file_url)
    weights = judgement.facts.artifacts
    if weights:
        yield "### Weights in this change"
        yield artifacts.table(weights[: room.rows], _linker(context))
        yield from _omission(len(weights) - room.rows, context)
        if room.details:
            yield artifacts.details(weights[: room.details])
    yield from _not_looked_at(judgement, context, room)
    yield "---"
    yield _policy_line(judgement)
    yield _footer(judgement, context)


def _opening(judgement: Judgement) -> str:
    facts = judgement.facts
    at = f" Judged at commit `{facts.merge_request.head[:12]}`." if facts.merge_request else ""
    found = (
        f"{models(facts.artifacts)} ({volume(facts.artifacts)}) among {counted(facts.changed_files, 'changed file')}"
        if facts.artifacts
        else f"No weights were found among {counted(facts.changed_files, 'changed file')}"
    )
    if facts.past:
        found += f"; {models(facts.past)} of earlier commits {'is' if len(facts.past) == 1 else 'are'} not among them"
    result = tally(judgement)
    told = f"{found}{f', and {result} besides' if result else ''}.{at}"
    if facts.unopened:
        told += f" {told_by_name(facts.unopened)}."
    return told


def _not_looked_at(judgement: Judgement, context: Context, room: _Room) -> Iterator[str]:
    items = judgement.facts.not_examined
    if not items:
        return
    yield "### Not looked at"
    ignore = " Paths that never hold weights can be listed under `ignore` in `.weighbridge.yml`."
    named = any(item.path for item in items)
    yield "Nothing is said about what follows; a person has to look." + (ignore if named else "")
    shown = items[: room.not_examined]
    rest = len(items) - len(shown)
    lines = [f"- {not_looked_at(item)}" for item in shown]
    if rest > 0:
        lines.append(f"- and {counted(rest, 'more file')}.{_elsewhere(context)}")
    yield "\n".join(lines)


def _omission(rest: int, context: Context) -> list[str]:
    return [f"{counted(rest, 'more weight file')} did not fit in here.{_elsewhere(context)}"] if rest > 0 else []


def _elsewhere(context: Context) -> str:
    return f" All of it is on the [dashboard]({context.dashboard_url})." if context.dashboard_url else ""


def _linker(context: Context) -> Callable[[LicenseEvidence], str | None]:
    file_url = context.file_url
    return lambda evidence: address(file_url(evidence.path, evidence.line)) if file_url else None


def _policy_line(judgement: Judgement) -> str:
    request = judgement.facts.merge_request
    return policy(judgement.policy, request.target_branch if request else None)


def _footer(judgement: Judgement, context: Context) -> str:
    request = judgement.facts.merge_request
    branch = f" on {code(request.target_branch)}" if request else ""
    lines = ["You see this because the change brings model weights."] if judgement.facts.artifacts else []
    if judgement.findings:
        lines.append(
            "If this is intended, say so to a maintainer of this repository: what blocks, what only warns and which "
            f"paths are left alone is set in `.weighbridge.yml`{branch}."
        )
    if request and judgement.findings:
        lines.append("Each push is judged anew, and this comment follows.")
    if context.help_url:
        lines.append(f"[Why do I see this, and how do I turn it down?]({context.help_url})")
    if context.dashboard_url:
        lines.append(f"[This {subject(judgement)} on the dashboard]({context.dashboard_url}).")
    return " ".join(lines)
