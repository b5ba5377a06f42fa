"""OpenVINO: a graph in XML whose numbers lie in the `.bin` beside it, and models compiled for one device (`.blob`).

Source: OpenVINO's documentation of the intermediate representation (`net`, `layer`, `data` with `offset` and `size`),
what its runtime writes for a compiled model (`export_model`), and the reader of models for Myriad in DepthAI
(src/utility/BlobReader.hpp: ElfN_Ehdr, then mv_blob_header with 9709 and the file's length).
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import dataclass, field

from bot.scanner.formats._licences import statements
from bot.scanner.readers import BoundedReader
from bot.scanner.wording import decoded, shown, tally
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "OpenVINO"
SUFFIXES = ()
MARK = (
    rb"(?:\xef\xbb\xbf)?\s{0,8}(?:<\?xml[^>]{0,100}\?>\s{0,8})?(?:<!--[^>]{0,400}-->\s{0,8})?<(?:net|cnndata)[\s>]"
    rb"|RR_UPCVO|\x7f[Ee][Ll][Ff].{12,60}?\xed\x25\0\0"
)

_MYRIAD = (9709).to_bytes(4, "little")
_READ_LIMIT = 8 * 1024 * 1024
"""Bytes of a graph that are read; those of the largest language models have about as many."""
_NET = re.compile(rb"<net\s([^<>]{0,2000})>\s{0,200}<(?:layers|meta_data|pre-process|parameters|edges|rt_info)")
_LAYER = re.compile(rb"<layer\s([^<>]{0,2000})>(?:\s{0,200}<data\s([^<>]{0,2000})>)?")
_OLD_NUMBERS = re.compile(rb"<(?:weights|biases|custom)\s([^<>]{0,200})>")
"""Numbers of layers before version 10."""
_ATTRIBUTE = re.compile(rb'([\w:]{1,40})="([^"]{0,500})"')
_OWN_SETS = re.compile(rb"opset\d{1,2}|experimental|ie_internal_opset|ov_internal\w{0,40}|gpu_opset|")
_WORD = re.compile(rb"<(Runtime_version|MO_version|framework|model_name|info|license|author)\s([^<>]{0,600})>")
_BITS = {b"f64": 64, b"f32": 32, b"f16": 16, b"bf16": 16, b"f8e4m3": 8, b"f8e5m2": 8, b"nf4": 4, b"i4": 4, b"u4": 4,
         b"i8": 8, b"u8": 8, b"i16": 16, b"u16": 16, b"i32": 32, b"u32": 32, b"i64": 64, b"u64": 64, b"boolean": 8,
         b"f4e2m1": 4, b"f8e8m0": 8, b"u1": 1, b"u2": 2}  # fmt: skip
_SHAPE_TYPES = frozenset({b"i32", b"i64", b"boolean", b"string"})
"""Types by which graphs write shapes, indices and flags."""
_TOKENIZERS = re.compile(rb"\w{1,40}Tokenizer|VocabEncoder|VocabDecoder|StringTensorUnpack|SentencepieceDetokenizer")
"""Layers of OpenVINO Tokenizers, whose vocabulary is written as bytes."""


@dataclass
class _Net:
    name: str = ""
    version: str = ""
    tensors: int = 0
    parameters: int = 0
    weights: int = 0
    needed: int = 0
    """Bytes that the file of numbers must have."""
    types: Counter[str] = field(default_factory=Counter)
    words: dict[str, str] = field(default_factory=dict)
    foreign: dict[str, None] = field(default_factory=dict)
    is_tokenizer: bool = False


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A graph or a compiled model; None for everything else."""
    if blob.head[:1] == b"\x7f":
        return _for_myriad(blob)
    if blob.head.startswith(b"RR_UPCVO") or b"<cnndata" in blob.head[:200]:
        return _compiled(blob)
    text = blob.read(0, min(blob.size, _READ_LIMIT))
    found = _NET.search(text[:8192])
    if found is None or _LAYER.search(text[: 64 * 1024]) is None:
        return None
    net = _Net()
    attributes = dict(_ATTRIBUTE.findall(found.group(1)))
    net.name, net.version = decoded(attributes.get(b"name", b"")), decoded(attributes.get(b"version", b""), 10)
    _layers(text, net)
    _words(text, net)
    return _described(path, net, whole=text.rstrip().endswith(b"</net>"))


