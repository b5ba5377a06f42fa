"""Running git on a repository whose configuration, hooks and attributes nobody vouches for."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "diff.external=",
    "protocol.allow=never",
)
"""A repository's own configuration can name programs for git to run; these win over it."""

_PIECE = 128 * 1024
"""Bytes of git's output that are taken at once: a few hundred changes."""


class GitError(Exception):
    """Git could not do what was asked. The message says what and where, in one line."""


def environment() -> Mapping[str, str]:
    """The variables git runs with.

    What would point git at another repository is dropped, nothing is asked, nothing is fetched
    (a partial clone would fetch missing blobs from wherever its configuration says), replacement
    objects do not stand in for the real ones, and the index is not touched.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


class Repository:
    """A local git repository, bare or with a working tree."""

    def __init__(self, path: str | Path) -> None:
        """Raises GitError where `path` lies in no repository or git is not installed."""
        self.top = Path(path)
        """The root of the working tree; of a bare repository, its own directory."""
        if not self.top.is_dir():
            raise GitError(f"{path}: there is no such directory")
        self._filters: tuple[str, ...] = ()
        git_dir = Path(self._text("rev-parse", "--absolute-git-dir"))
        self.common_dir = (self.top / self._text("rev-parse", "--git-common-dir")).resolve()
        """Where objects lie, Git LFS's too; shared by all working trees of a repository."""
        self.bare = self._text("rev-parse", "--is-bare-repository") == "true"
        self.top = git_dir if self.bare else Path(self._text("rev-parse", "--show-toplevel"))
        self._filters = self._filters_switched_off()

    def command(self, *arguments: str) -> Sequence[str]:
        """The command line that runs git here."""
        settings = [word for setting in (*_SETTINGS, *self._filters) for word in ("-c", setting)]
        return ["git", "-C", str(self.top), "--literal-pathspecs", *settings, *arguments]

    def run(self, *arguments: str, content: bytes = b"") -> bytes:
        """Run git to its end and return what it printed. Raises GitError with git's own first line."""
        try:
            done = subprocess.run(
                self.command(*arguments), input=content, capture_output=True, env=environment(), check=False
            )
        except OSError as error:
            raise GitError(f"git could not be started: {error.strerror}; install git and try again") from error
        if done.returncode:
            raise GitError(f"git {arguments[0]} in {self.top}: {_complaint(done.returncode, done.stderr)}")
        return done.stdout

    def stream(self, *arguments: str) -> Iterator[bytes]:
        """What git prints, in pieces as it comes. Raises GitError, as `run` does, at its end."""
        with tempfile.TemporaryFile() as complaints:
            try:
                process = subprocess.Popen(
                    self.command(*arguments),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=complaints,
                    env=environment(),
                )
            except OSError as error:
                raise GitError(f"git could not be started: {error.strerror}; install git and try again") from error
            try:
                while process.stdout is not None and (piece := process.stdout.read(_PIECE)):
                    yield piece
            except GeneratorExit:
                process.kill()
                raise
            finally:
                code = process.wait()
                if process.stdout is not None:
                    process.stdout.close()
            complaints.seek(0)
            if code:
                raise GitError(f"git {arguments[0]} in {self.top}: {_complaint(code, complaints.read())}")

    def commit(self, revision: str) -> str:
        """The id of the commit that `revision` names. Raises GitError where it names none."""
        found = self.commit_or_none(revision)
        if found is None:
            raise GitError(f"{self.top}: {revision!r} names no commit here; fetch it or check the spelling")
        return found

    def commit_or_none(self, revision: str) -> str | None:
        """As `commit`, but None where there is no such commit."""
        try:
            return self._text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        except GitError:
            return None

    def empty_tree(self) -> str:
        """The id of the tree without entries, in this repository's hash."""
        return self._text("hash-object", "-t", "tree", "--stdin")

    def _text(self, *arguments: str) -> str:
        return self.run(*arguments).decode("utf-8", "surrogateescape").rstrip("\n")

    def _filters_switched_off(self) -> tuple[str, ...]:
        """Settings that leave no clean or smudge filter to run: comparing a file with the index would run one."""
        try:
            listed = self.run(
                "config", "--null", "--name-only", "--get-regexp", r"^filter\..*\.(clean|smudge|process)$"
            )
        except GitError:
            return ()
        names = {key.rpartition(".")[0] for key in listed.decode("utf-8", "surrogateescape").split("\0") if key}
        usable = sorted(name for name in names if "=" not in name and "\n" not in name)
        if len(usable) != len(names):
            raise GitError(f"{self.top}: its configuration names a filter that cannot be switched off; remove it")
        return tuple(f"{name}.{key}" for name in usable for key in ("clean=", "smudge=", "process=", "required=false"))


def _complaint(code: int, messages: bytes) -> str:
    """The line of git's messages that says why it stopped."""
    lines = messages.decode("utf-8", "replace").strip().splitlines()
    fatal = (line for line in lines if line.startswith(("fatal:", "error:")))
    return next(fatal, lines[0] if lines else f"exit status {code}")
