"""From the callables of a pickle to what loading it means."""

from __future__ import annotations

from collections.abc import Sequence

from bot.scanner.pickles.machine import Trace
from bot.scanner.pickles.names import is_constructor, is_dangerous
from bot.scanner.wording import shown
from rules.facts import LoadingSafety, LoadingVerdict

_MOST = 10
"""Callables that are named; the rest is counted."""


def loading_verdict(traces: Sequence[Trace], where: str = "") -> LoadingVerdict:
    """The verdict on one or more pickles of a file. `where` names the member they come from: ` in data.pkl`.

    A pickle is never called safe: the format lets a file choose what is called, and what is not on a list of known
    constructors is not known to be harmless.
    """
    named = {name: opcode for trace in traces for name, opcode in trace.globals.items()}
    dangerous = [name for name in named if is_dangerous(name)]
    if dangerous:
        return LoadingVerdict(
            LoadingSafety.DANGEROUS,
            _listed([f"the pickle{where} calls {shown(name.dotted, 120)} ({named[name]})" for name in dangerous]),
        )
    faults = [trace.fault for trace in traces if trace.fault]
    if faults or not traces:
        fault = faults[0] if faults else "nothing in it could be followed"
        return LoadingVerdict(LoadingSafety.UNKNOWN, (f"the pickle{where} could not be followed to its end: {fault}",))
    others = [name for name in named if not is_constructor(name)]
    reasons = [f"the pickle{where} calls {shown(name.dotted, 120)} ({named[name]})" for name in others]
    if any(trace.has_unknown_callable for trace in traces):
        reasons.append(f"the pickle{where} calls something whose name is made only while it is loaded")
    if not reasons:
        reasons.append(f"the pickle{where} calls tensor constructors only, but its format lets a file call anything")
    return LoadingVerdict(LoadingSafety.EXECUTES_CODE, _listed(reasons))


def _listed(reasons: list[str]) -> tuple[str, ...]:
    if len(reasons) > _MOST:
        return (*reasons[:_MOST], f"and {len(reasons) - _MOST} callables more")
    return tuple(reasons)
