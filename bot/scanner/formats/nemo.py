"""NeMo models (`.nemo`): a tar, packed or not, of a configuration and a checkpoint of PyTorch.

The configuration names the classes that are made while the model is restored, so it runs code too.

Source: nemo/core/connectors/save_restore_connector.py of NVIDIA NeMo (`model_config.yaml`, `model_weights.ckpt`, or the
folder `model_weights/` of a distributed checkpoint) and `instantiate` of Hydra for `_target_`.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from bot.scanner.formats import pytorch_legacy, pytorch_zip
from bot.scanner.pickles import Global
from bot.scanner.pickles.names import is_dangerous
from bot.scanner.readers import BoundedReader, BytesReader, UnreadableError
from bot.scanner.structures.gunzip import GZIP, content_of, inflated
from bot.scanner.structures.part import part_of
from bot.scanner.structures.tar import MARK as _TAR
from bot.scanner.structures.tar import TarMember, first_members
from bot.scanner.wording import decoded, shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "NeMo model"
SUFFIXES = (".nemo",)
MARK = rb"\x1f\x8b\x08|" + _TAR
LEAST = 1024

CONTENT_LIMIT = 16 * 1024 * 1024
"""Bytes of a packed archive that are looked at: the configuration comes before the weights."""
CONFIG_LIMIT = 4 * 1024 * 1024
CHECKPOINT_LIMIT = 16 * 1024 * 1024
"""Bytes that may be read of a checkpoint; its numbers are not."""
MEMBER_LIMIT = 200
_CONFIG, _WEIGHTS, _FOLDER = "model_config.yaml", "model_weights.ckpt", "model_weights"
_TARGET = re.compile(rb"""(?<!\w)(_target_|target)["']?\s{0,8}:\s{0,8}["']?([\w.]{1,200})""")
_OWN = ("nemo.", "nemo_", "torch.nn.", "torch.optim.", "megatron.", "pytorch_lightning.", "lightning.")
_MOST = 5


@dataclass
class _Contents:
    config: bytes = b""
    weights: list[TarMember] = field(default_factory=list)
    folder: bool = False


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else, other archives too."""
    packed = blob.head.startswith(GZIP)
    archive, is_all = blob, True
    if packed:
        if inflated(blob, 512)[257:262] != b"ustar":
            return None
        content, is_all = content_of(blob, CONTENT_LIMIT)
        archive = BoundedReader(BytesReader(content), 4 * CONTENT_LIMIT)
    contents = _Contents()
    for member in first_members(archive, MEMBER_LIMIT):
        _note(archive, member, contents)
    if not contents.config or not (contents.weights or contents.folder or not is_all):
        return None
    return _described(archive, contents)


def _note(archive: BoundedReader, member: TarMember, contents: _Contents) -> None:
    folder, name = posixpath.split(member.name.rstrip("/"))
    if name == _CONFIG and member.is_file:
        contents.config = contents.config or archive.read(member.start, min(member.size, CONFIG_LIMIT))
    elif name == _WEIGHTS and member.is_file:
        contents.weights.append(member)
    elif name == _FOLDER or posixpath.basename(folder) == _FOLDER:
        contents.folder = True


def _described(archive: BoundedReader, contents: _Contents) -> Detection:
    targets = [(key, decoded(name, 120)) for key, name in _TARGET.findall(contents.config)]
    inner = _checkpoint(archive, contents)
    remarks = [] if inner is not None and inner.parameters is not None else ["The parameters inside were not counted."]
    metadata = dict(inner.metadata) if inner is not None else {}
    own = next((name for key, name in targets if key == b"target"), None)
    if own:
        metadata["architecture"] = shown(own, 120)
    return Detection(
        format="nemo",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.CERTAIN if targets or inner is not None else Confidence.PROBABLE,
        loading=_loading(targets, inner),
        parameters=inner.parameters if inner is not None else None,
        tensors=inner.tensors if inner is not None else None,
        metadata=metadata,
        remarks=tuple(remarks),
    )


def _checkpoint(archive: BoundedReader, contents: _Contents) -> Detection | None:
    """The checkpoint inside, where it is there whole enough to be read."""
    for member in contents.weights[:1]:
        try:
            part = part_of(archive, member.start, member.size, CHECKPOINT_LIMIT)
            return pytorch_zip.recognise(_WEIGHTS, part) or pytorch_legacy.recognise(_WEIGHTS, part)
        except UnreadableError:
            return None
    return None


def _loading(targets: list[tuple[bytes, str]], inner: Detection | None) -> LoadingVerdict:
    names = [name for _, name in dict.fromkeys(targets)]
    evil = [name for name in names if is_dangerous(Global(*_split(name)))]
    if evil:
        reasons = tuple(f"its configuration makes {shown(name, 80)}" for name in evil[:_MOST])
        return LoadingVerdict(LoadingSafety.DANGEROUS, reasons)
    if inner is None:
        return LoadingVerdict(LoadingSafety.UNKNOWN, ("the checkpoint inside could not be read",))
    if inner.loading.safety is not LoadingSafety.EXECUTES_CODE:
        return inner.loading
    foreign = [name for name in names if not name.startswith(_OWN)]
    reasons = tuple(f"its configuration makes {shown(name, 80)}" for name in foreign[:_MOST])
    return LoadingVerdict(LoadingSafety.EXECUTES_CODE, (*reasons, *inner.loading.reasons))


def _split(dotted: str) -> tuple[str, str]:
    module, _, name = dotted.rpartition(".")
    return module, name
