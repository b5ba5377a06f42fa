"""A licence that only a sentence states, and weights that a sentence takes out of the licence of the code."""

from __future__ import annotations

from collections.abc import Callable

from rules.facts import Artifact, Confidence, EvidenceKind, LicenseEvidence
from rules.findings import Finding
from rules.licenses import conclude

FindingOf = Callable[..., Finding | None]
PROSE = LicenseEvidence(EvidenceKind.PROSE, "README.md", "MIT license", line=12)
EXCLUSION = LicenseEvidence(
    EvidenceKind.PROSE, "README.md", "The MIT license does not cover the weights.", line=14, excludes=True
)
ROOT = LicenseEvidence(EvidenceKind.REPOSITORY_LICENSE, "LICENSE", "MIT")


def test_a_licence_in_prose_is_to_be_written_beside_the_weights(
    finding_of: FindingOf, artifact: Callable[..., Artifact]
) -> None:
    finding = finding_of("license-only-in-prose", artifact("models/a.onnx", evidence=(PROSE,)))
    assert finding is not None
    assert "`README.md`, line 12" in finding.why
    assert any("models/a.onnx.license" in command for command in finding.remedy.commands)
    card = LicenseEvidence(EvidenceKind.MODEL_CARD, "models/README.md", "mit", line=2)
    assert finding_of("license-only-in-prose", artifact(evidence=(card, PROSE))) is None


def test_a_refused_licence_in_prose_is_refused(finding_of: FindingOf, artifact: Callable[..., Artifact]) -> None:
    said = artifact(evidence=(LicenseEvidence(EvidenceKind.PROSE, "README.md", "CC BY-NC 4.0", line=3),))
    assert finding_of("license-only-in-prose", said) is None
    assert finding_of("license-not-accepted", said) is not None


def test_weights_that_a_sentence_leaves_out_have_no_licence(
    finding_of: FindingOf, artifact: Callable[..., Artifact]
) -> None:
    left_out = artifact(evidence=(EXCLUSION, ROOT))
    finding = finding_of("license-missing", left_out)
    assert finding is not None
    assert "The licence of the code does not cover them: `README.md`, line 14 says so" in finding.why
    assert finding_of("license-only-from-repository", left_out) is None


def test_how_sure_a_conclusion_is_follows_from_where_it_is_written() -> None:
    def confidence(*evidence: LicenseEvidence) -> Confidence | None:
        return conclude(evidence).confidence

    card = LicenseEvidence(EvidenceKind.MODEL_CARD, "models/README.md", "apache-2.0")
    recipe = LicenseEvidence(EvidenceKind.RECIPE, "PKGBUILD", "Apache-2.0")
    assert confidence() is None
    assert confidence(ROOT) is Confidence.POSSIBLE
    assert confidence(PROSE) is Confidence.POSSIBLE
    assert confidence(recipe) is Confidence.PROBABLE
    assert confidence(card) is Confidence.CERTAIN
    assert confidence(card, PROSE) is Confidence.PROBABLE
