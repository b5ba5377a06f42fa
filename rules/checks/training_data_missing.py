"""What the weights were trained on is not written down, or is not free.

## What it checks
Whether the data of the training is named: `datasets` in the model card or the metadata of a GGUF file, or a sentence
such as "trained on LibriSpeech". The rule tells two cases apart, which a policy may weigh differently: `undeclared`,
where nothing is named, and `not-free`, where the licence that is stated beside a data set forbids some use or sharing.

## Why it matters
The data decides what a model knows and what it gets wrong, and some communities call a model free only if its data is
free too. Others hold that it is the licence of the weights that counts. So this is told for information unless the
policy says otherwise. That a data set is named says nothing yet about who may have it.

## Example
The card of `models/voice.onnx` says "trained on the Acme corpus (CC BY-NC 4.0)".

## How to fix
Name the data in the model card. If it cannot be published, say what it consists of, where it comes from and why it
cannot be had:

    datasets:
    - mozilla-foundation/common_voice_17_0

## References
- [Debian deep learning team, ML-Policy (unofficial)](https://salsa.debian.org/deeplearning-team/ml-policy)
- [Open Source AI Definition 1.0, data information](https://opensource.org/ai/open-source-ai-definition)
- [Model card metadata (Hugging Face)](https://huggingface.co/docs/hub/model-cards#specifying-a-dataset)
"""

from __future__ import annotations

from collections.abc import Sequence

from rules.checks import Problem, RuleOptions, Subject
from rules.checks._words import card_path, license_kind, several, spot
from rules.findings import Remedy, Severity
from rules.licenses import License, View, normalise
from rules.surroundings import Dataset
from rules.text import code

SEVERITY = Severity.INFO

UNDECLARED = "undeclared"
NOT_FREE = "not-free"
CASES = {
    UNDECLARED: "No data of the training is named.",
    NOT_FREE: "The licence that is stated beside a data set forbids some use or sharing.",
}

_NAMED = 3
"""Data sets that the finding names."""


def check_artifact(subject: Subject, _options: RuleOptions) -> Problem | None:
    """A problem where no data is named, or some of it is not free."""
    datasets = subject.artifact.surroundings.datasets
    if not datasets:
        return _undeclared(subject)
    found = [(dataset, license_) for dataset in datasets if (license_ := _hindrance(dataset)) is not None]
    return _not_free(found) if found else None


def _hindrance(dataset: Dataset) -> License | None:
    """The first licence of a data set that is not free, None where none is known to be."""
    licenses = normalise(dataset.license).licenses if dataset.license else ()
    return next(
        (one for one in licenses if one.category.is_restrictive or View.NO in (one.fsf_free, one.dfsg_free)), None
    )


def _undeclared(subject: Subject) -> Problem:
    card = subject.artifact.surroundings.card or card_path(subject.artifact.path)
    return Problem(
        title="What the weights were trained on is not written down",
        why="Without the data nobody can judge what the model knows and what it gets wrong, or train it anew.",
        remedy=Remedy(
            steps=(
                f"Name the data under `datasets:` in {code(card)}, or in a sentence: “trained on ...”.",
                "If it cannot be published, say there what it consists of and why.",
            )
        ),
        case=UNDECLARED,
        by_absence=True,
    )


def _not_free(found: Sequence[tuple[Dataset, License]]) -> Problem:
    named = [
        f"{code(dataset.name)} in {spot(dataset.path, dataset.line)}: {license_kind(license_)}"
        for dataset, license_ in found
    ]
    return Problem(
        title="The weights were trained on data that is not free",
        why=f"By the licence that is stated beside it, some use or sharing of this data is forbidden. "
        f"It is {several(named, _NAMED)}.",
        remedy=Remedy(
            steps=(
                "Use weights that were trained on free data, where there are some.",
                "If the data comes under another licence, correct the place that states it.",
            )
        ),
        case=NOT_FREE,
    )
