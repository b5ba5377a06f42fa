"""What a scan of 50,000 changed files costs beside git's own listing of them, run by run.

    python -m tests.benchmarks.scanning [REPOSITORY BASE HEAD]

Without a repository two are made of the files of this machine: sources and texts of the system and of Python, and one
other file in a hundred; once as loose objects, as fresh commits are stored, and once packed, as a clone is. Git lists
packed ones several times faster, and the same scan is a larger multiple of that.

The listing is `git diff --raw` and, for every id in it, `git cat-file --batch-check`. Beside it stand

- the scan: from the names of two commits to the facts, with all git processes that it starts, in a process that has
  scanned before. It is what is held to the aim, since merge requests are scanned by workers, which live long;
- reading: git alone giving out what the scan opens, which no scan can do without;
- `weighbridge scan` as a whole: the start of Python, the imports, the policy, the scan, the rules and the report. What
  it takes more than the scan does not grow with the change.

Each run of the one is compared with the run of git just before it. Wall time varies with what else runs on the machine;
the ratio of processor times hardly does, but does not show that git and we work beside each other.
"""

from __future__ import annotations

import json
import os
import resource
import stat
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.scanner.git import GitTree, Repository, local_changes, past_changes
from bot.scanner.names import TEXT_ENDINGS
from bot.scanner.scan import collect
from rules.facts import Facts

FILES = 50_000
RUNS = 5
AIM, MEMORY_AIM = 1.5, 150
_OWN = (sysconfig.get_path("purelib"), sysconfig.get_path("stdlib"), str(Path(sys.base_prefix).parent))
ROOTS = (*_OWN, "/usr/include", "/usr/lib", "/usr/share", "/usr/src")
LARGEST = 500_000
"""Bytes of a file that is taken."""


@dataclass(frozen=True)
class Cost:
    """What something took."""

    wall: float
    processor: float
    """Seconds, of user and system together, with those of the git processes."""
    peak: float
    """Megabytes of the largest process, and no less than this one's."""
    remark: str = ""


