"""What a forge lists in part, made whole by a partial fetch; where that fails, it is said why."""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.forges.git_remote import FetchError
from bot.forges.partial_fetch import PartialFetch, Sought
from bot.forges.protocol import WholeTree
from bot.scanner.tree import Change, Changes
from rules.facts import ChangeStatus, MergeRequest

WALKED_LIMIT = 5_000
"""Files of a repository that are opened one by one through the forge's interface, where git is not used."""

log = logging.getLogger("weighbridge.fetch")


@dataclass(frozen=True)
class History:
    """What each commit of a merge request changes, as far as it could be fetched."""

    commits: Sequence[tuple[str, Sequence[Change]]] | None
    """None where it could not."""
    remark: str = ""
    """Why not, as a sentence."""


def whole_list(fetcher: PartialFetch | None, listed: Changes, ask: Callable[[], Sought]) -> Changes:
    """The complete list in place of one that the forge cut short, or that one with the reason why it stays so."""
    if fetcher is None:
        return listed
    try:
        sought = ask()
        return fetcher.changes(sought)._replace(commits=listed.commits)
    except FetchError as error:
        log.warning("the list of changes stays incomplete: %s", error)
        return listed._replace(remark=f"{listed.remark or ''} {_why(error)}".strip())


def whole_history(fetcher: PartialFetch | None, ask: Callable[[], tuple[Sought, Sequence[str], int]]) -> History:
    """What commits change: `ask` gives the merge request, their ids, and how many of its commits they are among."""
    if fetcher is None:
        return History(None)
    try:
        return History(fetcher.commits(*ask()))
    except FetchError as error:
        log.warning("the history of a merge request stays incomplete: %s", error)
        return History(None, _why(error))


def everything(fetcher: PartialFetch | None, sought: Sought, tree: WholeTree) -> Changes:
    """All files of a commit: from a partial fetch, else from the forge's list of them, as far as that is bearable."""
    remark = ""
    if fetcher is not None:
        try:
            return fetcher.everything(sought)
        except FetchError as error:
            log.warning("a repository is listed by its forge's interface: %s", error)
            remark = _why(error)
    listed = list(itertools.islice(tree.walk(), WALKED_LIMIT + 1))
    changes = tuple(Change(entry.path, ChangeStatus.ADDED, entry) for entry in listed[:WALKED_LIMIT])
    if len(listed) <= WALKED_LIMIT:
        return Changes(changes)
    return Changes(changes, complete=False, remark=f"Only {WALKED_LIMIT:,} files were listed. {remark}".strip())


def key_of(merge_request: MergeRequest) -> str:
    """A name for what is kept of the target repository, which may be a file's."""
    return place_of(merge_request.forge, merge_request.host, merge_request.repository_id)


def place_of(forge: str, host: str, repository_id: str) -> str:
    """A name for what is kept of a repository, which may be a file's."""
    return f"{forge}-{re.sub(r'[^a-z0-9.-]', '_', host.lower())}-{repository_id}"


def _why(error: FetchError) -> str:
    return f"Fetching the rest with git failed: {str(error).rstrip('.')}."
