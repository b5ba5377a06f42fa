"""What it costs to say what a file is, at 10 MB, 1 GB and 10 GB: on disk, through git, and over HTTP.

    python -m tests.benchmarks.reading [--small]

Each file is asked about in a process of its own. `--small` leaves the 10 GB away. The files are sparse; a directory for
them is taken from TMPDIR.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from bot.forges.http import HttpReader
from bot.scanner.containers.kinds import container_gate
from bot.scanner.detect import detect
from bot.scanner.formats import format_gate
from bot.scanner.git import GitTree, Repository
from bot.scanner.readers import BlobReader, FileReader
from tests.benchmarks.artifacts import MAKERS

SIZES = {"10 MB": 10**7, "1 GB": 10**9, "10 GB": 10**10}
IN_GIT = ("model.safetensors", "model.gguf", "model.pt")
OVER_HTTP = ("model.safetensors", "model.gguf", "model.pt", "project.tar")
FLAT = 1.1
"""Times the bytes of the smallest file that a larger one may cost."""


class CountingReader:
    """Counts what is read through it."""

    def __init__(self, inner: BlobReader) -> None:
        self._inner = inner
        self.reads = 0
        self.taken = 0

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self._inner.size

    def read(self, offset: int, length: int) -> bytes:
        """Read and count."""
        content = self._inner.read(offset, length)
        self.reads += 1
        self.taken += len(content)
        return content


def measure(name: str, source: BlobReader) -> dict[str, Any]:
    """What `detect` says and costs. The imports and expressions that the first file of a scan pays are done before."""
    format_gate(), container_gate()
    reader = CountingReader(source)
    start = time.perf_counter()
    detection = detect(name, reader)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = f"{detection.format} ({detection.confidence.name.lower()})" if detection else "nothing"
    return {"found": found, "bytes": reader.taken, "reads": reader.reads, "ms": seconds * 1000, "peak": peak / 1024}


def one(kind: str, name: str, place: str) -> dict[str, Any]:
    """One measurement in this process: `place` is a file, a repository, or an address."""
    if kind == "file":
        return measure(name, FileReader(place))
    if kind == "git":
        repository = Repository(place)
        with GitTree(repository, repository.commit("HEAD")) as tree:
            entry = tree.entry(name)
            if entry is None:
                raise SystemExit(f"{place} has no {name}")
            return measure(name, tree.open(entry))
    with requests.Session() as session:
        size = int(session.head(place).headers["Content-Length"])
        return measure(name, HttpReader(session, place, size, {}, lambda _: False))


def _apart(kind: str, name: str, place: str) -> dict[str, Any]:
    command = [sys.executable, "-m", __spec__.name if __spec__ else "tests.benchmarks.reading", kind, name, place]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _row(where: str, size: str, answer: dict[str, Any], served: int | None = None) -> None:
    behind = f"  {served:,} bytes sent" if served is not None else ""
    cost = f"{answer['bytes']:>12,} {answer['reads']:>6} {answer['ms']:>9.1f} {answer['peak']:>6.0f}"
    print(f"{where:<32} {size:>6}  {cost}  {answer['found']}{behind}", flush=True)


def main(sizes: Sequence[str]) -> int:
    """Print the tables; 1 where a larger file on disk costs more than a small one."""
    print(f"{'file':<32} {'size':>6}  {'bytes read':>12} {'reads':>6} {'ms':>9} {'MB':>6}  found")
    steep = []
    with tempfile.TemporaryDirectory(prefix="weighbridge-bench-") as folder:
        for name, make in MAKERS.items():
            costs = []
            for size in sizes:
                path = Path(folder, name)
                make(path, SIZES[size])
                answer = _apart("file", name, str(path))
                path.unlink()
                costs.append(answer["bytes"])
                _row(name, size, answer)
            if max(costs) > FLAT * costs[0]:
                steep.append(name)
        _through_git(Path(folder), [size for size in sizes if size != "10 GB"])
        _over_http(Path(folder), sizes)
    print("flat" if not steep else f"NOT FLAT: {', '.join(steep)}")
    return 1 if steep else 0


def _through_git(folder: Path, sizes: Sequence[str]) -> None:
    for name in IN_GIT:
        for size in sizes:
            repository, path = folder / "repository", folder / name
            MAKERS[name](path, SIZES[size])
            run = ["git", "-C", str(repository), "-c", "core.compression=1", "-c", "core.bigFileThreshold=1m"]
            subprocess.run(["git", "init", "-q", str(repository)], check=True)
            path.rename(repository / name)
            subprocess.run([*run, "add", name], check=True)
            identity = ["-c", "user.name=b", "-c", "user.email=b@example.org"]
            subprocess.run([*run, *identity, "commit", "-q", "-m", "model"], check=True)
            _row(f"git: {name}", size, _apart("git", name, str(repository)))
            subprocess.run(["rm", "-rf", str(repository)], check=True)


def _over_http(folder: Path, sizes: Sequence[str]) -> None:
    with _served(folder) as (address, sent):
        for name in OVER_HTTP:
            for size in sizes:
                path = folder / name
                MAKERS[name](path, SIZES[size])
                sent.clear()
                _row(f"http: {name}", size, _apart("http", name, f"{address}/{name}"), sum(sent))
                path.unlink()


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """A server that knows ranges, with the lengths of what it sent."""
    sent: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet, or the client waits for its own acknowledgement

        def do_HEAD(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str((folder / self.path[1:]).stat().st_size))
            self.end_headers()

        def do_GET(self) -> None:
            first, last = map(int, re.findall(r"\d+", self.headers["Range"]))
            self.send_response(206)
            self.send_header("Content-Length", str(last - first + 1))
            self.end_headers()
            with (folder / self.path[1:]).open("rb") as file:
                file.seek(first)
                content = file.read(last - first + 1)
            sent.append(self.wfile.write(content))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", sent
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(json.dumps(one(*sys.argv[1:])))
        sys.exit()
    sys.exit(main([size for size in SIZES if size != "10 GB" or "--small" not in sys.argv]))
