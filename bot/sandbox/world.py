"""The state of the sandbox and everything that can happen in it.

Tests and the demo call the methods of `World`; the forges' views show what it holds. How a view is written:

- Records are the dataclasses of `bot.sandbox.model`, found by `account`, `repository` (by full name, id or record),
  `merge_request(repository, number)`, and in the lists of `Conversation` (`world.conversation`: notes, reviews,
  reactions) and `Verdicts` (`world.verdicts`: statuses, check runs). Views never change records themselves; they call
  the methods here, so that a change by API and one by a test make the same webhooks.
- A view is a module with two functions: `blueprint()` returns the Flask blueprint that `bot.sandbox.server` registers
  (for GitLab below `/api/v4`); inside it, `bot.sandbox.current.world()` is the world. `listener(world)` returns the
  function that words webhooks (see below). The server holds `world.lock` while a request is answered (not while a
  streamed body is sent), so views need no lock of their own. Tests need none either: every public method takes it.
- A request's account comes from `actor_of(token)`; what it may do from `access(repository, actor)`. A repository whose
  access is NONE must look absent (404).
- Everything about commits is asked of `repository.git` (a `BareRepository`) with `merge_request.base` and `.head`;
  `bot.sandbox.diff.changed_files` compares two commits. The target repository holds the objects of every merge
  request, also of those from forks.
- Webhooks: `subscribe(listener)` is called with an `Event` for each thing that happened, under the lock. A listener
  looks at `event.repository.forge`, words the payload, and hands it to `webhooks.send(hook, event_name, payload)` for
  each hook of `hooks_for(event)`.
- Ids are unique over all kinds of records. Times are aware datetimes in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot.sandbox.accounts import Actor
from bot.sandbox.conversation import Conversation
from bot.sandbox.git import Content
from bot.sandbox.ground import WorldError, locked
from bot.sandbox.limits import Limits
from bot.sandbox.misbehaviour import Kind, Misbehaviour, Rule
from bot.sandbox.model import (
    Access,
    Event,
    Forge,
    Hook,
    Installation,
    MergeRequest,
    Note,
    Repository,
    Review,
    State,
    Version,
)
from bot.sandbox.repositories import Repositories
from bot.sandbox.verdicts import Verdicts
from bot.sandbox.webhooks import Webhooks

__all__ = ["Actor", "World", "WorldError"]


class World(Repositories):
    """Everything there is; accounts and repositories are in the classes below, merge requests and hooks in this one."""

    def __init__(self, root: Path, limits: Limits | None = None) -> None:
        super().__init__(root, limits)
        self.url = "http://sandbox.invalid"
        """Where the server listens; set by `bot.sandbox.server`."""
        self.merge_requests: dict[int, MergeRequest] = {}
        self.hooks: dict[int, Hook] = {}
        self.has_group_hooks = False
        """True for a GitLab with the tier Premium, whose groups have webhooks."""
        self.webhooks = Webhooks()
        self.misbehaviour = Misbehaviour()
        self.conversation = Conversation(self)
        self.verdicts = Verdicts(self)

    @locked
    def commit(
        self,
        repository: str | Repository,
        branch: str,
        changes: Mapping[str, Content],
        message: str,
        author: str | None = None,
        *,
        start: str | None = None,
    ) -> str:
        """Push one commit to a branch, which is made from the default branch where it is new; returns its id.

        Merge requests from this branch are updated and the webhooks go out. `start` names the commit or branch that
        becomes the parent: on an existing branch this is a force push.
        """
        after = super().commit(repository, branch, changes, message, author, start=start)
        source = (self.repository(repository).id, branch)
        for merge_request in list(self.merge_requests.values()):
            if (merge_request.source_repository_id, merge_request.source_branch) != source:
                continue
            if merge_request.state is State.OPEN:
                before = merge_request.head
                self._record_version(merge_request)
                actor = author or self.repository(repository).owner
                self._changed(merge_request, "pushed", actor, before=before, after=after)
        return after

    @locked
    def delete_repository(self, repository: str | Repository) -> None:
        """Delete a repository; merge requests from it stay without a source, as on every forge."""
        gone = self.repository(repository)
        for merge_request in self.merge_requests.values():
            if merge_request.source_repository_id == gone.id:
                merge_request.source_repository_id = None
        del self.repositories[gone.id]

    @locked
    def open_merge_request(
        self,
        repository: str | Repository,
        source_branch: str,
        target_branch: str | None = None,
        title: str = "Add a model",
        author: str | None = None,
        *,
        from_fork: str | Repository | None = None,
        body: str = "",
        draft: bool = False,
    ) -> MergeRequest:
        """Open a merge request from a branch of the repository or of a fork. Raises WorldError."""
        target = self.repository(repository)
        source = self.repository(from_fork) if from_fork is not None else target
        target.last_number += 1
        now = self.now()
        merge_request = MergeRequest(
            id=self.next_id(),
            number=target.last_number,
            repository_id=target.id,
            source_repository_id=source.id,
            source_branch=source_branch,
            target_branch=target_branch or target.default_branch,
            title=title,
            body=body,
            author=self.account(author or source.owner).login,
            created_at=now,
            updated_at=now,
            draft=draft,
        )
        self._record_version(merge_request)
        self.merge_requests[merge_request.id] = merge_request
        self._changed(merge_request, "opened", merge_request.author)
        return merge_request

    def merge_request(self, repository: str | int | Repository, number: int) -> MergeRequest:
        """A merge request by the number people see. Raises WorldError."""
        found = self.find_merge_request(self.repository(repository), number)
        if found is None:
            raise WorldError(f"there is no merge request {number} in {repository!r}")
        return found

    def owned(self, owner: str, forge: Forge, actor: Actor | None) -> list[Repository]:
        """What an account or organisation has on a forge, its subgroups' too, as far as whoever asks may see it."""
        return [
            one
            for one in self.repositories.values()
            if one.forge is forge
            and f"{one.owner}/".lower().startswith(f"{owner}/".lower())
            and self.access(one, actor) >= Access.READ
        ]

    @locked
    def find_merge_request(self, repository: Repository, number: int) -> MergeRequest | None:
        """A merge request by the number people see, None where there is none."""
        for merge_request in self.merge_requests.values():
            if (merge_request.repository_id, merge_request.number) == (repository.id, number):
                return merge_request
        return None

    @locked
    def push(
        self,
        merge_request: MergeRequest,
        changes: Mapping[str, Content],
        message: str = "Update",
        author: str | None = None,
        *,
        start: str | None = None,
    ) -> str:
        """Push a commit to a merge request's source branch; `start` as in `commit`."""
        if merge_request.source_repository_id is None:
            raise WorldError("the fork of this merge request was deleted")
        source = self.repository(merge_request.source_repository_id)
        return self.commit(
            source, merge_request.source_branch, changes, message, author or merge_request.author, start=start
        )

    @locked
    def edit(
        self,
        merge_request: MergeRequest,
        actor: str | None = None,
        *,
        title: str | None = None,
        body: str | None = None,
        target_branch: str | None = None,
    ) -> None:
        """Change title, text or target branch."""
        previous: dict[str, str] = {}
        for name, value in (("title", title), ("body", body), ("target_branch", target_branch)):
            if value is not None and value != getattr(merge_request, name):
                previous[name] = getattr(merge_request, name)
                setattr(merge_request, name, value)
        if "target_branch" in previous:
            previous["base_sha"] = merge_request.versions[-1].start
            self._record_version(merge_request)
        if previous:
            self._changed(merge_request, "edited", actor, previous=previous)

    @locked
    def label(self, merge_request: MergeRequest, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        """Put labels on it and take others off."""
        kept = [name for name in merge_request.labels if name not in remove]
        merge_request.labels = list(dict.fromkeys([*kept, *add]))

    def retarget(self, merge_request: MergeRequest, target_branch: str, actor: str | None = None) -> None:
        """Change the branch it is to be merged into."""
        self.edit(merge_request, actor, target_branch=target_branch)

    @locked
    def set_draft(self, merge_request: MergeRequest, draft: bool, actor: str | None = None) -> None:
        """Make it a draft, or ready for review."""
        if merge_request.draft != draft:
            merge_request.draft = draft
            self._changed(merge_request, "drafted" if draft else "ready", actor)

    @locked
    def close(self, merge_request: MergeRequest, actor: str | None = None) -> None:
        """Close it without merging."""
        merge_request.state, merge_request.closed_at = State.CLOSED, self.now()
        self._changed(merge_request, "closed", actor)

    @locked
    def reopen(self, merge_request: MergeRequest, actor: str | None = None) -> None:
        """Open it again."""
        merge_request.state, merge_request.closed_at = State.OPEN, None
        self._record_version(merge_request)
        self._changed(merge_request, "reopened", actor)

    @locked
    def merge(self, merge_request: MergeRequest, actor: str | None = None) -> None:
        """Merge it by moving the target branch to its head."""
        target = self.repository(merge_request.repository_id)
        target.git.set_ref(f"refs/heads/{merge_request.target_branch}", merge_request.head)
        merge_request.state = State.MERGED
        merge_request.merged_at = merge_request.closed_at = self.now()
        self._changed(merge_request, "merged", actor)

    @locked
    def approve(self, merge_request: MergeRequest, login: str) -> Review:
        """Approve it as it is now."""
        target = self.repository(merge_request.repository_id)
        review = self.conversation.review(merge_request, self.account(login).login, "APPROVED", "", merge_request.head)
        if target.forge is Forge.GITLAB:
            self.conversation.note_down(merge_request, "approved this merge request", login)
            self._changed(merge_request, "approved", login)
        return review

    @locked
    def unapprove(self, merge_request: MergeRequest, login: str) -> None:
        """Take an approval back: GitLab forgets it, the others keep the review as dismissed."""
        target = self.repository(merge_request.repository_id)
        for review in self.conversation.reviews_of(merge_request):
            if (review.author, review.state) != (login, "APPROVED"):
                continue
            if target.forge is not Forge.GITLAB:
                self.conversation.dismiss(review, login)
            else:
                del self.conversation.reviews[review.id]
                self.conversation.note_down(merge_request, "unapproved this merge request", login)
                self._changed(merge_request, "unapproved", login)

    def comment(self, merge_request: MergeRequest, body: str, author: str) -> Note:
        """Say something on a merge request."""
        return self.conversation.comment(merge_request, body, author)

    def _record_version(self, merge_request: MergeRequest) -> None:
        target = self.repository(merge_request.repository_id)
        start = _tip(target, merge_request.target_branch)
        if merge_request.source_repository_id is None:
            head = merge_request.head
        else:
            source = self.repository(merge_request.source_repository_id)
            head = _tip(source, merge_request.source_branch)
            for ref in (f"refs/pull/{merge_request.number}/head", f"refs/merge-requests/{merge_request.number}/head"):
                target.git.take(source.git, head, ref)
        base = target.git.merge_base(start, head) or start
        merge_request.versions.append(Version(self.next_id(), head, start, base, self.now()))

    def _changed(
        self,
        merge_request: MergeRequest,
        action: str,
        actor: str | None,
        *,
        before: str = "",
        after: str = "",
        previous: Mapping[str, str] | None = None,
    ) -> None:
        merge_request.updated_at = self.now()
        target = self.repository(merge_request.repository_id)
        event = Event(
            "merge_request",
            action,
            target,
            actor or merge_request.author,
            merge_request,
            before=before,
            after=after,
            previous=previous or {},
        )
        self.emit(event)

    @locked
    def add_hook(
        self,
        repository: str | Repository,
        url: str,
        secret: str,
        *,
        events: frozenset[str] | None = None,
        signing_token: str | None = None,
        installation: Installation | None = None,
    ) -> Hook:
        """Tell an address of what happens in a repository; GitHub sends `ping` at once."""
        target = self.repository(repository)
        installation_id = installation.id if installation else None
        hook = Hook(self.next_id(), target.id, url, secret, target.forge, events, signing_token, installation_id)
        self.hooks[hook.id] = hook
        self.emit(Event("ping", "ping", target, target.owner, hook=hook))
        return hook

    @locked
    def add_owner_hook(
        self,
        owner: str,
        forge: Forge,
        url: str,
        secret: str,
        *,
        events: frozenset[str] | None = None,
        signing_token: str | None = None,
    ) -> Hook:
        """Tell an address of what happens in all repositories of a group or organisation."""
        hook = Hook(self.next_id(), 0, url, secret, forge, events, signing_token, owner=self.account(owner).login)
        self.hooks[hook.id] = hook
        return hook

    def hooks_for(self, event: Event) -> list[Hook]:
        """The hooks that an event goes to."""
        if event.hook:
            return [event.hook]
        full_name = event.repository.full_name
        own = [
            hook
            for hook in self.hooks.values()
            if hook.repository_id == event.repository.id
            or (hook.owner and hook.forge is event.repository.forge and full_name.startswith(f"{hook.owner}/"))
        ]
        return [*own, *self._hooks_of_apps(event.repository)]

    def _hooks_of_apps(self, repository: Repository) -> Iterator[Hook]:
        """Each App has one hook, for all repositories that it is installed in."""
        for one in self.installations.values():
            app = self.apps[one.app_id]
            if repository.id in one.repository_ids and app.webhook_url:
                yield Hook(
                    app.id,
                    repository.id,
                    app.webhook_url,
                    app.webhook_secret,
                    repository.forge,
                    frozenset(app.events),
                    installation_id=one.id,
                )

    def misbehave(self, kind: Kind | str, path: str = "*", **how: object) -> Rule:
        """Misbehave at coming requests: see `Misbehaviour.add`."""
        return self.misbehaviour.add(kind, path, **how)  # type: ignore[arg-type]


def _tip(repository: Repository, branch: str) -> str:
    sha = repository.git.resolve(branch)
    if sha is None:
        raise WorldError(f"{repository.full_name} has no branch {branch!r}")
    return sha
