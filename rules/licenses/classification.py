"""What an identifier, a name or an expression amounts to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from license_expression import LicenseExpression, LicenseSymbol, LicenseWithExceptionSymbol, Licensing

from rules.licenses.catalogue import catalogue, find_license
from rules.licenses.license import Category, License, View
from rules.licenses.normalise import STATEMENT_LIMIT, Normalised, normalise, parse_expression
from rules.licenses.tables import Family, families

_Asked = TypeVar("_Asked", Category, View)
_GRAMMAR = Licensing()
_FROM_BEST = (View.YES, View.NOT_EVALUATED, View.NO)
"""Views from the one that lets most through."""


@dataclass(frozen=True)
class Classification:
    """The answer to an identifier."""

    spdx: str | None = None
    """SPDX identifier or expression, None for what is not known."""
    category: Category = Category.UNKNOWN
    fsf_free: View = View.NOT_EVALUATED
    osi_approved: View = View.NOT_EVALUATED
    licenses: tuple[License, ...] = ()
    """The licences that it names."""
    family: Family | None = None
    """The family that it names, where the text must tell which licence is meant."""


def classify(identifier: str) -> Classification:
    """Read an identifier (SPDX, Hugging Face hub, ScanCode), a name or an expression; total.

    Of an expression with OR the freest side counts, of one with AND the strictest. An exception (`WITH`) only adds
    permissions, so the licence before it counts.
    """
    found = normalise(identifier)
    if found.expression is not None and (parsed := parse_expression(found.expression)) is not None:
        return Classification(
            found.expression,
            _strictest(parsed, lambda license_: license_.category, lambda category: category.strictness),
            _strictest(parsed, lambda license_: license_.fsf_free, _FROM_BEST.index),
            _strictest(parsed, lambda license_: license_.osi_approved, _FROM_BEST.index),
            found.licenses,
        )
    if (family := _family(found)) is not None:
        return Classification(family=family)
    license_ = find_license(identifier) if len(identifier) <= STATEMENT_LIMIT else None
    if license_ is None or license_.id.lower() in catalogue().exceptions or license_.category is Category.UNKNOWN:
        return Classification()
    return Classification(license_.id, license_.category, license_.fsf_free, license_.osi_approved, (license_,))


def told_apart_by(statement: Normalised) -> str | None:
    """What would tell which licence is meant, as the end of a sentence; None where no family of licences is named."""
    family = _family(statement)
    return family.members if family is not None else None


def _family(statement: Normalised) -> Family | None:
    return next((family for family in families() if family.id == statement.family), None)


def _strictest(node: LicenseExpression, of: Callable[[License], _Asked], rank: Callable[[_Asked], int]) -> _Asked:
    if isinstance(node, LicenseWithExceptionSymbol):
        node = node.license_symbol
    if isinstance(node, LicenseSymbol):
        license_ = find_license(node.key)
        if license_ is None:
            raise LookupError(f"{node.key} was known when the expression was read")
        return of(license_)
    answers = [_strictest(part, of, rank) for part in node.args]
    return min(answers, key=rank) if isinstance(node, _GRAMMAR.OR) else max(answers, key=rank)
