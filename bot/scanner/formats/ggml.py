"""ggml files before GGUF: a magic, sizes, mostly a vocabulary, then one tensor after the other.

Every converter wrote sizes and vocabulary in its own order, but all wrote the tensors alike: number of dimensions,
length of the name, type, the dimensions, the name, the numbers. That chain is looked for and followed.

Source: examples/gpt-2/main.cpp and examples/whisper/whisper.cpp of ggml, llama.cpp before August 2023 (`ggml`, `ggmf`,
`ggjt` with versions 1 to 3 and numbers aligned to 32 bytes, `ggla` for adapters), rwkv.cpp (`ggmf`, versions 100 to
201), whisper.cpp's models/README.md and its models for tests, which hold no tensor.
"""

from __future__ import annotations

import dataclasses
import math
import re
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.scanner.formats._ggml_types import BLOCKS, NAMES_OF_TYPES
from bot.scanner.readers import BoundedReader, BudgetExceededError
from bot.scanner.structures.pieces import Pieces
from bot.scanner.wording import tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "ggml (before GGUF)"
SUFFIXES = ()
MARK = rb"(?:lm|fm|tj|al)gg"

SEARCH_LIMIT = 8 * 1024 * 1024
"""Bytes in which the first tensor is looked for; the largest vocabularies take some megabytes."""
TENSOR_LIMIT = 20_000
READ_LIMIT = 8 * 1024 * 1024
"""Bytes that following the tensors may cost beyond the head."""
_MAGICS = {b"lmgg": "ggml", b"fmgg": "ggmf", b"tjgg": "ggjt", b"algg": "ggla"}
_VERSIONS = {"ggmf": (1, 100, 101, 200, 201), "ggjt": (1, 2, 3), "ggla": (1,)}
_ALIGNED = {"ggjt", "ggla"}
_ALIGNMENT = 32
_STEP = 256 * 1024
_NAME_LIMIT = 255
_RECORD = 12
_FIRST = re.compile(rb"(?=[\x01-\x04]\0\0\0[\x01-\xff]\0\0\0[\0-\x23]\0\0\0)")
"""Where the first tensor may begin: 1 to 4 dimensions, a name of up to 255 bytes, a known type."""
_NEXT = re.compile(rb"[\0-\x04]\0\0\0[\x01-\xff]\0\0\0[\0-\x23]\0\0\0")
"""Where another may begin: single numbers have no dimensions."""
_TRIES = 20_000
"""Places that are looked at; a vocabulary has next to none that look like a tensor."""
_ENOUGH = 2
"""Tensors in a row that no accident makes."""
_ARCHITECTURES = (
    (re.compile(r"^(encoder|decoder)\.(blocks|positional_embedding|conv1)"), "whisper"),
    (re.compile(r"^tok_embeddings\.|^layers\.\d+\.attention\.w[qkvo]\."), "llama"),
    (re.compile(r"^model/(wte|wpe|h\d)"), "gpt-2"),
    (re.compile(r"^gpt_neox\."), "gpt-neox"),
    (re.compile(r"^_model\.(encoder|decoder)"), "silero-vad"),
    (re.compile(r"^transformer\.(wte|wpe|h|blocks|word_embeddings)\b"), "gpt"),
    (re.compile(r"^(embeddings|encoder\.layer)\."), "bert"),
    (re.compile(r"^(blocks\.\d+\.(att|ffn)|emb\.weight)"), "rwkv"),
    (re.compile(r"^(image_encoder|mask_decoder|prompt_encoder)\."), "segment-anything"),
    (re.compile(r"^(visual|text)_model\.|^visual_projection"), "clip"),
)
_TOKEN = re.compile(rb"[\x01-\x20]\0\0\0(?=[^\0])")
_LEAST_TOKENS = 8
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds numbers and text only",))


@dataclass
class _Chain:
    """Tensors that follow one another."""

    tensors: int = 0
    parameters: int = 0
    types: Counter[str] = field(default_factory=Counter)
    architecture: str = ""
    is_whole: bool = False
    """True where the last tensor ends with the file."""
    is_cut_off: bool = False


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A file of this family, weights or vocabulary only; None for everything else."""
    magic = _MAGICS.get(blob.head[:4])
    if magic is None:
        return None
    version = int.from_bytes(blob.head[4:8], "little") if magic in _VERSIONS else None
    if version is not None and version not in _VERSIONS[magic]:
        return None
    start = 4 if version is None else 8
    chain = _Chain()
    remark = None
    try:
        pieces = Pieces(blob, READ_LIMIT)
        for place in _places(blob, start):
            found = _follow(pieces, place, aligned=magic in _ALIGNED)
            if found.is_whole or found.tensors > chain.tensors:
                chain = found
            if chain.is_whole or chain.tensors >= _ENOUGH or chain.is_cut_off:
                break
    except BudgetExceededError:
        remark = "Its vocabulary or its list of tensors is longer than what is read here."
    label = magic if version is None else f"{magic}, version {version}"
    if chain.tensors:
        return _weights(chain, label, magic, remark)
    return _without_tensors(blob, start, label, remark)


def _places(blob: BoundedReader, start: int) -> Iterator[int]:
    """Where a tensor may begin. Raises BudgetExceededError where the search has to end before the file does."""
    position, tries = start, 0
    while position < min(blob.size, SEARCH_LIMIT):
        window = blob.read(position, min(_STEP, blob.size - position) + _RECORD)
        for match in _FIRST.finditer(window, 0, min(len(window), _STEP + _RECORD)):
            tries += 1
            if tries > _TRIES:
                raise BudgetExceededError("too many places look like a tensor")
            yield position + match.start()
        position += _STEP
    if position < blob.size:
        raise BudgetExceededError("no tensor was met")


def _follow(pieces: Pieces, place: int, *, aligned: bool) -> _Chain:
    chain = _Chain()
    position = place
    while position < pieces.size:
        ends = list(_record(pieces, position, chain, aligned=aligned))
        if not ends:
            return chain
        # A type's blocks changed their size over the versions: the size after which a tensor follows is the one.
        following = [end for end in ends if end == pieces.size or _begins(pieces, end)]
        if not following:
            chain.is_cut_off = chain.tensors > 1 and min(ends) > pieces.size
            return chain
        position = following[0]
        if chain.tensors >= TENSOR_LIMIT:
            raise BudgetExceededError("it has more tensors than are read here")
    chain.is_whole = True
    return chain


def _begins(pieces: Pieces, position: int) -> bool:
    return position < pieces.size and _NEXT.match(pieces.read(position, _RECORD)) is not None


def _record(pieces: Pieces, position: int, chain: _Chain, *, aligned: bool) -> Iterator[int]:
    """Count the tensor at a position, and yield where it may end. Nothing is yielded where there is none."""
    head = pieces.read(position, _RECORD)
    if _NEXT.match(head) is None:
        return
    rank, length, kind = struct.unpack("<3I", head)
    raw = pieces.read(position + _RECORD, 4 * rank + length)
    if len(raw) < 4 * rank + length or kind not in BLOCKS:
        return
    shape, name = struct.unpack(f"<{rank}I", raw[: 4 * rank]), raw[4 * rank :]
    if not name.isascii() or not name.decode("ascii").isprintable() or 0 in shape:
        return
    elements = math.prod(shape)
    begin = position + _RECORD + len(raw)
    if aligned:
        begin = -(-begin // _ALIGNMENT) * _ALIGNMENT
    ends = [begin + elements // items * size for items, size in BLOCKS[kind] if elements % items == 0]
    if not ends:
        return
    chain.tensors += 1
    chain.parameters += elements
    chain.types[NAMES_OF_TYPES[kind]] += 1
    if not chain.architecture:
        text = name.decode("ascii")
        chain.architecture = next((title for known, title in _ARCHITECTURES if known.search(text)), "")
    yield from ends


def _weights(chain: _Chain, label: str, magic: str, remark: str | None) -> Detection:
    if remark is None and not chain.is_whole:
        remark = (
            "It is cut off: not all of its tensors are there."
            if chain.is_cut_off
            else "Behind its last tensor that could be followed stand other bytes."
        )
    metadata = {"container": label, "dtypes": tally(chain.types)}
    if chain.architecture:
        metadata["architecture"] = chain.architecture
    return Detection(
        format="ggml",
        title="ggml adapter (LoRA)" if magic == "ggla" else TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if chain.is_whole else Confidence.PROBABLE,
        loading=_SAFE,
        parameters=chain.parameters if chain.is_whole else None,
        tensors=chain.tensors if chain.is_whole else None,
        metadata=metadata,
        remarks=(remark,) if remark else (),
    )


def _without_tensors(blob: BoundedReader, start: int, label: str, remark: str | None) -> Detection | None:
    """A vocabulary, a file that was cut within it, or bytes that only begin so."""
    sizes = blob.head[start : start + 16]
    if len(sizes) < 16 or not all(0 < size < 2**20 for size in struct.unpack("<4I", sizes)):
        return None
    if remark is not None:
        found = Detection("ggml", TITLE, is_weight=True, confidence=Confidence.PROBABLE, loading=_SAFE)
        return dataclasses.replace(found, metadata={"container": label}, remarks=(remark,))
    if not _has_words(blob):
        return None
    return Detection(
        format="ggml",
        title="ggml (vocabulary only)",
        is_weight=False,
        confidence=Confidence.PROBABLE,
        loading=_SAFE,
        metadata={"container": label},
        remarks=("It holds sizes and a vocabulary, and no tensor.",),
    )


def _has_words(blob: BoundedReader) -> bool:
    """True where tokens stand at the end: short counted texts in a row."""
    length = min(blob.size, 64 * 1024)
    return len(_TOKEN.findall(blob.read(blob.size - length, length))) >= _LEAST_TOKENS
