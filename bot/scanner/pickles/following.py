"""Following a pickle from its first instruction to its last, the pickles behind it, and the pickles in it."""

from __future__ import annotations

from collections.abc import Callable

from bot.scanner.pickles.machine import Machine
from bot.scanner.pickles.nested import START, contents
from bot.scanner.pickles.opcodes import Window
from bot.scanner.pickles.traces import Allowance, Trace
from bot.scanner.pickles.values import Call
from bot.scanner.readers import BlobReader, BytesReader, UnreadableError

STREAM_LIMIT = 1_000
"""Pickles in a row that are followed in one file."""
DEPTH_LIMIT = 4
"""Pickles within pickles that are followed."""
TAIL_LIMIT = 256 * 1024
"""Bytes behind the last pickle in which another one is looked for."""


def trace(
    blob: BlobReader,
    position: int = 0,
    after_value: Callable[[Call, int], int] | None = None,
    allowance: Allowance | None = None,
) -> Trace:
    """Follow one pickle from `position`, and the pickles in its strings. Never raises: see `Trace.fault`.

    `after_value` is asked after each object was given its state, with the offset reached, how many bytes follow
    that are no instructions (joblib writes arrays between them), or NESTED. `allowance` is shared by the pickles of
    one file.
    """
    return _trace(blob, position, after_value, allowance or Allowance(), 0)


def trace_all(
    blob: BlobReader, position: int = 0, allowance: Allowance | None = None, first: Trace | None = None
) -> list[Trace]:
    """Follow the pickles that stand one after the other, and look for others in the bytes behind the last.

    `first` is the first one where it was followed already.
    """
    return _trace_all(blob, position, allowance or Allowance(), 0, first)


def hidden_in(blob: BlobReader, allowance: Allowance) -> list[Trace]:
    """Dangerous pickles that begin somewhere in bytes that are none, as in a storage of numbers."""
    return _in_tail(blob, 0, allowance, 0)


def _trace(
    blob: BlobReader,
    position: int,
    after_value: Callable[[Call, int], int] | None,
    allowance: Allowance,
    depth: int,
) -> Trace:
    machine = Machine(Window(blob, position), allowance, after_value)
    found = machine.follow_all()
    if machine.window.passed_a_frame:
        # CPython's `load` and `loads` read such a file in two ways: it is judged by both.
        other = Machine(Window(blob, position, drops_frames=True), allowance, after_value)
        found.inner.append(other.follow_all())
    for each in [found, *found.inner]:
        _follow_held(each, blob, allowance, depth)
    return found


def _follow_held(found: Trace, blob: BlobReader, allowance: Allowance, depth: int) -> None:
    for value in found.held:
        if depth >= DEPTH_LIMIT:
            found.fault = found.fault or "pickles in it are nested more deeply than is read here"
            return
        try:
            for content, begins in contents(value, blob):
                inside = _trace_all(content, 0, allowance, depth + 1)
                found.inner += [each for each in inside if each.names_danger or (begins and _says_something(each))]
        except UnreadableError as error:
            found.fault = found.fault or f"a string in it could not be read: {error}"


def _says_something(found: Trace) -> bool:
    """False for bytes that begin as a pickle does by chance."""
    return found.is_dangerous or bool(found.inner) or any(name.is_plausible for name in found.globals)


def _trace_all(
    blob: BlobReader, position: int, allowance: Allowance, depth: int, first: Trace | None = None
) -> list[Trace]:
    traces: list[Trace] = []
    while position < blob.size:
        if len(traces) >= STREAM_LIMIT:
            traces[-1].fault = traces[-1].fault or f"more than {STREAM_LIMIT:,} pickles stand in a row"
            break
        found = first if first and not traces else _trace(blob, position, None, allowance, depth)
        if traces and not found.whole and not _says_something(found):
            traces += _in_tail(blob, position, allowance, depth)
            break  # bytes behind the last pickle that are none
        traces.append(found)
        if found.end <= position or not found.reached_stop:
            traces += _in_tail(blob, found.end, allowance, depth)
            break
        position = found.end
    return traces


def _in_tail(blob: BlobReader, position: int, allowance: Allowance, depth: int) -> list[Trace]:
    """Pickles that begin somewhere in the bytes behind another, told by what they name."""
    try:
        tail = blob.read(position, TAIL_LIMIT)
    except UnreadableError:
        return []
    found, behind = [], 0
    for match in START.finditer(tail):
        if match.start() < behind or not allowance.pickle():
            continue
        each = _trace(blob, position + match.start(), None, allowance, depth)
        if each.names_danger:
            found.append(each)
            behind = max(behind, each.end - position)
    return found or _encoded_in(tail, allowance, depth)


def _encoded_in(tail: bytes, allowance: Allowance, depth: int) -> list[Trace]:
    if depth >= DEPTH_LIMIT or tail.startswith(b"PK"):
        return []
    inside = [
        each for content, _ in contents(tail, BytesReader(b"")) for each in _trace_all(content, 0, allowance, depth + 1)
    ]
    return [each for each in inside if each.names_danger]
