"""Stories about the licences of weights."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rules.facts import Artifact, EvidenceKind, LicenseEvidence
from rules.findings import Finding, Judgement, Severity
from rules.policy import load_policy

Find = Callable[..., Finding | None]
Make = Callable[..., Artifact]
Say = Callable[..., LicenseEvidence]


def _licence_rules(judgement: Judgement) -> list[str]:
    return [finding.rule for finding in judgement.findings if finding.rule.startswith("license-")]


def test_weights_without_any_statement_block_and_the_sidecar_settles_it(
    judged: Callable[..., Judgement], artifact: Make, tmp_path: Path
) -> None:
    judgement = judged(artifact("models/voice.pt", evidence=()))
    assert _licence_rules(judgement) == ["license-missing"]
    (finding,) = judgement.findings
    assert finding.severity is Severity.BLOCKING
    assert "`models/voice.pt.license`" in finding.remedy.steps[0]
    assert "`models/README.md`" in finding.remedy.steps[1]
    assert not any("Apache" in step or "MIT" in step for step in (*finding.remedy.steps, *finding.remedy.commands))


def test_the_printed_command_does_what_it_says_for_a_path_with_quotes_and_spaces(
    finding_of: Find, artifact: Make, tmp_path: Path
) -> None:
    finding = finding_of("license-missing", artifact("it's $(rm) `x`.pt", evidence=()))
    assert finding is not None
    subprocess.run(["sh", "-c", finding.remedy.commands[0]], cwd=tmp_path, check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["it's $(rm) `x`.pt.license"]
    assert next(tmp_path.iterdir()).read_text() == "SPDX-License-Identifier: SPDX-ID\n"


def test_a_path_with_a_line_break_gets_no_command_and_starts_no_line(finding_of: Find, artifact: Make) -> None:
    finding = finding_of("license-missing", artifact("a\n/merge\n.pt", evidence=()))
    assert finding is not None
    assert finding.remedy.commands == ()
    assert "`a\\n/merge\\n.pt.license`" in finding.remedy.steps[0]


def test_at_the_root_the_model_card_is_not_the_readme_of_the_code(finding_of: Find, artifact: Make) -> None:
    finding = finding_of("license-missing", artifact("voice.pt", evidence=()))
    assert finding is not None
    assert "`MODEL_CARD.md`" in finding.remedy.steps[1]


def test_the_licence_of_the_repository_alone_is_questioned(
    judged: Callable[..., Judgement], artifact: Make, evidence: Say
) -> None:
    weights = artifact("models/voice.onnx", evidence=(evidence(EvidenceKind.REPOSITORY_LICENSE, "MIT"),))
    judgement = judged(weights)
    assert _licence_rules(judgement) == ["license-only-from-repository"]
    (finding,) = judgement.findings
    assert finding.severity is Severity.BLOCKING
    assert finding.why.startswith("`LICENSE` is written for the code")
    assert finding.remedy.steps[0].startswith("If the authors put the weights under `MIT` too")
    assert finding.remedy.commands[0] == ("printf '%s\\n' 'SPDX-License-Identifier: MIT' > models/voice.onnx.license")


def test_a_repository_licence_that_would_not_do_for_weights_is_said_and_not_suggested(
    finding_of: Find, artifact: Make, evidence: Say
) -> None:
    weights = artifact(evidence=(evidence(EvidenceKind.REPOSITORY_LICENSE, "CC-BY-NC-4.0"),))
    finding = finding_of("license-only-from-repository", weights)
    assert finding is not None
    assert "would not be accepted either" in finding.why
    assert "SPDX-ID" in finding.remedy.commands[0]


def test_a_family_of_licences_is_unrecognised_and_the_finding_says_it_is_a_family(
    judged: Callable[..., Judgement], artifact: Make, evidence: Say
) -> None:
    card = evidence(EvidenceKind.MODEL_CARD, "cc", line=2, field="license")
    judgement = judged(artifact(evidence=(card,)))
    assert _licence_rules(judgement) == ["license-unrecognised"]
    (finding,) = judgement.findings
    assert finding.title == "The stated licence, `cc`, names no known licence"
    assert "`models/README.md`, line 2 (`license`)" in finding.why
    assert "what tells them apart is which of attribution" in finding.why


def test_a_licence_of_ones_own_can_be_read_by_a_maintainer(finding_of: Find, artifact: Make, evidence: Say) -> None:
    card = evidence(EvidenceKind.MODEL_CARD, "other", name="my-own-licence-7", line=2, field="license")
    finding = finding_of("license-unrecognised", artifact(evidence=(card,)))
    assert finding is not None
    assert "named `my-own-licence-7`" in finding.title
    assert "they can decide in the policy" in finding.remedy.steps[1]


def test_a_strong_unknown_statement_is_not_overruled_by_the_repositorys_licence(
    judged: Callable[..., Judgement], artifact: Make, evidence: Say
) -> None:
    unknown = evidence(EvidenceKind.IN_ARTIFACT, "our very own terms", field="general.license")
    judgement = judged(artifact(evidence=(unknown, evidence(EvidenceKind.REPOSITORY_LICENSE, "MIT"))))
    assert _licence_rules(judgement) == ["license-unrecognised"]


def test_llama_weights_are_refused_with_their_conditions(finding_of: Find, artifact: Make, evidence: Say) -> None:
    says = evidence(EvidenceKind.IN_ARTIFACT, "llama3.1", path="chat.gguf", field="general.license")
    finding = finding_of("license-not-accepted", artifact("chat.gguf", evidence=(says,)))
    assert finding is not None
    assert finding.severity is Severity.BLOCKING
    assert "Llama" in finding.title
    assert "is stated in the file itself (`general.license`)" in finding.why
    assert finding.remedy.steps[0] == (
        "Use weights under a licence that the policy accepts: `fsf-free`, `dfsg-free` or `osi-approved`."
    )


def test_one_accepted_side_of_an_or_is_enough_and_an_and_needs_both(
    finding_of: Find, artifact: Make, evidence: Say
) -> None:
    either = artifact(evidence=(evidence(EvidenceKind.SIDECAR, "CC-BY-NC-4.0 OR MIT"),))
    both = artifact(evidence=(evidence(EvidenceKind.SIDECAR, "CC-BY-NC-4.0 AND MIT"),))
    assert finding_of("license-not-accepted", either) is None
    finding = finding_of("license-not-accepted", both)
    assert finding is not None
    assert "MIT" not in finding.title


def test_a_licence_that_nobody_ruled_on_is_not_called_unfree(finding_of: Find, artifact: Make, evidence: Say) -> None:
    policy = load_policy(b"version: 1\nrules: {license-not-accepted: {cases: {not-evaluated: warning}}}\n", name="p")
    says = evidence(EvidenceKind.SIDECAR, "OpenMDW-1.0")
    finding = finding_of("license-not-accepted", artifact(evidence=(says,)), policy=policy)
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert "no verdict on its terms" in finding.why
    assert "they can accept it under `licenses: accept:`" in finding.remedy.steps[0]


def test_places_that_disagree_block_where_the_answer_hangs_on_it(
    judged: Callable[..., Judgement], artifact: Make, evidence: Say
) -> None:
    inside = evidence(EvidenceKind.IN_ARTIFACT, "MIT", field="license")
    card = evidence(EvidenceKind.MODEL_CARD, "cc-by-nc-4.0", line=3, field="license")
    judgement = judged(artifact(evidence=(inside, card)))
    assert _licence_rules(judgement) == ["license-conflict"]
    (finding,) = judgement.findings
    assert finding.severity is Severity.BLOCKING
    assert finding.why == (
        "`MIT` counts, stated in the file itself (`license`); "
        "`CC-BY-NC-4.0` is stated in `models/README.md`, line 3 (`license`)."
    )


def test_two_free_licences_that_disagree_are_a_warning(finding_of: Find, artifact: Make, evidence: Say) -> None:
    pair = (evidence(EvidenceKind.IN_ARTIFACT, "MIT"), evidence(EvidenceKind.MODEL_CARD, "apache-2.0"))
    finding = finding_of("license-conflict", artifact(evidence=pair))
    assert finding is not None
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize("other", ["apache-2.0", "Apache-2.0"])
def test_two_spellings_of_one_licence_are_no_conflict(
    judged: Callable[..., Judgement], artifact: Make, evidence: Say, other: str
) -> None:
    pair = (evidence(EvidenceKind.IN_ARTIFACT, "Apache-2.0"), evidence(EvidenceKind.MODEL_CARD, other))
    assert judged(artifact(evidence=pair)).findings == ()


def test_the_repositorys_licence_does_not_contradict_the_weights(
    judged: Callable[..., Judgement], artifact: Make, evidence: Say
) -> None:
    pair = (evidence(EvidenceKind.MODEL_CARD, "apache-2.0"), evidence(EvidenceKind.REPOSITORY_LICENSE, "GPL-3.0-only"))
    assert judged(artifact(evidence=pair)).findings == ()


@pytest.mark.parametrize(
    ("kind", "field", "first_words"),
    [
        (EvidenceKind.MODEL_CARD, "license", "Write the exact"),
        (EvidenceKind.MANIFEST, "licenses", "Write the exact"),
        (EvidenceKind.PROSE, None, "Write the exact"),
        (EvidenceKind.DIRECTORY_LICENSE, "license", "Write the exact"),
        (EvidenceKind.DIRECTORY_LICENSE, None, "If that text has an SPDX identifier"),
        (EvidenceKind.IN_ARTIFACT, "general.license", "Ask the authors"),
    ],
)
def test_where_an_unknown_licence_is_corrected_depends_on_where_it_stands(
    finding_of: Find, artifact: Make, evidence: Say, kind: EvidenceKind, field: str | None, first_words: str
) -> None:
    finding = finding_of("license-unrecognised", artifact(evidence=(evidence(kind, "Terms of Voice", field=field),)))
    assert finding is not None
    assert finding.remedy.steps[0].startswith(first_words)
