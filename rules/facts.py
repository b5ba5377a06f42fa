"""What a rule may look at: plain, frozen facts about a merge request and the weights it brings.

Every type here is immutable data. The scanner makes them from bytes, a forge fills in the merge
request, and the rules read them; nothing here reads, guesses or judges.
"""

from __future__ import annotations

import datetime
import enum
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.surroundings import Advisory, Surroundings


class Confidence(enum.IntEnum):
    """How sure the scanner is that a file is what it says it is."""

    POSSIBLE = 1
    """Only the name or statistics of the bytes speak for it."""
    PROBABLE = 2
    """A mark in the bytes and the name agree, but the structure was not read through."""
    CERTAIN = 3
    """The structure was parsed."""

    @property
    def label(self) -> str:
        """The word for reports: `certain`, `probable` or `possible`."""
        return self.name.lower()


class ChangeStatus(enum.StrEnum):
    """What a merge request does to a path."""

    ADDED = "added"
    MODIFIED = "modified"
    RENAMED = "renamed"
    COPIED = "copied"
    DELETED = "deleted"
    TYPE_CHANGED = "type-changed"


class LoadingSafety(enum.StrEnum):
    """What happens when somebody loads an artifact with its usual library."""

    SAFE = "safe"
    """The format holds data only, and this file keeps to it."""
    EXECUTES_CODE = "executes-code"
    """Loading runs code that the file chooses; nothing dangerous was recognised in it."""
    DANGEROUS = "dangerous"
    """Loading runs a call that no model needs (a shell, the network, the file system)."""
    UNKNOWN = "unknown"
    """It could not be read far enough to tell. Never to be shown as safe."""


@dataclass(frozen=True)
class LoadingVerdict:
    """What loading an artifact executes, and where that was read."""

    safety: LoadingSafety
    reasons: tuple[str, ...] = ()
    """One short clause each, naming the opcode, import, layer or operator: `pickle calls posix.system`."""


@dataclass(frozen=True)
class LicenseStatement:
    """A licence as written inside an artifact, under the name of the field that holds it."""

    field: str
    text: str


@dataclass(frozen=True)
class Detection:
    """What a file turned out to be, from its own bytes."""

    format: str
    """Identifier of the format: the name of its module, with hyphens (`safetensors`, `pytorch-zip`)."""
    title: str
    """The format's name for people: `PyTorch checkpoint (zip)`."""
    is_weight: bool
    """False for recognised look-alikes: a vocabulary-only GGUF, an ONNX test tensor, a table of numbers."""
    confidence: Confidence
    loading: LoadingVerdict
    parameters: int | None = None
    """Number of trained numbers (elements of all tensors), None where it was not read."""
    tensors: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Chosen facts for people: `architecture`, `dtypes`, `producer`, ... Values are at most 200 characters."""
    licenses: tuple[LicenseStatement, ...] = ()
    base_models: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()
    """Files that belong to the same model, as paths beside it (`model.bin`, `variables/`): a final slash
    stands for everything beneath. Foreign text; never followed out of the repository."""
    remarks: tuple[str, ...] = ()
    """What was odd or was not read, one sentence each."""


@dataclass(frozen=True)
class Pointer:
    """A small file in git that stands for a large one elsewhere."""

    kind: str
    """`git-lfs`, `git-annex`, `dvc`, ..."""
    algorithm: str
    """Of the digest: `sha256`, `md5`, ..."""
    digest: str
    """Empty where the pointer is too damaged to tell."""
    size: int | None
    """Bytes of the object it stands for, None where the pointer does not say."""
    path: str | None = None
    """The path that the object has in a working tree, where that is not the pointer's own (DVC)."""
    fault: str | None = None
    """What is wrong with it, as the end of "the pointer is broken: "; None where nothing is known to be."""
    disagrees: bool = False
    """True where the fault is that the object stored for it is another one than it names."""


class EvidenceKind(enum.IntEnum):
    """Places where a licence is written down; a smaller number speaks with more weight."""

    ATTESTATION = 0
    """A maintainer said so by command."""
    IN_ARTIFACT = 1
    SIDECAR = 2
    """`FILE.license`, REUSE.toml: written for exactly this file."""
    MODEL_CARD = 3
    MODEL_LICENSE = 4
    """A licence text whose name says that it is the model's, at the root too: LICENSE-MODEL, MODEL_LICENSE."""
    RECIPE = 5
    """The description of a package that brings the weights: Guix, Nix, Debian, conda, ..."""
    MANIFEST = 6
    """A description of the whole work for machines: CITATION.cff, codemeta, a bill of materials."""
    PROSE = 7
    """A sentence about weights in a README or beside a licence, read by its wording alone."""
    DIRECTORY_LICENSE = 8
    """LICENSE or COPYING in a directory that is not the repository's root."""
    REPOSITORY_LICENSE = 9
    """LICENSE at the root: it covers the code and says nothing certain about weights."""


@dataclass(frozen=True)
class LicenseEvidence:
    """One place that states a licence for an artifact."""

    kind: EvidenceKind
    path: str
    statement: str
    """The statement as found, at most 300 characters: `apache-2.0`, `llama3.1`, or a licence text's name."""
    line: int | None = None
    """One-based line in `path`, None inside binary files."""
    field: str | None = None
    """Key that holds it: `license`, `general.license`, `SPDX-License-Identifier`."""
    name: str | None = None
    """`license_name` beside an id of `other`."""
    link: str | None = None
    """`license_link` or a URL beside the statement; shown, never fetched."""
    text_digest: str | None = None
    """SHA-256 (hex) of the licence text where a whole text was read."""
    excludes: bool = False
    """True for a sentence that takes weights out of the licence of the code around them, and states no other."""


