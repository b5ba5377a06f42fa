"""A judgement for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bot.reports import asides
from bot.reports.findings import files, groups, shared, title
from bot.reports.words import (
    counted,
    headline,
    licence,
    loading,
    not_looked_at,
    place_name,
    plain,
    policy,
    stores,
    tally,
    told_by_name,
)
from rules.findings import Finding, Judgement, Outcome, Severity
from rules.text import code, quantity, size

_STYLES = {Severity.BLOCKING: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
FILES_SHOWN = 20
"""Files that one section names: about a screen."""

_OUTCOMES = {Outcome.BLOCKED: "bold red", Outcome.PASS: "bold green", Outcome.UNDECIDED: "bold yellow"}


def render(judgement: Judgement, console: Console) -> None:
    """Print the judgement. Everything is printed as plain text: no markup of a file's name takes effect."""
    outcome = headline(judgement)
    console.print(Text(outcome[:1].upper() + outcome[1:] + ".", style=_OUTCOMES[judgement.outcome]))
    if counts := tally(judgement):
        console.print(Text(f"Besides: {counts}."))
    if unopened := judgement.facts.unopened:
        console.print(Text(f"{told_by_name(unopened)}."))
    for group in groups(judgement.findings):
        _section(group, console)
    _aside(judgement, console)
    _weights(judgement, console)
    if judgement.facts.not_examined:
        console.print()
        console.print(Text(f"Not looked at ({counted(len(judgement.facts.not_examined), 'entry', 'entries')})", "bold"))
        for item in judgement.facts.not_examined:
            _indented(not_looked_at(item), console)
    console.print()
    console.print(Text(plain(policy(judgement.policy)), style="dim"))


def _section(group: Sequence[Finding], console: Console) -> None:
    first = group[0]
    console.print()
    heading = Text(f"{first.severity.label}  ", style=_STYLES[first.severity])
    console.print(heading + Text(plain(title(group)), style="bold") + Text(f"  {first.rule}", style="dim"))
    for listed in files(group, FILES_SHOWN):
        _indented(listed, console)
    why = shared(finding.why for finding in group)
    if why:
        _indented(why, console)
    if first.citation:
        note = f" {first.citation.note}" if first.citation.note else ""
        _indented(f"{first.citation.title}.{note} {first.citation.url or ''}".rstrip(), console, "dim")
    for step in first.remedy.steps:
        _indented(f"- {step}", console)
    for command in first.remedy.commands:
        console.print(Padding(Text(f"$ {command}", style="green"), (0, 0, 0, 4), expand=False))


def _aside(judgement: Judgement, console: Console) -> None:
    """What stands beside the findings, as the comment has it, without its marks of Markdown."""
    for section in asides.sections(judgement):
        console.print()
        for line in section.splitlines():
            if line.startswith("### "):
                console.print(Text(line.removeprefix("### "), "bold"))
            elif line:
                _indented(line, console)


def _indented(text: str, console: Console, style: str = "", indent: int = 2) -> None:
    console.print(Padding(Text(plain(text), style=style), (0, 0, 0, indent), expand=False))


def _weights(judgement: Judgement, console: Console) -> None:
    if not judgement.facts.artifacts:
        return
    console.print()
    console.print(Text("Weights", "bold"))
    for artifact in judgement.facts.artifacts:
        detection = artifact.detection
        store = f" in {stores(artifact.pointer.kind)}" if artifact.pointer else ""
        particulars = [detection.title, size(artifact.size) + store]
        if artifact.parts:
            particulars.append(counted(len(artifact.files), "file"))
        if detection.parameters is not None:
            particulars.append(f"{quantity(detection.parameters)} parameters")
        particulars.append(f"SHA-256 {artifact.sha256[:12]}" if artifact.sha256 else "SHA-256 not computed")
        _indented(code(artifact.path), console)
        _indented(", ".join(particulars), console, indent=4)
        _indented(f"licence: {licence(artifact, place_name)}; {loading(artifact)}", console, indent=4)
