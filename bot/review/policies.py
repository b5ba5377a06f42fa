"""Which policy judges a merge request: the file on its target branch, or the server's default."""

from __future__ import annotations

from bot.forges.protocol import Forge, ForgeError, UnavailableError
from rules.facts import MergeRequest
from rules.policy import POLICY_LIMIT, POLICY_PATH, Policy, PolicyError, load_policy


def policy_for(forge: Forge, merge_request: MergeRequest, default: Policy) -> Policy:
    """The policy of the target branch as it is at the merge request's base commit, never the head's own.

    A repository without one gets `default`. A broken one is replaced by `default` too, and says so in
    the remarks of its origin, which every report shows. Raises UnavailableError.
    """
    try:
        content = forge.read_file(merge_request, merge_request.base, POLICY_PATH, POLICY_LIMIT)
        if content is None:
            return default
        url = forge.file_url(merge_request, merge_request.base, POLICY_PATH)
        return load_policy(content, name=POLICY_PATH, commit=merge_request.base, url=url)
    except UnavailableError:
        raise
    except PolicyError as error:
        problems = "; ".join(str(error).splitlines()[:3])
    except ForgeError as error:
        problems = str(error)
    return default.remarked(
        f"`{POLICY_PATH}` on the target branch could not be used, so this is not what it asks for: {problems}"
    )
