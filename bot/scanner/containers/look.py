"""Asking the members of a container what they are, and making one answer of theirs."""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bot.scanner.containers.allowance import Allowance
from bot.scanner.containers.kinds import Container, Member, container_gate, identifier
from bot.scanner.containers.summary import Found, archive
from bot.scanner.formats import all_formats
from bot.scanner.promises import promised_formats
from bot.scanner.readers import BlobReader, BoundedReader, UnreadableError
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

READ_BUDGET = 320 * 1024 * 1024
"""Bytes of a container that are read: its compressed bytes, the headers that are hopped over."""


class NotLookedThroughError(UnreadableError):
    """No weights were seen, but not everything could be looked at."""

    def __init__(self, title: str, reason: str) -> None:
        super().__init__(f"{title} that could not be looked through: {reason}")
        self.reason = reason


Ask = Callable[[str, BlobReader, Allowance], Detection | None]
"""What a file is: the detection itself, which asks the containers again."""


@dataclass
class _Looked:
    found: list[Found] = field(default_factory=list)
    unlooked: list[Found] = field(default_factory=list)
    """Members that could not be looked at, known by their names only."""
    reasons: list[str] = field(default_factory=list)
    count: int = 0


def look_inside(path: str, blob: BoundedReader, allowance: Allowance, ask: Ask) -> Detection | None:
    """What the file carries, None where that is nothing of ours or it is no container.

    The reads have a budget of their own, whatever is left of that of `blob`.

    Raises UnreadableError where no weights were seen but not everything could be looked at: that is never clean.
    """
    refusal: UnreadableError | None = None
    for container in container_gate().candidates(posixpath.basename(path).lower(), blob.head, blob.size):
        looked = _Looked()
        try:
            with allowance.deeper():
                if not container.SINGLE:
                    allowance.count_archive()
                members = container.members(path, blob.afresh(READ_BUDGET), allowance)
                _ask_each(members, container.SINGLE, allowance, ask, looked)
        except UnreadableError as error:
            looked.reasons.append(str(error))
        answer = _answer(container, looked)
        if answer is not None:
            return answer
        if looked.reasons:
            refusal = NotLookedThroughError(_named(container), looked.reasons[0])
    if refusal is not None:
        raise refusal
    return None


def _named(container: Container) -> str:
    return f"a file, {container.TITLE}," if container.SINGLE else f"an archive ({container.TITLE})"


def _ask_each(members: Iterable[Member], single: bool, allowance: Allowance, ask: Ask, looked: _Looked) -> None:
    for member in members:
        looked.count += 1
        try:
            allowance.count_member()
            answer = ask(member.name, member.open(), allowance)
        except NotLookedThroughError as error:
            looked.reasons.append(error.reason)
        except UnreadableError as error:
            # Where the allowance is spent the names of the rest are still read: they cost next to nothing.
            _note_unlooked(member, str(error), looked)
        else:
            if answer is not None and answer.is_weight:
                looked.found.append(Found(member.name, answer))
                if single:
                    return


def _note_unlooked(member: Member, reason: str, looked: _Looked) -> None:
    looked.reasons.append(f"{shown(member.name, 80)}: {reason}")
    promised = promised_formats(member.name)
    if promised:
        named = Detection(
            format=promised[0],
            title=all_formats()[promised[0]].TITLE,
            is_weight=True,
            confidence=Confidence.POSSIBLE,
            loading=LoadingVerdict(LoadingSafety.UNKNOWN, (reason,)),
            remarks=("Known by its name only.",),
        )
        looked.unlooked.append(Found(member.name, named))


def _answer(container: Container, looked: _Looked) -> Detection | None:
    found = looked.found + looked.unlooked
    if not found:
        return None
    if container.SINGLE:
        inner = max(found, key=lambda each: each.detection.confidence).detection
        twice = inner.title.endswith(container.TITLE)
        return inner if twice else dataclasses.replace(inner, title=f"{inner.title}, {container.TITLE}")
    return archive(identifier(container), container.TITLE, found, looked.count, looked.reasons)
