"""The licence of a base model speaks against the one that is stated.

## What it checks
The models that the weights were made from, as a model card (`base_model`), the metadata of the file or the
configuration of an adapter names them, and the licences of those that are well known. Weights made from another model
come under the strictest of their own licence and those of all their bases. The rule tells three cases apart, which a
policy may weigh differently: `not-accepted`, where the policy does not accept the licence of a base and the weights
state another; `relabelled`, where the licence that is stated gives more than that of a base; and `unresolved`, where
it is not known what licence a base comes under.

## Why it matters
A fine-tuned, merged or quantised model is made from its base, and an adapter is worth nothing without it. Nobody can
give away more rights than they were given, so an adapter for Llama does not become free by an MIT licence in its card.
Where the licence of a base is not known, it is an open question, and no reason to let the weights pass.

The option `licenses` answers it for a repository: it maps the name of a base model to the identifier of its licence,
and goes before what the bot knows.

## Example
The card of `adapters/mail.safetensors` says `license: mit` and `base_model: meta-llama/Llama-3.1-8B`.

## How to fix
State the licence of the base where the licence of the weights is stated, or make the weights from a base that comes
under an accepted licence. Where the bot does not know a base, name its licence in the policy:

    rules:
      license-of-base-model:
        options:
          licenses: {acme/speech-base: Apache-2.0}

## References
- [Specifying a base model (Hugging Face)](https://huggingface.co/docs/hub/model-cards#specifying-a-base-model)
- [How restrictive clauses get lost on the way from models to applications (arXiv 2509.09873)](https://arxiv.org/abs/2509.09873)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from rules.checks import Problem, RuleOptions, Subject
from rules.checks._words import license_kind, license_name, place, several, spot, statement
from rules.findings import Remedy, Severity
from rules.licenses import Category, License, acceptance, find_license
from rules.licenses.base_models import NAME_LIMIT, known_model, model_id
from rules.licenses.duties import choices
from rules.surroundings import BaseModel
from rules.text import code, enumeration

SEVERITY = Severity.WARNING

NOT_ACCEPTED = "not-accepted"
RELABELLED = "relabelled"
UNRESOLVED = "unresolved"
CASES = {
    NOT_ACCEPTED: "The policy does not accept the licence of a base model, and the weights state another one.",
    RELABELLED: "The licence that is stated gives more than the licence of a base model.",
    UNRESOLVED: "It is not known what licence a base model comes under.",
}

_NAMED = 3
"""Base models that the finding names."""
_HINT = "_name_or_path"
"""A key that often holds a folder of the trainer's own disk: it counts only where it names a well-known model."""


def _known(identifier: str) -> str:
    if find_license(identifier) is None:
        raise ValueError("write the SPDX identifier of a licence, as 'Apache-2.0'")
    return identifier


class Options(RuleOptions):
    """Licences of base models that the policy itself knows."""

    licenses: Mapping[
        Annotated[str, Field(min_length=1, max_length=NAME_LIMIT)], Annotated[str, AfterValidator(_known)]
    ] = {}


@dataclass(frozen=True)
class _Base:
    model: BaseModel
    license: License
    source: str


def check_artifact(subject: Subject, options: Options) -> Problem | None:
    """A problem where a base model's licence stands in the way, or is not known."""
    bases = subject.artifact.surroundings.base_models
    resolved = [base for base in (_resolved(model, options) for model in bases) if base is not None]
    open_ones = [base for base in resolved if not _is_stated(subject, base.license)]
    in_the_way = [base for base in open_ones if not subject.accepts(base.license)]
    if in_the_way:
        return _not_accepted(subject, in_the_way)
    stricter = [base for base in open_ones if _gives_more(subject, base.license)]
    if stricter:
        return _relabelled(subject, stricter)
    known = {base.model for base in resolved}
    unknown = [model for model in bases if model not in known and model.field != _HINT]
    return _unresolved(unknown) if unknown else None


