"""Only the licence of the repository could cover the weights.

## What it checks
Whether the one licence found for a weight file is the LICENSE at the root of the repository, with nothing in
the file, beside it or in its directory that says anything about the weights.

## Why it matters
The LICENSE of a repository is written for its code. Weights often come from somebody else and under other
terms, and some repositories say outright that their licence leaves the weights out. One line settles it.

## Example
A repository under MIT gets `models/voice.onnx`. The file's metadata, `models/` and the model card name no
licence.

## How to fix
Say which licence the weights have, in one line beside them:

    printf '%s\\n' 'SPDX-License-Identifier: SPDX-ID' > models/voice.onnx.license

with the [SPDX identifier](https://spdx.org/licenses/) of the licence that their authors chose. That may be the
repository's own licence. `license:` in the front matter of `models/README.md` does as well.

## References
- [REUSE specification, comment headers and `.license` files](https://reuse.software/spec-3.3/)
- [Does the licence of the code cover the weights? A question from practice](https://github.com/pytorch/vision/issues/160)
"""

from __future__ import annotations

from rules.checks import Problem, RuleOptions, Standing, Subject
from rules.checks._words import card_path, names, place, sidecar_commands, write_chosen
from rules.findings import Remedy, Severity
from rules.text import code

SEVERITY = Severity.BLOCKING


def check_artifact(subject: Subject, _options: RuleOptions) -> Problem | None:
    """A problem where the repository's licence is the only one."""
    if subject.standing is not Standing.REPOSITORY_ONLY:
        return None
    path = subject.artifact.path
    conclusion = subject.conclusion
    why = (
        f"{place(conclusion.source or conclusion.evidence[0])} is written for the code of this repository; weights "
        "often come under other terms, and nothing here says which these have."
    )
    if subject.refusals:
        refused = names(tuple(refusal.license for refusal in subject.refusals))
        why += f" For weights, that licence would not be accepted either: {refused}."
    identifier = conclusion.expression if conclusion.expression and not subject.refusals else None
    return Problem(
        title="Nothing says that the repository's licence covers these weights",
        why=why,
        remedy=Remedy(
            steps=(
                _sidecar_step(path, identifier),
                f"Or say it in a model card: `license:` in the front matter of {code(card_path(path))}.",
            ),
            commands=sidecar_commands(path, identifier or "SPDX-ID"),
        ),
        by_absence=True,
    )


def _sidecar_step(path: str, identifier: str | None) -> str:
    if identifier is None:
        return write_chosen(path)
    return (
        f"If the authors put the weights under {code(identifier)} too, say so in {code(path + '.license')}. "
        "If they chose another licence, write its [SPDX identifier](https://spdx.org/licenses/) instead."
    )