def make_repository(path: Path, *, loose: bool = False) -> tuple[str, str]:
    """A bare repository whose branch `change` brings FILES files of this machine; the same ones in every run."""
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    limit = f"fastimport.unpackLimit={10 * FILES if loose else 1}"
    command = ["git", "-C", str(path), "-c", limit, "fast-import", "--quiet", "--depth=1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as git:
        stream = git.stdin
        if stream is None:
            raise SystemExit("git fast-import has no input")
        who = b"committer b <b@example.org> 1700000000 +0000\ndata 1\nx\n"
        stream.write(b"commit refs/heads/main\nmark :1\n" + who + b"M 100644 inline README\ndata 2\nx\n\n")
        stream.write(b"commit refs/heads/change\n" + who + b"from :1\n")
        for place, content in _chosen():
            name = place.lstrip("/").replace("\\", "\\\\").replace('"', '\\"').encode()
            stream.write(b'M 100644 inline "%b"\ndata %d\n' % (name, len(content)) + content + b"\n")
    if git.returncode:
        raise SystemExit("git fast-import failed")
    return "main", "change"


def _chosen() -> Iterator[tuple[str, bytes]]:
    texts, others = [], []
    for place in dict.fromkeys(_files()):  # one root may lie in another
        (texts if place.rpartition(".")[2].lower() in TEXT_ENDINGS | {"json", "txt", "xml"} else others).append(place)
    texts, others = _spread(texts)[: FILES - FILES // 100], _spread(others)[: FILES // 100]
    for place in sorted(texts + others):
        yield place, Path(place).read_bytes()
    for place in texts[: FILES - len(texts) - len(others)]:  # a small machine has fewer: some with their halves swapped
        content = Path(place).read_bytes()
        yield f"swapped{place}", content[len(content) // 2 :] + content[: len(content) // 2]


def _spread(places: Sequence[str]) -> list[str]:
    return sorted(places, key=lambda place: (zlib.crc32(place.encode()), place))


def _files() -> Iterator[str]:
    for root in dict.fromkeys(os.path.realpath(root) for root in ROOTS):
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(set(folders) - {".git", "__pycache__"})
            for name in names:
                place = os.path.join(folder, name)  # noqa: PTH118 - a hundred thousand times
                if place.isprintable() and place.isascii() and _is_taken(place):
                    yield place


def _is_taken(place: str) -> bool:
    found = os.lstat(place)
    return stat.S_ISREG(found.st_mode) and 0 < found.st_size <= LARGEST and os.access(place, os.R_OK)


def listing(path: Path, base: str, head: str) -> Cost:
    """Git alone."""
    with tempfile.TemporaryFile() as raw, tempfile.TemporaryFile() as oids, tempfile.TemporaryFile() as sizes:
        first = _run(["git", "-C", str(path), "diff", "--raw", "--no-abbrev", base, head], raw, None)
        raw.seek(0)
        oids.writelines(line.split(b" ", 4)[3] + b"\n" for line in raw)
        oids.seek(0)
        second = _run(["git", "-C", str(path), "cat-file", "--batch-check"], sizes, oids)
    return Cost(first.wall + second.wall, first.processor + second.processor, max(first.peak, second.peak))


def reading(path: Path, base: str, head: str) -> Cost:
    """Git alone, the contents of what the scan opens."""
    repository = Repository(path)
    changes = local_changes(repository, repository.commit(base), repository.commit(head))
    with tempfile.TemporaryFile() as oids, Path(os.devnull).open("wb") as nowhere:
        oids.writelines(f"{change.entry.oid}\n".encode() for change in changes.files if change.entry is not None)
        oids.seek(0)
        return _run(["git", "-C", str(path), "cat-file", "--batch", "--buffer"], nowhere, oids)


def warm_scan(path: Path, base: str, head: str) -> Cost:
    """The scan in a process that has done one before."""
    done = _run([sys.executable, "-m", "tests.benchmarks.scanning", "--inside", str(path), base, head], None, None)
    told = json.loads(done.remark)
    return Cost(told["wall"], told["processor"], done.peak, told["remark"])


def whole_scan(path: Path, base: str, head: str) -> Cost:
    """`weighbridge scan`, from the start of Python to the report."""
    options = ["--repo", str(path), "--base", base, "--head", head]
    return _run([sys.executable, "-m", "bot.cli.main", "scan", *options], None, None)


def inside(path: Path, base: str, head: str) -> None:
    """What `warm_scan` runs."""
    _scan(path, base, head)
    wall, processor = time.perf_counter(), _processor()
    facts = _scan(path, base, head)
    wall, processor = time.perf_counter() - wall, _processor() - processor
    remark = f"{facts.changed_files:,} files, {facts.unopened:,} passed over, {len(facts.artifacts)} models"
    print(json.dumps({"wall": wall, "processor": processor, "remark": remark}))


def _scan(path: Path, base: str, head: str) -> Facts:
    repository = Repository(path)
    start, tip = repository.commit(base), repository.commit(head)
    changes = local_changes(repository, start, tip)
    with GitTree(repository, tip) as tree, GitTree(repository, start) as before:
        return collect(changes, tree, base=before, past=lambda: past_changes(repository, start, tip))


def _processor() -> float:
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def _run(command: Sequence[str], output: object, source: object) -> Cost:
    """Run to the end; what was printed is the remark where `output` is None."""
    # Python keeps compiled modules, as it does where it is installed.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = kept | {"PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir(), "weighbridge-bench-bytecode"))}
    with tempfile.TemporaryFile() as printed:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=source, stdout=output or printed, env=environment)  # type: ignore[call-overload]
        _, _, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = 0
        printed.seek(0)
        remark = printed.read().decode() if output is None else ""
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, remark)


def main(arguments: Sequence[str]) -> int:
    """Print every run and the medians; 1 where the scan misses an aim."""
    if arguments:
        return _compare(Path(arguments[0]), arguments[1], arguments[2])
    missed = 0
    for kind in ("loose", "packed"):
        with tempfile.TemporaryDirectory(prefix="weighbridge-bench-") as folder:
            path = Path(folder, "repository")
            print(f"{kind} objects")
            missed |= _compare(path, *make_repository(path, loose=kind == "loose"))
    return missed


def _compare(path: Path, base: str, head: str) -> int:
    whole_scan(path, base, head)  # compiles the modules and fills the cache of the file system
    ways = {"git": listing, "reading": reading, "scan": warm_scan, "weighbridge scan": whole_scan}
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    print(f"{'':<18}{'wall s':>8}{'cpu s':>8}{'MB':>6}  times git: wall, cpu")
    for _ in range(RUNS):
        for name, way in ways.items():
            costs[name].append(way(path, base, head))
            _line(name, costs[name][-1], costs["git"][-1])
    print(f"medians ({costs['scan'][0].remark})")
    middle = {
        name: Cost(*(statistics.median(getattr(run, what) for run in runs) for what in ("wall", "processor", "peak")))
        for name, runs in costs.items()
    }
    for name, cost in middle.items():
        _line(name, cost, middle["git"])
    ratios = {
        name: statistics.median(scan.wall / git.wall for scan, git in zip(runs, costs["git"], strict=True))
        for name, runs in costs.items()
        if name != "git"
    }
    peak = max(run.peak for name in ("scan", "weighbridge scan") for run in costs[name])
    told = ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items())
    print(f"times the wall time of git (aim for the scan {AIM}): {told}; at most {peak:.0f} MB (aim {MEMORY_AIM})")
    return 0 if ratios["scan"] <= AIM and peak < MEMORY_AIM else 1


def _line(name: str, cost: Cost, git: Cost) -> None:
    ratios = f"{cost.wall / git.wall:>10.2f} {cost.processor / git.processor:>8.2f}" if name != "git" else ""
    print(f"{name:<18}{cost.wall:>8.3f}{cost.processor:>8.3f}{cost.peak:>6.0f}  {ratios}", flush=True)


if __name__ == "__main__":
    if "--inside" in sys.argv:
        inside(Path(sys.argv[2]), *sys.argv[3:])
    else:
        sys.exit(main(sys.argv[1:]))
