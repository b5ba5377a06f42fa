from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.licenses import acceptance, normalise

LLAMA = "LicenseRef-scancode-llama-3.1-license-2024"


@pytest.mark.parametrize(
    ("statement", "expression"),
    [
        ("apache-2.0", "Apache-2.0"),
        ("Apache License 2.0", "Apache-2.0"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("Apache 2", "Apache-2.0"),
        ("Apache-2.0+", "Apache-2.0"),
        ("The MIT License (MIT)", "MIT"),
        ("mit licence", "MIT"),
        ("CC BY-NC-SA 4.0", "CC-BY-NC-SA-4.0"),
        ("cc_by_4.0", "CC-BY-4.0"),
        ("Creative Commons Attribution-NonCommercial 4.0 International License", "CC-BY-NC-4.0"),
        ("Creative Commons Attribution 4.0 International", "CC-BY-4.0"),
        ("GPLv3", "GPL-3.0-only"),
        ("GNU GPL v3 or later", "GPL-3.0-or-later"),
        ("gplv2+", "GPL-2.0-or-later"),
        ("GNU Lesser General Public License v3.0", "LGPL-3.0-only"),
        ("BSD 3-Clause", "BSD-3-Clause"),
        ("unlicense", "Unlicense"),
        ("unlicensed", "NONE"),
        ("UNLICENSED", "NONE"),
        ("All rights reserved.", "NONE"),
        ("no licence", "NONE"),
        ("llama3.1", LLAMA),
        ("LLAMA 3.1 COMMUNITY LICENSE AGREEMENT", LLAMA),
        ("CreativeML Open RAIL++-M License", "LicenseRef-scancode-bigscience-open-rail-m2"),
        ("CreativeML Open RAIL-M", "LicenseRef-creativeml-openrail-m"),
        ("LicenseRef-scancode-gemma-tou-2024-04-01", "LicenseRef-scancode-gemma-tou-2025-03-24"),
        ("mit or (apache-2.0 and llama3.1)", f"MIT OR (Apache-2.0 AND {LLAMA})"),
        ("(MIT OR Apache-2.0) AND CC-BY-4.0", "(MIT OR Apache-2.0) AND CC-BY-4.0"),
        ("gpl-2.0+ with classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0"),
        ("MIT AND mit", "MIT"),
        ("openrail++ or mit", "LicenseRef-scancode-bigscience-open-rail-m2 OR MIT"),
        ("https://spdx.org/licenses/MIT.html", "MIT"),
        ("https://opensource.org/licenses/MIT", "MIT"),
        ("https://opensource.org/license/apache-2-0/", "Apache-2.0"),
        ("https://creativecommons.org/licenses/by-nc/4.0/deed.en", "CC-BY-NC-4.0"),
        ("creativecommons.org/licenses/by-nc-nd/3.0/", "CC-BY-NC-ND-3.0"),
        ("https://creativecommons.org/licenses/by-nc-sa/3.0/us/", "LicenseRef-scancode-cc-by-nc-sa-3.0-us"),
        ("http://creativecommons.org/publicdomain/zero/1.0/legalcode", "CC0-1.0"),
        ("https://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"),
        ("https://www.gnu.org/licenses/gpl-3.0.en.html", "GPL-3.0-only"),
        ("https://www.mozilla.org/en-US/MPL/2.0/", "MPL-2.0"),
        ("https://ai.google.dev/gemma/terms", "LicenseRef-scancode-gemma-tou-2025-03-24"),
        ("https://www.llama.com/llama3_1/license/", LLAMA),
    ],
)
def test_what_people_write_is_understood(statement: str, expression: str) -> None:
    assert normalise(statement).expression == expression


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "other",
        "unknown",
        "NOASSERTION",
        "proprietary",
        "nvidia",
        "apple",
        "MIT (non-commercial)",
        "mit license, for research only",
        "not mit",
        "MIT OR",
        "MIT AND (Apache-2.0",
        "MIT OR my-own",
        "mit WITH apache-2.0",
        "Classpath-exception-2.0",
        "LicenseRef-Mine",
        "see-license",
        "LicenseRef-scancode-unknown",
        "https://example.org/licenses/MIT",
        "https://spdx.org.example.org/licenses/MIT",
        "https://user@example.org/spdx.org/licenses/MIT",
        "https://opensource.org/licenses/MIT?x=1",
        "javascript:alert(1)",
        "http://[::1",
        "MIT\x00",
        "MIT\nnot really",
        "Attribution",
    ],
)
def test_what_is_not_understood_is_not_guessed(statement: str) -> None:
    found = normalise(statement)
    assert found.expression is None
    assert found.unknown


