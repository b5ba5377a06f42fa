"""The real git client clones from the sandbox."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.git import environment


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, env=environment(), check=False)


def test_git_clones_a_public_repository_without_its_large_files(stage: Any, tmp_path: Path) -> None:
    url = f"{stage.sandbox.url}/distro/packages.git"
    result = git("clone", "--quiet", "--bare", "--filter=blob:limit=1k", url, str(tmp_path / "clone"))
    assert result.returncode == 0, result.stderr
    clone = ("--git-dir", str(tmp_path / "clone"))
    fetched = git(*clone, "fetch", "--quiet", "origin", "refs/pull/1/head:refs/heads/pull")
    assert fetched.returncode == 0, fetched.stderr
    names = git(*clone, "ls-tree", "-r", "--name-only", "pull").stdout.split()
    assert "models/tiny.bin" in names
    missing = git(*clone, "rev-list", "--objects", "--missing=print", "pull").stdout
    oid = stage.repository.git.entry(stage.pull.head, "models/tiny.bin").oid
    assert f"?{oid}" in missing


def test_git_needs_a_token_for_a_private_repository_and_cannot_push(stage: Any) -> None:
    stage.repository.private = True
    address = urlsplit(stage.sandbox.url).netloc
    assert git("ls-remote", f"http://{address}/distro/packages.git").returncode != 0
    with_token = f"http://x-access-token:{stage.bot.token}@{address}/distro/packages.git"
    assert "refs/heads/main" in git("ls-remote", with_token).stdout
    pushed = git("--git-dir", str(stage.fork.git.path), "push", with_token, "main:refs/heads/x")
    assert "403" in pushed.stderr
