"""Webhooks of a project or a group ("Project webhooks API", "Group webhooks API")."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from flask import jsonify

from bot.sandbox.current import world
from bot.sandbox.git import NO_OBJECT
from bot.sandbox.gitlab import answers, credentials
from bot.sandbox.gitlab.events import payload_of
from bot.sandbox.gitlab.routing import Answer, Routes
from bot.sandbox.model import Access, Event, Forge, Hook, Repository

routes = Routes()

EVENTS = {
    "push_events": "Push Hook",
    "merge_requests_events": "Merge Request Hook",
    "note_events": "Note Hook",
    "tag_push_events": "Tag Push Hook",
    "issues_events": "Issue Hook",
    "confidential_issues_events": "Confidential Issue Hook",
    "confidential_note_events": "Confidential Note Hook",
    "wiki_page_events": "Wiki Page Hook",
    "deployment_events": "Deployment Hook",
    "feature_flag_events": "Feature Flag Hook",
    "resource_access_token_events": "Resource Access Token Hook",
    "job_events": "Job Hook",
    "pipeline_events": "Pipeline Hook",
    "releases_events": "Release Hook",
}
"""The switches of a hook and the events they let through."""
_TEMPORARILY_UNTIL = "2099-01-01T00:00:00.000Z"
_PROJECT = "/projects/:project/hooks"
_GROUP = "/groups/:group/hooks"
_TRIAL = 10.0
"""Seconds that a receiver has to answer a test."""


@dataclass(frozen=True)
class _Home:
    """What hooks belong to."""

    repository: Repository | None = None
    group: str = ""

    def has(self, hook: Hook) -> bool:
        """Whether a hook is one of them."""
        if self.repository is not None:
            return hook.repository_id == self.repository.id
        return hook.owner == self.group and hook.forge is Forge.GITLAB


@routes.on("GET", _PROJECT, _GROUP)
def list_hooks(project: str = "", group: str = "") -> Answer:
    """The hooks of a project or a group."""
    home = _own(project, group)
    return answers.page([one for one in world().hooks.values() if home.has(one)], _shape)


@routes.on("GET", f"{_PROJECT}/:hook", f"{_GROUP}/:hook")
def get_hook(hook: str, project: str = "", group: str = "") -> Answer:
    """One hook; its secret is never told."""
    return jsonify(_shape(_hook(_own(project, group), hook)))


@routes.on("POST", _PROJECT, _GROUP)
def create_hook(project: str = "", group: str = "") -> Answer:
    """Add a hook; without switches it is told of pushes only."""
    home = _own(project, group)
    values = answers.sent()
    url, secret = _url(values), str(values.get("token") or "")
    events, signing = _wanted(values, frozenset({"Push Hook"})), values.get("signing_token")
    if home.repository is not None:
        hook = world().add_hook(home.repository, url, secret, events=events, signing_token=signing)
    else:
        hook = world().add_owner_hook(home.group, Forge.GITLAB, url, secret, events=events, signing_token=signing)
    world().hooks[hook.id] = hook = replace(hook, verifies_tls=_verifies(values, True))
    return jsonify(_shape(hook)), 201


@routes.on("PUT", f"{_PROJECT}/:hook", f"{_GROUP}/:hook")
def update_hook(hook: str, project: str = "", group: str = "") -> Answer:
    """Change a hook."""
    known = _hook(_own(project, group), hook)
    values = answers.sent()
    changed = replace(
        known,
        url=_url(values) if "url" in values else known.url,
        secret=str(values.get("token", known.secret)),
        signing_token=values.get("signing_token", known.signing_token),
        events=_wanted(values, known.events if known.events is not None else frozenset(EVENTS.values())),
        verifies_tls=_verifies(values, known.verifies_tls),
    )
    world().hooks[known.id] = changed
    return jsonify(_shape(changed))


@routes.on("DELETE", f"{_PROJECT}/:hook", f"{_GROUP}/:hook")
def delete_hook(hook: str, project: str = "", group: str = "") -> Answer:
    """Remove a hook."""
    del world().hooks[_hook(_own(project, group), hook).id]
    return "", 204


@routes.on("POST", f"{_PROJECT}/:hook/test/:trigger", f"{_GROUP}/:hook/test/:trigger")
def try_hook(hook: str, trigger: str, project: str = "", group: str = "") -> Answer:
    """Call it with the newest commit; where that is answered well it is called again from now on."""
    home = _own(project, group)
    known = _hook(home, hook)
    if trigger != "push_events":
        raise answers.invalid("trigger", "does not have a valid value")
    about = home.repository or next(iter(world().owned(home.group, Forge.GITLAB, credentials.actor())), None)
    tip = about.git.resolve(about.default_branch) if about is not None else None
    if about is None or tip is None:
        raise answers.ApiError(422, {"message": "Ensure the project has at least one commit."})
    event = Event("push", "pushed", about, about.owner, ref=f"refs/heads/{about.default_branch}", before=NO_OBJECT)
    worded = payload_of(world(), replace(event, after=tip))
    if worded is None:
        raise answers.not_found()
    delivery = world().webhooks.try_out(known, *worded).wait(_TRIAL)
    if delivery.status is None or not 200 <= delivery.status < 300:
        raise answers.ApiError(422, {"message": delivery.error or "Hook execution failed"})
    world().hooks[known.id] = replace(known, alert_status="executable")
    return jsonify(message="201 Created"), 201


def _own(project: str, group: str) -> _Home:
    """Where the hooks are, if whoever asks may see them: a maintainer of the project, an owner of the group."""
    if project:
        repository = credentials.project(project)
        credentials.authorise(repository, Access.MAINTAIN)
        return _Home(repository)
    account = world().accounts.get(group)
    if account is None or account.kind != "Organization" or not world().has_group_hooks:
        raise answers.not_found()
    who = credentials.user().account.login
    if any(world().role(one, who) < Access.ADMIN for one in world().repositories.values() if one.owner == group):
        raise answers.forbidden()
    return _Home(group=group)


def _hook(home: _Home, key: str) -> Hook:
    found = world().hooks.get(answers.number(key))
    if found is None or not home.has(found):
        raise answers.not_found()
    return found


def _url(values: dict[str, Any]) -> str:
    url = values.get("url")
    if not isinstance(url, str):
        raise answers.invalid("url", "is missing")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise answers.ApiError(422, {"error": "Invalid url given"})
    return url


def _verifies(values: dict[str, Any], default: bool) -> bool:
    told = answers.truth(values.get("enable_ssl_verification"))
    return default if told is None else told


def _wanted(values: dict[str, Any], default: frozenset[str]) -> frozenset[str]:
    switches = {EVENTS[name]: answers.truth(value) for name, value in values.items() if name in EVENTS}
    return (default | {name for name, on in switches.items() if on}) - {
        name for name, on in switches.items() if on is False
    }


def _shape(hook: Hook) -> dict[str, Any]:
    home: dict[str, Any]
    if hook.owner:
        home = {"group_id": world().account(hook.owner).id, "created_at": None, "subgroup_events": False}
    else:
        created = answers.moment(world().repository(hook.repository_id).created_at)
        home = {"project_id": hook.repository_id, "created_at": created}
    return {
        "id": hook.id,
        "url": hook.url,
        "name": None,
        "description": None,
        **home,
        **{switch: hook.events is None or event in hook.events for switch, event in EVENTS.items()},
        "push_events_branch_filter": "",
        "branch_filter_strategy": "wildcard",
        "custom_webhook_template": "",
        "enable_ssl_verification": hook.verifies_tls,
        "repository_update_events": False,
        "alert_status": hook.alert_status,
        "disabled_until": _TEMPORARILY_UNTIL if hook.alert_status == "temporarily_disabled" else None,
        "url_variables": [],
        "custom_headers": [],
    }
