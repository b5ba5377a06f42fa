"""The packages of the corpus: fetched by their registries' own clients, checked by SHA-256, unpacked once."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MANIFESTS = Path(__file__).with_name("manifest")
ARCHIVE_PREFIX = "archives"


class CorpusError(Exception):
    """A package could not be had, or is not the one that the manifest names."""


class Kind(StrEnum):
    """The class of a file in the corpus."""

    PUBLISHED = "published"
    """A weight file that a package ships."""
    HEADERLESS = "headerless"
    """Raw numbers that a package ships beside the file that describes them: no structure of their own."""
    MADE = "made"
    """A weight file made here with the format's own library."""
    ARCHIVE = "archive"
    """A whole package that carries weights."""
    ORDINARY = "ordinary"
    """Any other file."""
    NEITHER = "neither"
    """Left out: a graph whose numbers lie in another file, a model without trained numbers, a frequency table."""


@dataclass(frozen=True)
class Package:
    """One pinned package and which of its files are weights, as its authors mean them."""

    registry: str
    """`pypi`, `npm` or `debian`."""
    name: str
    version: str
    archive: str
    """File name under which the registry's client leaves the package."""
    sha256: str
    weights: tuple[tuple[str, str], ...] = ()
    """Pairs of a path pattern (as `fnmatch` reads it) and the name of the format."""
    headerless: tuple[tuple[str, str], ...] = ()
    """As `weights`, for files of raw numbers."""
    either: tuple[str, ...] = ()
    """Patterns of files that belong to neither class, where no pattern above says otherwise."""
    nested: bool = False
    """Whether tar archives inside are unpacked as well (source trees that Debian ships packed)."""

    def label(self, path: str) -> tuple[Kind, str]:
        """The class of a file, and the format of a weight file (empty for another)."""
        for kind, table in ((Kind.PUBLISHED, self.weights), (Kind.HEADERLESS, self.headerless)):
            for pattern, name in table:
                if fnmatch.fnmatchcase(path, pattern):
                    return kind, name
        return (Kind.NEITHER if _matches(path, self.either) else Kind.ORDINARY), ""

    def label_of_archive(self) -> tuple[Kind, str]:
        """The class of the package as one file."""
        if self.weights or self.headerless:
            return Kind.ARCHIVE, self.registry
        return (Kind.NEITHER if self.either else Kind.ORDINARY), ""


def corpus_folder() -> Path:
    """Folder of the packages: WEIGHBRIDGE_CORPUS, or one in the user's cache."""
    named = os.environ.get("WEIGHBRIDGE_CORPUS")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(named) if named else cache / "weighbridge-corpus"


def read_manifests() -> list[Package]:
    """All packages that the manifests name, by file and then as they stand there."""
    return [
        Package(
            registry=table["registry"],
            name=table["name"],
            version=table["version"],
            archive=table["archive"],
            sha256=table["sha256"],
            weights=_pairs(table.get("weights", {})),
            headerless=_pairs(table.get("headerless", {})),
            either=tuple(table.get("either", ())),
            nested=table.get("nested", False),
        )
        for manifest in sorted(MANIFESTS.glob("*.toml"))
        for table in tomllib.loads(manifest.read_text(encoding="utf-8"))["package"]
    ]


def archive_of(package: Package, corpus: Path) -> Path:
    """The package as one file, whether it is there or not."""
    return corpus / ARCHIVE_PREFIX / package.registry / package.archive


def unpacked(package: Package, corpus: Path) -> Path:
    """The folder of a package's files, fetched and unpacked where it is not there yet.

    Raises CorpusError where the registry does not give the very bytes that the manifest names.
    """
    folder = corpus / package.registry / f"{package.name.replace('/', '+')}-{package.version.replace(':', '+')}"
    if folder.exists():
        return folder
    archive = archive_of(package, corpus)
    if not archive.exists():
        _fetch(package, archive.parent)
    if (digest := digest_of(archive)) != package.sha256:
        raise CorpusError(f"{package.archive} has SHA-256 {digest}, the manifest says {package.sha256}")
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    _unpack(archive, partial)
    if package.nested:
        for inner in [path for path in regular_files(partial) if ".tar" in path.name]:
            _unpack(inner, partial)
            inner.unlink()
    partial.rename(folder)
    return folder


def digest_of(file: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def regular_files(folder: Path) -> Iterator[Path]:
    """Every regular, non-empty file beneath a folder, in a fixed order; links are not followed."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent) / name
            if path.is_file() and not path.is_symlink() and path.stat().st_size:
                yield path


def client_command(registry: str, pinned: str, archive: str = "") -> list[str]:
    """The command of a registry's own client that leaves a package in the working directory.

    A wheel is asked for by the tags of its name, so that any Python fetches the same one.
    """
    if registry == "npm":
        return ["npm", "pack", "--silent", pinned]
    if registry == "debian":
        return ["apt-get", "download", "--quiet", pinned]
    kind = ["--no-binary", ":all:"] if archive.endswith((".tar.gz", ".zip")) else ["--only-binary", ":all:"]
    if archive.count("-") >= 4 and archive.endswith(".whl"):
        python, abi, platforms = archive.removesuffix(".whl").split("-")[-3:]
        if platforms != "any":
            version = python.split(".")[0].removeprefix("cp").removeprefix("py")
            kind += ["--python-version", version if len(version) > 1 else "3.11", "--implementation", "cp"]
            kind += ["--abi", abi] if abi != "none" else []
            kind += [part for platform in platforms.split(".") for part in ("--platform", platform)]
    return [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *kind, pinned]


def _fetch(package: Package, archives: Path) -> None:
    archives.mkdir(parents=True, exist_ok=True)
    pinned = {"pypi": "==", "npm": "@", "debian": "="}[package.registry].join((package.name, package.version))
    command = client_command(package.registry, pinned, package.archive)
    done = subprocess.run(command, cwd=archives, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CorpusError(f"{' '.join(command)}: {done.stderr.strip()[-500:]}")
    if not (archives / package.archive).exists():
        raise CorpusError(f"{package.name} {package.version}: the client left no {package.archive}")


def _unpack(archive: Path, folder: Path) -> None:
    if archive.suffix == ".deb":
        subprocess.run(["dpkg-deb", "--extract", str(archive), str(folder)], check=True)
    elif archive.suffix in {".whl", ".zip"}:
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(folder)
    else:
        with tarfile.open(archive) as tar:
            for member in tar:
                if member.isfile() or member.isdir():
                    tar.extract(member, folder, filter="data")


def _pairs(table: dict[str, list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((pattern, name) for name, patterns in table.items() for pattern in patterns)


def _matches(path: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)
