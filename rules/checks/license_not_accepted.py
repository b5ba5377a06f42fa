"""The licence of the weights is not accepted by the policy.

## What it checks
Whether the licence concluded for a weight file is accepted: by its SPDX identifier, its category (`permissive`,
`use-restricted`, ...) or a view of others on it (`fsf-free`, `osi-approved`, `dfsg-free`). In an expression,
one side of an `OR` is enough and all sides of an `AND` are needed.

## Why it matters
The licence decides whether weights can be included at all. Words such as "open" on a model's page decide
nothing: many model licences restrict the use, the users or the sharing of changed copies.

The rule tells three cases apart, which a policy may weigh differently: `refused`, where the policy denies the
licence or an organisation whose view was asked found it not free; `not-evaluated`, where nobody whose view
was asked has ruled on it; and `to-review`, where the policy lists the licence for a person to decide.

## Example
`models/chat.gguf` says in its metadata that its licence is `llama3.1`. The pack `guix` accepts free licences
only.

## How to fix
Use a model under an accepted licence. If the model is offered under several licences, name the accepted one
where the licence is written. Changing the stated licence without the authors' consent is no way out: it does
not change the terms.

## References
- [Various licenses and comments about them (FSF)](https://www.gnu.org/licenses/license-list.html)
- [OSI approved licenses](https://opensource.org/licenses)
"""

from __future__ import annotations

from collections.abc import Sequence

from rules.checks import Problem, Refusal, RuleOptions, Standing, Subject
from rules.checks._words import license_kind, names, place, statement, unevaluated
from rules.facts import LicenseEvidence
from rules.findings import Remedy, Severity
from rules.licenses import View
from rules.text import code, enumeration

SEVERITY = Severity.BLOCKING

REFUSED = "refused"
NOT_EVALUATED = "not-evaluated"
TO_REVIEW = "to-review"
CASES = {
    REFUSED: "The policy denies the licence, or an organisation whose view was asked found it not free.",
    NOT_EVALUATED: "Nobody whose view was asked has ruled on the licence, and the policy does not name it.",
    TO_REVIEW: "The policy leaves the licence to a person.",
}

_SHOWN = 8
"""Accepted words that a finding names; lists of hundreds of identifiers exist."""


def check_artifact(subject: Subject, _options: RuleOptions) -> Problem | None:
    """A problem where a recognised licence is not accepted."""
    if subject.standing is not Standing.STATED or subject.acceptable:
        return None
    conclusion = subject.conclusion
    source = conclusion.source or conclusion.evidence[0]
    refused = tuple(refusal.license for refusal in subject.refusals)
    open_question = bool(refused) and all(
        not refusal.denied and unevaluated(refusal.license) for refusal in subject.refusals
    )
    if subject.reviewable:
        return _for_a_person(subject, source)
    sentences = [f"{statement(source)} is stated in {place(source)}."]
    sentences += [_reason(refusal) for refusal in subject.refusals]
    return Problem(
        title=f"The licence is not accepted here: {names(refused) or code(conclusion.expression or '')}",
        why=" ".join(sentences),
        remedy=Remedy(steps=_steps(subject.refusals, open_question, subject.accepted)),
        case=NOT_EVALUATED if open_question else REFUSED,
    )


def _for_a_person(subject: Subject, source: LicenseEvidence) -> Problem:
    asked = tuple(refusal.license for refusal in subject.refusals if refusal.to_review)
    sentences = [f"{statement(source)} is stated in {place(source)}; the policy neither accepts nor denies it."]
    sentences += [f"Its conditions: {license_.conditions.rstrip('.')}." for license_ in asked if license_.conditions]
    step = (
        "Ask a maintainer to look at these weights and their licence. Who agrees can write that down in the policy: "
        "as a waiver with a reason, or by accepting the licence for all weights."
    )
    return Problem(
        title=f"A person decides about the licence here: {names(asked)}",
        why=" ".join(sentences),
        remedy=Remedy(steps=(step,)),
        case=TO_REVIEW,
    )


def _reason(refusal: Refusal) -> str:
    license_ = refusal.license
    if unevaluated(license_) and not refusal.denied:
        return "No ruling on it by the FSF, the OSI or Debian is known here, so this is no verdict on its terms."
    views = (("the FSF's", license_.fsf_free), ("Debian's", license_.dfsg_free))
    opponents = [whose for whose, view in views if view is View.NO]
    reason = f"It is {license_kind(license_)}."
    if opponents:
        reason += f" By {enumeration(opponents)} criteria it is not free."
    if license_.conditions:
        reason += f" Its conditions: {license_.conditions.rstrip('.')}."
    return reason


def _steps(refusals: Sequence[Refusal], open_question: bool, accepted: Sequence[str]) -> tuple[str, ...]:
    offered = (
        "If the authors offer the weights under another licence as well, name that one where the licence is stated."
    )
    if open_question:
        identifiers = enumeration([code(refusal.license.id) for refusal in refusals])
        return (
            f"Ask a maintainer to read {identifiers}: they can accept it under `licenses: accept:` in the policy.",
            offered,
        )
    words = enumeration([code(word) for word in accepted[:_SHOWN]], "or")
    return (f"Use weights under a licence that the policy accepts{': ' + words if words else ''}.", offered)
