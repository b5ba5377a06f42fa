"""Licences of well-known models that others are made from."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from urllib.parse import urlsplit

from rules.licenses.catalogue import find_license
from rules.licenses.license import License
from rules.safe_yaml import Value, load

_TABLE_LIMIT = 256 * 1024
"""Bytes; the table is ours and has some twenty kilobytes."""

NAME_LIMIT = 200
"""Characters of a name that is looked up, as BaseModel has it."""

_HUBS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})


@dataclass(frozen=True)
class KnownModel:
    """What is known of a family of models."""

    license: License
    seen: datetime.date
    """The date for which the licence is known to hold."""
    source: str


@functools.lru_cache(maxsize=1024)
def known_model(name: str) -> KnownModel | None:
    """The licence of the model that a name or an address of the hub means; None where that is not known for sure."""
    identifier = model_id(name)
    if not identifier or len(identifier) > NAME_LIMIT:
        return None
    return next((known for pattern, known in _patterns() if pattern.fullmatch(identifier)), None)


def model_id(name: str) -> str:
    """A model's name as the hub has it: `owner/name` of an address, anything else as it is, without outer space."""
    word = name.strip()
    if word.startswith("hf://"):
        word = word.removeprefix("hf://")
    elif "://" in word:
        try:
            parts = urlsplit(word)
        except ValueError:
            return word
        if parts.scheme not in ("http", "https") or (parts.hostname or "") not in _HUBS:
            return word
        word = parts.path.strip("/")
    else:
        return word
    # What follows is a place within the model's repository: /tree/main, /resolve/...
    return "/".join(word.split("/")[:2]).partition("@")[0]


@functools.cache
def _patterns() -> Sequence[tuple[re.Pattern[str], KnownModel]]:
    table, _ = load(resources.files(__package__).joinpath("base_models.yml").read_bytes(), limit=_TABLE_LIMIT)
    if not isinstance(table, list):
        raise TypeError("base_models.yml is no list of rows")
    return tuple(entry for row in table for entry in _row(row))


def _row(row: Value) -> Iterator[tuple[re.Pattern[str], KnownModel]]:
    models = row.get("models") if isinstance(row, dict) else None
    if not isinstance(row, dict) or not isinstance(models, list):
        raise TypeError("base_models.yml: a row names no models")
    license_ = find_license(str(row["license"]))
    seen = row["seen"]
    if license_ is None or not isinstance(seen, datetime.date):
        raise TypeError(f"base_models.yml: {row['license']} is no licence of the catalogue, or its date is none")
    known = KnownModel(license_, seen, str(row["source"]))
    for model in models:
        # `[^/]*` beside literals cannot backtrack far: names are short and have one slash.
        yield re.compile(re.escape(str(model)).replace(r"\*", "[^/]*"), re.IGNORECASE), known
