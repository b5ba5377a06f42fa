"""Read a policy where a community keeps it; where it is broken, the last one that could be used stands in for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.forges.protocol import ForgeError, UnavailableError
from bot.review.memory import Memory
from bot.store.records import KeptPolicy
from rules.policy import POLICY_PATH, Policy, PolicyError

PROBLEMS_SHOWN = 5
"""Problems of a broken policy that a report tells; `weighbridge policy check` tells them all."""


@dataclass(frozen=True)
class Place:
    """Where a policy is kept."""

    key: str
    """Identity of the repository, with the branch where branches differ."""
    told: str
    """For people, as the beginning of a sentence: "`.weighbridge.yml` on the target branch"."""
    commit: str | None
    url: str | None


@dataclass(frozen=True)
class Found:
    """What was found at a place."""

    policy: Policy | None
    """None where there is no policy, or none that was ever good."""
    remarks: tuple[str, ...] = ()
    """What went wrong, one sentence each."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """The files that were read there, by path."""


Load = Callable[..., Policy]
"""`load_policy` without the content, the version (`commit`, `url`) and the `files`."""


def find(place: Place, read: Callable[[str], bytes | None], load: Load, memory: Memory) -> Found:
    """The policy at a place, read file by file. Raises UnavailableError.

    `read` gives a file by its path, None where there is none; what it raises as ForgeError counts as a broken policy.
    """
    files: dict[str, bytes] = {}

    def reading(path: str) -> bytes | None:
        # What leads out of the repository is in no repository; a client may tidy such an address into another one.
        content = None if {"", ".", ".."} & set(path.split("/")) else read(path)
        if content is not None:
            files[path] = content
        return content

    try:
        content = reading(POLICY_PATH)
        if content is None:
            memory.keep_policy(place.key, None)
            return Found(None)
        policy = load(content, commit=place.commit, url=place.url, files=reading)
    except UnavailableError:
        raise
    except (PolicyError, ForgeError) as error:
        stand_in = last_good(place.key, load, memory)
        return Found(stand_in, (_remark(place, stand_in, str(error)),), files)
    memory.keep_policy(place.key, _kept(files, place))
    return Found(policy, files=files)


def _kept(files: Mapping[str, bytes], place: Place) -> KeptPolicy:
    texts = {path: content.decode("utf-8", "surrogateescape") for path, content in files.items()}
    return KeptPolicy(texts, place.commit, place.url)


def last_good(key: str, load: Load, memory: Memory) -> Policy | None:
    """The last policy of a place that could be used, None where there was none."""
    kept = memory.last_policy(key)
    if kept is None:
        return None
    files = {path: text.encode("utf-8", "surrogateescape") for path, text in kept.files.items()}
    try:
        return load(files[POLICY_PATH], commit=kept.commit, url=kept.url, files=files.get)
    except (PolicyError, KeyError):  # good for an earlier version of this program only
        return None


def _remark(place: Place, stand_in: Policy | None, problems: str) -> str:
    lines = problems.splitlines()
    rest = len(lines) - PROBLEMS_SHOWN
    told = "; ".join(line.rstrip(".") for line in lines[:PROBLEMS_SHOWN]) + (f"; and {rest} more" if rest > 0 else "")
    if stand_in is None:
        instead = "so this is not what it asks for"
    else:
        at = f" (commit `{stand_in.origin.commit[:12]}`)" if stand_in.origin.commit else ""
        instead = f"so the last version of it that could be used{at} counts"
    return f"{place.told} could not be used, {instead}: {told}."
