"""What we wrote on merge requests, as JSON in one column: only this program reads it, and always whole."""

from __future__ import annotations

import dataclasses
import json

from bot.store.records import Posted, PostedThread


def written(posted: Posted) -> str:
    """The record as JSON."""
    return json.dumps(dataclasses.asdict(posted), sort_keys=True)


def read(text: str) -> Posted:
    """The record that `written` wrote; what another version added to it is left out."""
    fields = {name: value for name, value in json.loads(text).items() if name in _FIELDS}
    threads = {key: PostedThread(**thread) for key, thread in fields.pop("threads", {}).items()}
    told, labels = (tuple(fields.pop(name, ())) for name in ("told", "labels"))
    return Posted(**fields, told=told, labels=labels, threads=threads)


_FIELDS = frozenset(field.name for field in dataclasses.fields(Posted))
