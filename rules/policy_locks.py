"""What an organisation's policy keeps for itself: keys that files nearer to a repository cannot set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from rules.policy_errors import Key, line_of
from rules.policy_file import LicensesEntry, PolicyFile, ScopeEntry
from rules.policy_layers import Layer
from rules.policy_problems import LOCKABLE

_EMPTY = PolicyFile(version=1)


def unlocked(above: Sequence[Layer], beneath: Sequence[Layer]) -> tuple[Layer, ...]:
    """The layers without the keys that a layer beneath them keeps for itself.

    `above` are a repository's file and what it extends, `beneath` its organisation's stack. Where that keeps `extends`
    for itself, nothing of what the file extends has a say.
    """
    if any(_locks(keeper.file, "extends") for keeper in beneath):
        above = above[:1]
    layers = (*above, *beneath)
    free: list[Layer] = []
    for position, layer in enumerate(layers):
        for keeper in layers[position + 1 :]:
            if keeper.file.locked:
                layer = _without_locked(layer, keeper)  # noqa: PLW2901 - each keeper takes its part
        free.append(layer)
    return tuple(free)


def _without_locked(layer: Layer, keeper: Layer) -> Layer:
    """A layer without what another one locks; each key that was written though gives a sentence."""
    file = layer.file
    taken: list[Key] = []
    update: dict[str, object] = {}
    for key in LOCKABLE:
        name = key.replace("-", "_")
        if key != "rules" and name in file.model_fields_set and _locks(keeper.file, key):
            update[name] = getattr(_EMPTY, name)
            taken.append((key,))
    kept = {rule: entry for rule, entry in file.rules.items() if not _locks(keeper.file, f"rules.{rule}")}
    if len(kept) < len(file.rules):
        update["rules"] = kept
        taken += [("rules", rule) for rule in file.rules if rule not in kept]
    if "scopes" not in update and file.scopes:
        scopes = tuple(_scope_without_locked(scope, keeper.file) for scope in file.scopes)
        if scopes != file.scopes:
            update["scopes"] = scopes
            taken.append(("scopes",))
    if not taken:
        return layer
    # A pack under the repository's file loses its word in silence: nobody here wrote it.
    told = () if layer.own is None else tuple(_not_used(key, layer, keeper) for key in taken)
    return replace(layer, file=file.model_copy(update=update), unused=(*layer.unused, *told))


def _scope_without_locked(scope: ScopeEntry, keeper: PolicyFile) -> ScopeEntry:
    rules = {rule: entry for rule, entry in scope.rules.items() if not _locks(keeper, f"rules.{rule}")}
    licenses = LicensesEntry() if _locks(keeper, "licenses") else scope.licenses
    return scope.model_copy(update={"rules": rules, "licenses": licenses})


def _locks(keeper: PolicyFile, key: str) -> bool:
    return _covers(keeper.locked, key) and not _covers(keeper.open, key)


def _covers(words: Sequence[str], key: str) -> bool:
    return any(word in {"*", key} or key.startswith(f"{word}.") or fnmatchcase(key, word) for word in words)


def _not_used(key: Key, layer: Layer, keeper: Layer) -> str:
    line = line_of(key, layer.lines)
    where = f" (line {line})" if line else ""
    dotted = ".".join(str(part) for part in key)
    return f"`{dotted}` in `{layer.name}`{where} is not used, or not all of it: `{keeper.name}` keeps that to itself."
