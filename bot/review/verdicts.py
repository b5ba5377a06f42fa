"""A judgement as the check or status that a commit carries."""

from __future__ import annotations

from bot.forges.protocol import Verdict, VerdictState
from bot.reports.words import headline
from rules.findings import Judgement, Outcome

TITLE_LIMIT = 140
"""Characters that every forge shows of a status: GitHub cuts a commit status's description there."""

_STATES = {
    Outcome.PASS: VerdictState.SUCCESS,
    Outcome.BLOCKED: VerdictState.FAILURE,
    Outcome.UNDECIDED: VerdictState.NEUTRAL,
}


def verdict_for(judgement: Judgement, summary: str = "", url: str | None = None) -> Verdict:
    """Red only where a rule blocks; what could not be judged is neutral, never red and never green."""
    return Verdict(_STATES[judgement.outcome], _title(headline(judgement)), summary, url)


def could_not_evaluate(reason: str, url: str | None = None) -> Verdict:
    """The neutral verdict for a failure of ours."""
    reason = " ".join(reason.split())
    text = "Weighbridge could not evaluate this commit. A new push, or a new delivery of the event, starts it again."
    return Verdict(VerdictState.NEUTRAL, _title(f"could not evaluate: {reason}"), text, url)


def _title(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if len(text) <= TITLE_LIMIT else text[: TITLE_LIMIT - 1] + "…"
