"""Facts written down in a few words, so that people can say what a policy should make of a case.

    given: {path: chat.gguf, format: gguf, size: 4 GiB, license: llama3.1}
    change: {author: mia, approvals: [{user: noor}]}

What is left out is ordinary: a small safetensors file in git that is added, surely weights, safe to load, about which
nothing else is known.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rules.facts import (
    Approval,
    Artifact,
    ChangeStatus,
    Detection,
    EvidenceKind,
    Facts,
    Growth,
    LicenseEvidence,
    LoadingSafety,
    LoadingVerdict,
    MergeRequest,
    Pointer,
)
from rules.policy_file import ConfidenceWord, confidence_named
from rules.sizes import Size
from rules.surroundings import Advisory, Dataset, Origin, Paper, PaperKind, Surroundings, Training
from rules.surroundings import BaseModel as Base

_POINTER_SIZE = 130
"""Bytes of a Git LFS pointer, about."""

_ALGORITHMS = {"git-lfs": "sha256", "git-annex": "sha256", "dvc": "md5"}

_PLACES = {
    "attestation": EvidenceKind.ATTESTATION,
    "artifact": EvidenceKind.IN_ARTIFACT,
    "sidecar": EvidenceKind.SIDECAR,
    "card": EvidenceKind.MODEL_CARD,
    "model-license": EvidenceKind.MODEL_LICENSE,
    "recipe": EvidenceKind.RECIPE,
    "manifest": EvidenceKind.MANIFEST,
    "prose": EvidenceKind.PROSE,
    "directory": EvidenceKind.DIRECTORY_LICENSE,
    "repository": EvidenceKind.REPOSITORY_LICENSE,
}
_FILES = {
    EvidenceKind.SIDECAR: "{path}.license",
    EvidenceKind.MODEL_CARD: "README.md",
    EvidenceKind.MODEL_LICENSE: "LICENSE-MODEL",
    EvidenceKind.RECIPE: "recipe",
    EvidenceKind.MANIFEST: "CITATION.cff",
    EvidenceKind.PROSE: "README.md",
    EvidenceKind.DIRECTORY_LICENSE: "models/LICENSE",
    EvidenceKind.REPOSITORY_LICENSE: "LICENSE",
}


class _Strict(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=lambda name: name.replace("_", "-"), str_strip_whitespace=True
    )


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def _worded(key: str) -> BeforeValidator:
    """A bare word is short for an entry with nothing but that word under `key`."""
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


class StatementExample(_Strict):
    """A place that states a licence; a bare word stands in the model card."""

    says: str
    at: Literal[
        "attestation",
        "artifact",
        "sidecar",
        "card",
        "model-license",
        "recipe",
        "manifest",
        "prose",
        "directory",
        "repository",
    ] = "card"
    name: str | None = None
    link: str | None = None
    excludes: bool = False


class BaseExample(_Strict):
    """A base model."""

    name: str
    relation: Literal["adapter", "finetune", "merge", "quantized"] | None = None


class DatasetExample(_Strict):
    """Data of the training."""

    name: str
    license: str | None = None


class OriginExample(_Strict):
    """Where the weights come from."""

    url: str
    pinned: bool = False
    sha256: str | None = None


class PaperExample(_Strict):
    """A document beside the weights."""

    kind: PaperKind
    license: str | None = None
    phrases: tuple[str, ...] = ()


class ApprovalExample(_Strict):
    """Somebody's approval."""

    user: str
    current: bool = True
    teams: tuple[str, ...] = ()


class GrowthExample(_Strict):
    """What came to the repository lately."""

    days: int = 30
    git: Size = 0
    lfs: Size = 0


_Statements: TypeAlias = Annotated[tuple[Annotated[StatementExample, _worded("says")], ...], BeforeValidator(_listed)]


