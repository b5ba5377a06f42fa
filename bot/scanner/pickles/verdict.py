"""From the callables of a pickle to what loading it means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.scanner.pickles.names import is_constructor
from bot.scanner.pickles.traces import Trace
from bot.scanner.wording import shown
from rules.facts import LoadingSafety, LoadingVerdict

_MOST = 10
"""Callables that are named; the rest is counted."""


def loading_verdict(traces: Sequence[Trace], where: str = "") -> LoadingVerdict:
    """The verdict on one or more pickles of a file. `where` names the member they come from: ` in data.pkl`.

    A pickle is never called safe: the format lets a file choose what is called, and what is not on a list of known
    constructors is not known to be harmless.
    """
    dangerous = dict.fromkeys(reason for trace in traces for reason in _dangers(trace, f"the pickle{where}"))
    if dangerous:
        return LoadingVerdict(LoadingSafety.DANGEROUS, _listed(list(dangerous)))
    everything = [each for trace in traces for each in _with_inner(trace)]
    faults = [trace.fault for trace in everything if trace.fault]
    if faults or not traces:
        fault = faults[0] if faults else "nothing in it could be followed"
        return LoadingVerdict(LoadingSafety.UNKNOWN, (f"the pickle{where} could not be followed to its end: {fault}",))
    named = {name: opcode for trace in everything for name, opcode in trace.globals.items()}
    others = [name for name in named if not is_constructor(name)]
    reasons = [f"the pickle{where} calls {shown(name.dotted, 120)} ({named[name]})" for name in others]
    if any(trace.has_unknown_callable for trace in everything):
        reasons.append(f"the pickle{where} calls something whose name is made only while it is loaded")
    if not reasons:
        reasons.append(f"the pickle{where} calls tensor constructors only, but its format lets a file call anything")
    return LoadingVerdict(LoadingSafety.EXECUTES_CODE, _listed(reasons))


def _with_inner(trace: Trace) -> Iterator[Trace]:
    yield trace
    for inner in trace.inner:
        yield from _with_inner(inner)


def _dangers(trace: Trace, subject: str) -> Iterator[str]:
    for name in trace.dangerous_names:
        yield f"{subject} calls {shown(name.dotted, 120)} ({trace.globals[name]})"
    for misdeed in trace.sure_misdeeds:
        yield f"{subject} {shown(misdeed, 160)}"
    for inner in trace.inner:
        yield from _dangers(inner, f"{subject} holds another one, which" if "another" not in subject else subject)


def _listed(reasons: list[str]) -> tuple[str, ...]:
    if len(reasons) > _MOST:
        return (*reasons[:_MOST], f"and {len(reasons) - _MOST} callables more")
    return tuple(reasons)
