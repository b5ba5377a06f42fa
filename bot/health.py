"""`/healthz`: this process lives. `/readyz`: it can do its work."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from bot.store.store import Store, StoreError


def blueprint(store: Store) -> Blueprint:
    """Both addresses; they tell nothing that a stranger may not know."""
    routes = Blueprint("health", __name__)

    @routes.get("/healthz")
    def alive() -> Response:
        return jsonify(status="alive")

    @routes.get("/readyz")
    def ready() -> tuple[Response, int]:
        try:
            checks = {"database": True, "tables": store.is_current(), "worker": bool(store.live_workers())}
        except StoreError:
            checks = {"database": False, "tables": False, "worker": False}
        is_ready = all(checks.values())
        return jsonify(status="ready" if is_ready else "not ready", **checks), 200 if is_ready else 503

    return routes
