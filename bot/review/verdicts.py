"""A judgement as the check or status that a commit carries."""

from __future__ import annotations

from collections.abc import Iterator

from bot.forges.protocol import Annotation, Level, Verdict, VerdictState
from bot.reports.words import headline, plain
from rules.findings import Judgement, OnError, Outcome, Severity

TITLE_LIMIT = 140
"""Characters that every forge shows of a status: GitHub cuts a commit status's description there."""

_STATES = {
    Outcome.PASS: VerdictState.SUCCESS,
    Outcome.BLOCKED: VerdictState.FAILURE,
}
_UNSEEN = {OnError.NEUTRAL: VerdictState.NEUTRAL, OnError.FAIL: VerdictState.FAILURE}


CHECK_NAME = "weighbridge"
_LEVELS = {Severity.INFO: Level.NOTICE, Severity.WARNING: Level.WARNING, Severity.BLOCKING: Level.FAILURE}


def verdict_for(judgement: Judgement, summary: str = "", url: str | None = None, *, name: str = CHECK_NAME) -> Verdict:
    """Red where a rule blocks, and where the policy wants it for what could not be seen whole; that is never green."""
    unseen = judgement.outcome is Outcome.UNDECIDED
    state = _UNSEEN[judgement.on_error] if unseen else _STATES[judgement.outcome]
    return Verdict(state, _title(headline(judgement)), summary, url, tuple(_annotations(judgement)), name)


def _annotations(judgement: Judgement) -> Iterator[Annotation]:
    """A remark beside each file that something is said of, strongest first."""
    strongest = Severity.WARNING if judgement.observed else Severity.BLOCKING
    for finding in judgement.findings:
        if finding.path is not None:
            level = _LEVELS[min(finding.severity, strongest)]
            yield Annotation(finding.path, level, plain(finding.title), plain(finding.why))


def could_not_evaluate(
    reason: str, url: str | None = None, on_error: OnError = OnError.NEUTRAL, *, name: str = CHECK_NAME
) -> Verdict:
    """The verdict for a failure of ours, neutral unless the policy wants it red."""
    reason = " ".join(reason.split())
    text = "Weighbridge could not evaluate this commit. A new push, or a new delivery of the event, starts it again."
    return Verdict(_UNSEEN[on_error], _title(f"could not evaluate: {reason}"), text, url, name=name)


def _title(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if len(text) <= TITLE_LIMIT else text[: TITLE_LIMIT - 1] + "…"