def _layers(text: bytes, net: _Net) -> None:
    for found in _LAYER.finditer(text):
        layer = dict(_ATTRIBUTE.findall(found.group(1)))
        kind, version = layer.get(b"type", b""), layer.get(b"version", b"")
        if not _OWN_SETS.fullmatch(version):
            net.foreign[f"{decoded(version, 40)} {decoded(kind, 60)}"] = None
        net.is_tokenizer |= _TOKENIZERS.fullmatch(kind) is not None
        if kind == b"Const" and found.group(2) is not None:
            _constant(dict(_ATTRIBUTE.findall(found.group(2))), net)
    if b"<blobs" in text:
        for found in _OLD_NUMBERS.finditer(text):
            values = dict(_ATTRIBUTE.findall(found.group(1)))
            net.tensors += 1
            net.weights += 1
            net.needed = max(net.needed, _number(values.get(b"offset")) + _number(values.get(b"size")))


def _constant(values: dict[bytes, bytes], net: _Net) -> None:
    kind = values.get(b"element_type", b"")
    begin, size = _number(values.get(b"offset")), _number(values.get(b"size"))
    elements = 8 * size // _BITS[kind] if kind in _BITS else 0
    net.tensors += 1
    net.parameters += elements
    net.weights += 0 if kind in _SHAPE_TYPES else elements
    net.needed = max(net.needed, begin + size)
    net.types[decoded(kind, 20)] += 1


def _number(word: bytes | None) -> int:
    return int(word) if word is not None and word.isdigit() and len(word) < 19 else 0


def _words(text: bytes, net: _Net) -> None:
    """What the converter and the author wrote at the end."""
    for tag, attributes in _WORD.findall(text[-256 * 1024 :]):
        values = dict(_ATTRIBUTE.findall(attributes))
        name = values.get(b"name", tag).decode("utf-8", "replace")
        net.words.setdefault(name, decoded(values.get(b"value", b"")))


def _described(path: str, net: _Net, *, whole: bool) -> Detection:
    producer = net.words.get("Runtime_version") or net.words.get("MO_version")
    metadata = {"version": net.version} if net.version else {}
    metadata |= {"name": net.name} if net.name else {}
    metadata |= {"producer": shown(f"OpenVINO {producer}")} if producer else {}
    metadata |= {"framework": net.words["framework"]} if net.words.get("framework") else {}
    metadata |= {"dtypes": tally(net.types)} if net.types else {}
    metadata |= {"external_data": f"{net.needed:,} bytes"} if net.needed else {}
    foreign = tuple(f"its layer {name} comes from an extension that must be loaded for it" for name in net.foreign)[:10]
    safe = LoadingVerdict(LoadingSafety.SAFE, ("it describes a graph, and its layers come with OpenVINO",))
    unknown = LoadingVerdict(LoadingSafety.UNKNOWN, ("not all of its layers could be read",))
    name = posixpath.basename(path)
    title = "OpenVINO tokenizer" if net.is_tokenizer else "OpenVINO graph"
    only_words = net.is_tokenizer and net.types.keys() <= {"i32", "i64", "boolean", "string", "u8"}
    is_weight = net.weights > 0 and not only_words
    return Detection(
        format="openvino",
        title=title if is_weight else f"{title} (without trained numbers)",
        is_weight=is_weight,
        confidence=Confidence.CERTAIN if whole else Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.EXECUTES_CODE, foreign) if foreign else safe if whole else unknown,
        parameters=net.parameters if whole and net.parameters else None,
        tensors=net.tensors if whole else None,
        metadata=metadata,
        licenses=statements([("license", net.words.get("license"))]),
        companions=(f"{name[:-4]}.bin",) if name.lower().endswith(".xml") and is_weight else (),
        remarks=("Its numbers lie in the file of the same name that ends in .bin.",) if is_weight else (),
    )


def _compiled(blob: BoundedReader) -> Detection:
    """A model compiled for a processor: a graph again, and its numbers behind it."""
    marked = blob.head.startswith(b"RR_UPCVO")
    inside = re.search(rb"meta=[^\0]{0,200}", blob.head[:512])
    return Detection(
        format="openvino",
        title="OpenVINO compiled model",
        is_weight=True,
        confidence=Confidence.CERTAIN if marked else Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.UNKNOWN, ("it is compiled for one device and was not read",)),
        metadata={"producer": decoded(inside.group())} if inside else {},
    )


def _for_myriad(blob: BoundedReader) -> Detection | None:
    """A model compiled for a vision processor: a header like that of a program, then 9709 and the file's length."""
    place = blob.head.find(_MYRIAD, 16, 80)
    if place < 0 or int.from_bytes(blob.head[place + 4 : place + 8], "little") != blob.size:
        return None
    major, minor = (int.from_bytes(blob.head[place + step : place + step + 4], "little") for step in (8, 12))
    return Detection(
        format="openvino",
        title="OpenVINO compiled model (Myriad)",
        is_weight=True,
        confidence=Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("it holds a network for an accelerator, nothing for the host",)),
        metadata={"version": f"{major}.{minor}"},
    )
