"""Findings as Markdown sections: what is wrong, why, what to do. One section where one rule hits several files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.reports.words import address, counted, prose
from rules.checks import all_checks
from rules.findings import Citation, Finding, Severity
from rules.packs import pack_names
from rules.text import code

COMMAND_LINES = 12
"""Lines of commands that a section shows: what a screen holds beside its text."""

_LABELS = {Severity.BLOCKING: "Blocks", Severity.WARNING: "Warning", Severity.INFO: "Note"}


def groups(findings: Sequence[Finding]) -> Sequence[Sequence[Finding]]:
    """The findings in their order, strongest first, those of one rule and severity together."""
    table: dict[tuple[str, Severity], list[Finding]] = {}
    for finding in findings:
        table.setdefault((finding.rule, finding.severity), []).append(finding)
    return sorted(table.values(), key=lambda group: -group[0].severity)


def sections(findings: Sequence[Finding], *, observed: bool, listed: int) -> Iterator[str]:
    """A section for each group; at most `listed` files of each are named.

    A note on a source, and a step that several rules advise, is given once.
    """
    told: set[str] = set()
    for group in groups(findings):
        first = group[0]
        label = "Would block" if observed and first.severity is Severity.BLOCKING else _LABELS[first.severity]
        parts = [f"### {label}: {title(group)}", *files(group, listed), _why(group, told), *_remedy(group, told)]
        yield "\n\n".join(part for part in parts if part)


def shared(values: Iterable[str]) -> str | None:
    """The one value that all share, None where they differ."""
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None


def title(group: Sequence[Finding]) -> str:
    """What is wrong, with the number of files where there are several."""
    said = shared(finding.title for finding in group) or _rule_in_words(group[0].rule)
    return said if len(group) == 1 else f"{said} ({counted(len(group), 'file')})"


def _rule_in_words(rule: str) -> str:
    check = all_checks().get(rule)
    return check.title.rstrip(".") if check is not None else rule.replace("-", " ")


def files(group: Sequence[Finding], listed: int) -> Iterator[str]:
    """The files, each with what holds for it alone."""
    if len(group) == 1:
        yield code(group[0].path) if group[0].path is not None else ""
        return
    same_title = shared(finding.title for finding in group)
    same_why = shared(finding.why for finding in group)
    lines: list[str] = []
    for finding in group[:listed]:
        own = ". ".join(text for text in ("" if same_title else finding.title, "" if same_why else finding.why) if text)
        where = code(finding.path) if finding.path is not None else "the whole change"
        lines.append(f"- {where}: {own}" if own else f"- {where}")
    if len(group) > listed:
        lines.append(f"- and {counted(len(group) - listed, 'more file')}")
    yield "\n".join(lines)


def _why(group: Sequence[Finding], told: set[str]) -> str:
    first = group[0]
    parts = [
        first.why if shared(finding.why for finding in group) else "",
        _source(first.citation, told) if first.citation else "",
        f"Rule: `{first.rule}`{_set_by(first)}.",
    ]
    return " ".join(part for part in parts if part)


def _set_by(finding: Finding) -> str:
    """Which line of which file says how much the rule weighs, as the end of a sentence."""
    if finding.policy_source is None:
        return ", at its own default severity"
    name = finding.policy_source
    if finding.policy_line is None:
        return f", set by {prose(name)}"
    if finding.policy_url is None:
        return f", set in line {finding.policy_line} of {_file(name)}"
    return (
        f", set in [line {finding.policy_line}]({address(finding.policy_url)}#L{finding.policy_line}) of {_file(name)}"
    )


def _file(name: str) -> str:
    """A pack is called one; anything else is a file."""
    kind, _, pack = name.partition(" ")
    return f"the pack `{pack}`" if kind == "pack" and pack in pack_names() else code(name)


def _source(citation: Citation, told: set[str]) -> str:
    title = prose(citation.title)
    linked = f"[{title}]({citation.url})" if citation.url else title
    note = citation.note if citation.note and citation.note not in told else None
    told.update({note} if note else ())
    return f"{'Source: ' if citation.url else ''}{linked}." + (f" {prose(note)}" if note else "")


def _remedy(group: Sequence[Finding], told: set[str]) -> Iterator[str]:
    """Steps that hold for the whole group are given once; otherwise those of the first file, as the example."""
    remedy = group[0].remedy
    fresh = [step for step in remedy.steps if step not in told]
    told.update(fresh)
    if fresh:
        same = all(finding.remedy.steps == remedy.steps for finding in group)
        example = "" if same or group[0].path is None else f", for {code(group[0].path)} and likewise for the others"
        above = "" if len(fresh) == len(remedy.steps) else ", or as said above"
        yield f"**To settle it**{example}{above}:"
        numbered = (f"{number}. {step}" for number, step in enumerate(fresh, 1))
        yield fresh[0] if len(fresh) == 1 else "\n".join(numbered)
    elif remedy.steps:
        yield "**To settle it**: as said above."
    commands = tuple(dict.fromkeys(line for finding in group for line in finding.remedy.commands))
    if len(commands) > COMMAND_LINES:
        commands = remedy.commands[:COMMAND_LINES]
    if commands:
        yield fenced(commands)


def fenced(commands: Sequence[str]) -> str:
    """Commands in a fence that none of them can close; a leading slash is moved, where it could be a quick action."""
    lines = [f" {part}" if part.startswith("/") else part for line in commands for part in line.splitlines()]
    fence = "`" * max(3, 1 + max((_longest_run(line) for line in lines), default=0))
    return "\n".join((f"{fence}bash", *lines, fence))


def _longest_run(line: str) -> int:
    longest = run = 0
    for character in line:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest
