from __future__ import annotations

import dataclasses
import itertools

import pytest

from rules.facts import Confidence, EvidenceKind, LicenseEvidence
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


def leaves_out(path: str) -> LicenseEvidence:
    return LicenseEvidence(EvidenceKind.PROSE, path, "This licence does not cover the weights.", 1, excludes=True)


def test_a_sentence_that_leaves_weights_out_voids_the_licence_of_the_repository() -> None:
    sentence = leaves_out("models/README.md")
    conclusion = conclude([says(REPOSITORY, "MIT", "LICENSE"), sentence])
    assert (conclusion.expression, conclusion.evidence, conclusion.exclusions) == (None, (), (sentence,))
    assert not conclusion.only_from_repository


@pytest.mark.parametrize(
    ("licence", "sentence", "is_void"),
    [
        ("models/LICENSE", "models/README.md", True),
        ("models/LICENSE", "models/voice/README.md", True),
        ("models/LICENSE", "README.md", False),
        ("models/voice/LICENSE", "models/README.md", False),
        ("model/LICENSE", "models/README.md", False),
        ("sub/debian/copyright", "sub/README.md", True),
        ("sub/debian/copyright", "README.md", False),
    ],
)
def test_a_sentence_voids_the_licences_of_code_from_its_own_directory_up(
    licence: str, sentence: str, is_void: bool
) -> None:
    conclusion = conclude([says(DIRECTORY, "MIT", licence), leaves_out(sentence)])
    assert conclusion.expression == (None if is_void else "MIT")


def test_a_sentence_that_leaves_weights_out_voids_nothing_that_speaks_of_the_weights() -> None:
    for kind in (
        SIDECAR,
        CARD,
        EvidenceKind.MODEL_LICENSE,
        EvidenceKind.RECIPE,
        EvidenceKind.MANIFEST,
        EvidenceKind.PROSE,
    ):
        assert conclude([says(kind, "mit", "README.md"), leaves_out("README.md")]).expression == "MIT"


@pytest.mark.parametrize(
    ("kind", "confidence"),
    [
        (EvidenceKind.ATTESTATION, Confidence.CERTAIN),
        (INSIDE, Confidence.CERTAIN),
        (SIDECAR, Confidence.CERTAIN),
        (CARD, Confidence.CERTAIN),
        (EvidenceKind.MODEL_LICENSE, Confidence.CERTAIN),
        (EvidenceKind.RECIPE, Confidence.PROBABLE),
        (EvidenceKind.MANIFEST, Confidence.PROBABLE),
        (DIRECTORY, Confidence.PROBABLE),
        (EvidenceKind.PROSE, Confidence.POSSIBLE),
        (REPOSITORY, Confidence.POSSIBLE),
    ],
)
def test_the_kind_of_place_says_how_far_a_conclusion_can_be_trusted(kind: EvidenceKind, confidence: Confidence) -> None:
    conclusion = conclude([says(kind, "mit")])
    assert conclusion.confidence is confidence
    assert conclusion.confidence_reason


def test_places_that_disagree_lower_the_confidence() -> None:
    conclusion = conclude([says(CARD, "mit"), says(DIRECTORY, "Apache-2.0")])
    assert conclusion.confidence is Confidence.PROBABLE
    assert "disagree" in (conclusion.confidence_reason or "")
    assert conclude([says(EvidenceKind.PROSE, "mit"), says(DIRECTORY, "Apache-2.0")]).confidence is Confidence.POSSIBLE


def test_without_a_conclusion_there_is_no_confidence() -> None:
    conclusion = conclude([says(CARD, "other")])
    assert (conclusion.confidence, conclusion.confidence_reason, conclusion.text_digest) == (None, None, None)


def test_the_text_of_the_licence_is_known_where_a_place_that_agrees_has_read_it() -> None:
    card = says(CARD, "apache-2.0")
    text = dataclasses.replace(says(DIRECTORY, "Apache-2.0"), text_digest="a" * 64)
    assert conclude([card, text]).text_digest == "a" * 64
    assert conclude([card, dataclasses.replace(text, statement="MIT")]).text_digest is None
    assert conclude([card, dataclasses.replace(text, kind=REPOSITORY)]).text_digest is None
    assert conclude([dataclasses.replace(text, kind=REPOSITORY)]).text_digest == "a" * 64
