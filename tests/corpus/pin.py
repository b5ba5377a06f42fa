"""Prints the manifest's table of a package: `python tests/corpus/pin.py pypi NAME`, or `npm`, or `debian`.

The package is fetched into the corpus folder by its registry's client and unpacked. What lies in it is listed on
standard error, largest first, for the person who labels its weights. Labels are for that person to write: from the
package's documentation and contents, never from what a detector says.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote

from packages import ARCHIVE_PREFIX, Package, client_command, corpus_folder, digest_of, regular_files, unpacked

LISTED = 25


def pin(registry: str, name: str) -> Package:
    """Fetch the newest version of a package that the registry's client gives, and describe it."""
    archives = corpus_folder() / ARCHIVE_PREFIX / registry
    archives.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archives) as scratch:
        for archive in (".whl", ".tar.gz") if registry == "pypi" else ("",):
            command = client_command(registry, name, archive)
            done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
            if found := list(Path(scratch).iterdir()):
                break
        if done.returncode or len(found) != 1:
            sys.exit(f"{name}: {done.stderr.strip()[-300:]}")
        archive = archives / found[0].name
        shutil.move(found[0], archive)
    bare = name.partition("==")[0]
    return Package(registry, bare, _version(registry, bare, archive.name), archive.name, digest_of(archive))


def _version(registry: str, name: str, archive: str) -> str:
    if registry == "debian":
        return unquote(archive.split("_")[1])
    if registry == "npm":
        prefix = name.removeprefix("@").replace("/", "-") + "-"
        return archive.removeprefix(prefix).removesuffix(".tgz")
    return archive.split("-")[1] if archive.endswith(".whl") else _after_last_dash(archive)


def _after_last_dash(archive: str) -> str:
    return archive.removesuffix(".tar.gz").removesuffix(".zip").rpartition("-")[2]


def table(package: Package) -> str:
    """The package as a table of TOML, without labels."""
    fields = ("registry", "name", "version", "archive", "sha256")
    return "[[package]]\n" + "".join(f'{field} = "{getattr(package, field)}"\n' for field in fields)


def main() -> None:
    """Pin the packages that the command line names."""
    registry, *names = sys.argv[1:]
    for name in names:
        package = pin(registry, name)
        folder = unpacked(package, corpus_folder())
        files = sorted(regular_files(folder), key=lambda file: file.stat().st_size, reverse=True)
        print(table(package), flush=True)
        print(f"{package.name} {package.version}: {len(files):,} files", file=sys.stderr)
        for file in files[:LISTED]:
            print(f"  {file.stat().st_size:>12,} {file.relative_to(folder)}", file=sys.stderr)


if __name__ == "__main__":
    main()
