"""From an empty installation to a GitHub App that works, through both sites' pages."""

from __future__ import annotations

import html
import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask.testing import FlaskClient

from bot.app import create_app
from bot.assembly import forge_for
from bot.forges.github_client import OPTIONAL_PERMISSIONS
from bot.forges.github_client import PERMISSIONS as ASKED
from bot.forges.github_manifest import RegisteredApp, website_of
from bot.intake import github as intake
from bot.sandbox.server import Sandbox
from bot.settings import Settings
from bot.setup.manifest import EVENTS, PERMISSIONS, permissions

ELSEWHERE = {"X-Forwarded-For": "203.0.113.9"}


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "forge") as sandbox:
        yield sandbox


class Browser:
    """A person with a browser, between our pages and GitHub's."""

    def __init__(self, sandbox: Sandbox, folder: Path, **settings: Any) -> None:
        given = {"public_url": "https://weighbridge.example.org", "github_api_url": sandbox.github_api_url}
        self.settings = Settings(database_url=f"sqlite:///{folder / 'weighbridge.db'}", **given | settings)
        self.app = create_app(self.settings)
        self.client: FlaskClient = self.app.test_client()

    def form(self, page: str, action: str) -> tuple[str, dict[str, str]]:
        """Address and hidden values of the form whose address has this in it."""
        [found] = [one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if action in one]
        values = {}
        for field in re.findall(r"<input[^>]*>", found):
            if (name := re.search(r'name="(.*?)"', field)) and (value := re.search(r'value="(.*?)"', field)):
                values[name[1]] = html.unescape(value[1])
        address = re.search(r'action="(.*?)"', found)
        assert address is not None
        return html.unescape(address[1]), values

    def make(self, query: str = "") -> str:
        """Press the button here and the button there; the address to which GitHub sends the browser back."""
        action, values = self.form(self.client.get(f"/setup/github{query}").text, "/settings/apps/new")
        asked = requests.post(action, data=values, timeout=10)
        assert asked.status_code == 200, asked.text
        where, confirmed = self.form(asked.text, "/settings/apps")
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(action))
        back = requests.post(f"{origin}{where}", data=confirmed, timeout=10, allow_redirects=False)
        return back.headers["Location"]


@pytest.fixture
def browser(sandbox: Sandbox, tmp_path: Path) -> Iterator[Browser]:
    browser = Browser(sandbox, tmp_path, setup_directory=tmp_path / "secrets")
    yield browser
    browser.app.extensions["weighbridge-store"].close()


