"""From what stands in a card or a file to an SPDX expression."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

from license_expression import (
    BaseSymbol,
    ExpressionError,
    LicenseExpression,
    LicenseSymbol,
    LicenseWithExceptionSymbol,
    Licensing,
)

from rules.licenses.addresses import license_at
from rules.licenses.catalogue import catalogue
from rules.licenses.license import Category, License
from rules.licenses.spelling import family_spellings, fold, names
from rules.licenses.tables import compounds

STATEMENT_LIMIT = 500
"""Characters of a statement that is read; a longer one is a text and no name. Real expressions have under 200."""

NESTING_LIMIT = 20
"""Opening parentheses of an expression that is read."""

_PLACEHOLDERS = frozenset({"other", "unknown", "noassertion", "custom", "proprietary-license", ""})
"""Words that say that the licence is written elsewhere, or that nobody knows it."""

_NAMELESS = frozenset({"other", "custom", ""})
"""Placeholders beside which a name or a link may tell the licence."""

_ADDRESS = re.compile(r"^(https?://|[a-z0-9.-]+\.[a-z]{2,6}/)\S+$", re.IGNORECASE)
_OPERATOR = re.compile(r"(^|[\s()])(and|or|with)([\s()]|$)|[()]", re.IGNORECASE)
_WORD = re.compile(r"[()]|[^\s()]+")
_REPEATED = re.compile(r"^(?P<name>[^()]+?)\s*\((?P<again>[^()]+)\)$")
_GRAMMAR = Licensing()


@dataclass(frozen=True)
class Normalised:
    """What a statement means."""

    expression: str | None
    """SPDX expression; None unless every part of the statement is known."""
    licenses: tuple[License, ...] = ()
    """Every licence that was recognised, in the order written."""
    unknown: tuple[str, ...] = ()
    """Parts that name no known licence."""
    family: str | None = None
    """The family of licences that is named where one is: `bsd`, `cc`, `openrail`."""


def normalise(statement: str, name: str | None = None, link: str | None = None) -> Normalised:
    """Read a licence statement; `name` and `link` are `license_name` and `license_link` beside it.

    Understood are SPDX expressions in any case, identifiers of the Hugging Face hub, common names and
    the addresses of published licences. Where the statement is `other`, its name counts, and its link where it
    has no name. A name that means another licence than the statement makes both unknown. Nothing raises:
    what is not understood comes back in `unknown`.
    """
    return _normalise(_bounded(statement), _bounded(name or ""), _bounded(link or ""))


@functools.lru_cache(maxsize=4096)
def _normalise(statement: str, name: str, link: str) -> Normalised:
    if fold(statement) in _NAMELESS:
        return _beside(name, link) or _read(statement)
    said = _read(statement)
    named = _read(name) if name else None
    if said.expression is None or named is None or named.expression is None:
        return said
    if same_terms(said.expression, named.expression):
        return said
    return Normalised(None, (*said.licenses, *named.licenses), (statement, name))


def _bounded(text: str) -> str:
    """Enough of a text to see that it is too long."""
    return text.strip()[: STATEMENT_LIMIT + 1]


def same_terms(one: str, other: str) -> bool:
    """True where two expressions of known licences ask the same, whatever their order and parentheses."""
    if one == other:
        return True
    left, right = parse_expression(one), parse_expression(other)
    return left is not None and right is not None and bool(left.simplify() == right.simplify())


@functools.lru_cache(maxsize=4096)
def parse_expression(expression: str) -> LicenseExpression | None:
    """The syntax tree of an expression, None where it is none. Its symbols are not looked up."""
    if len(expression) > STATEMENT_LIMIT or not _is_well_formed(expression):
        return None
    try:
        return _GRAMMAR.parse(expression, simple=True)
    except ExpressionError:
        return None


def _is_well_formed(expression: str) -> bool:
    """Whether operands and operators take turns and parentheses match; the library fails by assertions where not."""
    depth = 0
    before = "("
    for word in _WORD.findall(expression.lower()):
        starts_operand = before in ("(", "and", "or", "with")
        if word == "(":
            fits = starts_operand and before != "with" and depth < NESTING_LIMIT
            depth += 1
        elif word in (")", "and", "or", "with"):
            fits = not starts_operand and (word != "with" or before != ")")
            depth -= word == ")"
        else:
            fits = starts_operand
        if not fits or depth < 0:
            return False
        before = word
    return depth == 0 and before not in ("(", "and", "or", "with")


def _beside(name: str, link: str) -> Normalised | None:
    """What name and link say where the statement says nothing; None where neither is given."""
    at_link = license_at(link) if link else None
    if name:
        named = _read(name)
        if named.expression is not None and at_link is not None and named.expression != at_link.id:
            return Normalised(None, (*named.licenses, at_link), (name, link))
        return named
    if at_link is not None:
        return _known(at_link)
    return Normalised(None, unknown=(link,)) if link else None


def _read(statement: str) -> Normalised:
    text = unicodedata.normalize("NFKC", statement)
    if len(text) > STATEMENT_LIMIT or any(unicodedata.category(character).startswith("C") for character in text):
        return Normalised(None, unknown=(statement,))
    text = compounds().get(text.strip().lower(), text)
    if (single := _single(text) or _single(text.removesuffix("+"))) is not None:
        return _known(single)
    if (family := family_spellings().get(fold(text))) is not None:
        return Normalised(None, unknown=(text,), family=family)
    if _OPERATOR.search(text) and (parsed := parse_expression(text)) is not None:
        return _expression(parsed)
    return Normalised(None, unknown=(text,))


def _single(text: str) -> License | None:
    """The one licence that a name, an identifier or an address means."""
    if text.lower() in _PLACEHOLDERS:
        return None
    if _ADDRESS.match(text):
        return license_at(text if "://" in text else f"https://{text}")
    found = catalogue().by_spdx_id.get(text.lower())
    if found is None and text.count("(") == text.count(")") <= 1:
        found = names().get(fold(text))
    if found is None and (repeated := _REPEATED.match(text)) is not None:
        found = _single(repeated["name"])
        again = _single(repeated["again"])
        found = found if found is not None and again is not None and found.id == again.id else None
    return None if found is None or _is_no_license(found) else found


def _is_no_license(found: License) -> bool:
    """True for exceptions, and for ScanCode's placeholders: `see-license`, `unknown`."""
    if found.id.lower() in catalogue().exceptions:
        return True
    return found.category is Category.UNKNOWN and found.id.startswith("LicenseRef-scancode-")


