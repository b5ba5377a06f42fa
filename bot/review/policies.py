"""Which policy judges a merge request: its target branch's, over its organisation's, over the server's default."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from bot.forges.protocol import Forge, ForgeError, UnavailableError
from bot.review.last_good import Found, Place, find, last_good
from bot.review.memory import Memory, repository_key
from bot.review.organisations import NOTHING, OrganisationPolicies
from rules.baseline import BASELINE_LIMIT, BASELINE_PATH, BaselineError
from rules.baseline import read as read_baseline
from rules.facts import MergeRequest
from rules.findings import OnError
from rules.policy import POLICY_LIMIT, POLICY_PATH, Policy, load_policy


@dataclass(frozen=True)
class InForce:
    """The policy that judges a merge request, and what it was made from."""

    policy: Policy
    beneath: Policy | None
    """The organisation's, None where there is none."""
    files: Mapping[str, bytes]
    """The repository's own policy files as the target branch has them, by path."""


class Policies:
    """Finds policies on one forge."""

    def __init__(
        self, forge: Forge, default: Policy, memory: Memory, organisations: OrganisationPolicies | None = None
    ) -> None:
        """`default` is a pack; without `organisations` none has a say."""
        self._forge = forge
        self._default = default
        self._memory = memory
        self._organisations = organisations

    def in_force(self, merge_request: MergeRequest) -> InForce:
        """The policy of the target branch as it is at the merge request's base commit, never the head's own.

        One that is broken is replaced by the last good one, or else by what lies beneath it, and the remarks of its
        origin say so in every report. One call, and one for each file that it extends by path. Raises
        UnavailableError.
        """
        above = self._organisations.above(merge_request) if self._organisations else NOTHING
        found = self._of_repository(merge_request, above)
        policy = found.policy or above.policy or self._default
        return InForce(policy.remarked(*found.remarks, *above.remarks), above.policy, found.files)

    def loader(self, beneath: Policy | None) -> functools.partial[Policy]:
        """`load_policy` for a repository's own file: what is left to be given is its content, version and `files`."""
        return functools.partial(load_policy, name=POLICY_PATH, beneath=beneath, default=self._default.origin.pack)

    def on_error(self, merge_request: MergeRequest) -> OnError:
        """What the verdict is to be where nothing could be judged: one call, as for `in_force`.

        While the forge gives nothing out, the last policy that could be used tells it.
        """
        try:
            return self.in_force(merge_request).policy.on_error
        except ForgeError:
            known = last_good(_key(merge_request), self.loader(None), self._memory)
            return (known or self._default).on_error

    def with_baseline(self, policy: Policy, merge_request: MergeRequest) -> Policy:
        """The policy with what the target branch's baseline holds: one call. Raises UnavailableError.

        Without a baseline that can be read everything is judged, and the remarks say so.
        """
        try:
            content = self._forge.read_file(merge_request, merge_request.base, BASELINE_PATH, BASELINE_LIMIT)
            return policy if content is None else policy.with_baseline(read_baseline(content))
        except UnavailableError:
            raise
        except (BaselineError, ForgeError) as error:
            told = str(error).rstrip(".")
            return policy.remarked(f"The baseline could not be used, so all weights are judged: {told}.")

    def _of_repository(self, merge_request: MergeRequest, above: Found) -> Found:
        base = merge_request.base
        place = Place(
            key=_key(merge_request),
            told=f"`{POLICY_PATH}` on the target branch",
            commit=base,
            url=self._forge.file_url(merge_request, base, POLICY_PATH),
        )
        return find(
            place,
            lambda path: self._forge.read_file(merge_request, base, path, POLICY_LIMIT),
            self.loader(above.policy),
            self._memory,
        )


def _key(merge_request: MergeRequest) -> str:
    """Identity of the place where its policy is kept."""
    return f"{repository_key(merge_request)}:{merge_request.target_branch}"
