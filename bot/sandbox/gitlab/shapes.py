"""Accounts, projects, commits and files as GitLab's REST API shows them."""

from __future__ import annotations

from typing import Any

from bot.sandbox.diff import ChangedFile
from bot.sandbox.git import Commit, TreeEntry
from bot.sandbox.gitlab.answers import moment, shown
from bot.sandbox.model import Repository, Status
from bot.sandbox.world import World


def user(world: World, login: str) -> dict[str, Any]:
    """An account in brief ("Users API", UserBasic)."""
    account = world.account(login)
    return {
        "id": account.id,
        "username": login,
        "public_email": "",
        "name": account.name,
        "state": "active",
        "locked": False,
        "avatar_url": None,
        "web_url": f"{world.url}/{login}",
    }


def own_user(world: World, login: str) -> dict[str, Any]:
    """The account of the token ("Users API", get the current user)."""
    account = world.account(login)
    return user(world, login) | {
        "created_at": moment(world.now()),
        "bio": "",
        "location": None,
        "organization": None,
        "job_title": "",
        "pronouns": None,
        "bot": account.kind == "Bot",
        "email": account.email,
        "commit_email": account.email,
        "confirmed_at": moment(world.now()),
        "can_create_group": True,
        "can_create_project": True,
        "external": False,
        "private_profile": False,
        "two_factor_enabled": False,
        "identities": [],
        "projects_limit": 100_000,
        "theme_id": 1,
    }


def page_of(world: World, repository: Repository) -> str:
    """Address of a project's page."""
    return f"{world.url}/{repository.full_name}"


def namespace(world: World, repository: Repository) -> dict[str, Any]:
    """The group or person that a project belongs to."""
    owner = world.account(repository.owner)
    return {
        "id": owner.id,
        "name": owner.name,
        "path": owner.login.rpartition("/")[2],
        "kind": "user" if owner.kind == "User" else "group",
        "full_path": owner.login,
        "parent_id": None,
        "avatar_url": None,
        "web_url": f"{world.url}/{owner.login}",
    }


def project(world: World, repository: Repository, access: int | None) -> dict[str, Any]:
    """A project ("Projects API", retrieve a project); `access` is the asking member's level."""
    page = page_of(world, repository)
    shape: dict[str, Any] = {
        "id": repository.id,
        "description": None,
        "name": repository.name,
        "name_with_namespace": " / ".join(repository.full_name.split("/")),
        "path": repository.name,
        "path_with_namespace": repository.full_name,
        "created_at": moment(repository.created_at),
        "default_branch": repository.default_branch,
        "tag_list": [],
        "topics": [],
        "ssh_url_to_repo": f"git@sandbox.invalid:{repository.full_name}.git",
        "http_url_to_repo": f"{page}.git",
        "web_url": page,
        "readme_url": f"{page}/-/blob/{repository.default_branch}/README.md",
        "forks_count": sum(one.parent_id == repository.id for one in world.repositories.values()),
        "avatar_url": None,
        "star_count": 0,
        "last_activity_at": moment(repository.pushed_at or repository.created_at),
        "visibility": "private" if repository.private else "public",
        "namespace": namespace(world, repository),
        "creator_id": world.account(repository.owner).id,
        "archived": False,
        "lfs_enabled": True,
        "merge_requests_enabled": True,
        "merge_requests_access_level": "enabled",
        "merge_method": "merge",
        "only_allow_merge_if_pipeline_succeeds": False,
        "allow_merge_on_skipped_pipeline": None,
        "only_allow_merge_if_all_discussions_are_resolved": False,
        "remove_source_branch_after_merge": True,
        "permissions": {
            "project_access": {"access_level": access, "notification_level": 3} if access else None,
            "group_access": None,
        },
    }
    if repository.parent_id and (parent := world.find_repository(repository.parent_id)):
        names = ("id", "name", "path", "path_with_namespace", "web_url", "http_url_to_repo")
        whole = project(world, parent, None)
        shape["forked_from_project"] = {name: whole[name] for name in names}
    return shape


def commit(world: World, repository: Repository, record: Commit) -> dict[str, Any]:
    """A commit ("Commits API")."""
    return {
        "id": record.sha,
        "short_id": record.sha[:8],
        "created_at": record.committer_date,
        "parent_ids": list(record.parents),
        "title": record.message.partition("\n")[0],
        "message": record.message,
        "author_name": record.author_name,
        "author_email": record.author_email,
        "authored_date": record.author_date,
        "committer_name": record.committer_name,
        "committer_email": record.committer_email,
        "committed_date": record.committer_date,
        "trailers": {},
        "extended_trailers": {},
        "web_url": f"{page_of(world, repository)}/-/commit/{record.sha}",
    }


def branch(world: World, repository: Repository, name: str, sha: str) -> dict[str, Any]:
    """A branch ("Branches API")."""
    return {
        "name": name,
        "merged": False,
        "protected": name == repository.default_branch,
        "default": name == repository.default_branch,
        "developers_can_push": False,
        "developers_can_merge": False,
        "can_push": False,
        "web_url": f"{page_of(world, repository)}/-/tree/{name}",
        "commit": commit(world, repository, repository.git.read_commit(sha)),
    }


def tree_entry(row: TreeEntry) -> dict[str, Any]:
    """An entry of a directory ("Repositories API"): it tells no size."""
    path = shown(row.path)
    return {"id": row.oid, "name": path.rpartition("/")[2], "type": row.kind, "path": path, "mode": row.mode}


def diff(file: ChangedFile, patch_limit: int, *, collapsed: bool = False) -> dict[str, Any]:
    """A changed file ("Merge requests API", list merge request diffs)."""
    old, new = shown(file.previous_path or file.path), shown(file.path)
    patch = f"{file.patch}\n" if file.patch else ""
    if file.binary:
        sides = ("/dev/null" if file.letter == "A" else f"a/{old}", "/dev/null" if file.letter == "D" else f"b/{new}")
        patch = f"Binary files {sides[0]} and {sides[1]} differ\n"
    too_large = len(patch.encode("utf-8", "replace")) > patch_limit
    return {
        "old_path": old,
        "new_path": new,
        "a_mode": "0" if file.letter == "A" else file.old_mode,
        "b_mode": "0" if file.letter == "D" else file.new_mode,
        "diff": "" if too_large or collapsed else shown(patch),
        "collapsed": collapsed and not too_large,
        "too_large": too_large,
        "new_file": file.letter == "A",
        "renamed_file": file.letter == "R",
        "deleted_file": file.letter == "D",
        "generated_file": None,
    }


def status(world: World, one: Status) -> dict[str, Any]:
    """A commit status ("Commits API", list commit statuses): the state is called `status`."""
    finished = one.state not in ("pending", "running")
    return {
        "id": one.id,
        "sha": one.sha,
        "ref": one.ref,
        "status": one.state,
        "name": one.context,
        "target_url": one.target_url,
        "description": one.description,
        "created_at": moment(one.created_at),
        "started_at": None,
        "finished_at": moment(one.updated_at) if finished else None,
        "allow_failure": False,
        "coverage": None,
        "pipeline_id": int(one.sha[:7], 16),
        "author": user(world, one.creator),
    }
