"""Where weights come from: addresses in cards, metadata and what fetches them, and digests written beside them."""

from __future__ import annotations

import itertools
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.scanner.evidence._files import directories_above, once_per_tree, read, regular
from bot.scanner.readers import UnreadableError
from bot.scanner.surroundings._addresses import ADDRESS, file_of, is_pinned, publishes_models, without_end
from bot.scanner.surroundings._cards import LINE_LIMIT, Card, card_at, card_of, readmes
from bot.scanner.tree import Entry, EntryKind, Tree
from bot.scanner.wording import shown
from rules.facts import Detection
from rules.safe_yaml import YamlError, load
from rules.surroundings import Origin, Surroundings

FETCHER_LIMIT = 64 * 1024
"""Bytes of a script, recipe or list of digests that are read; SHA256SUMS of a thousand files has some 100 KiB."""
FETCHERS_LIMIT = 8
"""Such files that are read in one directory."""
DVC_LIMIT = 64 * 1024
"""Bytes; a `.dvc` file has some ten lines."""
CARD_ADDRESSES_LIMIT = 16
"""Addresses taken from one card."""
DIGEST_DISTANCE = 3
"""Lines between an address and the digest that a recipe writes down for it."""

_FETCHERS = re.compile(
    r"PKGBUILD|Dockerfile|Makefile|(default|package|flake|models?|weights)\.nix|(meta|recipe|conanfile|conandata)\.ya?ml|"
    r"(download|fetch|get|pull)[\w-]*\.(sh|py|ps1|cmake|mk)|(models?|weights|sources?|urls?|downloads?)\.(json|ya?ml|toml|txt)|"
    r"sources",
    re.IGNORECASE,
)
_SUMS = re.compile(r"(sha256sums?|checksums?)([-_.]?(sha256|txt|asc))*|.{1,200}\.sha256(sums?)?", re.IGNORECASE)
_SUM = re.compile(r"(?P<digest>[0-9a-fA-F]{64})[ \t]+\*?(?:\./)?(?P<name>\S.*)")
_BSD_SUM = re.compile(r"SHA256[ \t]*\((?:\./)?(?P<name>[^()]+)\)[ \t]*=[ \t]*(?P<digest>[0-9a-fA-F]{64})")
_ALONE = re.compile(r"\s*([0-9a-fA-F]{64})\s*")
_DIGEST = re.compile(r"(?<![0-9a-zA-Z])[0-9a-fA-F]{64}(?![0-9a-zA-Z])")
_FULL_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class _Text:
    """A small text file, line by line."""

    path: str
    lines: Sequence[str]


def find(path: str, detection: Detection, tree: Tree) -> Surroundings:
    """Every address and digest, those that programs use before those that people read."""
    name = posixpath.basename(path)
    found = [*_from_dvc(path, tree)]
    for directory in directories_above(path):
        fetched = _fetched(directory, tree)
        found += [*fetched.get(name, ()), *fetched.get(name.removesuffix(".dvc"), ())]
    for directory in directories_above(path):
        found += _summed(directory, tree).get(path, ())
    if source := detection.metadata.get("source"):
        found.append(Origin(source, path, pinned=is_pinned(source)))
    card = card_of(path, tree)
    if card is not None:
        found += _of_card(card.path, tree)
    beside = (readme for readme in readmes(posixpath.dirname(path), tree) if card is None or readme.path != card.path)
    found += [origin for readme in beside for origin in _addresses(readme.path, tree).get(name, ())]
    return Surroundings(origins=tuple(found))


@once_per_tree
def _of_card(path: str, tree: Tree) -> Sequence[Origin]:
    """Addresses in the card at a path at which models are published."""
    found = (origin for origin in _in_text(card_at(path, tree)) if publishes_models(origin.url))
    return list(itertools.islice(found, CARD_ADDRESSES_LIMIT))


@once_per_tree
def _addresses(path: str, tree: Tree) -> Mapping[str, Sequence[Origin]]:
    """Addresses in the README at a path, by the name of the file that they end with."""
    return _by_file(_in_text(card_at(path, tree)))


def _in_text(card: Card) -> Iterator[Origin]:
    for section in card.sections:
        for number, line in section.lines:
            for address in map(without_end, ADDRESS.findall(line)):
                yield Origin(shown(address), card.path, number, pinned=is_pinned(address))


