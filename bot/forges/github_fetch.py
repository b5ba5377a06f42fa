"""A pull request as it is fetched with git."""

from __future__ import annotations

from github.GithubException import GithubException
from github.Repository import Repository

from bot.forges.git_remote import Remote
from bot.forges.partial_fetch import Sought
from bot.forges.whole import key_of
from rules.facts import MergeRequest


def sought(repository: Repository, token: str, merge_request: MergeRequest) -> Sought:
    """What to fetch: one call, for the common ancestor of both sides."""
    # Not the name that the repository had when we first saw it: redirects are not followed.
    url = f"{repository.clone_url.removesuffix(f'{repository.full_name}.git')}{merge_request.repository}.git"
    return Sought(
        key=key_of(merge_request),
        remote=Remote(url, lambda: ("x-access-token", token)),
        head=merge_request.head,
        base=merge_request.base,
        fork_point=_fork_point(repository, merge_request),
        head_ref=f"refs/pull/{merge_request.number}/head" if merge_request.number else None,
    )


def commits_of(repository: Repository, merge_request: MergeRequest) -> list[str]:
    """The commits that it brings and that are no merges; a comparison lists 10,000, "List commits" only 250."""
    compared = repository.compare(merge_request.base, merge_request.head)
    return [commit.sha for commit in compared.commits if len(commit.parents) < 2]


def _fork_point(repository: Repository, merge_request: MergeRequest) -> str | None:
    """The common ancestor, None where GitHub does not tell: it says 404 where there is none, and git will find out.

    The second page of a comparison has none of the files that the first one carries ("Compare two commits").
    """
    url = f"{repository.url}/compare/{merge_request.base}...{merge_request.head}"
    try:
        _, data = repository.requester.requestJsonAndCheck("GET", url, parameters={"per_page": 1, "page": 2})
        return str(data["merge_base_commit"]["sha"])
    except (GithubException, KeyError, TypeError):
        return None
