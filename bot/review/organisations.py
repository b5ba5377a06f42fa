"""The policy of an organisation: the `.weighbridge.yml` of a repository of its own, beneath those of all its others.

It is asked for once in a while for each organisation, not at each review: an ordinary change has to stay cheap.
"""

from __future__ import annotations

import functools
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from bot.forges.protocol import Forge, ForgeError, OtherFile, UnavailableError
from bot.review.last_good import Found, Place, find
from bot.review.memory import Memory
from rules.facts import MergeRequest
from rules.policy import POLICY_LIMIT, POLICY_PATH, Policy, load_policy

FRESH = 600.0
"""Seconds for which an organisation's policy counts as it was read: three or four calls in ten minutes are few."""
_REMEMBERED = 256
"""Organisations that are kept at hand."""

NOTHING = Found(None)


class OrganisationPolicies:
    """The policies of the organisations on one forge. May be used from several threads."""

    def __init__(
        self,
        forge: Forge,
        name: str,
        default: Policy,
        memory: Memory,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`name` is that of the repository within the organisation; `default` a pack, for a policy that names none."""
        self._forge = forge
        self._name = name
        self._default = default
        self._memory = memory
        self._now = now
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[float, Found]] = OrderedDict()

    def above(self, merge_request: MergeRequest) -> Found:
        """What the organisation of the target repository wants; its own policy repository has nothing above it.

        On GitLab the organisation is the top group. Raises UnavailableError.
        """
        organisation = merge_request.repository.partition("/")[0]
        repository = f"{organisation}/{self._name}"
        if merge_request.repository.lower() == repository.lower():
            return NOTHING
        with self._lock:
            read_at, found = self._known.get(repository, (None, NOTHING))
        if read_at is not None and self._now() - read_at < FRESH:
            return found
        found = self._read(organisation, repository, merge_request.host)
        with self._lock:
            self._known[repository] = (self._now(), found)
            self._known.move_to_end(repository)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found

    def forget(self, organisation: str) -> None:
        """Read the policy of one of them anew when it is next needed."""
        with self._lock:
            self._known.pop(f"{organisation}/{self._name}", None)

    def _read(self, organisation: str, repository: str, host: str) -> Found:
        failure: ForgeError | None = None
        own: OtherFile | None = None
        try:
            own = self._forge.read_other_file(repository, POLICY_PATH, POLICY_LIMIT)
        except UnavailableError:
            raise
        except ForgeError as error:
            failure = error
        commit = own.commit if own else None

        def read(path: str) -> bytes | None:
            if failure is not None:
                raise failure
            if path == POLICY_PATH or own is None:
                return own.content if own else None
            other = self._forge.read_other_file(repository, path, POLICY_LIMIT, own.commit)
            return other.content if other else None

        load = functools.partial(
            load_policy,
            name=repository,
            default=self._default.origin.pack,
            note=f"The rule of the organisation {organisation}.",
        )
        place = Place(
            key=f"{self._forge.name}:{host}:{repository.lower()}",
            told=f"The policy of the organisation (`{repository}`)",
            commit=commit,
            url=own.url if own else None,
        )
        return find(place, read, load, self._memory)
