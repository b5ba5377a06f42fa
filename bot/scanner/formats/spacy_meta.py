"""spaCy's `meta.json`: the name, version and licence of a trained pipeline, whose numbers are in folders beside it.

Source: "Data formats" in the documentation of spaCy; spacy/language.py (`Language.meta`, `Language.to_disk`).
"""

from __future__ import annotations

import json
import re

from bot.scanner.formats._licences import statements
from bot.scanner.readers import BoundedReader
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "spaCy pipeline (description)"
SUFFIXES = ()
MARK = rb'(?:\xef\xbb\xbf)?\{\s{0,16}"(?:lang|name|vectors|version|author|description)"\s{0,4}:'
NAMES = r"^meta\.json$"

_COMPONENT = re.compile(r"[\w.-]{1,60}")
_MOST = 50


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """The description of a pipeline; None for everything else."""
    if blob.size > len(blob.head) or b'"spacy_version"' not in blob.head:
        return None
    try:
        meta = json.loads(blob.head)
    except (ValueError, RecursionError):
        return None
    if not isinstance(meta, dict) or not isinstance(meta.get("pipeline"), list) or "lang" not in meta:
        return None
    names = [name for name in meta["pipeline"] if isinstance(name, str) and _COMPONENT.fullmatch(name)][:_MOST]
    chosen = {
        "name": f"{meta.get('lang')}_{meta.get('name')} {meta.get('version', '')}",
        "author": meta.get("author"),
        "architecture": ", ".join(names),
        "producer": f"spaCy {meta['spacy_version']}",
    }
    return Detection(
        format="spacy-meta",
        title=TITLE,
        is_weight=False,
        confidence=Confidence.CERTAIN,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("it is a description only",)),
        metadata={name: shown(value) for name, value in chosen.items() if value},
        licenses=statements([("license", meta.get("license"))]),
        companions=("vocab/", *(f"{name}/" for name in dict.fromkeys(names) if not name.startswith("."))),
    )
