from __future__ import annotations

import pytest

from rules.facts import EvidenceKind
from rules.licenses import conclude

from .conftest import Gather

LLAMA = (
    "Llama 3.1 is licensed under the Llama 3.1 Community License, Copyright © Meta Platforms, Inc. All Rights Reserved."
)


@pytest.mark.parametrize("name", ["NOTICE", "Notice.txt", "NOTICE.md", "m/NOTICE", "ThirdPartyNotices.txt"])
def test_the_notice_of_a_model_licence_states_it(evidence: Gather, name: str) -> None:
    broken = LLAMA.replace(" Community", "\nCommunity").replace("©", "(c)")
    (found,) = evidence("m/a.gguf", {name: f"Notices\n\n> {broken}\n".encode()})
    assert (found.kind, found.path, found.line) == (EvidenceKind.PROSE, name, 3)
    assert conclude([found]).expression == "LicenseRef-scancode-llama-3.1-license-2024"


def test_a_card_that_says_something_else_disagrees_with_the_notice(evidence: Gather) -> None:
    files = {"README.md": b"---\nlicense: mit\n---\n", "NOTICE": LLAMA.encode()}
    conclusion = conclude(evidence("a.gguf", files))
    assert conclusion.expression == "MIT"
    assert [stated for _, stated in conclusion.conflicts] == ["LicenseRef-scancode-llama-3.1-license-2024"]


@pytest.mark.parametrize("text", ["", "This product includes software by A.\n", "Copyright 2024 A. Apache-2.0.\n"])
def test_other_notices_say_nothing_of_weights(evidence: Gather, text: str) -> None:
    assert evidence("a.gguf", {"NOTICE": text.encode()}) == ()


def test_a_sentence_about_weights_in_a_notice_or_a_use_policy_counts_as_in_a_readme(evidence: Gather) -> None:
    for name in ("NOTICE", "USE_POLICY.md", "ACCEPTABLE_USE_POLICY.txt"):
        (found,) = evidence("a.gguf", {name: b"The model weights are licensed under CC-BY-4.0.\n"})
        assert (found.kind, found.statement, found.line) == (EvidenceKind.PROSE, "CC-BY-4.0", 1)