def test_the_app_is_made_and_its_files_let_the_bot_in(
    browser: Browser, sandbox: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    back = browser.make("?organisation=lab&teams=1&name=Weighing+Lab")
    assert back.startswith("http://localhost/setup/github/done?code=")
    done = browser.client.get(back)
    assert (done.status_code, "/apps/weighing-lab/installations/new" in done.text) == (200, True)
    [app] = sandbox.world.apps.values()
    assert (app.owner, app.permissions, app.events) == ("lab", permissions(teams=True), tuple(EVENTS))
    assert app.webhook_url == "https://weighbridge.example.org/webhooks/github"
    files = {path.name: path for path in (tmp_path / "secrets").iterdir()}
    assert set(files) == {f"github-app-{app.id}.pem", f"github-app-{app.id}.env"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    lines = dict(line.split("=", 1) for line in files[f"github-app-{app.id}.env"].read_text().splitlines())
    settings = {name.removeprefix("WEIGHBRIDGE_").lower(): value for name, value in lines.items()}
    assert forge_for("github", Settings(**settings)).whoami() == "weighing-lab[bot]"
    assert settings["github_webhook_secret"] == app.webhook_secret
    seen = done.text + caplog.text
    assert app.webhook_secret not in seen
    assert "PRIVATE KEY" not in seen


def test_without_a_directory_all_is_shown_once(sandbox: Sandbox, tmp_path: Path) -> None:
    browser = Browser(sandbox, tmp_path)
    back = browser.make()
    shown = browser.client.get(back)
    assert "BEGIN RSA PRIVATE KEY" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    [app] = sandbox.world.apps.values()
    assert f"WEIGHBRIDGE_GITHUB_APP_ID={app.id}" in shown.text
    assert "members" not in app.permissions
    again = browser.client.get(back)
    assert (again.status_code, "belongs to no registration" in again.text) == (400, True)


def test_what_cannot_be_written_is_shown_and_not_lost(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    browser = Browser(sandbox, tmp_path, setup_directory=tmp_path / "taken")
    shown = browser.client.get(browser.make())
    assert "Nothing could be written" in shown.text
    assert "BEGIN RSA PRIVATE KEY" in shown.text


def test_a_code_from_elsewhere_is_refused(browser: Browser, sandbox: Sandbox) -> None:
    theirs = Browser(sandbox, Path(browser.settings.database_url.removeprefix("sqlite:///")).parent).make()
    for address in (theirs, theirs.partition("&state=")[0], "/setup/github/done"):
        assert browser.client.get(address).status_code == 400
    assert len(sandbox.world.registrations) == 1, "nobody exchanged it"
    state = browser.make("?name=Ours").partition("&state=")[2]
    for code in ("unknown", "../../app", "%0d%0a"):
        refused = browser.client.get(f"/setup/github/done?code={code}&state={state}")
        assert (refused.status_code, "No App was set up" in refused.text) == (502, True)


def test_the_page_says_each_permission_and_posts_to_github_alone(browser: Browser) -> None:
    page = browser.client.get("/setup/github?organisation=a/../b")
    assert "named by letters, digits and hyphens" in page.text
    assert "/organizations/" not in page.text
    for one in PERMISSIONS:
        assert (one.reason in html.unescape(page.text)) is not one.optional
    github = website_of(browser.settings.github_api_url)
    assert f"form-action 'self' {github};" in page.headers["Content-Security-Policy"]
    _, values = browser.form(page.text, "/settings/apps/new")
    assert json.loads(values["manifest"])["public"] is False


def test_only_this_machine_and_who_knows_the_secret_may(sandbox: Sandbox, tmp_path: Path) -> None:
    closed = Browser(sandbox, tmp_path, dashboard="open").client
    for address in ("/setup/github", "/setup/github/done?code=a&state=b"):
        assert closed.get(address, headers=ELSEWHERE).status_code == 403
        assert closed.get(address, headers={"Host": "rebound.example"}).status_code == 403
    assert closed.post("/setup/github/enter", headers=ELSEWHERE, data={"secret": ""}).status_code == 403
    browser = Browser(sandbox, tmp_path, setup_secret="a long word of ours")
    assert browser.client.post("/setup/github/enter", headers=ELSEWHERE, data={"secret": "guess"}).status_code == 403
    entered = browser.client.post("/setup/github/enter", headers=ELSEWHERE, data={"secret": "a long word of ours"})
    assert entered.status_code == 302
    assert "a long word" not in str(entered.headers)
    # The test's browser keeps no cookie for TLS on a plain address.
    cookie = entered.headers["Set-Cookie"].partition(";")[0]
    page = browser.client.get("/setup/github", headers=ELSEWHERE | {"Cookie": cookie})
    assert page.status_code == 200
    _, values = browser.form(page.text, "/settings/apps/new")
    assert json.loads(values["manifest"])["redirect_url"] == "https://weighbridge.example.org/setup/github/done"
    key = os.devnull
    over = Browser(
        sandbox, tmp_path, setup_secret="a long word of ours", github_app_id=1, github_private_key_file=Path(key)
    )
    assert over.client.get("/setup/github", headers=ELSEWHERE | {"Cookie": cookie}).status_code == 403


def test_the_manifest_asks_for_what_tokens_ask_for_and_what_is_read() -> None:
    granted = permissions(teams=True)
    assert ASKED.items() <= granted.items()
    assert OPTIONAL_PERMISSIONS.items() <= granted.items()
    assert set(EVENTS) <= intake.EVENTS


@pytest.mark.parametrize(
    ("api", "website"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://api.lab.ghe.com", "https://lab.ghe.com"),
        ("https://git.lab.example/api/v3", "https://git.lab.example"),
        ("http://127.0.0.1:8080/api/v3", "http://127.0.0.1:8080"),
    ],
)
def test_the_website_is_found_from_the_api(api: str, website: str) -> None:
    assert website_of(api) == website


def test_the_secrets_of_a_new_app_are_not_in_its_printout() -> None:
    app = RegisteredApp(1, "w", "lab", "https://github.com/apps/w", "the key", "the secret")
    assert "the key" not in repr(app)
    assert "the secret" not in repr(app)
