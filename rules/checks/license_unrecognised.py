"""The stated licence is not one that is known here.

## What it checks
Whether the strongest statement about a weight file's licence names a licence of the catalogue: an SPDX
identifier or expression, an identifier of the Hugging Face hub, or a model licence by name. `other`, `unknown`,
the name of a family without its member (`bsd`, `cc`, `openrail`) and a text that nobody recognises are none.

## Why it matters
Whether weights may be admitted depends on the terms. A name that stands for no definite text leaves them open:
`cc` may be a free licence or one that forbids commercial use.

## Example
The front matter of `models/README.md` says `license: cc`.

## How to fix
Write the exact identifier, such as `CC-BY-4.0`, where the vague one stands. For a licence that has no SPDX
identifier, use `license: other` with `license_name:` and `license_link:`, and ask a maintainer to read its text
and decide.

## References
- [SPDX licence list](https://spdx.org/licenses/)
- [Licences and their identifiers on the Hugging Face hub](https://huggingface.co/docs/hub/repositories-licenses)
"""

from __future__ import annotations

from rules.checks import Problem, RuleOptions, Standing, Subject
from rules.checks._words import place, statement
from rules.facts import EvidenceKind, LicenseEvidence
from rules.findings import Remedy, Severity
from rules.licenses import normalise
from rules.licenses.classification import told_apart_by

SEVERITY = Severity.BLOCKING

_EDITABLE = {EvidenceKind.SIDECAR, EvidenceKind.MODEL_CARD, EvidenceKind.RECIPE, EvidenceKind.MANIFEST}
_TEXTS = {EvidenceKind.MODEL_LICENSE, EvidenceKind.DIRECTORY_LICENSE, EvidenceKind.REPOSITORY_LICENSE}


def check_artifact(subject: Subject, _options: RuleOptions) -> Problem | None:
    """A problem where the statement that counts names no known licence."""
    if subject.standing is not Standing.UNRECOGNISED:
        return None
    conclusion = subject.conclusion
    evidence = min(conclusion.unrecognised or conclusion.evidence, key=lambda evidence: evidence.kind)
    family = told_apart_by(normalise(evidence.statement, evidence.name, evidence.link))
    return Problem(
        title=f"The stated licence, {statement(evidence)}, names no known licence",
        why=(
            f"It stands in {place(evidence)}. "
            + (
                f"It may mean several licences; what tells them apart is {family}."
                if family
                else "Whether the weights may be admitted depends on its terms, and these are not known here."
            )
        ),
        remedy=Remedy(steps=_steps(evidence, family)),
    )


def _steps(evidence: LicenseEvidence, family: str | None) -> tuple[str, ...]:
    exact = "the exact [SPDX identifier](https://spdx.org/licenses/) of the licence that the authors chose"
    if evidence.kind in _EDITABLE:
        first = f"Write {exact} there instead."
    elif evidence.kind is EvidenceKind.PROSE or (evidence.kind in _TEXTS and evidence.field):
        first = f"Write {exact} into a `.license` file beside the weights."
    elif evidence.kind in _TEXTS:
        first = f"If that text has an SPDX identifier, write {exact} into a `.license` file beside the weights."
    else:
        first = f"Ask the authors to name {exact}, or correct the file's metadata if you are the author."
    if family:
        return (first,)
    own_terms = (
        "If the licence has no SPDX identifier, add a link to its text (`license_name:` and `license_link:` in the "
        "model card) and ask a maintainer to read it: they can decide in the policy."
    )
    return (first, own_terms)
