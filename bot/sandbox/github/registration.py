"""Registering a GitHub App from a manifest: GitHub's page, and the call that gives the App's secrets out once.

("Registering a GitHub App from a manifest", and "Create a GitHub App from a manifest" of the REST API.)
"""

from __future__ import annotations

import json
import re
import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Blueprint, Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from bot.sandbox.current import world
from bot.sandbox.github import answers
from bot.sandbox.github.shapes import accounts

routes = Blueprint("registration", __name__)
pages = Blueprint("app_registration", __name__, template_folder="../templates")

_NEEDS = {
    "pull_request": "pull_requests",
    "pull_request_review": "pull_requests",
    "pull_request_review_comment": "pull_requests",
    "issue_comment": "issues",
    "check_run": "checks",
    "check_suite": "checks",
    "merge_group": "merge_queues",
    "push": "contents",
    "repository": "metadata",
}
"""Permission without which GitHub refuses an event ("Webhook events and payloads"). `installation` needs none."""
_NAME_LIMIT = 34
"""Characters that the name of an App may have ("Registering a GitHub App")."""


@pages.post("/settings/apps/new")
@pages.post("/organizations/<organisation>/settings/apps/new")
def show(organisation: str = "") -> tuple[str, int] | str:
    """The page on which a person sees what the App will be, names it and creates it."""
    try:
        manifest = _manifest()
    except ValueError as error:
        return f"Invalid GitHub App configuration: {error}", 422
    return render_template(
        "sandbox/register_app.html",
        manifest=manifest,
        text=json.dumps(manifest),
        organisation=organisation,
        state=request.args.get("state", ""),
    )


@pages.post("/settings/apps")
def create() -> tuple[str, int] | AnyResponse:
    """The button of that page: the App is made, and the browser goes back with a code."""
    try:
        manifest = _manifest()
    except ValueError as error:
        return f"Invalid GitHub App configuration: {error}", 422
    name = request.form.get("name") or str(manifest.get("name") or "")
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not slug or len(name) > _NAME_LIMIT or any(one.slug == slug for one in world().apps.values()):
        return "Name is not available", 422
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    hook = manifest.get("hook_attributes") or {}
    app = world().create_app(
        slug,
        _public(key),
        request.form.get("owner") or "octocat",
        manifest.get("default_permissions") or {},
        events=tuple(manifest.get("default_events") or ()),
        webhook_url=str(hook.get("url", "")) if hook.get("active", True) else "",
        webhook_secret=secrets.token_hex(20),
    )
    code = secrets.token_hex(20)
    world().registrations[code] = (app.id, _private(key))
    state = request.form.get("state")
    query = {"code": code} | ({"state": state} if state else {})
    back = str(manifest["redirect_url"])
    return redirect(f"{back}{'&' if urlsplit(back).query else '?'}{urlencode(query)}")


@routes.post("/app-manifests/<code>/conversions")
def convert(code: str) -> tuple[Response, int]:
    """The App with its secrets, once for each code."""
    found = world().registrations.pop(code, None)
    if found is None:
        raise answers.not_found()
    number, pem = found
    app = world().apps[number]
    secret = {
        "client_id": f"Iv1.{secrets.token_hex(8)}",
        "client_secret": secrets.token_hex(20),
        "webhook_secret": app.webhook_secret,
        "pem": pem,
    }
    return jsonify(accounts.app(world(), app) | secret), 201


def _manifest() -> dict[str, Any]:
    """The manifest that was sent. Raises ValueError in GitHub's words where it is not valid."""
    try:
        manifest = json.loads(request.form.get("manifest", ""))
    except ValueError:
        raise ValueError("Manifest is not JSON") from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("url"), str):
        raise ValueError("Url is missing")  # noqa: TRY004 - it is about what was sent
    hook = manifest.get("hook_attributes")
    if hook is not None and not (isinstance(hook, dict) and isinstance(hook.get("url"), str)):
        raise ValueError("Hook url cannot be blank")
    granted = manifest.get("default_permissions") or {}
    events = manifest.get("default_events") or []
    if unknown := [event for event in events if event not in _NEEDS]:
        raise ValueError(f"Default events unsupported: {', '.join(unknown)}")
    if lacking := [event for event in events if _NEEDS[event] not in granted]:
        raise ValueError(f"Default events are not supported by permissions: {', '.join(lacking)}")
    return manifest


def _private(key: rsa.RSAPrivateKey) -> str:
    pem = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, pem, serialization.NoEncryption()).decode()


def _public(key: rsa.RSAPrivateKey) -> str:
    pem = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, pem).decode()
