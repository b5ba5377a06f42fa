"""skops: a zip of arrays and a `schema.json` that names the class and the way of loading of every object.

Source: skops/io/_persist.py, _audit.py and _trusted_types.py of skops; a type that is not trusted must be named by
whoever loads the file, and is then imported and made.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.pickles import Global
from bot.scanner.pickles.names import is_dangerous
from bot.scanner.readers import BoundedReader, UnreadableError
from bot.scanner.structures.npy import read_header
from bot.scanner.structures.zips import Archive, open_zip
from bot.scanner.wording import shown, tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "skops"
SUFFIXES = (".skops",)
MARK = rb"PK[\x03\x05][\x04\x06]"

SCHEMA_LIMIT = 8 * 1024 * 1024
"""Bytes of a schema that is read: a forest of some hundred trees."""
_NODE_LIMIT = 1_000_000
_ARRAYS = 2_000
_TRUSTED = ("builtins.", "numpy.", "scipy.sparse.", "scipy.special.", "sklearn.", "collections.")
"""What skops trusts by itself, told by the beginnings of its lists."""
_UNTRUSTED = {"sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"}
_CALLING = {"FunctionNode", "MethodNode", "OperatorFuncNode", "PartialNode", "ReduceNode"}
"""Ways of loading that lead to a call of what they name."""
_CALLABLE = ("numpy.", "scipy.special.")
_MODELS = ("sklearn.", "xgboost.", "lightgbm.", "catboost.", "quantile_forest.", "imblearn.")
_MOST = 8


@dataclass
class _Contents:
    root: str = ""
    types: Counter[str] = field(default_factory=Counter)
    untrusted: dict[str, None] = field(default_factory=dict)
    dangerous: dict[str, None] = field(default_factory=dict)
    version: str = ""
    whole: bool = False


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A dump of skops; None for everything else, other zips too."""
    archive = open_zip(blob)
    if archive is None or "schema.json" not in archive.members:
        return None
    contents = _Contents()
    try:
        reader = archive.reader(archive.members["schema.json"])
        raw = reader.read(0, min(reader.size, SCHEMA_LIMIT))
    except UnreadableError:
        return None
    if b'"__loader__"' not in raw:
        return None
    if reader.size <= SCHEMA_LIMIT:
        try:
            _walk(json.loads(raw), contents)
        except (ValueError, RecursionError):
            contents.whole = False
    return _described(archive, contents)


def _walk(schema: object, contents: _Contents) -> None:
    """Collect the types of every object, in no particular order."""
    if isinstance(schema, dict):
        contents.root = f"{schema.get('__module__')}.{schema.get('__class__')}"
        contents.version = str(schema.get("_skops_version", ""))
    rest: list[object] = [schema]
    for _ in range(_NODE_LIMIT):
        if not rest:
            contents.whole = True
            return
        node = rest.pop()
        if isinstance(node, list):
            rest.extend(node)
        elif isinstance(node, dict):
            rest.extend(value for value in node.values() if isinstance(value, (dict, list)))
            if "__loader__" in node:
                _type(node, contents)


def _type(node: dict[str, object], contents: _Contents) -> None:
    module, name, loader = (str(node.get(key)) for key in ("__module__", "__class__", "__loader__"))
    if loader == "FunctionNode" and isinstance(node.get("content"), dict):
        content = node["content"]
        assert isinstance(content, dict)  # noqa: S101 - what the line above has told, for the type checker
        module, name = str(content.get("module_path", module)), str(content.get("function", name))
    dotted = f"{module}.{name}"
    contents.types[dotted] += 1
    trusted = _CALLABLE if loader in _CALLING else _TRUSTED
    calls_builtin = module == "builtins" and is_dangerous(Global(module, name))
    if dotted.startswith(trusted) and dotted not in _UNTRUSTED and not calls_builtin:
        return
    shown_name = shown(dotted, 100)
    contents.untrusted[shown_name] = None
    if is_dangerous(Global(module, name)) and loader != "PartialNode":
        contents.dangerous[shown_name] = None


def _described(archive: Archive, contents: _Contents) -> Detection:
    tensors, parameters, types = _arrays(archive)
    is_model = not contents.whole or any(name.startswith(_MODELS) for name in contents.types)
    is_model = is_model or bool(contents.dangerous or contents.untrusted)
    is_weight = is_model or tensors > 0
    metadata = {}
    if contents.root:
        metadata["architecture"] = shown(contents.root, 100)
    if contents.version:
        metadata["producer"] = f"skops {shown(contents.version, 20)}"
    if types:
        metadata["dtypes"] = tally(types)
    certain = Confidence.CERTAIN if is_model or not is_weight else Confidence.POSSIBLE
    return Detection(
        format="skops",
        title=TITLE,
        is_weight=is_weight,
        confidence=certain if contents.whole else Confidence.PROBABLE,
        loading=_loading(contents),
        parameters=parameters if tensors else None,
        tensors=tensors or None,
        metadata=metadata,
        remarks=() if contents.whole else ("Its schema is damaged, or larger than what is read here.",),
    )


def _arrays(archive: Archive) -> tuple[int, int, Counter[str]]:
    """How many arrays of floating-point numbers there are, and how many numbers in them."""
    types: Counter[str] = Counter()
    parameters = 0
    for name, info in list(archive.members.items())[:_ARRAYS]:
        if not name.endswith(".npy"):
            continue
        try:
            header = read_header(archive.reader(info))
        except UnreadableError:
            continue
        if header is not None and (header.is_float or header.dtype == "record"):
            types[header.dtype] += 1
            parameters += header.elements
    return types.total(), parameters, types


def _loading(contents: _Contents) -> LoadingVerdict:
    if contents.dangerous:
        names = list(contents.dangerous)[:_MOST]
        return LoadingVerdict(LoadingSafety.DANGEROUS, tuple(f"its schema names {name}" for name in names))
    if not contents.whole:
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("its schema could not be read",))
    if contents.untrusted:
        names = list(contents.untrusted)[:_MOST]
        reasons = tuple(f"its schema names {name}, which skops does not trust by itself" for name in names)
        return LoadingVerdict(LoadingSafety.EXECUTES_CODE, reasons)
    return LoadingVerdict(LoadingSafety.SAFE, ("its schema names only types that skops trusts",))
