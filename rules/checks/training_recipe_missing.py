"""How the weights were trained is not written down.

## What it checks
Whether a model card describes the training (a section such as "Training procedure" with something in it), or a program
or its settings for it lie in the weights' directory or above: `train.py`, `training/`, `trainer_state.json`.

The option `program` (default false) asks for a program, so that a description in words is not enough. The rule tells
two cases apart, which a policy may weigh differently: `none`, where there is neither, and `described`, where there are
words only and the policy asks for a program.

## Why it matters
Whoever wants to change a model as its authors can needs to know how it was made. Communities differ on this: some ask
for the programs before they call a model free, others find that weights may be used and changed without them, and that
training anew proves little. So this is told for information unless the policy says otherwise.

## Example
`models/voice.onnx` comes with a card that says what it is for, and with no word on how it was trained.

## How to fix
Add a section "Training" to the model card: the program and its version, the settings, how long it took and on what. If
the program is in another repository, name the commit that was used.

## References
- [Debian deep learning team, ML-Policy (unofficial)](https://salsa.debian.org/deeplearning-team/ml-policy)
- [Open Source AI Definition 1.0](https://opensource.org/ai/open-source-ai-definition)
- [guix-devel, 11 April 2023, on re-training](https://lists.nongnu.org/archive/html/guix-devel/2023-04/msg00110.html)
"""

from __future__ import annotations

from rules.checks import Problem, RuleOptions, Subject
from rules.checks._words import card_path, spot
from rules.findings import Remedy, Severity
from rules.text import code

SEVERITY = Severity.INFO

NONE = "none"
DESCRIBED = "described"
CASES = {
    NONE: "Neither a description nor a program of the training was found.",
    DESCRIBED: "The training is described in words only, and the policy asks for a program.",
}


class Options(RuleOptions):
    """Whether words are enough."""

    program: bool = False


def check_artifact(subject: Subject, options: Options) -> Problem | None:
    """A problem where nothing, or nothing but words, tells how the weights were made."""
    training = subject.artifact.surroundings.training
    if any(one.is_program for one in training) or (training and not options.program):
        return None
    card = subject.artifact.surroundings.card or card_path(subject.artifact.path)
    program = "Name the program in it and the commit that was used, or add the program to the repository."
    if training:
        place = training[0]
        return Problem(
            title="The training is described, but its program was not found",
            why=f"{spot(place.path, place.line)} tells how the weights were trained; the policy asks for the program "
            "as well.",
            remedy=Remedy(
                steps=("Add the program of the training and its settings to the repository, as `train.py`.",)
            ),
            case=DESCRIBED,
            by_absence=True,
        )
    return Problem(
        title="How the weights were trained is not written down",
        why="Nobody can tell how they were made, or make them again with a change.",
        remedy=Remedy(
            steps=(f"Add a section “Training” to {code(card)}: settings, duration, machines. {program}",),
        ),
        case=NONE,
        by_absence=True,
    )
