"""Submodules that point at model repositories: the address in `.gitmodules` is all that the change holds of them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bot.scanner.readers import UnreadableError
from bot.scanner.tree import EntryKind, Tree
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

_MODULES = ".gitmodules"
_LIMIT = 256 * 1024
"""Bytes of a `.gitmodules` that are read."""
_HOSTS = ("huggingface.co", "hf.co", "hf-mirror.com", "modelscope.cn", "modelscope.ai", "modelers.cn", "wisemodel.cn")
"""Hosts of model repositories."""
_NOT_MODELS = ("datasets/", "spaces/", "studios/")
_SECTION = re.compile(r"\s*\[(.*)\]\s*")
_VALUE = re.compile(r"\s*(path|url)\s*=\s*\"?(.*?)\"?\s*", re.IGNORECASE)


def address_of(path: str, tree: Tree) -> str | None:
    """The address that `.gitmodules` gives for the submodule at `path`, None where it gives none.

    Raises UnreadableError.
    """
    entry = tree.entry(_MODULES)
    if entry is None or entry.kind is not EntryKind.FILE:
        return None
    reader = tree.open(entry)
    if reader.size > _LIMIT:
        raise UnreadableError(f"{_MODULES} has {reader.size:,} bytes; it was not read")
    values: dict[str, str] = {}
    for line in [*reader.read(0, reader.size).decode("utf-8", "replace").splitlines(), "[end]"]:
        if _SECTION.fullmatch(line):
            if values.get("path") == path:
                return values.get("url")
            values = {}
        elif match := _VALUE.fullmatch(line):
            values[match[1].lower()] = match[2]
    return None


def model_repository(address: str) -> Detection | None:
    """What a submodule at a model hub's address stands for, None for other addresses."""
    host, _, path = _split(address)
    if not any(host == name or host.endswith(f".{name}") for name in _HOSTS) or path.startswith(_NOT_MODELS):
        return None
    return Detection(
        format="submodule",
        title="model repository (submodule)",
        is_weight=True,
        confidence=Confidence.POSSIBLE,
        loading=LoadingVerdict(LoadingSafety.UNKNOWN, ("its files are in another repository",)),
        metadata={"address": shown(address)},
        remarks=("Only its address speaks for weights; the repository there was not read.",),
    )


def _split(address: str) -> tuple[str, str, str]:
    """Host and path of an address, also in the short form of ssh: `git@hf.co:owner/name`."""
    if "://" not in address:
        host, colon, path = address.rpartition("@")[2].partition(":")
        return host.lower(), colon, path
    try:
        parts = urlsplit(address)
        return (parts.hostname or "").lower(), "/", parts.path.lstrip("/")
    except ValueError:
        return "", "", ""
