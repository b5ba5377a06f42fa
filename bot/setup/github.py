"""`/setup/github`: make the bot's GitHub App with one click, by the App manifest flow.

A browser asks GitHub for the App and comes back with a code; we exchange the code for the App's key and secrets. A
random word goes along, in the form and in a cookie of the browser: a code that somebody else's registration made is
refused. Only requests from this machine may do so, or those that know WEIGHBRIDGE_SETUP_SECRET.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import secrets
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.forges.github_manifest import convert, website_of
from bot.forges.protocol import ForgeError
from bot.settings import Settings
from bot.setup.handing_over import hand_over
from bot.setup.manifest import EVENTS, NAME_LIMIT, PERMISSIONS, manifest
from bot.visitors import is_local, is_loopback

log = logging.getLogger("weighbridge.setup")

PATH = "/setup/github"
HOUR = 3600
"""Seconds within which GitHub wants the whole flow done."""
_STATE = "weighbridge-setup-state"
_ENTERED = "weighbridge-setup"
_ORGANISATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")
"""Logins on GitHub have up to 39 letters, digits and hyphens."""


def blueprint(settings: Settings) -> Blueprint:
    """The pages."""
    pages = Blueprint("setup_github", __name__, url_prefix=PATH, template_folder="templates")
    website = website_of(settings.github_api_url)

    @pages.before_request
    def only_for_the_operator() -> tuple[str, int] | None:
        if _is_this_machine(settings) or request.endpoint == "setup_github.enter" or _has_entered(settings):
            return None
        return render_template("setup/closed.html", takes_secret=_takes_secret(settings)), 403

    @pages.after_request
    def protect(response: Response) -> Response:
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = (
            f"default-src 'self'; img-src 'self' data:; form-action 'self' {_origin(website)}; "
            "frame-ancestors 'none'; base-uri 'none'"
        )
        return response

    @pages.post("/enter")
    def enter() -> tuple[str, int] | AnyResponse:
        given = request.form.get("secret", "").encode()
        expected = settings.setup_secret.get_secret_value().encode() if settings.setup_secret else b""
        if not _takes_secret(settings) or not hmac.compare_digest(given, expected):
            return render_template("setup/closed.html", takes_secret=_takes_secret(settings), was_wrong=True), 403
        response = redirect(url_for("setup_github.show"))
        _set(response, settings, _ENTERED, _pass(settings))
        return response

    @pages.get("")
    def show() -> Response:
        organisation = request.args.get("organisation", "").strip()
        is_wrong = bool(organisation) and not _ORGANISATION.fullmatch(organisation)
        chosen = "" if is_wrong else organisation
        host = urlsplit(settings.public_url).hostname or ""
        name = (request.args.get("name", "").strip() or f"Weighbridge {chosen or host}")[:NAME_LIMIT]
        teams = "teams" in request.args
        state = secrets.token_urlsafe(32)
        place = f"/organizations/{chosen}" if chosen else ""
        response = make_response(
            render_template(
                "setup/github.html",
                permissions=PERMISSIONS,
                events=EVENTS,
                action=f"{website}{place}/settings/apps/new?state={state}",
                manifest=json.dumps(manifest(settings.public_url, _back(settings), name, teams=teams)),
                website=website,
                name=name,
                name_limit=NAME_LIMIT,
                organisation=organisation,
                is_wrong=is_wrong,
                teams=teams,
                public_url=settings.public_url,
                is_unreachable=is_loopback(urlsplit(settings.public_url).hostname or ""),
                has_app=settings.github_app_id is not None,
                directory=settings.setup_directory,
            )
        )
        _set(response, settings, _STATE, state)
        return response

    @pages.get("/done")
    def done() -> tuple[str, int] | Response:
        given, expected = request.args.get("state", ""), request.cookies.get(_STATE, "")
        if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
            reason = "This answer of GitHub's belongs to no registration that this browser began within the last hour."
            return render_template("setup/failed.html", reason=reason), 400
        try:
            app = convert(settings.github_api_url, request.args.get("code", ""))
        except ForgeError as error:
            return render_template("setup/failed.html", reason=f"{error}."), 502
        handed = hand_over(app, settings.github_api_url, settings.setup_directory)
        log.info("the GitHub App %s of %s was registered", app.id, app.owner)
        is_further = settings.github_app_id is not None
        page = render_template("setup/done.html", app=app, handed=handed, is_further=is_further)
        response = make_response(page)
        response.delete_cookie(_STATE, path=PATH)
        return response

    return pages


def _is_this_machine(settings: Settings) -> bool:
    """True for this machine under a name of its own: a page elsewhere whose name leads here is none of ours."""
    host = urlsplit(f"//{request.host}").hostname or ""
    return is_local() and (is_loopback(host) or host == urlsplit(f"//{settings.listen}").hostname)


def _takes_secret(settings: Settings) -> bool:
    """The secret is good until an App is set up."""
    return settings.setup_secret is not None and settings.github_app_id is None


def _has_entered(settings: Settings) -> bool:
    return _takes_secret(settings) and hmac.compare_digest(
        request.cookies.get(_ENTERED, "").encode(), _pass(settings).encode()
    )


def _pass(settings: Settings) -> str:
    """What a browser that knew the secret keeps: it proves the secret and does not tell it."""
    secret = settings.setup_secret.get_secret_value() if settings.setup_secret else ""
    return hmac.new(secret.encode(), b"weighbridge setup", hashlib.sha256).hexdigest()


def _back(settings: Settings) -> str:
    """Where the browser comes back to: the address at which it found us."""
    if is_local():
        return url_for("setup_github.done", _external=True)
    return settings.public_url + url_for("setup_github.done")


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _set(response: AnyResponse, settings: Settings, name: str, value: str) -> None:
    """A cookie for these pages alone, and for no script. `Lax`: GitHub's redirect back has to bring it along."""
    is_tls = urlsplit(settings.public_url).scheme == "https" and not is_local()
    response.set_cookie(name, value, max_age=HOUR, path=PATH, httponly=True, samesite="Lax", secure=is_tls)
