"""TensorRT plans (`.engine`, `.plan`, `.trt`): a network compiled for one kind of GPU and one version of TensorRT.

NVIDIA publishes no description of the format. Source: what Netron reads of it (source/tensorrt.js): `ptrt` or `ftrt`,
then version and length; newer versions write a FlatBuffer behind its own length in eight bytes. Ultralytics puts JSON
with its length in four bytes in front of it.
"""

from __future__ import annotations

import json

from bot.scanner.formats._licences import statements
from bot.scanner.readers import BoundedReader
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LicenseStatement, LoadingSafety, LoadingVerdict

TITLE = "TensorRT plan"
SUFFIXES = (".trt",)
MARK = rb"[pf]trt.{2}\0\0|.{3}\0\{\s{0,8}\"|.{5}\0{3}[\x04-\xff].{1}\0\0"
LEAST = 32

_JSON_LIMIT = 1024 * 1024
_LENGTHS = {0x00: 16, 0x2B: 16}
"""Where the length is by version; 12 for those not named."""
_LOADING = LoadingVerdict(
    LoadingSafety.UNKNOWN,
    ("a plan holds compiled GPU code and may carry plug-in libraries, which no reader can check",),
)


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A plan; None for everything else."""
    head = blob.head
    if head[:4] in {b"ptrt", b"ftrt"}:
        return _marked(head, blob.size)
    if head[3:5] == b"\0{":
        return _with_json(blob)
    return _container(blob, 0, {}, ())


def _answer(
    confidence: Confidence,
    metadata: dict[str, str],
    licenses: tuple[LicenseStatement, ...] = (),
    remark: str = "Of its structure only the beginning is known.",
) -> Detection:
    return Detection(
        format="tensorrt",
        title=TITLE,
        is_weight=True,
        confidence=confidence,
        loading=_LOADING,
        metadata=metadata,
        licenses=licenses,
        remarks=(remark,),
    )


def _marked(head: bytes, size: int) -> Detection:
    version = int.from_bytes(head[4:8], "little")
    place = _LENGTHS.get(version, 12)
    if int.from_bytes(head[place : place + 8], "little") > size:
        return _answer(Confidence.PROBABLE, {}, remark="It is cut off, or of a version that is not known here.")
    return _answer(Confidence.PROBABLE, {})


def _with_json(blob: BoundedReader) -> Detection | None:
    """JSON that describes the model, then the plan itself."""
    length = int.from_bytes(blob.head[:4], "little")
    if not 2 <= length <= _JSON_LIMIT or 4 + length + 8 > blob.size:
        return None
    try:
        described = json.loads(blob.read(4, length))
    except (ValueError, RecursionError):
        return None
    if not isinstance(described, dict):
        return None
    words = {key: described[key] for key in ("description", "author", "task") if isinstance(described.get(key), str)}
    chosen = {key: shown(value) for key, value in words.items()}
    licenses = statements([("license", described.get("license"))])
    after = blob.read(4 + length, 8)
    if after[:4] in {b"ptrt", b"ftrt"}:
        return _answer(Confidence.CERTAIN, chosen, licenses)
    return _container(blob, 4 + length, chosen, licenses)


def _container(
    blob: BoundedReader, begin: int, chosen: dict[str, str], licenses: tuple[LicenseStatement, ...]
) -> Detection | None:
    """A FlatBuffer that says its own length in eight bytes: it must be all that is left of the file."""
    if int.from_bytes(blob.read(begin, 8), "little") != blob.size - begin:
        return None
    root = begin + 8 + int.from_bytes(blob.read(begin + 8, 4), "little")
    if root + 4 > blob.size:
        return None
    back = int.from_bytes(blob.read(root, 4), "little", signed=True)
    if not 4 <= back <= 256 or back % 2 or root - back <= begin + 8:
        return None
    if int.from_bytes(blob.read(root - back, 2), "little") != back:
        return None
    return _answer(Confidence.PROBABLE, chosen, licenses)
