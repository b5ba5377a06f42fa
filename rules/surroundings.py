"""What stands around weights in a repository: their card, lineage, origin, papers and the program that trained them.

Plain, frozen facts like those of `rules.facts`, whose `Artifact` carries them. All text is foreign.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


@dataclass(frozen=True)
class BaseModel:
    """A model that the weights were made from, as one place names it."""

    name: str
    """As written, at most 200 characters: `meta-llama/Llama-3.1-8B`, or an address."""
    path: str
    line: int | None = None
    """One-based line in `path`, None inside binary files."""
    field: str | None = None
    """Key that holds it: `base_model`, `general.base_model.0.repo_url`, `base_model_name_or_path`."""
    relation: str | None = None
    """`adapter`, `finetune`, `merge` or `quantized`; None where the place does not say."""


@dataclass(frozen=True)
class Dataset:
    """Data that the weights were trained on, as one place names it."""

    name: str
    """As written, at most 200 characters: an identifier of the hub or an address."""
    path: str
    line: int | None = None
    license: str | None = None
    """The data's licence where the same place states it."""


@dataclass(frozen=True)
class Origin:
    """An address that the weights are said to come from. Shown and compared, never fetched."""

    url: str
    """Empty where the place writes down a digest and no address: SHA256SUMS."""
    path: str
    line: int | None = None
    field: str | None = None
    pinned: bool = False
    """True where the address itself names one version for ever: a full commit id, a release's tag, a digest."""
    sha256: str | None = None
    """The digest (hex) that the same place writes down for it."""


class PaperKind(enum.StrEnum):
    """Kinds of documents that travel with weights."""

    LICENSE = "license"
    NOTICE = "notice"
    USE_POLICY = "use-policy"
    MODEL_CARD = "model-card"
    README = "readme"


@dataclass(frozen=True)
class Paper:
    """One document beside weights, or above them up to the root."""

    path: str
    kind: PaperKind
    license: str | None = None
    """Identifier of the licence whose text it holds, None where it holds none that is known."""
    sha256: str | None = None
    """Digest (hex) of the whole document, None where it was too long to be read whole."""
    phrases: tuple[str, ...] = ()
    """Those of the catalogue's phrases (`rules.licenses.duties`) that it holds: `Built with Llama`."""


@dataclass(frozen=True)
class Training:
    """A place that describes, or holds, how the weights were trained."""

    path: str
    """With a final slash for a folder of programs."""
    line: int | None = None
    is_program: bool = False
    """True for a program or its configuration, False for a description in words."""


@dataclass(frozen=True)
class Surroundings:
    """Everything found around one artifact."""

    card: str | None = None
    """Path of the model card: a README or MODEL_CARD that is about these weights."""
    base_models: tuple[BaseModel, ...] = ()
    datasets: tuple[Dataset, ...] = ()
    origins: tuple[Origin, ...] = ()
    papers: tuple[Paper, ...] = ()
    training: tuple[Training, ...] = ()


@dataclass(frozen=True)
class Advisory:
    """A warning that somebody published about weights with exactly this digest."""

    id: str
    summary: str
    url: str | None = None
    source: str = ""
    """Name of the list or feed that holds it."""