@pytest.mark.parametrize(
    ("statement", "family"),
    [
        ("bsd", "bsd"), ("GPL", "gpl"), ("Creative Commons", "cc"), ("cc-by-nc", "cc-by-nc"), ("OpenRAIL", "openrail"),
        ("Apache", "apache"), ("Llama", "llama"), ("public domain", "public-domain"), ("BSD License", "bsd"),
    ],
)  # fmt: skip
def test_the_name_of_a_family_names_no_licence(statement: str, family: str) -> None:
    found = normalise(statement)
    assert (found.expression, found.family, found.unknown) == (None, family, (statement,))


@pytest.mark.parametrize(
    ("name", "link", "expression"),
    [
        ("llama3.1", "LICENSE", LLAMA),
        ("flux-1-dev-non-commercial-license", None, "LicenseRef-scancode-flux-1-nc"),
        (None, "https://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0"),
        ("my-licence", "https://www.apache.org/licenses/LICENSE-2.0", None),
        ("mit", "https://www.apache.org/licenses/LICENSE-2.0", None),
        ("MIT", "https://opensource.org/licenses/MIT", "MIT"),
        ("other", None, None),
        (None, "LICENSE", None),
        (None, None, None),
    ],
)
def test_beside_other_the_name_counts_and_then_the_link(
    name: str | None, link: str | None, expression: str | None
) -> None:
    assert normalise("other", name, link).expression == expression


def test_a_name_that_means_another_licence_makes_the_statement_unknown() -> None:
    assert normalise("mit", "CC-BY-NC-4.0").expression is None
    assert normalise("apache-2.0", "Apache License 2.0").expression == "Apache-2.0"
    assert normalise("apache-2.0", "Our friendly licence").expression == "Apache-2.0"


@pytest.mark.parametrize(
    "statement",
    [
        "x" * 10_000_000,
        "(" * 1_000_000,
        "MIT OR " * 1_000_000,
        " " * 10_000_000,
        "mit (" * 90,
        "a.b/" * 120,
        "\u202emit",
    ],
)
def test_hostile_statements_cost_nothing(statement: str) -> None:
    started = time.process_time()
    assert normalise(statement).expression is None
    assert time.process_time() - started < 1


@given(st.text(max_size=60), st.none() | st.text(max_size=30), st.none() | st.text(max_size=30))
def test_nothing_that_can_be_written_raises(statement: str, name: str | None, link: str | None) -> None:
    found = normalise(statement, name, link)
    assert (found.expression is None) is bool(found.unknown)


WORDS = st.sampled_from(
    ["mit", "apache-2.0", "gpl-3.0", "llama3.1", "and", "or", "with", "(", ")", "LLVM-exception", "x"]
)


@given(st.lists(WORDS, max_size=12))
def test_an_expression_that_is_understood_is_understood_again_and_can_be_accepted(words: list[str]) -> None:
    found = normalise(" ".join(words))
    if found.expression is not None:
        assert normalise(found.expression) == found
        assert acceptance(found.expression, lambda _: True).accepted
        assert set(acceptance(found.expression, lambda _: False).refused) == set(found.licenses)
