"""What stands beside the findings: exceptions, weights of the baseline, and the policy that a change proposes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.reports.words import address, counted, prose
from rules.findings import Judgement, Outcome, Proposal, ProposalProblem, Severity, Waived
from rules.text import code

_LISTED = 20
"""Exceptions and clauses that are told one by one."""

_OUTCOMES = {
    Outcome.PASS: "nothing would block",
    Outcome.BLOCKED: "it would block this change",
    Outcome.UNDECIDED: "this change could not be judged in full",
}


FileUrl = Callable[[str, int | None], str]
"""Address of a file (path, line) at the head that was judged."""


def sections(judgement: Judgement, file_url: FileUrl | None = None) -> Iterator[str]:
    """Markdown sections; none where there is nothing to tell."""
    if judgement.waived:
        yield "### Waived"
        lines = [f"- {waived(one)}" for one in judgement.waived[:_LISTED]]
        rest = len(judgement.waived) - _LISTED
        yield "\n".join(lines + ([f"- and {rest:,} more"] if rest > 0 else []))
    if judgement.known:
        were, they = ("was", "it is") if len(judgement.known) == 1 else ("were", "they are")
        yield (
            f"{counted(len(judgement.known), 'weight file')} {were} here before the policy and {they} not judged: "
            "the baseline of this repository holds the same content."
        )
    if judgement.proposal is not None:
        yield "### The policy that this change proposes"
        yield "\n\n".join(proposal(judgement.proposal, file_url))


def waived(one: Waived) -> str:
    """An exception in one line of Markdown."""
    finding = one.finding
    where = f"{code(finding.path)}: " if finding.path is not None else ""
    line = f", line {one.line}" if one.line is not None else ""
    return (
        f"{where}{finding.title} (`{finding.rule}`), until {one.until.isoformat()}: {prose(one.reason)} "
        f"({code(one.source)}{line})"
    )


def proposal(proposed: Proposal, file_url: FileUrl | None = None) -> Iterator[str]:
    """Paragraphs of Markdown about a policy that is not in force yet."""
    name = code(proposed.name)
    if proposed.problems:
        yield f"{name} cannot be used as it is here, and nothing of it would be in force until it is mended:"
        rest = len(proposed.problems) - _LISTED
        lines = [_problem(problem, file_url) for problem in proposed.problems[:_LISTED]]
        yield "\n".join([*lines, *([f"- and {rest:,} more"] if rest > 0 else [])])
        return
    if proposed.outcome is None:
        yield f"{name} would be removed, and what lies beneath it would count."
        return
    blocking = sum(finding.severity is Severity.BLOCKING for finding in proposed.findings)
    others = len(proposed.findings) - blocking
    told = f"Judged by {name} as it is here, {_OUTCOMES[proposed.outcome]}"
    told += f" ({counted(blocking, 'blocking finding')}, {counted(others, 'other')})"
    mode = ", and it only observes" if proposed.observed else ""
    yield f"{told}{mode}. It decides nothing before it is on the target branch."
    if proposed.changes:
        rest = len(proposed.changes) - _LISTED
        lines = [f"- {prose(change)}" for change in proposed.changes[:_LISTED]]
        yield "\n".join(["What it changes:", "", *lines, *([f"- and {rest:,} more"] if rest > 0 else [])])
    else:
        yield "It changes nothing for any rule or licence."


def _problem(problem: ProposalProblem, file_url: FileUrl | None) -> str:
    """A mistake in one line, with its place linked where it can be looked at."""
    name = code(problem.path)
    where = f"[{name}]({address(file_url(problem.path, problem.line))})" if file_url else name
    line = f", line {problem.line}" if problem.line else ""
    # A key in an odd spelling comes with a code span around it already.
    key = f", {prose(problem.key) if '`' in problem.key else code(problem.key)}" if problem.key else ""
    return f"- {where}{line}{key}: {prose(problem.message)}"
