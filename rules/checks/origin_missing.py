"""Where the weights come from is not written down.

## What it checks
Whether an address tells where the weights were taken from: in a model card, in their own metadata, in a recipe or
script that fetches them, or in a DVC file. The rule tells two cases apart, which a policy may weigh differently:
`none`, where no address was found, and `not-pinned`, where no address names one version for ever (a full commit id, a
release, a numbered tag) and none has a digest beside it. Weights whose training program is in the repository were made
here and need no address.

## Why it matters
With an address anybody can fetch the original and compare, look whether its licence has changed, and find newer
versions and warnings. Without it the file is a stranger. An address of a branch, such as `resolve/main`, gives other
bytes tomorrow.

## Example
The card says that the weights come from `https://huggingface.co/acme/voice/resolve/main/voice.onnx`.

## How to fix
Name the address in the card, with the full commit id in place of a branch. On the Hugging Face hub it stands under
"Files and versions", "History":

    https://huggingface.co/acme/voice/resolve/0123456789abcdef0123456789abcdef01234567/voice.onnx

## References
- [Downloading a revision (Hugging Face)](https://huggingface.co/docs/huggingface_hub/guides/download)
- [SLSA, provenance](https://slsa.dev/spec/v1.0/provenance)
"""

from __future__ import annotations

from collections.abc import Sequence

from rules.checks import Problem, RuleOptions, Subject
from rules.checks._words import card_path, several, spot
from rules.findings import Remedy, Severity
from rules.surroundings import Origin
from rules.text import code

SEVERITY = Severity.INFO

NONE = "none"
NOT_PINNED = "not-pinned"
CASES = {
    NONE: "No address tells where the weights come from.",
    NOT_PINNED: "No address names one version for ever, and none has a digest beside it.",
}

_NAMED = 3
"""Addresses that the finding names."""


def check_artifact(subject: Subject, _options: RuleOptions) -> Problem | None:
    """A problem where no address is known, or none that stays what it is."""
    surroundings = subject.artifact.surroundings
    addresses = [origin for origin in surroundings.origins if origin.url]
    if not addresses:
        return None if any(one.is_program for one in surroundings.training) else _none(subject)
    if any(origin.pinned or origin.sha256 for origin in surroundings.origins):
        return None
    return _not_pinned(addresses)


def _none(subject: Subject) -> Problem:
    card = subject.artifact.surroundings.card or card_path(subject.artifact.path)
    return Problem(
        title="Where the weights come from is not written down",
        why="Nobody can fetch the original to compare it, or see whether its licence has changed.",
        remedy=Remedy(
            steps=(
                f"Name the address that they were taken from in {code(card)}, with a commit id or a release in it.",
                "If they were trained for this repository, say so there, or add the program that did it.",
            )
        ),
        case=NONE,
        by_absence=True,
    )


def _not_pinned(addresses: Sequence[Origin]) -> Problem:
    places = [f"{code(origin.url)} in {spot(origin.path, origin.line)}" for origin in addresses]
    return Problem(
        title="The address of the weights names no fixed version",
        why=f"It may give other weights tomorrow: {several(places, _NAMED)}.",
        remedy=Remedy(
            steps=(
                "Put a full commit id or a release in place of the branch.",
                "Or write the SHA-256 of the weights beside it.",
            )
        ),
        case=NOT_PINNED,
    )
