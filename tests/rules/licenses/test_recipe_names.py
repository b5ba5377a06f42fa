"""The names that packages of distributions give to licences are read as their tables say, or told to be unclear."""

from __future__ import annotations

import pytest

from rules.licenses import normalise
from rules.licenses.recipe_names import in_spdx, recipe_names
from rules.licenses.tables import families

SYSTEMS = ("guix", "nix", "debian", "fedora", "conda")


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_name_stands_for_an_expression_of_known_licences(system: str) -> None:
    names = recipe_names(system)
    assert names
    for name, expression in names.items():
        assert normalise(expression).expression == expression, name


def test_what_names_no_licence_says_what_would_tell_it() -> None:
    unclear = {family.id: family for family in families()}
    for name, family in (
        ("non-copyleft", "unspecified"),
        ("unfree", "unfree"),
        ("classpathException20", "exception-alone"),
        ("LGPLv2", "recipe-name"),
        ("public-domain", "public-domain"),
    ):
        assert normalise(name).family == family
        assert unclear[family].members


@pytest.mark.parametrize(
    ("system", "statement", "expression"),
    [
        ("debian", "Expat", "MIT"),
        ("debian", "GPL-2+", "GPL-2.0-or-later"),
        ("debian", "GPL-2+ with OpenSSL exception", "GPL-2.0-or-later"),
        ("debian", "GPL-2+ or Artistic-2.0, and BSD-3-clause", "(GPL-2.0-or-later OR Artistic-2.0) AND BSD-3-Clause"),
        ("debian", "Artistic or GPL-1+", "Artistic-1.0 OR GPL-1.0-or-later"),
        ("debian", "GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"),
        ("debian", "Perl and Expat", "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND MIT"),
        ("fedora", "ASL 2.0 and MIT", "Apache-2.0 AND MIT"),
        ("fedora", "GPL+ or Artistic", "GPL-1.0-or-later OR Artistic-1.0-Perl"),
        ("fedora", "(GPLv2+ with exceptions) and LGPLv3+", "GPL-2.0-or-later AND LGPL-3.0-or-later"),
        ("fedora", "Artistic 2.0 and (MIT or Boost)", "Artistic-2.0 AND (MIT OR BSL-1.0)"),
        ("fedora", "Apache-2.0 AND MIT", "Apache-2.0 AND MIT"),
        ("conda", "GPL (>= 2)", "GPL-2.0-or-later"),
        ("conda", "BSD_3_Clause", "BSD-3-Clause"),
    ],
)
def test_statements_of_recipes_become_spdx_expressions(system: str, statement: str, expression: str) -> None:
    assert normalise(in_spdx(statement, system)).expression == expression


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize(
    "statement",
    [
        "",
        " ",
        "and",
        "MIT and",
        "((((",
        "MIT with Commons Clause exception",
        "MIT with no-commerce restriction exception",
        "GPLv2+ and my own terms",
        "a" * 10_000,
        "MIT or " * 5_000,
        "x with " * 2_000 + "exception",
        ", and , or " * 100,
        "MIT\x00",
    ],
)
def test_what_is_not_known_whole_stays_as_it_is_written(system: str, statement: str) -> None:
    assert in_spdx(statement, system) == statement
    assert normalise(in_spdx(statement, system)).expression is None