@dataclass(frozen=True)
class Part:
    """One of the further files that hold the numbers of a model."""

    path: str
    size: int
    """Bytes of the file itself: of the object where it is a pointer."""
    size_in_git: int
    oid: str
    sha256: str | None = None
    pointer: Pointer | None = None


@dataclass(frozen=True)
class Previous:
    """What stood at an artifact's place before the change."""

    oid: str
    size: int | None = None
    """Bytes of the weights, None where it could not be told."""
    sha256: str | None = None
    """Digest of the weights; None where it would have cost more than it is worth."""


@dataclass(frozen=True)
class Admission:
    """How an artifact came in that is looked at again later."""

    license: str
    """SPDX expression of the licence that was concluded then."""
    source: LicenseEvidence
    """The place that decided."""
    url: str
    """Address of the merge request that brought it."""
    day: datetime.date
    """The day on which that was found to be merged."""


@dataclass(frozen=True)
class Artifact:
    """One model's weights, or pointers that stand for them, as a merge request brings them.

    Most are one file. Several files of one model are one artifact: the file that names the others, or
    else the first of them, and its parts.
    """

    path: str
    """Slash-separated path in the repository. Foreign text: may hold any character, newlines too."""
    status: ChangeStatus
    detection: Detection
    size: int
    """Bytes of the weights themselves, all parts together: of the object for a pointer, of the file otherwise."""
    size_in_git: int
    """Bytes that stay in git's history for ever, all parts together: a pointer's own size where there is one."""
    oid: str
    """Git object id of the blob at `path`."""
    sha256: str | None = None
    """Digest of the weights at `path`; None where reading them whole would cost more than it is worth."""
    previous_path: str | None = None
    pointer: Pointer | None = None
    evidence: tuple[LicenseEvidence, ...] = ()
    """Every place that states a licence for it, strongest kind first."""
    expected_formats: tuple[str, ...] = ()
    """Formats that the file's name promises; empty where the name promises nothing."""
    parts: tuple[Part, ...] = ()
    """The other files of the same model that the change brings, in order of their paths."""
    previous: Previous | None = None
    """What the file was before, where the change replaces it."""
    commit: str | None = None
    """The commit that brought it, for weights of which only the history of the merge request still holds a copy."""
    surroundings: Surroundings = field(default_factory=Surroundings)
    advisories: tuple[Advisory, ...] = ()
    """Warnings about exactly these bytes, from the lists that the operator gives."""
    admission: Admission | None = None
    """How it came in, where it lies in the repository already; None for what a merge request brings."""

    @functools.cached_property
    def files(self) -> tuple[Part, ...]:
        """All the files that hold it, the one at `path` first."""
        size = self.size - sum(part.size for part in self.parts)
        in_git = self.size_in_git - sum(part.size_in_git for part in self.parts)
        return Part(self.path, size, in_git, self.oid, self.sha256, self.pointer), *self.parts


@dataclass(frozen=True)
class NotExamined:
    """A changed file, or a part of one, that was not looked at, and why."""

    path: str
    reason: str
    decisive: bool = True
    """False where nobody would expect weights there, by its name or kind: it is told, and the outcome stands."""


@dataclass(frozen=True)
class MergeRequest:
    """A merge request (a pull request is one), as the forge described it when it was read."""

    forge: str
    """`github`, `gitlab` or `forgejo`."""
    host: str
    """Host name of the forge: `github.com`."""
    repository_id: str
    """The forge's own id of the target repository; it survives renames."""
    repository: str
    """Full name of the target repository: `owner/name`, or a longer path on GitLab."""
    number: int
    """Number within the repository (GitLab: `iid`)."""
    title: str
    author: str
    url: str
    source_branch: str
    target_branch: str
    head: str
    """Commit id of the source branch's tip."""
    base: str
    """Commit id of the target branch's tip as the forge reports it; the policy is read there."""
    source_repository: str | None = None
    """Full name of the repository that holds the head, None where it was deleted."""
    source_repository_id: str | None = None
    draft: bool = False
    state: str = "open"
    """`open`, `closed` or `merged`; `queued` for a commit that a merge queue made of one or more of them."""

    @property
    def key(self) -> str:
        """Identity that survives renames of the repository: forge, host, repository id and number."""
        return f"{self.forge}:{self.host}:{self.repository_id}:{self.number}"


@dataclass(frozen=True)
class Approval:
    """A person's approval of the merge request, as the forge has it."""

    user: str
    """Login on the forge."""
    current: bool = True
    """False where commits were pushed since."""
    teams: tuple[str, ...] = ()
    """Teams or groups of the forge that the person is known to belong to: `org/legal`."""


@dataclass(frozen=True)
class Growth:
    """Bytes of weights that merged merge requests brought to the repository lately."""

    days: int
    in_git: int
    in_lfs: int
    """In Git LFS and other stores beside git."""


@dataclass(frozen=True)
class Facts:
    """Everything the rules see of one change."""

    artifacts: tuple[Artifact, ...]
    changed_files: int
    not_examined: tuple[NotExamined, ...] = ()
    merge_request: MergeRequest | None = None
    """None when a local range is judged."""
    past: tuple[Artifact, ...] = ()
    """Weights that a commit of the merge request brings and a later one takes away: they stay in its history."""
    unopened: int = 0
    """Text files of a very large change that were told by name, size and compressed size alone."""
    approvals: tuple[Approval, ...] | None = None
    """Who approved the merge request; None where there is none or the forge could not tell."""
    growth: Growth | None = None
    """None where nobody has counted: a local range, a repository that was never judged before."""
    today: datetime.date | None = None
    """The day (UTC) on which it is judged: exceptions hold until a day. Without one, none of them holds."""
