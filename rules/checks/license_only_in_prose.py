"""Only a sentence in prose states the licence of the weights.

## What it checks
Whether the one place that names a licence for a weight file is a sentence in a README or a notice, read by its wording.

## Why it matters
A sentence is easily misread: it may speak of other weights, of an older version, or of the code. One line in a place
that is made for it says the same to people and to programs, and goes with the weights when they are copied.

## Example
The README at the root says "The pretrained weights are released under CC BY-SA 4.0". Nothing beside
`models/voice.onnx` does.

## How to fix
Write the same licence into the front matter of the model card, or beside the file:

    printf '%s\\n' 'SPDX-License-Identifier: CC-BY-SA-4.0' > models/voice.onnx.license

## References
- [REUSE specification: comment headers and .license files](https://reuse.software/spec-3.3/)
- [Model cards: metadata (Hugging Face)](https://huggingface.co/docs/hub/model-cards)
"""

from __future__ import annotations

from rules.checks import Problem, RuleOptions, Subject
from rules.checks._words import card_path, place, sidecar_commands, statement
from rules.facts import EvidenceKind
from rules.findings import Remedy, Severity
from rules.text import code

SEVERITY = Severity.WARNING


def check_artifact(subject: Subject, _options: RuleOptions) -> Problem | None:
    """A problem where prose alone states a licence that is accepted; another one is asked about by its own rule."""
    source = subject.conclusion.source
    if source is None or source.kind is not EvidenceKind.PROSE or not subject.acceptable:
        return None
    path, identifier = subject.artifact.path, subject.conclusion.expression or "SPDX-ID"
    return Problem(
        title=f"Only a sentence says that these weights are under {code(identifier)}",
        why=(
            f"It stands in {place(source)}: {statement(source)}. A sentence can be misread, and it stays behind when "
            "the weights are copied."
        ),
        remedy=Remedy(
            steps=(
                f"If it is meant for these weights, write it beside them, into {code(path + '.license')}.",
                f"Or say it in the model card: `license:` in the front matter of {code(card_path(path))}.",
            ),
            commands=sidecar_commands(path, identifier),
        ),
        by_absence=True,
    )
