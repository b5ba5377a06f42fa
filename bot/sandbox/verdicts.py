"""What machines say of commits: commit statuses and check runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.model import CheckRun, Repository, Status

if TYPE_CHECKING:
    from bot.sandbox.world import World


class Verdicts:
    """The statuses and check runs of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.statuses: dict[int, Status] = {}
        self.check_runs: dict[int, CheckRun] = {}

    def set_status(
        self,
        repository: Repository,
        sha: str,
        context: str,
        state: str,
        creator: str,
        *,
        description: str | None = None,
        target_url: str | None = None,
        ref: str | None = None,
    ) -> Status:
        """Add a status to a commit, in the words of the repository's forge."""
        with self._world.lock:
            now = self._world.now()
            number = self._world.next_id()
            status = Status(number, repository.id, sha, context, state, description, target_url, creator, now, now, ref)
            self.statuses[number] = status
            return status

    def statuses_of(self, repository: Repository, sha: str) -> list[Status]:
        """Every status a commit got, newest first."""
        with self._world.lock:
            found = [one for one in self.statuses.values() if (one.repository_id, one.sha) == (repository.id, sha)]
            return found[::-1]

    def newest_statuses(self, repository: Repository, sha: str) -> list[Status]:
        """The newest status of each context, in the order the contexts first appeared."""
        newest = {status.context: status for status in reversed(self.statuses_of(repository, sha))}
        return list(newest.values())

    def create_check_run(self, repository: Repository, sha: str, name: str, app_id: int, status: str) -> CheckRun:
        """Add a check run of an App to a commit."""
        with self._world.lock:
            world = self._world
            suites = {run.app_id: run.check_suite_id for run in self.check_runs_of(repository, sha)}
            suite = suites.get(app_id) or world.next_id()
            run = CheckRun(world.next_id(), repository.id, sha, name, app_id, suite, status, world.now())
            self.check_runs[run.id] = run
            return run

    def update_check_run(self, run: CheckRun, **values: Any) -> CheckRun:
        """Change fields of a check run; annotations are added to those it has, as GitHub does."""
        with self._world.lock:
            annotations = values.pop("annotations", [])
            for name, value in values.items():
                setattr(run, name, value)
            run.annotations.extend(annotations)
            return run

    def check_runs_of(self, repository: Repository, sha: str) -> list[CheckRun]:
        """The check runs of a commit, oldest first."""
        with self._world.lock:
            return [
                run for run in self.check_runs.values() if (run.repository_id, run.head_sha) == (repository.id, sha)
            ]