def _known(license_: License) -> Normalised:
    return Normalised(license_.id, (license_,))


def _expression(parsed: LicenseExpression) -> Normalised:
    found = _Found({}, {})
    rendered = found.render(parsed)
    if found.unknown:
        return Normalised(None, tuple(found.licenses.values()), tuple(found.unknown))
    return Normalised(rendered, tuple(found.licenses.values()))


@dataclass(frozen=True)
class _Found:
    """What the symbols of one expression turned out to be; dictionaries keep the order and drop repetitions."""

    licenses: dict[str, License]
    unknown: dict[str, None]

    def render(self, node: LicenseExpression) -> str:
        """The expression with the catalogue's identifiers, parts in the order written."""
        if isinstance(node, LicenseWithExceptionSymbol):
            base = self._license(node.license_symbol.key)
            exception = catalogue().exceptions.get(node.exception_symbol.key.lower())
            if exception is None:
                self.unknown[node.exception_symbol.key] = None
            return f"{base} WITH {exception}"
        if isinstance(node, LicenseSymbol):
            return self._license(node.key)
        parts = (self.render(part) if isinstance(part, BaseSymbol) else f"({self.render(part)})" for part in node.args)
        operator: str = node.operator
        return operator.join(dict.fromkeys(parts))

    def _license(self, symbol: str) -> str:
        # "Or any later version" leaves the named version open to whoever receives the work.
        license_ = _single(symbol) or _single(symbol.removesuffix("+"))
        if license_ is None:
            self.unknown[symbol] = None
            return symbol
        self.licenses[license_.id] = license_
        return license_.id
