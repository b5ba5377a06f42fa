"""H2O's MOJO: a zip of `model.ini` and the trees or coefficients of one model.

Source: h2o-genmodel/src/main/java/hex/genmodel/ModelMojoReader.java and AbstractMojoWriter.java of H2O.
"""

from __future__ import annotations

import re

from bot.scanner.formats._plain import plain_model
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.zips import open_zip
from rules.facts import Detection

TITLE = "H2O MOJO"
SUFFIXES = (".mojo",)
MARK = rb"PK\x03\x04"

_TEXT_LIMIT = 256 * 1024
_FACT = re.compile(
    r"^(algo|algorithm|category|h2o_version|n_features|n_classes|n_trees|mojo_version) = ([^\n]{1,100})", re.MULTILINE
)


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """A model; None for everything else, other zips too."""
    archive = open_zip(blob)
    if archive is None or "model.ini" not in archive.members:
        return None
    text = archive.text("model.ini", _TEXT_LIMIT) or ""
    facts = dict(_FACT.findall(text))
    if not text.lstrip().startswith("[info]") or "mojo_version" not in facts:
        return None
    metadata = {
        "architecture": ", ".join(facts[name] for name in ("algorithm", "category") if name in facts),
        "trees": facts.get("n_trees"),
        "features": facts.get("n_features"),
        "producer": f"H2O {facts['h2o_version']}" if "h2o_version" in facts else "H2O",
    }
    return plain_model("h2o-mojo", TITLE, metadata)
