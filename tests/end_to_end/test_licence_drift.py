"""A card is edited long after its model was merged, and the worker notices by itself."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest

MODEL, CARD = "m/voice.safetensors", "m/README.md"
APACHE = b"---\nlicense: apache-2.0\n---\n# A voice\n"
NON_COMMERCIAL = b"---\nlicense: cc-by-nc-4.0\n---\n# A voice\n"


@pytest.mark.chaos  # tests/review/test_drift.py tells the story itself; here it waits for the engine's schedule
def test_the_worker_opens_a_flag_for_a_licence_that_changed_and_closes_it_when_it_is_back(line: Any) -> None:
    header = json.dumps({"w": {"dtype": "F32", "shape": [1024], "data_offsets": [0, 4096]}}).encode()
    line.start_receiver()
    line.start_worker(DRIFT_EVERY="1s")
    repository = line.repository()
    merge_request = line.propose(
        repository, {MODEL: struct.pack("<Q", len(header)) + header + bytes(4096), CARD: APACHE}
    )
    line.wait()
    line.world.merge(merge_request)
    line.world.commit(repository, "main", {CARD: NON_COMMERCIAL}, "Copy from upstream", "ada")

    def drifts() -> list[tuple[str, str, str | None]]:
        return [(flag.rule, flag.severity, flag.path) for flag in line.store.open_flags() if flag.on_repository]

    line.until(lambda: drifts() == [("license-drift", "blocking", MODEL)], "a flag is open")
    [flag] = line.store.open_flags()
    for page in ("/", f"/merge-requests/{flag.merge_request.key}"):
        assert line.get(page) == 200, page
    line.world.commit(repository, "main", {CARD: APACHE}, "Back again", "ada")
    line.until(lambda: drifts() == [], "the flag is closed")
