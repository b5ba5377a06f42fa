"""Stories about what stands around weights: base models, duties, training, card and origin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rules.facts import Artifact, EvidenceKind, LicenseEvidence
from rules.findings import Finding, Severity
from rules.policy import Policy, PolicyError, load_policy
from rules.surroundings import BaseModel, Dataset, Origin, Paper, PaperKind, Surroundings, Training

Find = Callable[..., Finding | None]
Make = Callable[..., Artifact]
Say = Callable[..., LicenseEvidence]

CARD = "models/README.md"
LLAMA = "LicenseRef-scancode-llama-3.1-license-2024"
NOTICE = (
    "Llama 3.1 is licensed under the Llama 3.1 Community License, Copyright © Meta Platforms, Inc. All Rights Reserved."
)


def _policy(text: str) -> Policy:
    return load_policy(f"version: 1\n{text}".encode(), name="p.yml")


def _base(name: str, relation: str | None = "adapter", **other: Any) -> BaseModel:
    return BaseModel(name, CARD, 3, other.pop("field", "base_model"), relation)


@pytest.fixture
def made(artifact: Make, evidence: Say) -> Callable[..., Artifact]:
    """Weights with a licence stated in their card, and what stands around them."""

    def make(licence: str | None = "mit", path: str = "models/voice.safetensors", **around: Any) -> Artifact:
        stated = () if licence is None else (evidence(EvidenceKind.MODEL_CARD, licence, line=2, field="license"),)
        return artifact(path, evidence=stated, surroundings=Surroundings(**{"card": CARD} | around))

    return make


# Base models


def test_a_lora_of_llama_relabelled_mit_is_questioned(finding_of: Find, made: Make) -> None:
    finding = finding_of("license-of-base-model", made(base_models=(_base("meta-llama/Llama-3.1-8B"),)))
    assert finding is not None
    assert finding.severity is Severity.BLOCKING
    assert finding.title.startswith("A base model comes under a licence that is not accepted here: [Llama 3.1")
    assert "`meta-llama/Llama-3.1-8B` (`models/README.md`, line 3, `base_model`)" in finding.why
    assert "`mit` is stated in `models/README.md`, line 2 (`license`)" in finding.why


def test_where_llama_is_accepted_the_wrong_label_is_still_told(finding_of: Find, made: Make) -> None:
    policy = _policy(f"licenses: {{accept: [permissive, '{LLAMA}']}}")
    weights = made(base_models=(_base("https://huggingface.co/meta-llama/Llama-3.1-8B"),))
    finding = finding_of("license-of-base-model", weights, policy=policy)
    assert finding is not None
    assert finding.title.startswith("The stated licence gives more than that of the base model")
    assert finding.remedy.steps[0].startswith(f"State `{LLAMA}` in `models/README.md`, line 2")


@pytest.mark.parametrize(
    ("licence", "base", "is_questioned"),
    [
        ("llama3.1", "meta-llama/Llama-3.1-8B", False),
        ("mit", "mistralai/Mistral-7B-v0.1", False),
        ("cc0-1.0", "openai/whisper-tiny", False),
        ("agpl-3.0", "Ultralytics/YOLOv8", False),
        ("apache-2.0", "Ultralytics/YOLOv8", True),
        ("apache-2.0 OR agpl-3.0", "Ultralytics/YOLOv8", True),
        ("apache-2.0 AND agpl-3.0", "Ultralytics/YOLOv8", False),
        ("mit OR llama3.1", "meta-llama/Llama-3.1-8B", True),
        ("mit OR apache-2.0", "Ultralytics/YOLOv8", True),
        ("creativeml-openrail-m", "CompVis/stable-diffusion-v1-4", False),
        ("apache-2.0", "CompVis/stable-diffusion-v1-4", True),
        ("apache-2.0", "google/gemma-2-2b", True),
        (None, "google/gemma-2-2b", True),
        (None, "openai/whisper-tiny", False),
    ],
)
def test_the_strictest_of_licence_and_base_counts(
    finding_of: Find, made: Make, licence: str | None, base: str, is_questioned: bool
) -> None:
    weights = made(licence, base_models=(_base(base),))
    assert (finding_of("license-of-base-model", weights) is not None) is is_questioned


def test_one_restricted_model_in_a_merge_is_enough(finding_of: Find, made: Make) -> None:
    bases = (_base("mistralai/Mistral-7B-v0.1", "merge"), _base("deepseek-ai/deepseek-llm-7b-base", "merge"))
    finding = finding_of("license-of-base-model", made("apache-2.0", base_models=bases))
    assert finding is not None
    assert "deepseek-llm" in finding.why
    assert "Mistral" not in finding.why


def test_a_base_that_nobody_knows_is_an_open_question_and_the_policy_can_answer_it(
    finding_of: Find, made: Make
) -> None:
    weights = made(base_models=(_base("acme/speech-base"),))
    finding = finding_of("license-of-base-model", weights)
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert finding.title == "The licence of a base model is not known"
    answer = "rules: {license-of-base-model: {options: {licenses: {Acme/Speech-Base: %s}}}}"
    assert finding_of("license-of-base-model", weights, policy=_policy(answer % "Apache-2.0")) is None
    refused = finding_of("license-of-base-model", weights, policy=_policy(answer % "cc-by-nc-4.0"))
    assert refused is not None
    assert "The policy says so." in refused.why
    with pytest.raises(PolicyError):
        _policy(answer % "my-own-licence")


def test_what_a_trainer_wrote_of_its_own_disk_is_no_open_question(finding_of: Find, made: Make) -> None:
    weights = made(base_models=(_base("acme/run-7", field="_name_or_path"),))
    assert finding_of("license-of-base-model", weights) is None
    known = made(base_models=(_base("google/gemma-2-2b", field="_name_or_path"),))
    assert finding_of("license-of-base-model", known) is not None


def test_a_hostile_name_stays_a_word(finding_of: Find, made: Make) -> None:
    finding = finding_of("license-of-base-model", made(base_models=(_base("a/b`\n@everyone [x](http://y)"),)))
    assert finding is not None
    assert "\n" not in finding.title + finding.why + "".join(finding.remedy.steps)


# Duties


def _papers(*kinds: tuple[str, PaperKind, str | None, tuple[str, ...]]) -> tuple[Paper, ...]:
    return tuple(Paper(path, kind, licence, phrases=phrases) for path, kind, licence, phrases in kinds)


def test_what_llama_asks_for_is_listed_with_the_lines_that_add_it(finding_of: Find, made: Make) -> None:
    papers = _papers((CARD, PaperKind.MODEL_CARD, None, ()), ("models/LICENSE", PaperKind.LICENSE, None, ()))
    finding = finding_of("license-duties-unmet", made("llama3.1", path="models/chat.gguf", papers=papers))
    assert finding is not None
    assert finding.title == "3 things are missing that the licence asks for"
    assert finding.remedy.steps[0] == f"Write into `models/NOTICE`: `{NOTICE}`"
    assert finding.remedy.commands == (
        f"printf '%s\\n' '{NOTICE}' >> models/NOTICE",
        "git add -- models/NOTICE",
        "printf '\\n%s\\n' 'Built with Llama' >> models/README.md",
        "git add -- models/README.md",
    )
    assert "`models/LICENSE` is not recognised as that text" in finding.remedy.steps[2]


def test_nothing_is_said_where_all_is_there(finding_of: Find, made: Make) -> None:
    papers = _papers(
        (CARD, PaperKind.MODEL_CARD, None, ("Built with Llama",)),
        ("models/LICENSE", PaperKind.LICENSE, LLAMA, ("Built with Llama", NOTICE)),
        ("NOTICE", PaperKind.NOTICE, None, (NOTICE,)),
    )
    assert finding_of("license-duties-unmet", made("llama3.1", papers=papers)) is None


def test_a_phrase_in_the_licence_text_shows_nothing_to_readers(finding_of: Find, made: Make) -> None:
    papers = _papers(("models/LICENSE", PaperKind.LICENSE, LLAMA, ("Built with Llama", NOTICE)))
    finding = finding_of("license-duties-unmet", made("llama3.1", papers=papers))
    assert finding is not None
    assert "NOTICE" in finding.title
    assert "“Built with Llama”" in finding.title


@pytest.mark.parametrize(
    ("path", "relation", "is_missing"),
    [
        ("models/mail-helper.safetensors", "finetune", True),
        ("models/Llama-mail-helper.safetensors", "finetune", False),
        ("llama_3.1_mail/model.safetensors", "finetune", False),
        ("model.safetensors", "finetune", False),
        ("models/mail-helper.safetensors", "quantized", False),
        ("models/mail-helper.safetensors", None, True),
    ],
)
def test_a_model_made_from_llama_is_named_after_it(
    finding_of: Find, made: Make, path: str, relation: str | None, is_missing: bool
) -> None:
    papers = _papers(
        (CARD, PaperKind.MODEL_CARD, None, ("Built with Llama",)),
        ("models/LICENSE", PaperKind.LICENSE, LLAMA, ()),
        ("NOTICE", PaperKind.NOTICE, None, (NOTICE,)),
    )
    base = _base("meta-llama/Llama-3.1-8B", relation)
    finding = finding_of("license-duties-unmet", made("llama3.1", path=path, papers=papers, base_models=(base,)))
    assert (finding is not None) is is_missing
    if finding:
        assert finding.title == "Missing what the licence asks for: a name that begins with “Llama”"


def test_the_base_of_relabelled_weights_asks_for_its_duties_too(finding_of: Find, made: Make) -> None:
    finding = finding_of("license-duties-unmet", made("mit", base_models=(_base("google/gemma-2-2b"),)))
    assert finding is not None
    assert any("Gemma is provided under" in step for step in finding.remedy.steps)
    assert any("section 3.2 bind those who get the weights" in step for step in finding.remedy.steps)


STRICT = "rules: {license-duties-unmet: {severity: warning, cases: {text: blocking}}}"


@pytest.mark.parametrize(
    ("licence", "held", "is_missing"),
    [
        ("mit", None, True),
        ("mit", "MIT", False),
        ("mit", "Apache-2.0", True),
        ("mit OR apache-2.0", "Apache-2.0", False),
        ("mit AND apache-2.0", "Apache-2.0", True),
        ("gpl-3.0-or-later", "GPL-3.0", False),
        ("unlicense", None, False),
        ("cc-by-4.0", None, False),
    ],
)
def test_free_licences_ask_for_their_text_where_the_policy_wants_it(
    finding_of: Find, made: Make, licence: str, held: str | None, is_missing: bool
) -> None:
    papers = _papers((CARD, PaperKind.MODEL_CARD, None, ()), ("LICENSE", PaperKind.LICENSE, held, ()))
    weights = made(licence, papers=papers)
    finding = finding_of("license-duties-unmet", weights, policy=_policy(STRICT))
    assert (finding is not None) is is_missing
    if finding:
        assert finding.severity is Severity.BLOCKING
        assert finding.remedy.commands[0] == "reuse download MIT"
    assert finding_of("license-duties-unmet", weights) is None


def test_a_text_that_is_the_evidence_is_there(finding_of: Find, artifact: Make, evidence: Say) -> None:
    text = evidence(EvidenceKind.DIRECTORY_LICENSE, "MIT", text_digest="ab" * 32)
    assert finding_of("license-duties-unmet", artifact(evidence=(text,)), policy=_policy(STRICT)) is None


def test_attribution_needs_a_place(finding_of: Find, made: Make) -> None:
    finding = finding_of("license-duties-unmet", made("cc-by-4.0", card=None))
    assert finding is not None
    assert finding.title == "Missing what the licence asks for: the names of the authors"


def test_a_path_unfit_for_a_shell_gets_no_commands(finding_of: Find, made: Make) -> None:
    finding = finding_of("license-duties-unmet", made("llama3.1", path="a\nb/x.gguf"))
    assert finding is not None
    assert not any("\n" in command for command in finding.remedy.commands)


# Training, data, card, origin


def _told(finding_of: Find, rule: str, weights: Artifact, options: str = "") -> Finding | None:
    text = f"rules: {{{rule}: {{severity: info{', options: ' + options if options else ''}}}}}"
    return finding_of(rule, weights, policy=_policy(text))


def test_nobody_hears_of_recipe_data_card_and_origin_by_the_pack_guix(finding_of: Find, artifact: Make) -> None:
    for rule in ("training-recipe-missing", "training-data-missing", "model-card-missing", "origin-missing"):
        assert finding_of(rule, artifact()) is None
        assert _told(finding_of, rule, artifact()) is not None


def test_words_on_the_training_are_enough_unless_the_policy_wants_the_program(finding_of: Find, made: Make) -> None:
    described = made(training=(Training(CARD, 9),))
    rule = "training-recipe-missing"
    assert _told(finding_of, rule, described) is None
    finding = _told(finding_of, rule, described, "{program: true}")
    assert finding is not None
    assert finding.why.startswith("`models/README.md`, line 9 tells how")
    assert _told(finding_of, rule, made(training=(Training("train.py", is_program=True),)), "{program: true}") is None


@pytest.mark.parametrize(
    ("licence", "title"),
    [
        (None, None),
        ("CC0-1.0", None),
        ("something", None),
        ("CC BY-NC 4.0", "The weights were trained on data that is not free"),
    ],
)
def test_data_is_not_free_where_its_licence_says_so(
    finding_of: Find, made: Make, licence: str | None, title: str | None
) -> None:
    weights = made(datasets=(Dataset("squad", CARD, 4), Dataset("acme/corpus", CARD, 5, licence)))
    finding = _told(finding_of, "training-data-missing", weights)
    assert (finding.title if finding else None) == title
    if finding:
        assert "`acme/corpus` in `models/README.md`, line 5" in finding.why
        assert "squad" not in finding.why


def test_undeclared_data_is_asked_for_in_the_card(finding_of: Find, made: Make) -> None:
    finding = _told(finding_of, "training-data-missing", made())
    assert finding is not None
    assert "`models/README.md`" in finding.remedy.steps[0]


def test_a_card_is_begun_with_the_licence_that_is_known(finding_of: Find, artifact: Make) -> None:
    finding = _told(finding_of, "model-card-missing", artifact())
    assert finding is not None
    begin, add = finding.remedy.commands
    assert begin.startswith("printf '%s\\n' --- 'license: Apache-2.0' --- '# NAME' ")
    assert begin.endswith(" > models/README.md")
    assert add == "git add -- models/README.md"


def test_a_readme_that_is_there_is_not_written_over(finding_of: Find, made: Make) -> None:
    weights = made(card=None, papers=_papers((CARD, PaperKind.README, None, ())))
    finding = _told(finding_of, "model-card-missing", weights)
    assert finding is not None
    assert finding.remedy.commands == ()
    assert finding.remedy.steps[0].startswith("Name the file in `models/README.md`")


@pytest.mark.parametrize(
    ("around", "title"),
    [
        ({}, "Where the weights come from is not written down"),
        ({"training": (Training("train.py", is_program=True),)}, None),
        (
            {"origins": (Origin("https://x.org/resolve/main/a", CARD),)},
            "The address of the weights names no fixed version",
        ),
        ({"origins": (Origin("https://x.org/main", CARD), Origin("https://x.org/v1", CARD, pinned=True))}, None),
        ({"origins": (Origin("https://x.org/main", CARD), Origin("", "SHA256SUMS", sha256="ab" * 32))}, None),
        ({"origins": (Origin("", "SHA256SUMS", sha256="ab" * 32),)}, "Where the weights come from is not written down"),
    ],
)
def test_an_origin_is_an_address_that_stays_what_it_is(
    finding_of: Find, made: Make, around: dict[str, Any], title: str | None
) -> None:
    finding = _told(finding_of, "origin-missing", made(**around))
    assert (finding.title if finding else None) == title
