"""The licence of admitted weights is stated otherwise than when they were admitted.

## What it checks
Whether weights that were merged are still under the licence they were admitted with, where that licence was not read
from the weights themselves but from a file around them: a model card, a LICENSE, a recipe, a sentence. A scheduled job
looks at the default branch again and collects what is stated there now. Weights that were moved are followed by their
content; weights that were removed or replaced have no licence left to look at. In a merge request the rule is silent.

The rule tells three cases apart: `refused`, where the policy does not accept the licence that is stated now,
`lost`, where no known licence is stated any more, and `accepted`, where the policy accepts the new one too.

## Why it matters
Everybody who took the weights relies on the licence that a review found. A card that is edited later passes no review
of weights, since it brings none. Publishers do change terms: the new ones may not hold for copies given out before, but
only as long as somebody can show what was stated then.

## Example
`models/voice.onnx` was merged in March under Apache-2.0, as its model card said. In June the card is copied anew from
upstream and says CC-BY-NC-4.0.

## How to fix
Find out from the publisher which terms hold for exactly this version of the weights. If they are still the earlier
ones, say so beside the file, where no edit of the card reaches it:

    printf '%s\\n' 'SPDX-License-Identifier: Apache-2.0' > models/voice.onnx.license

If they are not, and the policy does not accept the new ones, remove the weights. Once it is settled otherwise, make an
exception with its reason under `waivers:`. The flag closes by itself when the next look finds the earlier licence
again, the weights gone, or the exception.

## References
- [Licence drift from models to applications, a study (arXiv 2509.09873)](https://arxiv.org/abs/2509.09873)
- [Creative Commons FAQ, on changing one's mind about a licence](https://creativecommons.org/faq/)
"""

from __future__ import annotations

from rules.checks import Problem, RuleOptions, Subject
from rules.checks._words import place, sidecar_commands, spot, statement
from rules.facts import Admission, EvidenceKind
from rules.findings import Remedy, Severity
from rules.licenses.normalise import same_terms
from rules.text import code

SEVERITY = Severity.WARNING

REFUSED = "refused"
LOST = "lost"
ACCEPTED = "accepted"
CASES = {
    REFUSED: "The policy does not accept the licence that is stated now.",
    LOST: "No known licence is stated any more.",
    ACCEPTED: "The policy accepts the licence that is stated now, too.",
}


def check_artifact(subject: Subject, _options: RuleOptions) -> Problem | None:
    """A problem where the licence of weights that lie in the repository is not the one they were admitted with."""
    admission, stated = subject.artifact.admission, subject.conclusion.expression
    if admission is None or (stated is not None and same_terms(stated, admission.license)):
        return None
    then = (
        f"They were admitted under {code(admission.license)}, stated in {place(admission.source)}, "
        f"by [the merge request]({admission.url}) of {admission.day.isoformat()}."
    )
    if stated is None:
        title = f"The licence these weights were admitted with, {code(admission.license)}, is not stated any more"
        return Problem(title, f"{then} {_unknown(subject)}", _remedy(subject, admission), LOST, by_absence=True)
    source = subject.conclusion.source
    where = f", in {place(source)}" if source is not None else ""
    verdict = "accepts" if subject.acceptable else "does not accept"
    return Problem(
        title=f"The licence changed from {code(admission.license)} to {code(stated)} after these weights were admitted",
        why=f"{then} Now {code(stated)} is stated{where}, which the policy {verdict}.",
        remedy=_remedy(subject, admission),
        case=ACCEPTED if subject.acceptable else REFUSED,
    )


def _unknown(subject: Subject) -> str:
    unknown = next(iter(subject.conclusion.unrecognised), None)
    if unknown is None:
        return "Now no place states a licence."
    return f"Now {place(unknown)} says {statement(unknown)}, which names no known licence."


def _remedy(subject: Subject, admission: Admission) -> Remedy:
    path = subject.artifact.path
    beside = admission.source.kind is EvidenceKind.SIDECAR
    pinned = spot(admission.source.path, None) if beside else code(f"{path}.license")
    return Remedy(
        steps=(
            (
                "Ask the publisher which terms hold for exactly this version of the weights. If they are still those "
                f"of the day they were admitted, write {code(admission.license)} into {pinned}."
            ),
            "If the policy does not accept the terms that hold, remove the weights.",
            (
                "If it is settled otherwise, make an exception with its reason: `waivers:` in the policy, for the rule "
                "`license-drift`."
            ),
        ),
        commands=() if beside else sidecar_commands(path, admission.license),
    )
