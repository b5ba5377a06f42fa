from __future__ import annotations

import hashlib
import json
import os
import pickle
import struct
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.main import main

CARD = b"---\nlicense: apache-2.0\n---\n# A voice\n"


def safetensors() -> bytes:
    text = json.dumps({"w": {"dtype": "F32", "shape": [1024], "data_offsets": [0, 4096]}}).encode()
    return struct.pack("<Q", len(text)) + text + bytes(4096)


class Calls:
    def __reduce__(self) -> tuple[object, ...]:
        return (os.system, ("echo pwned",))


class Checkout:
    """A repository with one commit on `main` and a branch `topic` checked out, or one that is there already."""

    def __init__(self, path: Path, *options: str) -> None:
        self.path = path
        if path.exists():
            return
        path.mkdir()
        self.git("init", "-q", "-b", "main", *options)
        self.commit({"README.md": b"# Project\n"})
        self.git("checkout", "-q", "-b", "topic")

    def git(self, *arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=self.path, check=True, capture_output=True)

    def write(self, files: dict[str, bytes]) -> None:
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def commit(self, files: dict[str, bytes]) -> None:
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "a commit")

    def scan(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command, in this process: most of what a process of its own takes is its start."""
        done = CliRunner().invoke(main, ["scan", "--repo", str(self.path), *arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "project")


def test_a_branch_with_licensed_weights_passes_with_status_0(checkout: Checkout) -> None:
    checkout.commit({"m/model.safetensors": safetensors(), "m/README.md": CARD})
    done = checkout.scan()
    assert done.returncode == 0, done.stderr
    assert "1 weight file checked, nothing blocks" in done.stdout
    assert "m/model.safetensors" in done.stdout
    assert "Apache-2.0" in done.stdout


def test_weights_without_a_licence_block_with_status_1_and_say_what_to_do(checkout: Checkout) -> None:
    checkout.commit({"m/model.safetensors": safetensors()})
    done = checkout.scan()
    assert done.returncode == 1
    assert "license-missing" in done.stdout
    assert "$ printf" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_dangerous_pickle_is_named_and_never_loaded(checkout: Checkout, tmp_path: Path) -> None:
    checkout.commit({"model.pkl": pickle.dumps({"weights": [1.0] * 100, "x": Calls()})})
    done = checkout.scan("--format", "json")
    assert done.returncode == 1
    content = json.loads(done.stdout)
    rules = {finding["rule"]: finding["severity"] for finding in content["findings"]}
    assert rules["executes-code-on-load"] == "blocking"
    assert "pwned" not in done.stdout.replace("echo pwned", "")


def test_markdown_is_the_comment_a_merge_request_would_get(checkout: Checkout) -> None:
    checkout.commit({"m/model.safetensors": safetensors()})
    done = checkout.scan("--format", "markdown")
    assert done.stdout.startswith("<!-- weighbridge:summary v1 -->\n")
    assert "blocks this change" in done.stdout


def test_json_is_the_same_bytes_each_time(checkout: Checkout) -> None:
    checkout.commit({"m/model.safetensors": safetensors()})
    assert checkout.scan("--format", "json").stdout == checkout.scan("--format", "json").stdout


def test_uncommitted_work_is_judged_with_staged(checkout: Checkout) -> None:
    checkout.write({"m/model.safetensors": safetensors()})
    assert checkout.scan("--staged").returncode == 1
    checkout.git("add", "-A")
    assert checkout.scan("--staged").returncode == 1
    checkout.write({"m/README.md": CARD})
    checkout.git("add", "-A")
    assert checkout.scan("--staged").returncode == 0


def test_the_policy_is_the_one_at_the_base_never_the_change_s_own(checkout: Checkout) -> None:
    checkout.commit({"m/model.safetensors": safetensors(), ".weighbridge.yml": b"version: 1\nmode: observe\n"})
    assert checkout.scan().returncode == 1
    checkout.git("checkout", "-q", "main")
    checkout.commit({".weighbridge.yml": b"version: 1\nmode: observe\n"})
    checkout.git("checkout", "-q", "topic")
    done = checkout.scan()
    assert done.returncode == 0
    assert "would block" in done.stdout


def test_a_policy_file_given_by_hand_rules(checkout: Checkout, tmp_path: Path) -> None:
    checkout.commit({"m/model.safetensors": safetensors()})
    policy = tmp_path / "mine.yml"
    policy.write_text("version: 1\nrules:\n  license-missing: warning\n")
    assert checkout.scan("--policy", str(policy)).returncode == 0
    policy.write_text("version: 1\nrules:\n  license-mising: warning\n")
    done = checkout.scan("--policy", str(policy))
    assert done.returncode == 2
    assert f"{policy}:3" in done.stderr
    assert "license-missing" in done.stderr


def test_what_could_not_be_looked_at_is_status_2_and_named(checkout: Checkout) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 7000000\n".encode()
    checkout.commit({"data.bin": pointer})
    done = checkout.scan()
    assert done.returncode == 2
    assert "Not looked at" in done.stdout
    assert "data.bin" in done.stdout
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--base", "no-such-branch"), "'no-such-branch' names no commit"),
        (("--head=--output=x",), "names no commit"),
        (("--staged", "--base", "main"), "without --base and --head"),
        (("--policy", "no-such-file.yml"), "No such file"),
        (("--repo", "/no/such/place"), "no such directory"),
    ],
)
def test_what_cannot_be_judged_is_said_in_one_line_with_status_2(
    checkout: Checkout, arguments: tuple[str, ...], reason: str
) -> None:
    checkout.commit({"src/main.py": b"print()\n"})
    done = checkout.scan(*arguments)
    assert done.returncode == 2
    assert reason in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_without_anything_to_compare_with_the_way_out_is_named(checkout: Checkout) -> None:
    checkout.git("checkout", "-q", "main")
    done = checkout.scan()
    assert done.returncode == 2
    assert "the tip of main itself" in done.stderr
    assert "--base REV" in done.stderr
    assert "--staged" in done.stderr


def test_the_upstream_default_branch_is_the_base_where_there_is_one(checkout: Checkout, tmp_path: Path) -> None:
    checkout.git("checkout", "-q", "main")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(checkout.path), str(clone)], check=True)
    work = Checkout.__new__(Checkout)
    work.path = clone
    assert work.scan().returncode == 0
    work.commit({"m/model.safetensors": safetensors()})
    assert work.scan().returncode == 1, "on main itself, what is not upstream yet is the change"


def test_a_change_without_weights_is_told_as_that(checkout: Checkout) -> None:
    checkout.commit({"src/main.py": b"print()\n"})
    done = checkout.scan()
    assert done.returncode == 0
    assert "No model weights in this change" in done.stdout


def test_weights_that_a_list_warns_of_are_blocked(checkout: Checkout, tmp_path: Path) -> None:
    weights = safetensors()
    checkout.commit({"m/model.safetensors": weights, "m/README.md": CARD})
    assert checkout.scan().returncode == 0
    digest = hashlib.sha256(weights).hexdigest()
    (tmp_path / "bad.txt").write_text(f"{digest}  leaks what it was trained on\n")
    record = {"id": "WB-2026-1", "summary": "Opens a shell", "affected": [{"versions": [f"sha256:{digest}"]}]}
    (tmp_path / "feed.json").write_text(json.dumps(record))
    lists = [f"--advisories={tmp_path / name}" for name in ("bad.txt", "feed.json")]
    done = checkout.scan(*lists)
    assert done.returncode == 1
    assert "leaks what it was trained on" in done.stdout
    assert "WB-2026-1" in done.stdout


def test_a_list_that_cannot_be_read_is_no_reason_to_do_without_it(checkout: Checkout, tmp_path: Path) -> None:
    checkout.commit({"m/model.safetensors": safetensors(), "m/README.md": CARD})
    done = checkout.scan(f"--advisories={tmp_path / 'none.json'}")
    assert done.returncode == 2
    assert "none.json: No such file or directory" in done.stderr
