"""What loading a Keras model runs, from its description."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.scanner.wording import shown
from rules.facts import LoadingSafety, LoadingVerdict

_OWN_MODULES = ("keras", "tf_keras", "tensorflow.keras", "builtins")
"""Packages whose layers come with Keras itself. `builtins` is Keras' name for plain values and plain functions."""
_NODE_LIMIT = 200_000
"""Parts of a description that are looked at."""
_MOST = 10


def loading_of_config(config: object) -> LoadingVerdict:
    """The verdict on a description (parsed JSON): Lambda layers and foreign modules run code of the file's choice."""
    reasons: list[str] = []
    for count, node in enumerate(_nodes(config)):
        if count > _NODE_LIMIT:
            return LoadingVerdict(LoadingSafety.UNKNOWN, ("its description is too large to be read to the end",))
        if reason := _reason(node):
            reasons.append(reason)
    if reasons:
        return LoadingVerdict(LoadingSafety.EXECUTES_CODE, tuple(dict.fromkeys(reasons))[:_MOST])
    return LoadingVerdict(LoadingSafety.SAFE, ("its layers are Keras' own, and none is a Lambda",))


def _nodes(root: object) -> Iterator[dict[str, Any]]:
    """Every mapping in a description, without recursion."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _reason(node: dict[str, Any]) -> str | None:
    kind = node.get("class_name")
    if not isinstance(kind, str):
        return None
    config = node.get("config")
    name = shown(config.get("name", "without a name"), 60) if isinstance(config, dict) else "without a name"
    if kind == "Lambda":
        return f"the layer {name} is a Lambda: it carries code of its own"
    if kind == "__lambda__":
        return "it carries a pickled function (__lambda__)"
    module = node.get("module")
    if isinstance(module, str) and module and not _is_own(module):
        return f"the layer {name} comes from {shown(module, 60)}, which Keras imports to load it"
    return None


def _is_own(module: str) -> bool:
    return any(module == own or module.startswith(f"{own}.") for own in _OWN_MODULES)
