"""`weighbridge doctor` names what is missing, how to mend it, and says so by its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.sandbox.server import Sandbox
from bot.store.store import Store


def doctor(cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WEIGHBRIDGE_")}
    environment = inherited | {f"WEIGHBRIDGE_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "bot.cli.main", "doctor"]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_a_fresh_installation_is_told_what_to_set(tmp_path: Path) -> None:
    done = doctor(tmp_path)
    assert done.returncode == 1
    assert "FAIL  no forge is set up" in done.stdout
    assert "WEIGHBRIDGE_GITHUB_TOKEN" in done.stdout
    assert "start `weighbridge serve`" in done.stdout


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "forge")


def test_a_good_installation_is_well_and_a_wrong_token_is_named(tmp_path: Path, sandbox: Sandbox) -> None:
    store = Store(f"sqlite:///{tmp_path / 'weighbridge.db'}")
    store.migrate()
    store.beat("worker-1")
    store.close()
    with sandbox:
        sandbox.world.create_user("the-bot")
        settings = {
            "GITHUB_API_URL": sandbox.github_api_url,
            "GITHUB_TOKEN": sandbox.world.create_token("the-bot"),
            "GITHUB_WEBHOOK_SECRET": "s",
            "FORGEJO_URL": sandbox.forgejo_url,
            "FORGEJO_TOKEN": sandbox.world.create_token("the-bot"),
            "FORGEJO_WEBHOOK_SECRET": "s",
            "PUBLIC_URL": "https://weighbridge.example.org",
        }
        well = doctor(tmp_path, **settings)
        assert (well.returncode, well.stderr) == (0, "")
        for name, url in (("github", sandbox.github_api_url), ("forgejo", sandbox.forgejo_url)):
            assert f"ok    {name}: {url} knows us as the-bot" in well.stdout
        assert "worker: worker-1 runs" in well.stdout
        ill = doctor(tmp_path, **settings | {"GITHUB_TOKEN": "wrong-token"})
        assert ill.returncode == 1
        assert "FAIL  github: " in ill.stdout
        assert "check WEIGHBRIDGE_GITHUB_TOKEN" in ill.stdout
        assert "wrong-token" not in ill.stdout + ill.stderr


def test_a_database_that_cannot_be_reached_is_said_once(tmp_path: Path) -> None:
    done = doctor(tmp_path, DATABASE_URL="sqlite:////nowhere/at/all.db")
    assert done.returncode == 1
    assert done.stdout.count("unable to open database file") == 1
    assert "check WEIGHBRIDGE_DATABASE_URL" in done.stdout


def test_a_wrong_setting_ends_it_with_one_line(tmp_path: Path) -> None:
    done = doctor(tmp_path, LISTEN="nowhere")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_a_list_of_known_bad_weights_is_counted_and_what_is_wrong_with_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text(f"{'ab' * 32}  opens a shell\nnonsense\n")
    done = doctor(tmp_path, ADVISORIES="bad.txt, none.json")
    assert "ok    advisories: 1 known digest of weights" in done.stdout
    assert "FAIL  advisories: bad.txt: line 2: it does not begin with a SHA-256" in done.stdout
    assert "FAIL  advisories: none.json: No such file or directory" in done.stdout
    assert "WEIGHBRIDGE_ADVISORIES" in done.stdout
