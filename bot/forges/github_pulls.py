"""A pull request, and an entry of a merge queue, as merge requests."""

from __future__ import annotations

from urllib.parse import urlsplit

from github.PullRequest import PullRequest
from github.Repository import Repository

from bot.forges.protocol import ListedRepository, NotFoundError
from rules.facts import MergeRequest

QUEUED = "queued"


def merge_request_of(pull: PullRequest, repository_id: str) -> MergeRequest:
    """A pull request. Raises NotFoundError where it belongs to another repository."""
    if str(pull.base.repo.id) != repository_id:
        raise NotFoundError(f"pull request {pull.number} belongs to another repository")
    source = pull.head.repo
    return MergeRequest(
        forge="github",
        host=urlsplit(pull.html_url).hostname or "",
        repository_id=repository_id,
        repository=pull.base.repo.full_name,
        number=pull.number,
        title=pull.title,
        author=pull.user.login if pull.user else "ghost",
        url=pull.html_url,
        source_branch=pull.head.ref,
        target_branch=pull.base.ref,
        head=pull.head.sha,
        base=pull.base.sha,
        source_repository=source.full_name if source else None,
        source_repository_id=str(source.id) if source else None,
        draft=bool(pull.draft),
        state="merged" if pull.merged else pull.state,
    )


def listed(found: Repository) -> ListedRepository:
    """A repository as it is found by its name or its owner's."""
    return ListedRepository(str(found.id), found.full_name, urlsplit(found.html_url).hostname or "")


def queue_entry(target: Repository, repository_id: str, head: str, base: str, branch: str) -> MergeRequest:
    """A commit of a merge queue. Its author is the queue, and its page the commit's."""
    return MergeRequest(
        forge="github",
        host=urlsplit(target.html_url).hostname or "",
        repository_id=repository_id,
        repository=target.full_name,
        number=0,
        title=f"Merge queue of {branch}",
        author="",
        url=f"{target.html_url}/commit/{head}",
        source_branch=f"gh-readonly-queue/{branch}",
        target_branch=branch,
        head=head,
        base=base,
        source_repository=target.full_name,
        source_repository_id=repository_id,
        state=QUEUED,
    )