@once_per_tree
def _fetched(directory: str, tree: Tree) -> Mapping[str, Sequence[Origin]]:
    """Addresses in the recipes and scripts of a directory, by the name of the file that they end with."""
    return _by_file(origin for text in _texts(directory, _FETCHERS, tree) for origin in _in_fetcher(text))


def _in_fetcher(text: _Text) -> Iterator[Origin]:
    for index, line in enumerate(text.lines):
        for address in map(without_end, ADDRESS.findall(line[:LINE_LIMIT])):
            digest = _digest_beside(text.lines, index)
            yield Origin(shown(address), text.path, index + 1, pinned=is_pinned(address), sha256=digest)


def _by_file(origins: Iterable[Origin]) -> Mapping[str, Sequence[Origin]]:
    found: defaultdict[str, list[Origin]] = defaultdict(list)
    for origin in origins:
        found[file_of(origin.url)].append(origin)
    return found


def _digest_beside(lines: Sequence[str], index: int) -> str | None:
    """The one digest within a few lines; None where there is none, or several that could be meant."""
    near = lines[max(0, index - DIGEST_DISTANCE) : index + DIGEST_DISTANCE + 1]
    on_line = {digest.lower() for digest in _DIGEST.findall(lines[index])}
    digests = on_line or {digest.lower() for line in near for digest in _DIGEST.findall(line)}
    return digests.pop() if len(digests) == 1 else None


@once_per_tree
def _summed(directory: str, tree: Tree) -> Mapping[str, Sequence[Origin]]:
    """Digests in the lists of a directory, by the path of the file that each is for."""
    found: defaultdict[str, list[Origin]] = defaultdict(list)
    for listing in _texts(directory, _SUMS, tree):
        for number, line in enumerate(listing.lines, 1):
            entry = _SUM.match(line) or _BSD_SUM.match(line)
            if entry is not None:
                path = posixpath.join(directory, entry["name"].strip())
                found[path].append(Origin("", listing.path, number, sha256=entry["digest"].lower()))
        alone = _ALONE.fullmatch("\n".join(listing.lines))
        if alone is not None and listing.path.endswith(".sha256"):
            digest = Origin("", listing.path, 1, sha256=alone[1].lower())
            found[listing.path.removesuffix(".sha256")].append(digest)
    return found


def _texts(directory: str, names: re.Pattern[str], tree: Tree) -> Iterator[_Text]:
    entries = [entry for entry in tree.entries(directory) if names.fullmatch(posixpath.basename(entry.path))]
    for entry in sorted(entries, key=lambda entry: entry.path)[:FETCHERS_LIMIT]:
        source = _file(entry, tree)
        if source is not None:
            yield _Text(entry.path, read(source, tree, FETCHER_LIMIT).text.split("\n"))


def _file(entry: Entry, tree: Tree) -> Entry | None:
    return regular(entry, tree) if entry.kind in (EntryKind.FILE, EntryKind.SYMLINK) else None


@once_per_tree
def _dvc_files(directory: str, tree: Tree) -> Mapping[str, Entry]:
    return {entry.path: entry for entry in tree.entries(directory) if entry.path.endswith(".dvc")}


def _from_dvc(path: str, tree: Tree) -> Iterator[Origin]:
    """The address in a `.dvc` file (dvc.org, ".dvc Files": `import-url` and `import` write down where from)."""
    pointer = path if path.endswith(".dvc") else f"{path}.dvc"
    source = regular(_dvc_files(posixpath.dirname(path), tree).get(pointer), tree)
    if source is None:
        return
    try:
        document, lines = load(read(source, tree, DVC_LIMIT).head, limit=DVC_LIMIT)
    except (YamlError, UnreadableError):
        return
    dependencies = document.get("deps") if isinstance(document, dict) else None
    for index, dependency in enumerate(dependencies if isinstance(dependencies, list) else []):
        if not isinstance(dependency, dict):
            continue
        line = lines.get(("deps", index))
        repository = dependency.get("repo")
        if isinstance(repository, dict) and isinstance(url := repository.get("url"), str):
            locked = _FULL_COMMIT.fullmatch(str(repository.get("rev_lock"))) is not None
            yield Origin(shown(url), pointer, line, "deps", pinned=locked)
        elif isinstance(place := dependency.get("path"), str) and "://" in place:
            yield Origin(shown(place), pointer, line, "deps", pinned=is_pinned(place))
