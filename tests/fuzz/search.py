"""The process that searches: libFuzzer, through atheris, over the code of the scanner."""

from __future__ import annotations

import hashlib
import sys
import time
import traceback

import atheris

with atheris.instrument_imports(include=["bot.scanner"]):
    from bot.scanner.containers.kinds import all_containers
    from bot.scanner.formats import all_formats
    from tests.fuzz.__main__ import FOUND
    from tests.fuzz.target import ask

    for module in (*all_formats().values(), *all_containers().values()):
        # A function that is asked for imports the module, here and not in the middle of the search.
        getattr(module, "recognise", None) or module.members

_SLOW = 10.0
"""Seconds of work that one input may take; the fuzzer's own probes make all some five times slower."""
_seen: set[str] = set()


def one_input(content: bytes) -> None:
    """Ask of it, and keep what shows a fault that was not seen before."""
    begun = time.process_time()
    try:
        ask(content)
    except Exception as error:  # whatever it is, it is what we look for
        frames = traceback.extract_tb(error.__traceback__)
        _keep(f"{type(error).__name__} {frames[-1].filename}:{frames[-1].lineno} {error}", content, error)
    if time.process_time() - begun > _SLOW:
        _keep(f"more than {_SLOW:.0f} seconds of work for {len(content):,} bytes", content, None)


def _keep(fault: str, content: bytes, error: Exception | None) -> None:
    place = fault if error is None or isinstance(error, AssertionError) else fault.split(" ")[1]
    if place in _seen:
        return
    _seen.add(place)
    path = FOUND / hashlib.sha256(content).hexdigest()[:16]
    path.write_bytes(content)
    told = "".join(traceback.format_exception(error)) if error else ""
    path.with_suffix(".txt").write_text(f"{fault}\n{told}", "utf-8")
    print(fault, file=sys.stderr, flush=True)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
