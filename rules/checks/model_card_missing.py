"""No model card tells what these weights are.

## What it checks
Whether there is a model card: a `MODEL_CARD.md`, or a `README.md` with the front matter of a model's card, beside the
weights or in a directory above them, or a `README.md` beside the weights that names the file.

## Why it matters
A weight file does not say what it is for, who made it, from what, or where it fails. Whoever reviews this change, and
whoever finds the file in five years, has only what stands beside it. The card is also where licence, base model and
data are looked for first.

## Example
`src/assets/net.onnx` is added, and no file of the repository says a word about it.

## How to fix
Write a `README.md` beside the weights with a few lines: what the model does, who trained it and when, its licence, its
base model and data, what it should not be used for.

    ---
    license: apache-2.0
    datasets:
    - mozilla-foundation/common_voice_17_0
    ---
    # A voice detector
    Says whether somebody speaks in 30 ms of sound. Trained by ...

## References
- [Model Cards for Model Reporting (arXiv 1810.03993)](https://arxiv.org/abs/1810.03993)
- [Model cards (Hugging Face)](https://huggingface.co/docs/hub/model-cards)
"""

from __future__ import annotations

from rules.checks import Problem, RuleOptions, Subject
from rules.checks._words import card_path
from rules.findings import Remedy, Severity
from rules.text import code, shell_path

SEVERITY = Severity.INFO


def check_artifact(subject: Subject, _options: RuleOptions) -> Problem | None:
    """A problem where no card was found."""
    surroundings = subject.artifact.surroundings
    if surroundings.card is not None:
        return None
    path = card_path(subject.artifact.path)
    exists = any(paper.path == path for paper in surroundings.papers)
    content = "its licence, what it does, who trained it and from what"
    step = (
        f"Name the file in {code(path)}, with {content}."
        if exists
        else f"Write {code(path)} with {content}; the lines below make a beginning."
    )
    return Problem(
        title="No model card tells what these weights are",
        why="Licence, origin, purpose and limits of weights cannot be seen in the file itself.",
        remedy=Remedy(steps=(step,), commands=() if exists else _begin(path, subject.conclusion.expression)),
        by_absence=True,
    )


def _begin(path: str, expression: str | None) -> tuple[str, ...]:
    """Shell lines that make a card to be filled in; none where the path is unfit for a shell."""
    quoted, license_ = shell_path(path), shell_path(f"license: {expression or 'SPDX-ID'}")
    if quoted is None or license_ is None:
        return ()
    return (
        f"printf '%s\\n' --- {license_} --- '# NAME' 'WHAT IT DOES' '## Training' 'BY WHOM, FROM WHAT' > {quoted}",
        f"git add -- {quoted}",
    )
