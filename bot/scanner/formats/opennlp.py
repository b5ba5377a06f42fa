"""Apache OpenNLP's models: a zip with `manifest.properties`, and the trained parts as `.model` files.

Source: opennlp.tools.util.model.BaseModel of Apache OpenNLP.
"""

from __future__ import annotations

import re

from bot.scanner.readers import BoundedReader, UnreadableError
from bot.scanner.structures.zips import open_zip
from bot.scanner.wording import decoded
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Apache OpenNLP model"
SUFFIXES = ()
MARK = rb"PK\x03\x04"
LEAST = 200

_MANIFEST = "manifest.properties"
_MANIFEST_LIMIT = 64 * 1024
_KEYS = {"component": b"Component-Name", "language": b"Language", "version": b"OpenNLP-Version"}
_LOADING = LoadingVerdict(LoadingSafety.UNKNOWN, ("a model may name a factory class that is made when it is opened",))
_SAFE = LoadingVerdict(LoadingSafety.SAFE, ("the format holds words, rules and numbers",))


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model by its manifest; None for every other zip."""
    archive = open_zip(blob)
    if archive is None or _MANIFEST not in archive.members:
        return None
    trained = [name for name in archive.members if name.endswith((".model", ".featuregen"))]
    try:
        reader = archive.reader(archive.members[_MANIFEST])
        manifest = reader.read(0, min(reader.size, _MANIFEST_LIMIT))
    except UnreadableError:
        return None
    if b"OpenNLP-Version" not in manifest and b"Component-Name" not in manifest:
        return None
    metadata = {}
    for name, key in _KEYS.items():
        if match := re.search(rb"^" + key + rb"\s{0,4}=\s{0,4}([^\r\n]{1,80})", manifest, re.MULTILINE):
            metadata[name] = decoded(match[1])
    factory = re.search(rb"^(?:factory|serializer-class-\w+)\s{0,4}=\s{0,4}(?!opennlp\.)", manifest, re.MULTILINE)
    return Detection(
        format="opennlp",
        title=TITLE,
        is_weight=bool(trained),
        confidence=Confidence.CERTAIN,
        loading=_LOADING if factory else _SAFE,
        tensors=len(trained) or None,
        metadata=metadata,
    )
