"""Network binary graphs (`.nb`, `.nbg`, `.export.data`): networks compiled for VeriSilicon's (Vivante's) NPUs.

VeriSilicon publishes no description of the format. Source: what Netron reads of it (source/rknn.js, openvx): `VPMN`,
two numbers of version, the target, a name of 64 bytes, and the count of nodes.
"""

from __future__ import annotations

from bot.scanner.formats._marks import begins_with
from bot.scanner.readers import BoundedReader
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "VeriSilicon network binary graph"
SUFFIXES = (".nbg",)
MARK = rb"VPMN.{8}[ -~\0]{4}"
LEAST = 128

_NAME = slice(12, 76)
_NODES = 100_000


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A compiled network whose header makes sense; None for everything else."""
    if not begins_with(MARK, blob, LEAST):
        return None
    name, _, rest = blob.head[_NAME].partition(b"\0")
    nodes = int.from_bytes(blob.head[76:80], "little")
    if rest.strip(b"\0") or not name.decode("utf-8", "replace").isprintable() or not 0 < nodes <= _NODES:
        return None
    return Detection(
        format="nbg",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("it holds a network for an accelerator, nothing for the host",)),
        metadata={"nodes": f"{nodes:,}"} | ({"name": decoded(name)} if name else {}),
        remarks=("Of its structure only the beginning is known.",),
    )
