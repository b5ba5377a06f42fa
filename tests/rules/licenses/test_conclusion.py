from __future__ import annotations

import itertools

from rules.facts import EvidenceKind, LicenseEvidence
from rules.licenses import conclude

CARD, SIDECAR, INSIDE = EvidenceKind.MODEL_CARD, EvidenceKind.SIDECAR, EvidenceKind.IN_ARTIFACT
DIRECTORY, REPOSITORY = EvidenceKind.DIRECTORY_LICENSE, EvidenceKind.REPOSITORY_LICENSE


def says(kind: EvidenceKind, statement: str, path: str = "p", name: str | None = None) -> LicenseEvidence:
    return LicenseEvidence(kind=kind, path=path, statement=statement, name=name)


def test_nothing_found_concludes_nothing() -> None:
    conclusion = conclude([])
    assert (conclusion.expression, conclusion.source, conclusion.only_from_repository) == (None, None, False)


def test_the_strongest_place_decides_and_the_others_are_conflicts() -> None:
    inside, card = says(INSIDE, "cc-by-nc-4.0"), says(CARD, "mit")
    conclusion = conclude([card, inside])
    assert (conclusion.expression, conclusion.source) == ("CC-BY-NC-4.0", inside)
    assert conclusion.conflicts == ((card, "MIT"),)


def test_two_ways_to_write_one_licence_are_no_conflict() -> None:
    statements = ["apache-2.0", "Apache License 2.0", "https://www.apache.org/licenses/LICENSE-2.0"]
    assert (
        conclude([says(kind, text) for kind, text in zip((INSIDE, CARD, DIRECTORY), statements, strict=True)]).conflicts
        == ()
    )
    assert conclude([says(SIDECAR, "MIT OR Apache-2.0"), says(CARD, "apache-2.0 or mit")]).conflicts == ()


def test_a_gpl_text_does_not_contradict_or_later() -> None:
    assert conclude([says(SIDECAR, "GPL-3.0-or-later"), says(DIRECTORY, "GPL-3.0")]).conflicts == ()
    assert len(conclude([says(SIDECAR, "GPL-3.0-or-later"), says(CARD, "GPL-3.0-only")]).conflicts) == 1
    assert len(conclude([says(SIDECAR, "GPL-3.0-or-later"), says(DIRECTORY, "GPL-2.0")]).conflicts) == 1


def test_the_repositorys_licence_speaks_only_where_nothing_else_does() -> None:
    root = says(REPOSITORY, "MIT")
    alone = conclude([root])
    assert (alone.expression, alone.source, alone.only_from_repository) == ("MIT", root, True)
    beside = conclude([root, says(CARD, "llama3.1")])
    assert (beside.conflicts, beside.only_from_repository) == ((), False)
    assert beside.evidence[-1] == root


def test_an_unknown_statement_is_not_passed_over_for_a_weaker_one() -> None:
    card = says(CARD, "other", name="my-licence")
    for weaker in (says(DIRECTORY, "MIT"), says(REPOSITORY, "MIT")):
        conclusion = conclude([weaker, card])
        assert (conclusion.expression, conclusion.source, conclusion.unrecognised) == (None, None, (card,))
        assert not conclusion.only_from_repository


def test_a_family_is_unrecognised() -> None:
    family = says(CARD, "openrail")
    assert conclude([family]).unrecognised == (family,)


def test_an_unknown_statement_of_the_same_kind_makes_the_whole_unknown() -> None:
    assert conclude([says(INSIDE, "mit", "a"), says(INSIDE, "our terms", "b")]).expression is None


def test_a_weaker_unknown_statement_is_listed_and_changes_nothing() -> None:
    text = says(DIRECTORY, "text: Terms of Foo")
    conclusion = conclude([says(CARD, "mit"), text])
    assert (conclusion.expression, conclusion.unrecognised, conclusion.conflicts) == ("MIT", (text,), ())


def test_of_equal_places_that_disagree_the_strictest_decides() -> None:
    for order in itertools.permutations(
        [says(CARD, "mit", "a"), says(CARD, "cc-by-nc-4.0", "b"), says(CARD, "gemma", "c")]
    ):
        conclusion = conclude(order)
        assert conclusion.expression == "CC-BY-NC-4.0"
        assert [stated for _, stated in conclusion.conflicts] == ["MIT", "LicenseRef-scancode-gemma-tou-2025-03-24"]


def test_an_attestation_goes_before_everything() -> None:
    conclusion = conclude([says(EvidenceKind.ATTESTATION, "CC0-1.0"), says(INSIDE, "custom")])
    assert conclusion.expression == "CC0-1.0"


def test_an_unknown_repository_licence_alone_is_still_only_from_the_repository() -> None:
    conclusion = conclude([says(REPOSITORY, "text: Terms of Foo")])
    assert (conclusion.expression, conclusion.only_from_repository) == (None, True)
    assert len(conclusion.unrecognised) == 1
