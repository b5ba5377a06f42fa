"""Commit statuses and check runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.current import world
from bot.sandbox.github import answers, credentials
from bot.sandbox.github.shapes import verdicts
from bot.sandbox.model import Access, CheckRun, Repository

routes = Blueprint("checks", __name__)

STATES = ("error", "failure", "pending", "success")
CONCLUSIONS = ("action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out")


@routes.post("/repos/<owner>/<name>/statuses/<sha>")
def create_status(owner: str, name: str, sha: str) -> tuple[Response, int]:
    """Set a commit status; needs the right to push."""
    repository = credentials.readable(owner, name)
    who = credentials.authorise(repository, Access.WRITE, "statuses")
    body, limits = answers.sent(), world().limits.github
    state, context = body.get("state"), str(body.get("context") or "default")
    if state not in STATES:
        raise answers.invalid("Status", "state", "custom", "state is not included in the list")
    description = body.get("description")
    longest = limits.status_description_characters
    if description is not None and len(str(description)) > longest:
        message = f"description is too long (maximum is {longest} characters)"
        raise answers.invalid("Status", "description", "custom", message)
    commit = _commit(repository, sha)
    earlier = [one for one in world().verdicts.statuses_of(repository, commit) if one.context == context]
    if len(earlier) >= limits.statuses:
        message = "This SHA and context has reached the maximum number of statuses."
        raise answers.invalid("Status", "base", "custom", message)
    status = world().verdicts.set_status(
        repository,
        commit,
        context,
        str(state),
        who.account.login,
        description=description,
        target_url=body.get("target_url"),
    )
    return jsonify(verdicts.status(world(), status)), 201


@routes.get("/repos/<owner>/<name>/commits/<sha>/statuses")
def list_statuses(owner: str, name: str, sha: str) -> Response:
    """Every status of a commit, newest first."""
    repository = credentials.readable(owner, name, "statuses")
    rows = world().verdicts.statuses_of(repository, _commit(repository, sha))
    return answers.page(rows, lambda one: verdicts.status(world(), one))


@routes.get("/repos/<owner>/<name>/commits/<sha>/status")
def get_combined_status(owner: str, name: str, sha: str) -> Response:
    """The newest status of each context, and what they make together."""
    repository = credentials.readable(owner, name, "statuses")
    commit = _commit(repository, sha)
    newest = world().verdicts.newest_statuses(repository, commit)
    return answers.page(
        newest,
        lambda one: verdicts.status(world(), one),
        lambda rows: verdicts.combined(world(), repository, commit, newest, rows),
    )


@routes.post("/repos/<owner>/<name>/check-runs")
def create_check_run(owner: str, name: str) -> tuple[Response, int]:
    """Add a check run; only Apps may."""
    repository, app_id = _app_of(owner, name)
    body = answers.sent()
    title = answers.text(body, "name", "CheckRun")
    commit = _commit(repository, answers.text(body, "head_sha", "CheckRun"))
    values = _values(body)
    run = world().verdicts.create_check_run(repository, commit, title, app_id, "queued")
    return jsonify(verdicts.check_run(world(), world().verdicts.update_check_run(run, **values))), 201


@routes.patch("/repos/<owner>/<name>/check-runs/<int:number>")
def update_check_run(owner: str, name: str, number: int) -> Response:
    """Change a check run of one's own; annotations are added to those it has."""
    repository, app_id = _app_of(owner, name)
    run = _run(repository, number)
    if run.app_id != app_id:
        raise answers.ApiError(403, "Invalid app_id: a check run can only be modified by the App that created it")
    values = _values(answers.sent())
    return jsonify(verdicts.check_run(world(), world().verdicts.update_check_run(run, **values)))


@routes.get("/repos/<owner>/<name>/check-runs/<int:number>")
def get_check_run(owner: str, name: str, number: int) -> Response:
    """One check run."""
    repository = credentials.readable(owner, name, "checks")
    return jsonify(verdicts.check_run(world(), _run(repository, number)))