class ArtifactExample(_Strict):
    """One artifact in a few words."""

    path: str = "models/model.safetensors"
    format: str = "safetensors"
    size: Size = 1024**2
    store: Literal["git", "git-lfs", "git-annex", "dvc"] = Field(default="git", alias="in")
    status: ChangeStatus = ChangeStatus.ADDED
    confidence: ConfidenceWord = "certain"
    loading: LoadingSafety = LoadingSafety.SAFE
    parameters: int | None = None
    sha256: str | None = None
    license: _Statements = ()
    base_models: tuple[Annotated[BaseExample, _worded("name")], ...] = ()
    datasets: tuple[Annotated[DatasetExample, _worded("name")], ...] = ()
    origins: tuple[Annotated[OriginExample, _worded("url")], ...] = ()
    papers: tuple[Annotated[PaperExample, _worded("kind")], ...] = ()
    card: bool = False
    training: tuple[Literal["described", "program"], ...] = ()
    advisories: tuple[str, ...] = ()


class ChangeExample(_Strict):
    """The merge request around them; without an author it is a local change."""

    author: str | None = None
    approvals: tuple[Annotated[ApprovalExample, _worded("user")], ...] | None = None
    growth: GrowthExample | None = None
    today: datetime.date | None = None


def facts_from(given: Mapping[str, object] | Sequence[Mapping[str, object]], change: Mapping[str, object]) -> Facts:
    """The facts that an example means. Raises pydantic.ValidationError."""
    entries = [given] if isinstance(given, Mapping) else given
    artifacts = tuple(artifact_from(ArtifactExample.model_validate(dict(entry))) for entry in entries)
    around = ChangeExample.model_validate(dict(change))
    growth = around.growth
    return Facts(
        artifacts=artifacts,
        changed_files=len(artifacts),
        merge_request=_merge_request(around.author) if around.author is not None else None,
        approvals=None
        if around.approvals is None
        else tuple(Approval(one.user, one.current, one.teams) for one in around.approvals),
        growth=Growth(growth.days, growth.git, growth.lfs) if growth else None,
        today=around.today,
    )


def artifact_from(example: ArtifactExample) -> Artifact:
    """The artifact that an example means. Digests that it leaves out are made from its path."""
    digest = example.sha256 or hashlib.sha256(example.path.encode()).hexdigest()
    pointer = None
    if example.store != "git":
        pointer = Pointer(example.store, _ALGORITHMS[example.store], digest, example.size)
    return Artifact(
        path=example.path,
        status=example.status,
        detection=Detection(
            format=example.format,
            title=example.format,
            is_weight=True,
            confidence=confidence_named(example.confidence),
            loading=LoadingVerdict(example.loading),
            parameters=example.parameters,
            base_models=tuple(base.name for base in example.base_models),
        ),
        size=example.size,
        size_in_git=_POINTER_SIZE if pointer else example.size,
        oid=hashlib.sha1(digest.encode(), usedforsecurity=False).hexdigest(),
        sha256=digest,
        pointer=pointer,
        evidence=tuple(
            _evidence(one, example.path) for one in sorted(example.license, key=lambda one: _PLACES[one.at])
        ),
        surroundings=_surroundings(example),
        advisories=tuple(Advisory(text, text, source="example") for text in example.advisories),
    )


def _evidence(said: StatementExample, path: str) -> LicenseEvidence:
    kind = _PLACES[said.at]
    return LicenseEvidence(
        kind=kind,
        path=_FILES.get(kind, "{path}").format(path=path),
        statement=said.says,
        name=said.name,
        link=said.link,
        excludes=said.excludes,
    )


def _surroundings(example: ArtifactExample) -> Surroundings:
    card = "README.md"
    return Surroundings(
        card=card if example.card or any(said.at == "card" for said in example.license) else None,
        base_models=tuple(Base(one.name, card, relation=one.relation) for one in example.base_models),
        datasets=tuple(Dataset(one.name, card, license=one.license) for one in example.datasets),
        origins=tuple(Origin(one.url, card, pinned=one.pinned, sha256=one.sha256) for one in example.origins),
        papers=tuple(
            Paper(one.kind.value.upper(), one.kind, one.license, phrases=one.phrases) for one in example.papers
        ),
        training=tuple(
            Training("train.py" if kind == "program" else card, is_program=kind == "program")
            for kind in example.training
        ),
    )


def _merge_request(author: str) -> MergeRequest:
    return MergeRequest(
        forge="github",
        host="github.com",
        repository_id="1",
        repository="example/models",
        number=1,
        title="An example",
        author=author,
        url="https://github.com/example/models/pull/1",
        source_branch="weights",
        target_branch="main",
        head="0" * 40,
        base="0" * 40,
    )
