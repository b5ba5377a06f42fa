"""A model has more parameters than this house wants to look after.

## What it checks
The number of trained numbers of each weight file, where it can be read.

## Why it matters
Here models above a certain size are reviewed by another team.

The option `most` (default 1000) is the largest number that passes.

## Example
`models/chat.safetensors` holds 7 billion numbers.

## How to fix
Ask the other team, or take a smaller model.

## References
- [safetensors](https://huggingface.co/docs/safetensors/)
"""

from __future__ import annotations

from pydantic import Field

from rules.checks import Problem, RuleOptions, Subject
from rules.findings import Remedy, Severity
from rules.text import quantity

SEVERITY = Severity.WARNING


class Options(RuleOptions):
    """How many parameters pass."""

    most: int = Field(default=1000, ge=0)


def check_artifact(subject: Subject, options: Options) -> Problem | None:
    """A problem where a model is known to be larger."""
    count = subject.artifact.detection.parameters
    if count is None or count <= options.most:
        return None
    return Problem(
        title=f"This model has {quantity(count)} parameters; the most is {quantity(options.most)}",
        why="Models above this size are reviewed by another team.",
        remedy=Remedy(("Ask the other team, or take a smaller model.",)),
    )
