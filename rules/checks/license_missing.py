"""No licence is stated for the weights.

## What it checks
Whether any place states a licence for a weight file: the file's own metadata, a `.license` file or `REUSE.toml`, the
model card beside it, a text such as `LICENSE-MODEL`, the recipe of its package, a sentence in a README, or a LICENSE in
its directory or at the root of the repository. Where a sentence says that the licence of the code does not cover the
weights, that licence is not counted.

## Why it matters
Weights without a licence may not be copied, changed or passed on by anybody but their authors. That they can be
downloaded freely changes nothing about it, and nobody can add a licence afterwards on the authors' behalf.

## Example
A change adds `models/voice.pt`. Nothing in the file, beside it or above it names a licence.

## How to fix
Look up which licence the authors of the weights chose, where you got the weights from, and write it down beside
the file:

    printf '%s\\n' 'SPDX-License-Identifier: SPDX-ID' > models/voice.pt.license

with the licence's [SPDX identifier](https://spdx.org/licenses/) in place of `SPDX-ID`. A model card
(`models/README.md` with `license:` in its front matter) does as well. If the authors chose none, ask them.

## References
- [REUSE specification, comment headers and `.license` files](https://reuse.software/spec-3.3/)
- [Model cards, metadata](https://huggingface.co/docs/hub/model-cards)
"""

from __future__ import annotations

from rules.checks import Problem, RuleOptions, Standing, Subject
from rules.checks._words import card_path, place, sidecar_commands, statement, write_chosen
from rules.findings import Remedy, Severity
from rules.text import code

SEVERITY = Severity.BLOCKING


def check_artifact(subject: Subject, _options: RuleOptions) -> Problem | None:
    """A problem where no place states a licence."""
    pointer = subject.artifact.pointer
    if subject.standing is not Standing.MISSING or (pointer is not None and pointer.fault):
        return None  # of a broken pointer there are no weights yet to ask about
    path = subject.artifact.path
    why = (
        "Without a licence nobody but the authors may copy, change or pass on the weights, even where they can be "
        "downloaded freely. Neither the file nor anything beside or above it in the repository names one."
    )
    if subject.conclusion.exclusions:
        exclusion = subject.conclusion.exclusions[0]
        why += f" The licence of the code does not cover them: {place(exclusion)} says so ({statement(exclusion)})."
    return Problem(
        title="No licence is stated for these weights",
        why=why,
        remedy=Remedy(
            steps=(
                write_chosen(path),
                f"Or name it in a model card: `license:` in the front matter of {code(card_path(path))}.",
                "If you cannot find out which licence they chose, ask the authors: only they can choose one.",
            ),
            commands=sidecar_commands(path, "SPDX-ID"),
        ),
        by_absence=True,
    )
