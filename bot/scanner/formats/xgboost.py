"""XGBoost: boosted trees or a linear booster as JSON or as Universal Binary JSON.

Source: doc/model.schema and doc/tutorials/saving_model.rst of XGBoost; src/learner.cc for the keys `Config` and `Model`
of a serialized booster, which holds its settings too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.json_leaves import leaves
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.stream import Stream
from bot.scanner.structures.text import tail, whole_text
from bot.scanner.structures.ubjson import Numbers, values
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "XGBoost"
SUFFIXES = (".ubj",)
MARK = (
    rb'\{\s{0,12}"(?:learner|version|Model|Config)"\s{0,4}:\s{0,4}[\[{]'
    rb"|\{(?:L\0{7}|[iUlI])\0{0,3}[\x05-\x07](?:learner|version|Model|Config)[\[{]"
)

READ_LIMIT = 1024 * 1024
"""Bytes of the binary manner that are read beyond the head; lists of numbers are stepped over."""
COUNT_LIMIT = 4 * 1024 * 1024
"""Bytes of the largest JSON that is read through for its numbers; a larger one is known by its head and tail."""
_TAIL = 8 * 1024
_VALUE_LIMIT = 100_000
_NODES = re.compile(rb'"num_nodes"\s{0,4}:\s{0,4}"(\d{1,10})"')
_TAIL_FACT = re.compile(rb'"(num_feature|num_class|name)"\s{0,4}:\s{0,12}"([\w:.+-]{1,60})"')
_VERSION = re.compile(rb'"version"\s{0,4}:\s{0,4}\[\s*(\d{1,4})\s*,\s*(\d{1,4})\s*,\s*(\d{1,4})\s*\]')
_BOOSTERS = {"gbtree": "boosted trees", "dart": "boosted trees (dart)", "gblinear": "linear booster"}
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers and settings only",))


@dataclass
class _Model:
    booster: str = ""
    objective: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    version: list[str] = field(default_factory=list)
    numbers: int = 0
    """Nodes of trees (each has one: a threshold or a leaf's value) and weights of a linear booster."""
    is_learner: bool = False
    """True for the settings of a booster alone too."""
    is_trained: bool = False
    whole: bool = False
    uncounted: bool = False
    """True where it is too large to be read through."""


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model, a serialized booster, or its settings alone; None for everything else."""
    model = _Model()
    if blob.head[1:2] in {b"L", b"i", b"U", b"I", b"l"}:
        _read_binary(blob, model)
    else:
        _read_json(blob, model)
    return _described(model, blob) if model.is_learner else None


def _read_binary(blob: BoundedReader, model: _Model) -> None:
    try:
        _collect(values(Stream(blob, READ_LIMIT), _VALUE_LIMIT), model)
        model.whole = True
    except BudgetExceededError:
        model.whole = model.uncounted = True
    except DamagedError:
        return


def _read_json(blob: BoundedReader, model: _Model) -> None:
    head = leaves(blob.head)
    _collect(head.found, model)
    for path in head.containers:
        _of_booster(path, None, model) if path[:2] == ("learner", "gradient_booster") else None
    model.whole = head.is_whole
    if head.is_whole or ("learner",) not in head.containers:
        return
    content, complete = whole_text(blob, COUNT_LIMIT)
    end = content[-_TAIL:] if complete else tail(blob, _TAIL)
    # The names of many features may fill the head; then the tail, with the parameters of the learner, must tell.
    if b'"learner_model_param"' in end and b'"objective"' in end:
        model.is_learner = model.is_trained = True
    for name, value in _TAIL_FACT.findall(end):
        text = value.decode("ascii", "replace")
        if name != b"name":
            model.facts.setdefault(name.decode("ascii"), text)
        elif text in _BOOSTERS:
            model.booster = model.booster or text
        else:
            model.objective = model.objective or text
    if match := _VERSION.search(end):
        model.version = [number.decode("ascii") for number in match.groups()]
    model.whole = end.rstrip(b" \r\n\t\0").endswith(b"}") or (not end and not complete)
    model.uncounted = not complete
    if complete:
        model.numbers = sum(int(nodes) for nodes in _NODES.findall(content))


def _collect(found: Iterable[tuple[tuple[str, ...], str | Numbers]], model: _Model) -> None:
    for path, value in found:
        where = path[1:] if path[0] in {"Model", "Config"} else path
        if where[:2] == ("learner", "gradient_booster"):
            _of_booster(where, value, model)
        elif isinstance(value, Numbers):
            continue
        elif where[:2] == ("learner", "learner_model_param") and len(where) == 3:
            model.facts[where[2]] = value
        elif where == ("learner", "objective", "name"):
            model.objective = value
        elif path in {("version", "[]"), ("Model", "version", "[]")}:
            model.version.append(value)


def _of_booster(where: tuple[str, ...], value: str | Numbers | None, model: _Model) -> None:
    model.is_learner = True
    model.is_trained = model.is_trained or "model" in where[2:4]
    if isinstance(value, Numbers):
        if where[-2:] == ("model", "weights"):
            model.numbers += value.count
    elif value is None:
        return
    elif where[-2:] == ("tree_param", "num_nodes"):
        model.numbers += int(value) if value.isdigit() and len(value) <= 10 else 0
    elif where[-2:] == ("gbtree_model_param", "num_trees"):
        model.facts["num_trees"] = value
    elif where == ("learner", "gradient_booster", "name"):
        model.booster = value
    elif where[-3:] == ("model", "weights", "[]"):
        model.numbers += 1


def _described(model: _Model, blob: BoundedReader) -> Detection:
    architecture = _BOOSTERS.get(model.booster, model.booster)
    if model.objective:
        architecture = f"{architecture or 'booster'}, {model.objective}"
    metadata = {
        name: shown(value)
        for name, value in (
            ("architecture", architecture),
            ("trees", model.facts.get("num_trees", "")),
            ("features", model.facts.get("num_feature", "")),
            ("producer", "XGBoost " + ".".join(model.version[:3]) if model.version else ""),
        )
        if value
    }
    is_weight = model.is_trained or not model.whole
    counted = model.whole and not model.uncounted and 0 < model.numbers <= blob.size
    remarks = [] if model.whole else ["It is damaged or cut off."]
    if model.uncounted:
        remarks.append("It is larger than what is read here; its numbers were not counted.")
    return Detection(
        format="xgboost",
        title=TITLE if is_weight else "XGBoost settings (no model)",
        is_weight=is_weight,
        confidence=Confidence.CERTAIN if model.whole else Confidence.PROBABLE,
        loading=_SAFE if model.whole else LoadingVerdict(LoadingSafety.UNKNOWN, ("it could not be read to its end",)),
        parameters=model.numbers if counted else None,
        metadata=metadata,
        remarks=tuple(remarks),
    )
