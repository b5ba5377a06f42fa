"""Whether an expression can be lived with, licence by licence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from license_expression import LicenseExpression, LicenseSymbol, LicenseWithExceptionSymbol, Licensing

from rules.licenses.catalogue import find_license
from rules.licenses.license import License
from rules.licenses.normalise import parse_expression

_GRAMMAR = Licensing()


@dataclass(frozen=True)
class Acceptance:
    """The answer to an expression."""

    accepted: bool
    refused: tuple[License, ...] = ()
    """The licences that stand in the way, each once; empty where it is accepted, or where nothing of it is known."""


def acceptance(expression: str, accepts: Callable[[License], bool]) -> Acceptance:
    """Ask `accepts` about each licence: of an OR one side suffices, of an AND all are needed.

    An exception (`WITH`) only adds permissions, so the licence before it decides. What is no expression,
    and a licence that is not known, is not accepted.
    """
    parsed = parse_expression(expression)
    return Acceptance(False) if parsed is None else _ask(parsed, accepts)


def _ask(node: LicenseExpression, accepts: Callable[[License], bool]) -> Acceptance:
    if isinstance(node, LicenseWithExceptionSymbol):
        node = node.license_symbol
    if isinstance(node, LicenseSymbol):
        license_ = find_license(node.key)
        if license_ is None:
            return Acceptance(False)
        return Acceptance(True) if accepts(license_) else Acceptance(False, (license_,))
    answers = [_ask(part, accepts) for part in node.args]
    enough = any if isinstance(node, _GRAMMAR.OR) else all
    if enough(answer.accepted for answer in answers):
        return Acceptance(True)
    return Acceptance(False, tuple(dict.fromkeys(license_ for answer in answers for license_ in answer.refused)))
