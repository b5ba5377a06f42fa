"""What a repository held before its policy: recorded once, so that only new weights are judged.

The file is JSON, written by `weighbridge baseline` and read from the target branch beside the policy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from rules.facts import Artifact, Part

BASELINE_PATH = ".weighbridge-baseline.json"
"""Where a repository keeps it."""

BASELINE_LIMIT = 16 * 1024 * 1024
"""Bytes that are read: some 80,000 files at 200 bytes each."""

_SCHEMA = "weighbridge/baseline/v1"


class BaselineError(Exception):
    """A baseline that cannot be used, with the reason and the way out as sentences."""


@dataclass(frozen=True)
class Baseline:
    """The contents that were there, by digest: they stay known wherever they are moved."""

    sha256: frozenset[str] = frozenset()
    oids: frozenset[str] = frozenset()

    def holds(self, artifact: Artifact) -> bool:
        """True where every file of the artifact was there before."""
        return all(self._knows(part) for part in artifact.files)

    def _knows(self, part: Part) -> bool:
        return part.oid in self.oids or (part.sha256 is not None and part.sha256 in self.sha256)


EMPTY = Baseline()


def write(artifacts: Iterable[Artifact]) -> str:
    """The file for these artifacts: one line each, in order of their paths, so that a change of it reads well."""
    rows = sorted(
        (
            {
                "format": artifact.detection.format,
                "oid": part.oid,
                "path": part.path.encode("utf-8", "backslashreplace").decode("utf-8"),
                "sha256": part.sha256,
                "size": part.size,
            }
            for artifact in artifacts
            for part in artifact.files
        ),
        key=lambda row: (str(row["path"]), str(row["oid"])),
    )
    listed = ",\n".join(f"  {json.dumps(row, sort_keys=True)}" for row in rows)
    return (
        f'{{"schema": "{_SCHEMA}", "weights": [\n{listed}\n]}}\n'
        if rows
        else f'{{"schema": "{_SCHEMA}", "weights": []}}\n'
    )


def read(content: bytes) -> Baseline:
    """Read a baseline. Raises BaselineError."""
    if len(content) > BASELINE_LIMIT:
        raise BaselineError(f"`{BASELINE_PATH}` is larger than {BASELINE_LIMIT:,} bytes, so it is not read.")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BaselineError(
            f"`{BASELINE_PATH}` is no JSON ({error}): write it anew with `weighbridge baseline`."
        ) from error
    weights = document.get("weights") if isinstance(document, dict) and document.get("schema") == _SCHEMA else None
    if not isinstance(weights, list) or not all(isinstance(row, dict) for row in weights):
        raise BaselineError(f"`{BASELINE_PATH}` is not of this kind: write it anew with `weighbridge baseline`.")
    return Baseline(_column(weights, "sha256"), _column(weights, "oid"))


def _column(rows: list[dict[str, object]], name: str) -> frozenset[str]:
    return frozenset(value for row in rows if isinstance(value := row.get(name), str) and value.strip("0"))
