"""The pages: open flags, merge requests, one merge request, deliveries, and what it is all about."""

from __future__ import annotations

import json
from datetime import datetime

from flask import Blueprint, Flask, abort, render_template, request
from flask_bootstrap import Bootstrap5
from markdown_it import MarkdownIt
from markupsafe import Markup

from bot import hook_health
from bot.assembly import WHY, merge_request_page
from bot.dashboard.why import rule_entries
from bot.settings import Settings
from bot.store.store import Store
from bot.visitors import is_local
from rules.text import printable, quantity, size

PAGE = 100
"""Rows of a page."""

_PUBLIC = frozenset({"dashboard.static", "dashboard.why"})
"""Pages that tell nothing of any repository; comments everywhere link to one of them."""


def register(app: Flask, store: Store, settings: Settings) -> None:
    """Add the dashboard to an application."""
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    Bootstrap5(app)
    app.jinja_env.filters.update(
        inline_markdown=inline_markdown,
        block_markdown=block_markdown,
        size=size,
        count=quantity,
        moment=_moment,
        readable=printable,
    )
    app.register_blueprint(blueprint(store, settings))


def blueprint(store: Store, settings: Settings) -> Blueprint:
    """The pages over one database."""
    pages = Blueprint(
        "dashboard", __name__, template_folder="templates", static_folder="static", static_url_path="/assets"
    )

    @pages.before_request
    def only_for_those_who_may() -> tuple[str, int] | None:
        if settings.dashboard == "open" or request.endpoint in _PUBLIC or is_local():
            return None
        return render_template("closed.html"), 403

    @pages.get("/")
    def flags() -> str:
        before = request.args.get("before", type=int)
        rows = store.open_flags(PAGE, before=before)
        counts = store.count_open_flags()
        return render_template("flags.html", flags=rows, counts=counts, more=len(rows) == PAGE, page_of=page_of)

    @pages.get("/merge-requests")
    def merge_requests() -> str:
        return render_template("merge_requests.html", merge_requests=store.merge_requests(PAGE), page_of=page_of)

    @pages.get("/merge-requests/<path:key>")
    def merge_request(key: str) -> str:
        report = store.merge_request_report(key)
        if report is None:
            abort(404)
        return render_template("merge_request.html", report=report, judgement=json.loads(report.judgement))

    @pages.get("/deliveries")
    def deliveries() -> str:
        rows = store.deliveries(PAGE, before=request.args.get("before", type=int))
        troubles = list(hook_health.noted(store, settings))
        return render_template(
            "deliveries.html", deliveries=rows, more=len(rows) == PAGE, page_of=page_of, troubles=troubles
        )

    @pages.get(WHY)
    def why() -> str:
        return render_template("why.html", rules=rule_entries())

    return pages


def not_found() -> str:
    """The page for an address that leads nowhere."""
    return render_template("not_found.html")


def page_of(key: str) -> str:
    """Address of a merge request's page within this site."""
    return merge_request_page("", key)


_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_inline"])


def inline_markdown(text: str) -> Markup:
    """A line of our own Markdown, such as a finding's title, as HTML. HTML within it is shown, not run."""
    return Markup(_MARKDOWN.renderInline(printable(text)))  # noqa: S704 - the renderer escapes


def block_markdown(text: str) -> Markup:
    """Paragraphs and lists of our own Markdown, such as a rule's docstring, as HTML."""
    return Markup(_MARKDOWN.render(text))  # noqa: S704 - the renderer escapes


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