def _resolved(model: BaseModel, options: Options) -> _Base | None:
    wanted = model_id(model.name).lower() if options.licenses else ""
    for name, identifier in options.licenses.items():
        license_ = find_license(identifier)
        if model_id(name).lower() == wanted and license_ is not None:
            return _Base(model, license_, "The policy says so.")
    known = known_model(model.name)
    return _Base(model, known.license, f"As known on {known.seen}.") if known is not None else None


def _is_stated(subject: Subject, base: License) -> bool:
    """Whether the weights come under the base's licence whichever side of an OR is chosen."""
    sides = choices(subject.conclusion.expression) if subject.conclusion.expression else ()
    return bool(sides) and all(base in map(find_license, side) for side in sides)


def _gives_more(subject: Subject, base: License) -> bool:
    """Whether what is stated, or one side of its OR, is freer than the base. Permissive bases ask for notices only."""
    expression = subject.conclusion.expression
    if expression is None or base.category in (Category.PERMISSIVE, Category.PUBLIC_DOMAIN, Category.UNKNOWN):
        return False
    return acceptance(expression, lambda license_: license_.category.strictness < base.category.strictness).accepted


def _not_accepted(subject: Subject, bases: Sequence[_Base]) -> Problem:
    return Problem(
        title=f"A base model comes under a licence that is not accepted here: {_licenses(bases)}",
        why=f"{_lineage(bases)} {_stated(subject)}".rstrip(),
        remedy=Remedy(
            steps=(
                "Use weights that are made from a model under a licence that the policy accepts.",
                "If these weights are not made from it, correct the place that names it.",
            )
        ),
        case=NOT_ACCEPTED,
    )


def _relabelled(subject: Subject, bases: Sequence[_Base]) -> Problem:
    source = subject.conclusion.source
    where = f" in {place(source)}" if source is not None else ""
    licenses = enumeration([code(base.license.id) for base in _one_each(bases)])
    others = "If the owners of the base gave other terms for these weights, keep their words beside the weights"
    return Problem(
        title=f"The stated licence gives more than that of the base model: {_licenses(bases)}",
        why=f"{_lineage(bases)} {_stated(subject)}".rstrip(),
        remedy=Remedy(
            steps=(
                f"State {licenses}{where}: what is made from a model comes under its terms too.",
                f"{others} and ask a maintainer for an exception.",
            )
        ),
        case=RELABELLED,
    )


def _unresolved(models: Sequence[BaseModel]) -> Problem:
    names = [f"{code(model.name)} in {_place(model)}" for model in models]
    first = code(model_id(models[0].name))
    key = "`rules: license-of-base-model: options: licenses:`"
    return Problem(
        title="The licence of a base model is not known"
        if len(models) == 1
        else f"The licences of {len(models)} base models are not known",
        why="Weights made from another model come under its terms too, and the bot does not know those of "
        f"{several(names, _NAMED)}.",
        remedy=Remedy(
            steps=(
                f"Look the licence of {first} up, and let a maintainer write name and licence into the policy: {key}.",
                "If the name is not that of a published model, put the one that it was made from in its place.",
            )
        ),
        case=UNRESOLVED,
    )


def _lineage(bases: Sequence[_Base]) -> str:
    sentences = [
        f"The weights are made from {code(base.model.name)} ({_place(base.model)}), which comes under "
        f"{license_name(base.license)}, {license_kind(base.license)}. {base.source}"
        for base in _one_each(bases)[:_NAMED]
    ]
    return " ".join(sentences)


def _stated(subject: Subject) -> str:
    source = subject.conclusion.source
    if source is None:
        return ""
    return f"For the weights {statement(source)} is stated in {place(source)}; that cannot give more than the base."


def _licenses(bases: Sequence[_Base]) -> str:
    return enumeration([license_name(base.license) for base in _one_each(bases)])


def _one_each(bases: Sequence[_Base]) -> list[_Base]:
    """One base for each licence, the first that has it."""
    return list({base.license.id: base for base in reversed(bases)}.values())[::-1]


def _place(model: BaseModel) -> str:
    where = spot(model.path, model.line)
    return f"{where}, {code(model.field)}" if model.field else where
