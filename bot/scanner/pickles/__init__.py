"""Pickles read without running them: which callables they name, what they call with which shapes, what that means.

A pickle is a program for a stack machine. `trace` walks its opcodes and keeps only names, numbers and shapes;
nothing is imported, called or unpickled.
"""

from bot.scanner.pickles.contents import Holdings, holdings
from bot.scanner.pickles.following import trace, trace_all
from bot.scanner.pickles.instructions import NESTED
from bot.scanner.pickles.names import Global
from bot.scanner.pickles.traces import Allowance, Trace
from bot.scanner.pickles.values import Call
from bot.scanner.pickles.verdict import loading_verdict

__all__ = [
    "NESTED",
    "Allowance",
    "Call",
    "Global",
    "Holdings",
    "Trace",
    "holdings",
    "loading_verdict",
    "trace",
    "trace_all",
]
