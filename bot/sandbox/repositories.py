"""Repositories, their forks, commits and Git LFS objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bot.sandbox.accounts import Accounts
from bot.sandbox.git import NO_OBJECT, BareRepository, Content, Signature
from bot.sandbox.ground import WorldError, locked
from bot.sandbox.lfs import LfsStore
from bot.sandbox.limits import Limits
from bot.sandbox.model import Access, App, Event, Forge, Installation, Repository


class Repositories(Accounts):
    """The part of the world that is about repositories."""

    def __init__(self, root: Path, limits: Limits | None = None) -> None:
        super().__init__(root, limits)
        self.repositories: dict[int, Repository] = {}
        self.lfs = LfsStore(root / "lfs")

    @locked
    def create_repository(
        self,
        full_name: str,
        *,
        files: Mapping[str, Content] | None = None,
        forge: Forge | str = Forge.GITHUB,
        private: bool = False,
        default_branch: str = "main",
        message: str = "Start",
    ) -> Repository:
        """Add a repository with one commit of these files; its owner becomes an organisation if nobody has that name.

        Names are unique over all forges.
        """
        if any(known.full_name == full_name for known in self.repositories.values()):
            raise WorldError(f"there is a repository {full_name!r} already")
        owner = self.create_user(full_name.rpartition("/")[0], kind="Organization")
        number = self.next_id()
        git = BareRepository.create(self.root / "repositories" / f"{number}.git", default_branch)
        repository = Repository(number, Forge(forge), full_name, git, self.now(), default_branch, private)
        self.repositories[number] = repository
        if files is not None:
            git.commit(default_branch, files, message, self._signature(owner.login))
            repository.pushed_at = self.now()
        return repository

    @locked
    def fork(self, repository: str | Repository, login: str, name: str | None = None) -> Repository:
        """A fork in an account's own namespace."""
        parent = self.repository(repository)
        self.create_user(login)
        number = self.next_id()
        git = parent.git.clone(self.root / "repositories" / f"{number}.git")
        full_name = f"{login}/{name or parent.name}"
        fork = replace(
            parent,
            id=number,
            full_name=full_name,
            git=git,
            parent_id=parent.id,
            access={},
            lfs_oids=set(),
            last_number=0,
            labels=[],
        )
        fork.created_at = self.now()
        self.repositories[number] = fork
        return fork

    def repository(self, key: str | int | Repository) -> Repository:
        """A repository by full name, id or record. Raises WorldError."""
        if isinstance(key, Repository):
            return key
        found = self.find_repository(key)
        if found is None:
            raise WorldError(f"there is no repository {key!r}")
        return found

    @locked
    def find_repository(self, key: str | int, forge: Forge | None = None) -> Repository | None:
        """A repository by full name (in any case) or id, of one forge if it is given; None where there is none."""
        for repository in self.repositories.values():
            if forge is not None and repository.forge is not forge:
                continue
            if repository.id == key or (isinstance(key, str) and repository.full_name.lower() == key.lower()):
                return repository
        return None

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

        `start` names the commit or branch that becomes the parent: on an existing branch this is a force push.
        """
        target = self.repository(repository)
        login = author or target.owner
        before = target.git.resolve(branch)
        base = start or (None if before else target.default_branch)
        parent = target.git.resolve(base) if base else None
        after = target.git.commit(branch, changes, message, self._signature(login), parent=parent)
        target.pushed_at = self.now()
        ref = f"refs/heads/{branch}"
        self.emit(Event("push", "pushed", target, login, ref=ref, before=before or NO_OBJECT, after=after))
        return after

    @locked
    def put_lfs_object(self, repository: str | Repository, content: bytes) -> bytes:
        """Store a Git LFS object for a repository; returns the pointer that stands for it in git."""
        oid = self.lfs.put(content)
        self.repository(repository).lfs_oids.add(oid)
        return self.lfs.pointer(oid, len(content))

    @locked
    def create_label(self, repository: str | Repository, name: str) -> None:
        """Make a label that merge requests of a repository can have."""
        known = self.repository(repository).labels
        if name not in known:
            known.append(name)

    def _signature(self, login: str) -> Signature:
        account = self.account(login)
        return Signature(account.name, account.email, self.now())

    @locked
    def grant(self, repository: str | Repository, login: str, access: Access | str) -> None:
        """Give an account access to a repository; the word is GitHub's role name (`write`) or an `Access`."""
        level = Access[access.upper()] if isinstance(access, str) else access
        self.repository(repository).access[self.account(login).login] = level

    @locked
    def install_app(self, app: App, *repositories: str) -> Installation:
        """Install an App on repositories of one owner."""
        chosen = [self.repository(name) for name in repositories]
        installation = Installation(
            self.next_id(), app.id, chosen[0].owner, {repository.id for repository in chosen}, self.now()
        )
        self.installations[installation.id] = installation
        return installation
