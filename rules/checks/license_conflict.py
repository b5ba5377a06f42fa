"""Two places state different licences for the same weights.

## What it checks
Whether the places that speak of a weight file agree: its own metadata, a `.license` file or `REUSE.toml`, the
model card, a text such as `LICENSE-MODEL`, the recipe of a package, a bill of materials, a sentence in a README, the
LICENSE beside it. Two ways of
writing one licence are no conflict, and the repository's own LICENSE is not counted.

## Why it matters
Whoever passes the weights on must know which terms hold. Where two places disagree, one of them is wrong, and
it may be the one that a reader finds first.

The rule tells two cases apart, which a policy may weigh differently: `decisive`, where one of the statements
would be accepted and another would not, and `consistent`, where the policy's answer is the same for each.

## Example
`model.safetensors` says `CC-BY-NC-4.0` in its metadata; the model card beside it says `license: mit`.

## How to fix
Find out at the origin of the weights which statement is right, and correct the other one. Until then the
stronger place counts: the file itself before a file beside it, that before the model card, that before a text that is
the model's by name (`LICENSE-MODEL`), that before recipes and bills of materials, those before a sentence in prose,
that before a LICENSE in the directory.

## References
- [Licence drift from models to applications, a study (arXiv 2509.09873)](https://arxiv.org/abs/2509.09873)
"""

from __future__ import annotations

from rules.checks import Problem, RuleOptions, Subject
from rules.checks._words import place
from rules.facts import EvidenceKind
from rules.findings import Remedy, Severity
from rules.text import code, enumeration

SEVERITY = Severity.WARNING

DECISIVE = "decisive"
CONSISTENT = "consistent"
CASES = {
    DECISIVE: "One of the statements would be accepted by the policy and another would not.",
    CONSISTENT: "The policy's answer is the same for each statement.",
}


def check_artifact(subject: Subject, _options: RuleOptions) -> Problem | None:
    """A problem where evidence disagrees with the conclusion."""
    conclusion = subject.conclusion
    against = [pair for pair in conclusion.conflicts if pair[0].kind is not EvidenceKind.REPOSITORY_LICENSE]
    if not against or conclusion.source is None or conclusion.expression is None:
        return None
    others = [f"{code(stated)} is stated in {place(evidence)}" for evidence, stated in dict.fromkeys(against)]
    return Problem(
        title="The places that state a licence disagree",
        why=f"{code(conclusion.expression)} counts, stated in {place(conclusion.source)}; {enumeration(others)}.",
        remedy=Remedy(
            steps=(
                "Look up at the origin of the weights which licence their authors chose, and correct the other place.",
                "If the authors offer both, write it as one expression: `A OR B`.",
            )
        ),
        case=DECISIVE if subject.conflict_is_decisive else CONSISTENT,
    )
