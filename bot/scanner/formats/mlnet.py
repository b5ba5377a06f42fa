"""ML.NET: a zip of a chain of transformers, each a folder with its `Model.key`.

Source: src/Microsoft.ML.Core/Data/Repository.cs and src/Microsoft.ML.Data/Model of ML.NET (`TrainingInfo/Version.txt`).
"""

from __future__ import annotations

from bot.scanner.formats._plain import plain_model
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.zips import open_zip
from rules.facts import Detection

TITLE = "ML.NET model"
SUFFIXES = ()
MARK = rb"PK\x03\x04"


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else, other zips too."""
    archive = open_zip(blob)
    if archive is None:
        return None
    members = {name.replace("\\", "/"): name for name in archive.members}
    version = members.get("TrainingInfo/Version.txt")
    keys = [name for name in members if name.rpartition("/")[2] == "Model.key"]
    if version is None or not keys:
        return None
    trained = any("Predictor" in name or "Model/" in name for name in keys)
    producer = (archive.text(version, 200) or "").strip()
    metadata = {
        "architecture": f"{len(keys)} parts" + (", with a predictor" if trained else ""),
        "producer": f"ML.NET {producer}".strip(),
    }
    return plain_model("mlnet", TITLE, metadata)
