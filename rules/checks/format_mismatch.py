"""A weight file is not what its name says.

## What it checks
Whether the format found in the bytes of a weight file is one that its name promises. Names that several formats
use (`.bin`, `.model`, `.dat`) promise nothing and are never questioned.

## Why it matters
People and tools choose how to load a file by its name. A pickle named `.safetensors` makes a reader expect a
file that cannot run code, and scanners that go by names pass over it.

## Example
`model.safetensors` begins with the opcodes of a pickle.

## How to fix
Give the file the name that fits its format, or convert it to the format that its name says. Check first that
the file is the one you meant to add: a wrong name is often a wrong file.

## References
- [safetensors, the format](https://huggingface.co/docs/safetensors/index)
- [Pickle scanning and why names are not enough](https://huggingface.co/docs/hub/security-pickle)
"""

from __future__ import annotations

from rules.checks import Problem, RuleOptions, Subject
from rules.facts import LoadingSafety
from rules.findings import Remedy, Severity
from rules.text import code, enumeration

SEVERITY = Severity.WARNING

_RUNS_CODE = {LoadingSafety.EXECUTES_CODE, LoadingSafety.DANGEROUS}


def check_artifact(subject: Subject, _options: RuleOptions) -> Problem | None:
    """A problem where the name promises other formats than the one found."""
    artifact = subject.artifact
    found = artifact.detection
    if not artifact.expected_formats or found.format in artifact.expected_formats:
        return None
    promised = enumeration([code(name) for name in artifact.expected_formats], "or")
    why = f"The name promises {promised}, and people and tools choose by the name how to load a file."
    if found.loading.safety in _RUNS_CODE:
        why += " This one can run code when it is loaded."
    return Problem(
        title=f"The file is not what its name says: it is a {found.title}",
        why=why,
        remedy=Remedy(
            steps=(
                "Check that it is the file you meant to add, and give it the name that fits its format.",
                f"Or convert it to {promised}.",
            )
        ),
    )
