"""The page of deliveries says what is wrong with the webhooks, as a worker saw it last."""

from __future__ import annotations

from flask.testing import FlaskClient

from bot.app import create_app
from bot.settings import Settings


def test_what_a_worker_found_wrong_is_told(sqlite_url: str) -> None:
    app = create_app(Settings.model_validate({"database_url": sqlite_url, "gitlab_token": "t"}))
    store = app.extensions["weighbridge-store"]
    visitor: FlaskClient = app.test_client()
    assert "alert" not in visitor.get("/deliveries").text
    told = {"what": "gitlab: the hook of <lab>: GitLab stopped calling it", "fix": "weighbridge gitlab connect lab"}
    store.remember("hooks:gitlab", [told])
    store.remember("hooks:forgejo", [{"what": "of a forge that is set up no longer", "fix": ""}])
    page = visitor.get("/deliveries").text
    assert "the hook of &lt;lab&gt;: GitLab stopped calling it" in page
    assert "set up no longer" not in page
    store.close()
