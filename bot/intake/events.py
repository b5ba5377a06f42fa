"""What a delivery means for us: work on a merge request or a repository, or nothing, with the reason."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Ignored:
    """A delivery that asks nothing of us."""

    reason: str
    """A clause for people: `branch protection was changed`."""


@dataclass(frozen=True)
class _OfRepository:
    """What every event about one repository tells."""

    forge: str
    host: str
    repository_id: str
    repository: str
    """Full name as the delivery gives it. The id decides."""
    cause: str
    """Event and action, for the deliveries page: `pull_request.synchronize`."""

    @property
    def repository_key(self) -> str:
        """Identity of the repository that survives renames."""
        return f"{self.forge}:{self.host}:{self.repository_id}"

    @property
    def line(self) -> str:
        """Work in one line never overlaps and keeps its order."""
        return self.repository_key

    @property
    def merge_request_key(self) -> str | None:
        """Identity of the merge request, where it is about one."""
        return None

    def __str__(self) -> str:
        return self.repository


@dataclass(frozen=True)
class ReviewRequested(_OfRepository):
    """Something happened after which a merge request must be judged (again)."""

    number: int
    head: str | None = None
    """Head commit as the delivery names it; the forge is asked again before anything is published."""
    shown: Mapping[str, Any] | None = field(default=None, hash=False)
    """The merge request as the delivery shows it, by the names of `MergeRequest`; None where it does not in full."""

    @property
    def is_new(self) -> bool:
        """True where the merge request was opened just now."""
        return self.cause.endswith((".opened", ".open"))

    @property
    def line(self) -> str:
        """One at a time for each merge request."""
        return self.merge_request_key

    @property
    def merge_request_key(self) -> str:
        """Identity of the merge request."""
        return f"{self.repository_key}:{self.number}"

    def __str__(self) -> str:
        return f"{self.repository} {self.number}"


@dataclass(frozen=True)
class HeadReviewRequested(_OfRepository):
    """Somebody asks to judge a commit again, and the delivery does not tell the merge requests that end in it."""

    head: str


@dataclass(frozen=True)
class BranchPushed(_OfRepository):
    """A branch has new commits, which may have changed the policy of the merge requests that go into it."""

    branch: str
    head: str
    paths: tuple[str, ...] | None
    """Those of the changed files that could be a policy; None where the delivery does not tell all of them."""


@dataclass(frozen=True)
class QueueEntryRequested(_OfRepository):
    """A merge queue wants a commit judged that it made of merge requests."""

    head: str
    base: str
    branch: str
    """The branch that the queue leads to."""
    numbers: tuple[int, ...] = ()
    """The merge requests in it, as far as the delivery tells."""

    @property
    def line(self) -> str:
        """Entries of one queue are judged side by side."""
        return f"{self.repository_key}:queue:{self.head}"


@dataclass(frozen=True)
class InventoryRequested(_OfRepository):
    """A repository came to us: what lies in it and which merge requests are open is to be looked at."""


@dataclass(frozen=True)
class RepositoryMoved(_OfRepository):
    """A repository has another name or owner now, which `repository` gives."""


@dataclass(frozen=True)
class RepositoryGone(_OfRepository):
    """A repository was deleted, or taken away from us."""


@dataclass(frozen=True)
class RepositoriesChanged:
    """The installation of our App covers other repositories than before."""

    forge: str
    host: str
    owner: str
    cause: str
    added: tuple[tuple[str, str], ...] = ()
    """Id and full name of each."""
    removed: tuple[tuple[str, str], ...] = ()

    merge_request_key = None

    @property
    def line(self) -> str:
        """In the order of what happened to the owner's installation."""
        return f"{self.forge}:{self.host}:installation:{self.owner}"

    def __str__(self) -> str:
        return f"the installation of {self.owner}"


Work: TypeAlias = (
    ReviewRequested
    | HeadReviewRequested
    | BranchPushed
    | QueueEntryRequested
    | InventoryRequested
    | RepositoryMoved
    | RepositoryGone
    | RepositoriesChanged
)
"""What leads to a job."""

Event: TypeAlias = Work | Ignored

KINDS: Mapping[str, type[Work]] = {
    "review": ReviewRequested,
    "review of head": HeadReviewRequested,
    "push": BranchPushed,
    "queue entry": QueueEntryRequested,
    "inventory": InventoryRequested,
    "moved": RepositoryMoved,
    "gone": RepositoryGone,
    "installation": RepositoriesChanged,
}
"""What the store calls them."""
_NAMES = {kind: name for name, kind in KINDS.items()}

Plain: TypeAlias = dict[str, Any]
"""Work as JSON."""


def to_plain(work: Work) -> Plain:
    """Work as the store and the job engine keep it."""
    return {"kind": _NAMES[type(work)], **dataclasses.asdict(work)}


def from_plain(plain: Mapping[str, Any]) -> Work:
    """The work that `to_plain` wrote. Raises ValueError for what another version wrote."""
    fields = {name: _frozen(value) for name, value in plain.items() if name != "kind"}
    kind = KINDS.get(str(plain.get("kind", "review")))
    if kind is None:
        raise ValueError(f"there is no work of the kind {plain.get('kind')!r}")
    try:
        return kind(**fields)
    except TypeError as error:
        raise ValueError(f"work of another version: {error}") from error


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value
