"""PyTorch checkpoints since 1.6: a zip with `data.pkl` and the storages beside it; TorchScript is a format of its own.

Source: torch/csrc/jit/docs/serialization.md of PyTorch.
"""

from __future__ import annotations

import dataclasses

from bot.scanner.formats.pickle import describe
from bot.scanner.formats.torchscript import is_script
from bot.scanner.pickles import holdings
from bot.scanner.pickles.zipped import pickles_in
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.zips import Archive, open_zip
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "PyTorch checkpoint (zip)"
SUFFIXES = (".pt", ".pth")
MARK = rb"PK[\x03\x05][\x04\x06]"


def recognise(path: str, blob: BoundedReader) -> Detection | None:
    """A zip of PyTorch; None for everything else, other zips too."""
    archive = open_zip(blob)
    if archive is None:
        return None
    data = archive.named("/data.pkl")
    if data is None or is_script(archive):
        return None
    traces, unread = pickles_in(archive)
    found = describe(path, "pytorch-zip", TITLE, traces, holdings(traces))
    # The archive's own layout says that it is PyTorch's.
    found = dataclasses.replace(
        found, is_weight=_has_storages(archive) or bool(found.tensors), confidence=Confidence.CERTAIN
    )
    return dataclasses.replace(found, loading=_loading(found.loading, unread))


def _has_storages(archive: Archive) -> bool:
    return any("/data/" in f"/{name}" or "/constants/" in f"/{name}" for name in archive.members)


def _loading(verdict: LoadingVerdict, unread: list[str]) -> LoadingVerdict:
    if verdict.safety is LoadingSafety.DANGEROUS:
        return verdict
    if unread:
        return LoadingVerdict(LoadingSafety.UNKNOWN, tuple(unread[:5]))
    return verdict
