"""Records in the Open Source Vulnerability format (https://ossf.github.io/osv-schema/, 1.7).

The schema has no field for the digest of a file, so this is our reading of where a record names one. Each entry of
`affected` is looked at:

- `package.purl`: its qualifier `checksum`, a comma-separated list of `algorithm:hex` (package-url, known qualifiers);
- `versions`: a version written `sha256:<hex>`, for artifacts that are versioned by their content;
- `ecosystem_specific` and `database_specific`: `sha256` (a digest or a list of them), and `digests` or `hashes`, an
  object with `sha256` in it or a list of `sha256:<hex>`.

A `sha256` elsewhere is not the weights': at the top of `database_specific`, OpenSSF's malicious-packages keeps the
digests of the reports that a record was made from. Withdrawn records are passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from rules.surroundings import Advisory

_DIGEST = re.compile(r"[0-9A-Fa-f]{64}")
_MARK = "sha256:"
_ID = 200
_SUMMARY = 500
"""Characters that are kept of an id and a summary."""
_URL = 500
_KINDS_OF_REFERENCES = ("ADVISORY", "REPORT", "ARTICLE", "WEB", "EVIDENCE")
"""Those that explain the warning, best first ("references[].type field")."""
_PURL = 2_000


def entries(content: bytes, source: str) -> Iterator[tuple[frozenset[str], Advisory] | str]:
    """Digests and warning of each record; a sentence where there are none to be read."""
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError) as error:
        yield f"it is not the JSON that it begins as: {str(error)[:100]}"
        return
    for record in _records(parsed):
        if not isinstance(record, dict) or not isinstance(record.get("id"), str) or not record["id"]:
            yield "a record in it has no id, so it is not OSV"
        elif not record.get("withdrawn"):
            yield frozenset(_digests(record)), _advisory(record, source)


def _records(parsed: Any) -> Iterable[Any]:
    if isinstance(parsed, dict) and isinstance(parsed.get("vulns"), list):
        return list(parsed["vulns"])
    return parsed if isinstance(parsed, list) else [parsed]


def _advisory(record: Mapping[str, Any], source: str) -> Advisory:
    written = next((text for key in ("summary", "details") if isinstance(text := record.get(key), str) and text), "")
    return Advisory(
        id=record["id"][:_ID],
        summary=written.strip().partition("\n")[0][:_SUMMARY] or "no summary is given",
        url=_reference(record),
        source=source,
    )


def _reference(record: Mapping[str, Any]) -> str | None:
    found: dict[str, str] = {}
    for reference in _list(record.get("references")):
        kind, url = reference.get("type"), reference.get("url")
        if isinstance(kind, str) and isinstance(url, str) and url.startswith("https://") and len(url) <= _URL:
            found.setdefault(kind, url)
    return next((found[kind] for kind in _KINDS_OF_REFERENCES if kind in found), None)


def _digests(record: Mapping[str, Any]) -> Iterator[str]:
    for affected in _list(record.get("affected")):
        package = affected.get("package")
        yield from _in_purl(package.get("purl") if isinstance(package, dict) else None)
        yield from _marked(affected.get("versions"))
        for key in ("ecosystem_specific", "database_specific"):
            specific = affected.get(key)
            if isinstance(specific, dict):
                yield from _bare(specific.get("sha256"))
                for name in ("digests", "hashes"):
                    inside = specific.get(name)
                    yield from _bare(inside.get("sha256")) if isinstance(inside, dict) else _marked(inside)


def _in_purl(purl: object) -> Iterator[str]:
    if not isinstance(purl, str) or len(purl) > _PURL:
        return
    qualifiers = purl.partition("?")[2].partition("#")[0]
    for key, value in parse_qsl(qualifiers, max_num_fields=50) if qualifiers.count("&") < 50 else ():
        if key.lower() == "checksum":
            yield from _marked(value.split(","))


def _marked(written: object) -> Iterator[str]:
    """Digests written `sha256:<hex>`, in a list or alone."""
    for text in written if isinstance(written, list) else [written]:
        if isinstance(text, str) and text[: len(_MARK)].lower() == _MARK:
            yield from _bare(text[len(_MARK) :])


def _bare(written: object) -> Iterator[str]:
    """Digests written as hexadecimal digits, in a list or alone."""
    for text in written if isinstance(written, list) else [written]:
        if isinstance(text, str) and _DIGEST.fullmatch(text):
            yield text.lower()


def _list(value: object) -> Iterator[Mapping[str, Any]]:
    """The objects of a list, nothing where it is none."""
    yield from (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()
