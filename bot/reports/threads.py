"""The short texts beside the summary: a thread on a file, and a note that something new blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.reports.words import address, counted, prose
from rules.findings import Finding, ProposalProblem, Severity
from rules.text import code

_MARK = re.compile(r"^<!-- weighbridge:flag v1 ([0-9a-f]{16}) -->$")
NOTE_MARKER = "<!-- weighbridge:note v1 -->"
LISTED = 10
"""Problems that a note names; the summary has them all."""
_LABELS = {Severity.BLOCKING: "Blocks", Severity.WARNING: "Warning", Severity.INFO: "Note"}


def flag(finding: Finding, summary_url: str | None, *, observed: bool = False) -> str:
    """What a thread says of a finding: the problem, and where the way out is told."""
    label = "Would block" if observed and finding.severity is Severity.BLOCKING else _LABELS[finding.severity]
    where = f"[The summary]({address(summary_url)})" if summary_url else "The summary comment"
    told = f"**{label}: {finding.title}**" + (f" in {code(finding.path)}" if finding.path else "")
    return _joined(finding.fingerprint, f"{told}\n\n{where} says why and how to settle it. Rule: `{finding.rule}`.")


def settled(finding_id: str, commit: str) -> str:
    """The last text of a thread."""
    return _joined(finding_id, f"Settled as of commit `{commit[:12]}`. Nothing is left to do here.")


def policy_problem(fingerprint: str, problem: ProposalProblem) -> str:
    """What a thread says of a mistake in the policy that the merge request brings."""
    key = f"{code(problem.key)}: " if problem.key else ""
    return _joined(fingerprint, f"**This policy could not be used.** {key}{prose(problem.message)}")


def fingerprint_in(body: str) -> str | None:
    """The finding that a thread is about, by its first line."""
    match = _MARK.match(body.replace("\r\n", "\n").split("\n", 1)[0].strip())
    return match.group(1) if match else None


def note(findings: Sequence[Finding], summary_url: str | None) -> str:
    """A comment of its own for what blocks anew: an edited summary notifies nobody."""
    where = f"[summary]({address(summary_url)})" if summary_url else "summary above"
    verb = "blocks" if len(findings) == 1 else "block"
    lines = [
        f"- {finding.title}" + (f": {code(finding.path)}" if finding.path else "") for finding in findings[:LISTED]
    ]
    if len(findings) > LISTED:
        lines.append(f"- and {len(findings) - LISTED} more")
    head = f"{counted(len(findings), 'new problem')} {verb} this; the {where} says how to settle it."
    return _inert(f"{NOTE_MARKER}\n\n{head}\n\n" + "\n".join(lines) + "\n")


def _joined(fingerprint: str, text: str) -> str:
    return _inert(f"<!-- weighbridge:flag v1 {fingerprint} -->\n{text}\n")


def _inert(body: str) -> str:
    """No line begins with a slash: GitLab would run it with the bot's rights."""
    return re.sub(r"^/", r"\\/", body.replace("\r", ""), flags=re.MULTILINE)
