"""What loading a Keras model runs, from its description."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bot.scanner.formats._paths import leads_outside
from bot.scanner.pickles.names import Global, is_dangerous
from bot.scanner.wording import shown
from rules.facts import LoadingSafety, LoadingVerdict

_OWN_MODULES = ("keras", "tf_keras", "tensorflow.keras", "builtins")
"""Packages whose layers come with Keras itself. `builtins` is Keras' name for plain values and plain functions."""
_OWN_DANGERS = frozenset(
    """
    deserialize_keras_object enable_unsafe_deserialization extract_archive get_file
    load_img load_model load_weights save_img
    """.split()
)
"""Functions of Keras that a description can name and that fetch, unpack, load, or switch a safeguard off (advisories
CVE-2025-1550, CVE-2025-8747, CVE-2025-9906)."""
_BUILTIN_DANGERS = frozenset(
    {"__import__", "breakpoint", "compile", "delattr", "eval", "exec", "getattr", "globals", "input", "open", "setattr"}
)
_OPERATOR_LAYERS = frozenset({"TFOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty", "SlicingOpLambda"})
_TOUCHING = re.compile(
    r"(tf\.|compat\.v[12]\.)?(io\.|train\.|data\.|raw_ops\.(ReadFile|WriteFile|EagerPyFunc|PyFunc)|py_func|numpy_func"
    r"|load_(op_)?library|sysconfig|saved_model|autograph)"
)
"""Operators of TensorFlow that reach files, Python or libraries, as layers made of operators name them."""
_NODE_LIMIT = 200_000
"""Parts of a description that are looked at."""
_MOST = 10


def loading_of_config(config: object) -> LoadingVerdict:
    """The verdict on a description (parsed JSON): Lambda layers and foreign modules run code of the file's choice."""
    reasons: list[str] = []
    dangers: list[str] = []
    unread = False
    for count, node in enumerate(_nodes(config)):
        if count > _NODE_LIMIT:
            unread = True
            break
        if danger := _danger(node):
            dangers.append(danger)
        elif reason := _reason(node):
            reasons.append(reason)
    if dangers:
        return LoadingVerdict(LoadingSafety.DANGEROUS, tuple(dict.fromkeys(dangers))[:_MOST])
    if unread:
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("its description is too large to be read to the end",))
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


def _danger(node: dict[str, Any]) -> str | None:
    """A function or class that no model needs while it is loaded, or a file that a layer reads from elsewhere."""
    kind, module, config = node.get("class_name"), node.get("module"), node.get("config")
    if not isinstance(kind, str):
        return None
    if isinstance(module, str) and module:
        name = config if kind == "function" and isinstance(config, str) else kind
        found = Global(module[:200], name[:200])
        if name in _dangers_of(module) if _is_own(module) else is_dangerous(found):
            return f"it calls {shown(found.dotted, 120)} while it is loaded"
    if not isinstance(config, dict):
        return None
    function = config.get("function") or config.get("symbol")
    if kind in _OPERATOR_LAYERS and isinstance(function, str) and _TOUCHING.match(function):
        return f"its layer {_name_of(config)} calls {shown(function, 80)} of TensorFlow"
    vocabulary = config.get("vocabulary")
    if isinstance(vocabulary, str) and leads_outside(vocabulary):
        return f"its layer {_name_of(config)} reads {shown(vocabulary, 100)}, outside its own folder"
    return None


def _dangers_of(module: str) -> frozenset[str]:
    """`builtins` is where Keras puts its plain functions too, `relu` and others."""
    return _BUILTIN_DANGERS if module == "builtins" else _OWN_DANGERS


def _reason(node: dict[str, Any]) -> str | None:
    kind = node.get("class_name")
    if not isinstance(kind, str):
        return None
    config = node.get("config")
    name = _name_of(config)
    if kind == "Lambda":
        return f"the layer {name} is a Lambda: it carries code of its own"
    if kind == "__lambda__":
        return "it carries a pickled function (__lambda__)"
    if kind == "TorchModuleWrapper":
        return f"the layer {name} is a TorchModuleWrapper: it unpickles a module of PyTorch"
    module = node.get("module")
    if isinstance(module, str) and module and not _is_own(module):
        return f"the layer {name} comes from {shown(module, 60)}, which Keras imports to load it"
    return None


def _name_of(config: object) -> str:
    return shown(config.get("name", "without a name"), 60) if isinstance(config, dict) else "without a name"


def _is_own(module: str) -> bool:
    return any(module == own or module.startswith(f"{own}.") for own in _OWN_MODULES)
