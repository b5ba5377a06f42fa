"""A wrong setting is named with its fault and the fix, and secrets are never shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.instances import instances_of
from bot.settings import Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("LISTEN", "8080", "it must be HOST:PORT"),
        ("LISTEN", "localhost:99999", "it must be HOST:PORT"),
        ("DATABASE_URL", "mysql://host/db", "it must begin with sqlite:/// and a file, or with postgresql://"),
        ("PUBLIC_URL", "weighbridge.example.org", "it must be an address such as https://host"),
        ("GITHUB_API_URL", "https://user:secret@host/", "it must have no user name"),
        ("GITHUB_APP_ID", "twelve", "valid integer"),
        ("CONCURRENCY", "0", "greater than or equal to 1"),
        ("WORKER_ID", "worker one", "it may hold up to 64 letters"),
        ("LOG_FORMAT", "xml", "match pattern"),
        ("DRIFT_EVERY", "weekly", "such as 7d, or off"),
        ("GITHUB_TOKN", "x", "did you mean WEIGHBRIDGE_GITHUB_TOKEN?"),
    ],
)
def test_a_wrong_setting_is_named_with_its_fault(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, fault: str
) -> None:
    monkeypatch.setenv(f"WEIGHBRIDGE_{name}", value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert f"WEIGHBRIDGE_{name}: " in str(caught.value)
    assert fault in str(caught.value)


def test_several_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEIGHBRIDGE_LISTEN", "x")
    monkeypatch.setenv("WEIGHBRIDGE_CONCURRENCY", "x")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert len(str(caught.value).splitlines()) == 2


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "weighbridge.toml").write_text('listen = "127.0.0.1:1"\ngitlab_url = "https://gitlab.example/"\n')
    monkeypatch.setenv("WEIGHBRIDGE_LISTEN", "127.0.0.1:2")
    settings = load_settings()
    assert (settings.listen, settings.gitlab_url) == ("127.0.0.1:2", "https://gitlab.example")


@pytest.mark.parametrize(
    ("content", "fault"), [("listen = ", "it is no TOML"), ("listn = 'x'", "did you mean listen?"), ("\x00", "no TOML")]
)
def test_a_wrong_file_is_named(tmp_path: Path, content: str, fault: str) -> None:
    (tmp_path / "weighbridge.toml").write_text(content)
    with pytest.raises(SettingsError, match=r"weighbridge\.toml") as caught:
        load_settings()
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ('[[gitlab]]\ntoken = "t"', "[[gitlab]] 1, url: field required"),
        ('[[forgejo]]\nurl = "codeberg.org"', "[[forgejo]] 1, url: it must be an address"),
        (
            '[[gitlab]]\nurl = "https://a.example"\n[[gitlab]]\nurl = "https://b.example"\ntokn = "t"',
            "[[gitlab]] 2, tokn",
        ),
        ('[[gitlab]]\nurl = "https://a.example"\ntokn = "t"', "did you mean token?"),
        ("[[github]]\napp_id = 7", "[[github]] 1: app_id: a GitHub App needs its key; set private_key_file"),
        ('[[github]]\nprivate_key = "k"', "[[github]] 1: private_key: a key is set without its App; set app_id"),
        (
            '[[github]]\napp_id = 7\nprivate_key_file = "none.pem"',
            "[[github]] private_key_file: none.pem: No such file",
        ),
        ('github = "x"', "WEIGHBRIDGE_GITHUB: "),
    ],
)
def test_a_wrong_table_is_named_with_its_fault(tmp_path: Path, table: str, fault: str) -> None:
    (tmp_path / "weighbridge.toml").write_text(table)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert fault in str(caught.value)


def test_tables_stand_beside_the_plain_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = '[[gitlab]]\nurl = "https://git.example/"\ntoken = "hidden"\nwebhook_secret = "new, old"\n'
    (tmp_path / "weighbridge.toml").write_text(table)
    alone = load_settings()
    assert [(one.url, one.host, one.key) for one in instances_of("gitlab", alone)] == [
        ("https://git.example", "git.example", "gitlab:git.example")
    ]
    monkeypatch.setenv("WEIGHBRIDGE_GITLAB_TOKEN", "t")
    settings = load_settings()
    first, second = instances_of("gitlab", settings)
    assert (first.host, first.key, second.label) == ("gitlab.com", "gitlab", "gitlab (git.example)")
    assert [secret.get_secret_value() for secret in second.secrets] == ["new", "old"]
    assert "hidden" not in f"{settings!r}{second!r}"
    monkeypatch.setenv("WEIGHBRIDGE_GITLAB", "[]")
    with pytest.raises(SettingsError, match="WEIGHBRIDGE_GITLAB: there is no such setting"):
        load_settings()


def test_several_secrets_are_taken_and_none_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEIGHBRIDGE_GITHUB_WEBHOOK_SECRET", "first, second")
    monkeypatch.setenv("WEIGHBRIDGE_GITHUB_TOKEN", "third")
    settings = load_settings()
    assert [secret.get_secret_value() for secret in settings.github_webhook_secret] == ["first", "second"]
    assert not any(secret in f"{settings!r}{settings}" for secret in ("first", "second", "third"))


def test_the_key_of_an_app_is_read_from_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WEIGHBRIDGE_GITHUB_APP_ID", "7")
    monkeypatch.setenv("WEIGHBRIDGE_GITHUB_PRIVATE_KEY_FILE", str(tmp_path / "key.pem"))
    with pytest.raises(SettingsError, match=r"WEIGHBRIDGE_GITHUB_PRIVATE_KEY_FILE: .*No such file"):
        load_settings()
    (tmp_path / "key.pem").write_text("PEM")
    assert load_settings().private_key == "PEM"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"GITHUB_APP_ID": "7"}, "set GITHUB_PRIVATE_KEY_FILE"),
        ({"GITHUB_PRIVATE_KEY": "PEM"}, "set GITHUB_APP_ID"),
        ({"GITHUB_APP_ID": "7", "GITHUB_PRIVATE_KEY": "PEM", "GITHUB_TOKEN": "t"}, "not both"),
    ],
)
def test_an_app_and_a_token_exclude_each_other(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], fault: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"WEIGHBRIDGE_{name}", value)
    with pytest.raises(SettingsError, match=fault):
        load_settings()


@pytest.mark.parametrize(
    ("url", "jobs"),
    [
        ("sqlite:////var/lib/weighbridge/weighbridge.db", "sqlite:////var/lib/weighbridge/weighbridge-jobs.db"),
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
    ],
)
def test_the_job_engine_keeps_its_tables_beside_ours(url: str, jobs: str) -> None:
    assert Settings(database_url=url).jobs_database_url == jobs


@pytest.mark.parametrize("subcommand", ["serve", "worker"])
def test_a_wrong_setting_stops_the_start_with_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, subcommand: str
) -> None:
    monkeypatch.setenv("WEIGHBRIDGE_LISTEN", "nowhere")
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli.main", subcommand], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith("weighbridge: WEIGHBRIDGE_LISTEN: it must be HOST:PORT")


def test_what_is_fetched_lies_beside_the_database_unless_it_is_told_otherwise(tmp_path: Path) -> None:
    assert Settings(database_url=f"sqlite:///{tmp_path}/w.db").fetched == tmp_path / "w-fetched"
    assert Settings().fetched == Path.cwd() / "weighbridge-fetched"
    assert Settings(fetch_directory=Path("here")).fetched == Path.cwd() / "here"
    assert Settings(database_url="postgresql://u:p@host/n").fetched.name.endswith("-fetched")
