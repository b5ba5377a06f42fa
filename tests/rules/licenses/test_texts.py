from __future__ import annotations

import time
from importlib import resources
from pathlib import Path

import pytest

from rules.licenses import find_license
from rules.licenses.known import license_with_words
from rules.licenses.tables import license_rows
from rules.licenses.texts import _model_texts, identify_text, spdx_tags, words_digest

APACHE = (Path(__file__).parents[3] / "LICENSE").read_text()
MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
NOTICE = "Copyright (c) 2024 Jane Doe\n\n"


@pytest.mark.parametrize(
    "text",
    [
        MIT,
        NOTICE + MIT,
        "MIT License\n\n" + NOTICE + MIT,
        "The MIT License (MIT)\n=====================\n\n" + NOTICE + MIT,
        "# License\n\n**MIT License**\n\n" + NOTICE + MIT,
        "SPDX-License-Identifier: MIT\n\n" + NOTICE + MIT,
        "Copyright (c) 2010, 2011, 2012\nThe Regents of the University, Somewhere Inc.\nAll rights reserved.\n\n" + MIT,
        "Copyright © 2024 Max Planck Institute for Intelligent Systems\n" + MIT,
        "Copyright (c) 2020 lucidrains\n" + MIT,
        "Copyright (c) 2020-present, Foo, Inc. and its affiliates. All rights reserved. <mail@example.org>\n" + MIT,
        "\ufeff" + (NOTICE + MIT).replace("\n", "\r\n"),
        "SPDX-License-Identifier: MIT\n",
        "MIT License\n",
        "# Lizenz\n\n" + NOTICE + MIT,
        "许可证\n\n" + NOTICE + MIT,
        "Copyright (c) 2024 Zoë Müller und Łukasz Žižek\n" + MIT,
        MIT.replace('"', "”").upper(),
    ],
)
def test_a_text_is_identified_under_its_titles_and_notices(text: str) -> None:
    assert identify_text(text) == "MIT"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n \n",
        MIT + "\nThis software may not be used for commercial purposes.\n",
        "For research use only.\n\n" + MIT,
        "MIT License\n\nFor non-commercial purposes.\n" + NOTICE + MIT,
        MIT + "\nThis license does not apply to the model weights.\n",
        MIT.replace("and/or sell copies", "copies"),
        MIT.replace("free of charge,", "free of charge for non-commercial purposes,"),
        "Copyright (c) 2024 Jane Doe. For evaluation only.\n" + MIT,
        "Copyright (c) 2024 Jane Doe.\nFor students of our university.\n" + MIT,
        "Copyright (c) 2024 Jane Doe\nWe forbid military applications.\nCopyright (c) 2024 Jane Doe\n" + MIT,
        "Copyright (c) 2024 Jane Doe. We ask you to pay us first.\n" + MIT,
        "Apache License 2.0\n\n" + NOTICE + MIT,
        "SPDX-License-Identifier: Apache-2.0\n\n" + NOTICE + MIT,
        "Non-Commercial License\n\n" + NOTICE + MIT,
        '"Commons Clause" License Condition v1.0\n\nThe License does not grant the right to sell.\n\n' + APACHE,
        MIT + "\n" + APACHE,
        MIT[:600],
        "All rights reserved.\n",
        MIT.replace("of this software and", "of this software for research only and"),
        MIT.replace("COPYRIGHT HOLDERS BE", "COPYRIGHT HOLDERS, WHO PROHIBIT COMMERCIAL USE, BE"),
        MIT.replace("sublicense, and/or sell copies", "sublicense, and/or copies"),
        "仅供学术研究使用。\n\n" + MIT,
        MIT + "\n仅供学术研究使用。\n",
        MIT.replace("free of charge,", "free of charge 仅供研究,"),
        MIT.replace("\n\nTHE", "\n\nТолько для исследований.\n\nTHE"),
        "Copyright (c) 2024 Jane Doe 仅供研究\n" + MIT,
        "Copyright (c) 2024 Jane Doe réservé à la recherche\n" + MIT,
        "ＦＯＲ ＲＥＳＥＡＲＣＨ ＯＮＬＹ\n\n" + MIT,
        "See https://example.org/license\n",
    ],
)
def test_a_text_that_says_more_or_less_is_not_identified(text: str) -> None:
    assert identify_text(text) is None


def test_a_published_text_is_known_by_its_words_and_by_no_others() -> None:
    advice = "".join(f"word{number} " for number in range(40))
    digest = words_digest(advice)
    assert digest == words_digest(advice.upper().replace(" ", ",\n")) != words_digest(advice + "not")
    assert license_with_words(digest) is None
    lines = resources.files("rules.licenses").joinpath("known_texts.txt").read_text("ascii").splitlines()
    known = [line.split() for line in lines if not line.startswith("#")]
    assert len(known) > 700
    for identifier, *digests in known:
        assert find_license(identifier) is not None, identifier
        assert {license_with_words(each) for each in digests} == {identifier}
    for row in license_rows():
        for text in row.texts:
            assert text.words is None or license_with_words(text.words) == row.id


def test_this_projects_own_licence_is_identified() -> None:
    assert identify_text(APACHE) == "Apache-2.0"
    assert identify_text(APACHE.replace("perpetual", "revocable", 1)) is None


@pytest.mark.parametrize("known", _model_texts(), ids=lambda known: known.id)
def test_a_model_licence_is_known_by_its_title_and_its_words(known: object) -> None:
    opens, says, identifier = known.opens, known.says, known.id  # type: ignore[attr-defined]
    body = f"\nRelease Date: July 2024\n\nThis agreement speaks of the {says} at length.\n"
    assert find_license(identifier) is not None
    assert identify_text(f"**{opens.upper()}**\n{body}") == identifier
    assert identify_text(f"Copyright (c) 2024 Somebody\n\n{opens.title()}\n{body}") == identifier
    assert identify_text(f"We do not use the {opens}.\n{body}") is None


def test_no_model_licence_known_by_its_title_alone_is_a_free_one() -> None:
    for known in _model_texts():
        license_ = find_license(known.id)
        assert license_ is not None
        assert license_.category.is_restrictive


def test_tags_are_found_with_their_lines_and_without_the_comments_around_them() -> None:
    text = "x\n/* SPDX-License-Identifier: MIT */\n<!-- SPDX-License-Identifier: Apache-2.0 OR MIT -->\n"
    text += "# spdx-license-identifier:ISC"
    assert list(spdx_tags(text)) == [(2, "MIT"), (3, "Apache-2.0 OR MIT"), (4, "ISC")]


@pytest.mark.parametrize(
    "text",
    ["copyright foo\n" * 9000, "(" * 120_000, "SPDX-License-Identifier: " + "(" * 100_000, "=" * 120_000, " " * 120_000,
     "copyright " * 12_000, "licence (a" * 12_000, (MIT + "x\n") * 100, "x" * 100_000_000],
    ids=range(9),
)  # fmt: skip
def test_hostile_texts_do_not_take_long(text: str) -> None:
    started = time.process_time()
    assert identify_text(text) is None
    assert time.process_time() - started < 3