@routes.get("/repos/<owner>/<name>/check-runs/<int:number>/annotations")
def list_annotations(owner: str, name: str, number: int) -> Response:
    """The annotations of a check run."""
    repository = credentials.readable(owner, name, "checks")
    return answers.page(_run(repository, number).annotations, lambda one: one)


@routes.get("/repos/<owner>/<name>/commits/<sha>/check-runs")
def list_check_runs(owner: str, name: str, sha: str) -> Response:
    """The check runs of a commit; by default the newest of each name and App (`filter`: `latest`)."""
    repository = credentials.readable(owner, name, "checks")
    rows = world().verdicts.check_runs_of(repository, _commit(repository, sha))
    if request.args.get("filter", "latest") == "latest":
        rows = list({(run.app_id, run.name): run for run in rows}.values())
    for field, key in (("check_name", "name"), ("status", "status"), ("app_id", "app_id")):
        wanted = request.args.get(field)
        rows = [run for run in rows if wanted in (None, str(getattr(run, key)))]
    return answers.page(
        rows,
        lambda run: verdicts.check_run(world(), run),
        lambda page: {"total_count": len(rows), "check_runs": page},
    )


def _app_of(owner: str, name: str) -> tuple[Repository, int]:
    repository = credentials.readable(owner, name)
    who = credentials.user()
    if who.account.app_id is None or who.token.installation_id is None:
        raise answers.ApiError(403, "You must authenticate via a GitHub App.")
    credentials.authorise(repository, Access.WRITE, "checks")
    return repository, who.account.app_id


def _run(repository: Repository, number: int) -> CheckRun:
    run = world().verdicts.check_runs.get(number)
    if run is None or run.repository_id != repository.id:
        raise answers.not_found()
    return run


def _commit(repository: Repository, ref: str) -> str:
    sha = repository.git.resolve(ref)
    if sha is None:
        raise answers.ApiError(422, f"No commit found for SHA: {ref}")
    return sha


def _values(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a check run that a request sets, checked."""
    values = {name: body[name] for name in ("details_url", "external_id", "status", "name") if body.get(name)}
    if values.get("status", "queued") not in ("queued", "in_progress", "completed"):
        raise answers.invalid("CheckRun", "status")
    conclusion = body.get("conclusion")
    if conclusion is not None:
        if conclusion not in CONCLUSIONS:
            raise answers.invalid("CheckRun", "conclusion")
        values |= {"conclusion": conclusion, "status": "completed", "completed_at": world().now()}
    elif values.get("status") == "completed":
        raise answers.invalid("CheckRun", "conclusion", "missing_field")
    elif "status" in values:
        values |= {"conclusion": None, "completed_at": None}
    for name in ("started_at", "completed_at"):
        if body.get(name):
            values[name] = _moment(str(body[name]))
    return values | _output(body.get("output"))


def _output(output: object) -> dict[str, Any]:
    if output is None:
        return {}
    if not isinstance(output, dict):
        raise answers.invalid("CheckRun", "output")
    limits = world().limits.github
    answers.text(output, "title", "CheckRun")
    answers.text(output, "summary", "CheckRun", limit=limits.check_output_characters)
    if output.get("text"):
        answers.text(output, "text", "CheckRun", limit=limits.check_output_characters)
    annotations = output.get("annotations") or []
    if len(annotations) > limits.annotations:
        message = f"Only {limits.annotations} annotations allowed per request."
        raise answers.invalid("CheckRun", "annotations", "custom", message)
    values = {"title": output["title"], "summary": output["summary"], "annotations": annotations}
    return values | ({"text": output["text"]} if "text" in output else {})


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise answers.invalid("CheckRun", "completed_at") from None
    if moment.tzinfo is None:
        raise answers.invalid("CheckRun", "completed_at")
    return moment
