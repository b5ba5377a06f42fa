"""The Flask application: receiver, health and dashboard, put together from the settings."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request

from bot import health
from bot.dashboard import views as dashboard
from bot.intake import webhooks
from bot.settings import Settings, load_settings
from bot.setup import github as setup_github
from bot.store.store import Store

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_app(settings: Settings | None = None) -> Flask:
    """The application over one database, whose tables are brought to this version first.

    Without settings it reads them from the environment, as the web server's processes do. Raises
    SettingsError and StoreError.
    """
    settings = settings or load_settings()
    store = Store(settings.database_url)
    store.migrate()
    app = Flask("weighbridge", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = webhooks.BODY_LIMIT + 1
    app.register_blueprint(webhooks.blueprint(store, settings))
    app.register_blueprint(health.blueprint(store))
    dashboard.register(app, store, settings)
    app.register_blueprint(setup_github.blueprint(settings))
    app.after_request(_harden)
    app.register_error_handler(404, _not_found)
    app.extensions["weighbridge-store"] = store
    return app


def _harden(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _not_found(_error: Exception) -> tuple[Response | str, int]:
    if request.path.startswith("/webhooks"):
        reason = "webhooks go to /webhooks/github, /webhooks/gitlab or /webhooks/forgejo"
        return jsonify(status="refused", reason=reason), 404
    return dashboard.not_found(), 404
