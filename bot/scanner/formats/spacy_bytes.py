"""A spaCy pipeline as one run of bytes (`nlp.to_bytes()`): MessagePack of its vocabulary, settings and components.

Source: `Language.to_bytes` in spacy/language.py, `TrainablePipe.to_bytes` in spacy/pipeline/trainable_pipe.pyx and
`Vocab.to_bytes` in spacy/vocab.pyx of spaCy. Each component is MessagePack again, and its `model` one of thinc.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.scanner.formats import thinc
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.msgpack import BINARY, MAP, TEXT, value_at
from bot.scanner.structures.pages import DamagedError
from bot.scanner.structures.part import part_of
from bot.scanner.structures.pieces import Pieces
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "spaCy pipeline (MessagePack)"
SUFFIXES: tuple[str, ...] = ()
MARK = rb"[\x82-\x8f](?:\xa5|\xc4\x05|\xd9\x05)vocab[\xc4-\xc6]"

READ_LIMIT = 1024 * 1024
_MEMBERS = 15
"""Pairs of a map that are followed; those of a component are two to five."""
_EMPTY_TABLE = 256
"""Bytes of a table of vectors that has none."""
_OWN = frozenset({"vocab", "tokenizer", "meta.json", "config.cfg"})
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("it holds words, settings and numbers only",))
_ORDER = (LoadingSafety.SAFE, LoadingSafety.EXECUTES_CODE, LoadingSafety.UNKNOWN, LoadingSafety.DANGEROUS)


@dataclass
class _Pipeline:
    keys: set[str] = field(default_factory=set)
    components: list[str] = field(default_factory=list)
    models: list[Detection] = field(default_factory=list)
    vectors: int = 0
    """Bytes of the table of word vectors."""
    remark: str | None = None


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A pipeline, with trained components or without; None for everything else."""
    found = _Pipeline()
    try:
        _read(blob, Pieces(blob, READ_LIMIT), found)
    except DamagedError:
        found.remark = "It is damaged or cut off."
    except BudgetExceededError:
        found.remark = "It is larger than what is read here; its numbers were not all counted."
    if len(found.keys & _OWN) < (2 if found.remark else 3):
        return None
    return _described(found)


def _read(blob: BoundedReader, pieces: Pieces, found: _Pipeline) -> None:
    for key, begin, length in _members(pieces, 0):
        found.keys.add(key)
        if key == "vocab":
            _vectors(pieces, begin, found)
        elif key not in _OWN:
            found.components.append(key)
            _component(blob, pieces, begin, found)
        if begin + length > blob.size:
            raise DamagedError


def _members(pieces: Pieces, position: int) -> list[tuple[str, int, int]]:
    """Keys of a map with the places and lengths of what they lead to. Raises DamagedError for what is none.

    A last one that passes the end of the file is given too.
    """
    first = value_at(pieces, position)
    if first.kind != MAP or first.count > _MEMBERS:
        raise DamagedError
    members, position = [], first.end
    for _ in range(first.count):
        if position >= pieces.size:
            break
        key = value_at(pieces, position)
        value = value_at(pieces, key.end)
        if key.kind not in {TEXT, BINARY} or key.count > 200 or value.kind not in {TEXT, BINARY}:
            raise DamagedError
        name = pieces.read(key.begin, key.count).decode("utf-8", "replace")
        members.append((name, value.begin, value.count))
        position = value.end
    return members


def _component(blob: BoundedReader, pieces: Pieces, position: int, found: _Pipeline) -> None:
    """A component of the pipeline; those that are rules only have no model."""
    try:
        members = _members(pieces, position)
    except DamagedError:
        return
    for key, begin, length in members:
        if key == "model":
            model = thinc.recognise("model", part_of(blob, begin, length, thinc.READ_LIMIT + 64 * 1024))
            found.models += [model] if model is not None and model.is_weight else []


def _vectors(pieces: Pieces, position: int, found: _Pipeline) -> None:
    for key, begin, _ in _members(pieces, position):
        if key == "vectors":
            found.vectors = sum(length for name, _, length in _members(pieces, begin) if name == "vectors")


def _described(found: _Pipeline) -> Detection:
    is_weight = bool(found.models) or found.vectors > _EMPTY_TABLE or found.remark is not None
    counted = found.remark is None and found.models and all(model.parameters is not None for model in found.models)
    loading = max((model.loading for model in found.models), key=lambda one: _ORDER.index(one.safety), default=_SAFE)
    if found.remark and loading.safety is not LoadingSafety.DANGEROUS:
        loading = LoadingVerdict(LoadingSafety.UNKNOWN, ("it could not be read to its end",))
    remarks = [remark for model in found.models for remark in model.remarks]
    return Detection(
        format="spacy-bytes",
        title=TITLE if is_weight else "spaCy pipeline without numbers",
        is_weight=is_weight,
        confidence=Confidence.PROBABLE if found.remark else Confidence.CERTAIN,
        loading=loading,
        parameters=sum(model.parameters or 0 for model in found.models) if counted else None,
        tensors=sum(model.tensors or 0 for model in found.models) if counted else None,
        metadata={"components": shown(", ".join(found.components))} if found.components else {},
        remarks=tuple(dict.fromkeys([*([found.remark] if found.remark else []), *remarks]))[:4],
    )
