"""One git command that talks to a forge: bounded in time and disk, and nobody sees its credentials.

They go into git by its environment (GIT_CONFIG_COUNT, git 2.31), as a header for the forge's address alone: not into
the command line, which other users of the machine can read, nor into a file, nor into what git complains about.
"""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

NAME = "forge"
"""What the remote is called. It is written in no configuration file, so that no other git can reach it."""
_LOOK = 0.05
"""Seconds between two looks at the clock and the disk."""
_COMPLAINT = 300
"""Characters of git's complaint that are passed on."""
_INHERITED = ("PATH", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy", "https_proxy", "all_proxy", "no_proxy")
_SETTINGS = {
    "core.askPass": "",
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "credential.helper": "",
    "fetch.fsckObjects": "true",
    # Old mistakes that real histories hold and that lead nobody astray (git-fsck(1), "fsck messages").
    "fetch.fsck.badTimezone": "ignore",
    "fetch.fsck.missingSpaceBeforeDate": "ignore",
    "fetch.fsck.zeroPaddedDate": "ignore",
    "fetch.fsck.zeroPaddedFilemode": "ignore",
    "fetch.recurseSubmodules": "false",
    # What comes stays one file: thousands of loose objects are slow to count and to remove.
    "fetch.unpackLimit": "1",
    "gc.auto": "0",
    # A redirect would carry the credentials to wherever it leads.
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
    "maintenance.auto": "false",
    "protocol.allow": "never",
    "submodule.recurse": "false",
    "transfer.bundleURI": "false",
    f"remote.{NAME}.promisor": "true",
}


class FetchError(Exception):
    """Something could not be fetched. The message says why, as the end of "could not be fetched: "."""


@dataclass(frozen=True)
class Remote:
    """A repository on a forge."""

    url: str
    """Its clone address, as the forge itself names it."""
    login: Callable[[], tuple[str, str]]
    """A user name and a secret for it."""


@dataclass(frozen=True)
class Bounds:
    """What a command may cost."""

    until: float
    """Moment of `time.monotonic` at which it is ended."""
    is_too_large: Callable[[], bool]
    """Asked again and again; the command is ended when it says yes."""


def fetch(directory: Path, remote: Remote, arguments: Sequence[str], bounds: Bounds) -> None:
    """Run `git fetch` in a bare repository. Raises FetchError; what came until then may lie there in part."""
    command = ["git", "--git-dir", str(directory), "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", *arguments]
    environment = _environment(remote)
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                env=environment,
                cwd=directory,
                start_new_session=True,
            )
        except OSError as error:
            raise FetchError(f"git could not be started: {error.strerror}") from error
        try:
            code = _watched(process, bounds)
        finally:
            _end(process)
        if code:
            raise FetchError(_complaint(complaints, code))


def _environment(remote: Remote) -> Mapping[str, str]:
    """Everything git is told: of our own variables only what leads to the network and what says whom to trust there."""
    parts = urlsplit(remote.url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        raise FetchError("the forge names a clone address that is not one of http or https")
    user, secret = remote.login()
    header = base64.b64encode(f"{user}:{secret}".encode()).decode()
    settings = _SETTINGS | {
        f"protocol.{parts.scheme}.allow": "always",
        f"remote.{NAME}.url": remote.url,
        f"http.{parts.scheme}://{parts.netloc}/.extraHeader": f"Authorization: Basic {header}",
    }
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if bundle and Path(bundle).is_file():
        settings["http.sslCAInfo"] = bundle
    kept = {name: value for name, value in os.environ.items() if name in _INHERITED or name.lower() in _INHERITED[4:]}
    told = {
        "GIT_CONFIG_COUNT": str(len(settings)),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "HOME": os.devnull,  # where curl would look for a .netrc
        "LC_ALL": "C",
    }
    for number, (name, value) in enumerate(settings.items()):
        told |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return kept | told


def _watched(process: subprocess.Popen[bytes], bounds: Bounds) -> int:
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(_LOOK)
            if bounds.is_too_large():
                raise FetchError("it needs more disk than WEIGHBRIDGE_FETCH_LIMIT allows")
            return code
        if time.monotonic() > bounds.until:
            raise FetchError("the forge took too long")
        if bounds.is_too_large():
            raise FetchError("it needs more disk than WEIGHBRIDGE_FETCH_LIMIT allows")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End git and all that it started: the one that talks to the network is a child of a child."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _complaint(complaints: IO[bytes], code: int) -> str:
    """The line of git's messages that says why it stopped."""
    complaints.seek(0)
    lines = complaints.read(64 * 1024).decode("utf-8", "replace").splitlines()
    told = next((line for line in lines if line.startswith(("fatal:", "error:"))), None)
    return " ".join((told or (lines[-1] if lines else f"git ended with status {code}")).split())[:_COMPLAINT]
