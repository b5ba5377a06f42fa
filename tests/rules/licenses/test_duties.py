"""What licences ask for: the table holds together, and its phrases are found as people write them."""

from __future__ import annotations

import pytest

from rules.licenses import find_license
from rules.licenses.duties import duties_of, phrases, phrases_in

NOTICE = (
    "Llama 3.1 is licensed under the Llama 3.1 Community License, Copyright © Meta Platforms, Inc. All Rights Reserved."
)


@pytest.mark.parametrize(
    "identifier", ["llama3.1", "gemma", "tongyi-qianwen-2023", "creativeml-openrail-m", "mit", "cc-by-4.0"]
)
def test_duties_are_kept_under_the_catalogues_identifiers(identifier: str) -> None:
    license_ = find_license(identifier)
    assert license_ is not None
    duties = duties_of(license_.id)
    assert duties is not None
    assert duties.license == license_.id
    assert duties.source


def test_nothing_is_claimed_of_a_licence_that_was_not_read() -> None:
    assert duties_of("LicenseRef-nobody-knows") is None


@pytest.mark.parametrize(
    "text",
    [
        NOTICE,
        NOTICE.replace("©", "(c)").upper(),
        NOTICE.replace(", ", ",\n> "),
        f"**{NOTICE}**",
        f"“{NOTICE.rstrip('.')}”",
    ],
)
def test_a_sentence_is_found_however_it_is_set(text: str) -> None:
    assert phrases_in(f"Notice\n======\n{text}\n") == (NOTICE,)


def test_another_version_of_the_sentence_is_another_sentence() -> None:
    assert phrases_in(NOTICE.replace("3.1", "3.2")) != (NOTICE,)
    assert phrases_in("Llama 3.1 is licensed") == ()


def test_no_phrase_is_found_in_another_but_where_it_is_part_of_it() -> None:
    for phrase in phrases():
        assert phrases_in(phrase) == (phrase,)
