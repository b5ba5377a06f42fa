"""Base models: in the card, in the weights' own metadata, and in the configuration of a model or adapter."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot.scanner.evidence._files import once_per_tree, read, regular
from bot.scanner.surroundings._cards import Card, card_of
from bot.scanner.tree import Tree
from bot.scanner.wording import shown
from rules.facts import Detection
from rules.surroundings import BaseModel, Surroundings

CONFIG_LIMIT = 256 * 1024
"""Bytes of a configuration; those of large models, with a label for each class, have some 100 KiB."""
NAMES_LIMIT = 32
"""Base models of one place; merges of a dozen models exist."""

_RELATIONS = frozenset({"adapter", "finetune", "merge", "quantized"})
"""Relations of the Hugging Face hub (hub-docs, "Specifying a base model")."""
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_LOCAL = re.compile(
    r"(output|outputs|checkpoints?|models?|data|workspace|results?|runs?|tmp|home|mnt|content|ckpts?|weights)/", re.I
)
"""Folders that look like an owner's name in what a trainer wrote down of its own disk."""


def find(path: str, detection: Detection, tree: Tree) -> Surroundings:
    """Every base model that is named, the card's first."""
    card = card_of(path, tree)
    named = [*(_in_card(card) if card is not None else ()), *_in_metadata(path, detection)]
    return Surroundings(base_models=(*named, *_beside(posixpath.dirname(path), tree)))


def _in_card(card: Card) -> Iterator[BaseModel]:
    value = card.matter.get("base_model")
    said = str(card.matter.get("base_model_relation")).strip().lower()
    relation = said if said in _RELATIONS else None
    if isinstance(value, list):
        for index, item in enumerate(value[:NAMES_LIMIT]):
            if isinstance(item, str) and item.strip():
                yield BaseModel(shown(item), card.path, card.line("base_model", index), "base_model", relation)
    elif isinstance(value, str) and value.strip():
        yield BaseModel(shown(value), card.path, card.line("base_model"), "base_model", relation)


def _in_metadata(path: str, detection: Detection) -> Iterator[BaseModel]:
    names = [part.strip() for name in detection.base_models for part in _parts(name)]
    addressed = {_folded(name.rstrip("/").rpartition("/")[2]) for name in names if "/" in name}
    for name in list(dict.fromkeys(names))[:NAMES_LIMIT]:
        # GGUF writes a base down twice, by its title and by its address; the address tells more.
        if name and ("/" in name or _folded(name) not in addressed):
            yield BaseModel(name, path)


def _parts(name: str) -> Iterable[str]:
    """`modelspec.merged_from` lists names with commas (Stability-AI/ModelSpec)."""
    return name.split(",") if "://" not in name else (name,)


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


@once_per_tree
def _beside(directory: str, tree: Tree) -> tuple[BaseModel, ...]:
    """What the configuration in a directory names."""
    found: list[BaseModel] = []
    path, adapter = _config(directory, "adapter_config.json", tree)
    if name := _word(adapter, "base_model_name_or_path"):
        found.append(BaseModel(name, path, field="base_model_name_or_path", relation="adapter"))
    path, config = _config(directory, "config.json", tree)
    # The name that a model was loaded by, when it was saved: often a folder of the trainer's own disk.
    name = _word(config, "_name_or_path")
    if name and _HUB_NAME.fullmatch(name) and not _LOCAL.match(name):
        found.append(BaseModel(name, path, field="_name_or_path"))
    return tuple(found)


def _config(directory: str, name: str, tree: Tree) -> tuple[str, dict[str, Any]]:
    path = posixpath.join(directory, name)
    source = regular(tree.entry(path), tree)
    content = read(source, tree, CONFIG_LIMIT) if source is not None else None
    if content is None or not content.whole:
        return path, {}
    try:
        config = json.loads(content.head)
    except (ValueError, RecursionError):
        return path, {}
    return path, config if isinstance(config, dict) else {}


def _word(config: dict[str, Any], key: str) -> str | None:
    value = config.get(key)
    return shown(value).strip() or None if isinstance(value, str) else None
