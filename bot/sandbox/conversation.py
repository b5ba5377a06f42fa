"""What is said on merge requests: comments, comments on files, replies, reviews, reactions."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from bot.sandbox.model import Event, Forge, MergeRequest, Note, Reaction, Review

if TYPE_CHECKING:
    from bot.sandbox.world import World


class Conversation:
    """The notes, reviews and reactions of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.notes: dict[int, Note] = {}
        self.reviews: dict[int, Review] = {}

    def comment(
        self,
        merge_request: MergeRequest,
        body: str,
        author: str,
        *,
        path: str | None = None,
        commit_sha: str | None = None,
        line: int | None = None,
        side: str = "RIGHT",
        reply_to: Note | None = None,
        review_id: int | None = None,
        resolvable: bool = False,
        position: dict[str, Any] | None = None,
    ) -> Note:
        """Say something on the merge request, or with `path` on a file of it, or as a reply."""
        with self._world.lock:
            now = self._world.now()
            target = self._world.repository(merge_request.repository_id)
            if path is not None and review_id is None and target.forge is not Forge.GITLAB:
                # On GitHub and Forgejo every comment on a file belongs to a review, if need be one of its own.
                review_id = self.review(merge_request, author, "COMMENTED", "", commit_sha or merge_request.head).id
            note = Note(
                id=self._world.next_id(),
                merge_request_id=merge_request.id,
                author=self._world.account(author).login,
                body=body,
                created_at=now,
                updated_at=now,
                discussion_id=reply_to.discussion_id if reply_to else secrets.token_hex(20),
                in_reply_to=reply_to.id if reply_to else None,
                path=path or (reply_to.path if reply_to else None),
                commit_sha=commit_sha or (reply_to.commit_sha if reply_to else None),
                line=line if line is not None else (reply_to.line if reply_to else None),
                side=side,
                review_id=review_id,
                resolvable=resolvable or bool(reply_to and reply_to.resolvable),
                position=position,
            )
            self.notes[note.id] = note
            merge_request.updated_at = now
            self._tell(note, "created", author)
            return note

    def edit(self, note: Note, body: str, actor: str) -> Note:
        """Replace a note's text in place."""
        with self._world.lock:
            previous = note.body
            note.body, note.updated_at = body, self._world.now()
            self._tell(note, "edited", actor, previous)
            return note

    def delete(self, note: Note, actor: str) -> None:
        """Remove a note."""
        with self._world.lock:
            self.notes.pop(note.id, None)
            self._tell(note, "deleted", actor)

    def resolve(self, discussion_id: str, actor: str | None) -> None:
        """Mark the resolvable notes of a discussion as resolved by `actor`, or as open again with None."""
        with self._world.lock:
            for note in self.notes.values():
                if note.discussion_id == discussion_id and note.resolvable:
                    note.resolved_by = actor

    def review(self, merge_request: MergeRequest, author: str, state: str, body: str, commit_sha: str) -> Review:
        """Submit a review."""
        with self._world.lock:
            world = self._world
            review = Review(world.next_id(), merge_request.id, author, body, state, commit_sha, world.now())
            self.reviews[review.id] = review
            self._tell_review(review, "submitted", author)
            return review

    def dismiss(self, review: Review, actor: str) -> None:
        """Take the effect from a review, as people with write access can on GitHub and Forgejo."""
        with self._world.lock:
            review.state = "DISMISSED"
            self._tell_review(review, "dismissed", actor)

    def note_down(self, merge_request: MergeRequest, body: str, author: str) -> None:
        """What the forge itself writes into the conversation about something that an account did."""
        with self._world.lock:
            note = Note(
                id=self._world.next_id(),
                merge_request_id=merge_request.id,
                author=author,
                body=body,
                created_at=self._world.now(),
                updated_at=self._world.now(),
                discussion_id=secrets.token_hex(20),
                system=True,
            )
            self.notes[note.id] = note

    def react(self, note: Note | MergeRequest, login: str, content: str) -> tuple[Reaction, bool]:
        """Put an emoji on a note (or, on GitLab, a merge request); False where this account's was there already."""
        with self._world.lock:
            for reaction in note.reactions:
                if (reaction.login, reaction.content) == (login, content):
                    return reaction, False
            reaction = Reaction(self._world.next_id(), login, content, self._world.now())
            note.reactions.append(reaction)
            return reaction, True

    def take_back(self, note: Note | MergeRequest, reaction: Reaction) -> None:
        """Remove a reaction."""
        with self._world.lock:
            note.reactions.remove(reaction)

    def of(self, merge_request: MergeRequest) -> list[Note]:
        """The notes of a merge request, oldest first."""
        with self._world.lock:
            return [note for note in self.notes.values() if note.merge_request_id == merge_request.id]

    def comments(self, merge_request: MergeRequest) -> list[Note]:
        """The notes about the whole merge request, oldest first: what stands in its conversation."""
        return [note for note in self.of(merge_request) if note.path is None]

    def file_comments(self, merge_request: MergeRequest) -> list[Note]:
        """The notes about one of its files, oldest first."""
        return [note for note in self.of(merge_request) if note.path is not None]

    def reviews_of(self, merge_request: MergeRequest) -> list[Review]:
        """The reviews of a merge request, oldest first."""
        with self._world.lock:
            return [review for review in self.reviews.values() if review.merge_request_id == merge_request.id]

    def _tell_review(self, review: Review, action: str, actor: str) -> None:
        merge_request = self._world.merge_requests[review.merge_request_id]
        repository = self._world.repository(merge_request.repository_id)
        if repository.forge is not Forge.GITLAB:
            self._world.emit(Event("review", action, repository, actor, merge_request, review=review))

    def _tell(self, note: Note, action: str, actor: str, previous_body: str | None = None) -> None:
        merge_request = self._world.merge_requests[note.merge_request_id]
        repository = self._world.repository(merge_request.repository_id)
        previous = {} if previous_body is None else {"body": previous_body}
        self._world.emit(Event("note", action, repository, actor, merge_request, note, previous=previous))
