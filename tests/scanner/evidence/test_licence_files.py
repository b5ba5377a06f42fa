from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.scanner.evidence import gather
from rules.facts import EvidenceKind, LicenseStatement
from rules.licenses import conclude

from .conftest import Gather, MemoryTree, detection

APACHE = (Path(__file__).parents[3] / "LICENSE").read_bytes()
MIT = b"""MIT License

Copyright (c) 2024 Jane Doe

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
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


def test_the_text_at_the_root_is_the_repositorys_and_the_text_below_is_the_directorys(evidence: Gather) -> None:
    found = evidence("m/a.pt", {"LICENSE": APACHE, "m/COPYING": MIT})
    assert [(item.kind, item.path, item.statement) for item in found] == [
        (EvidenceKind.DIRECTORY_LICENSE, "m/COPYING", "MIT"),
        (EvidenceKind.REPOSITORY_LICENSE, "LICENSE", "Apache-2.0"),
    ]
    assert found[1].text_digest == hashlib.sha256(APACHE).hexdigest()


def test_weights_at_the_root_have_the_repositorys_licence_only(evidence: Gather) -> None:
    conclusion = conclude(evidence("a.pt", {"LICENSE": APACHE}))
    assert conclusion.only_from_repository
    assert conclusion.expression == "Apache-2.0"


def test_the_nearest_directory_with_a_text_counts(evidence: Gather) -> None:
    found = evidence("a/b/c/w.pt", {"a/LICENSE": APACHE, "a/b/LICENCE.txt": MIT, "a/b/c/x": b""})
    assert [item.path for item in found] == ["a/b/LICENCE.txt"]


@pytest.mark.parametrize(
    "name",
    [
        "LICENSE-MODEL",
        "LICENSE_MODEL",
        "LICENSE-MODELS.txt",
        "LICENSE.model",
        "LICENSE.weights.md",
        "LICENSE-WEIGHTS",
        "license_checkpoint.md",
        "LICENCE-pretrained-models",
        "MODEL_LICENSE.txt",
        "MODEL-LICENSE",
        "Model License.md",
        "MODELLICENSE",
        "WEIGHTS_LICENSE",
        "weights.license.txt",
        "CHECKPOINT_LICENSE",
        "COPYING.weights",
    ],
)
def test_a_text_that_is_the_models_by_name_goes_before_the_codes(evidence: Gather, name: str) -> None:
    found = evidence("a.pt", {"LICENSE": APACHE, name: MIT})
    assert [(item.kind, item.path) for item in found] == [
        (EvidenceKind.MODEL_LICENSE, name),
        (EvidenceKind.REPOSITORY_LICENSE, "LICENSE"),
    ]
    assert not conclude(found).only_from_repository


def test_the_models_own_text_outranks_prose_and_recipes_and_a_card_outranks_it(evidence: Gather) -> None:
    files = {
        "LICENSE": APACHE,
        "LICENSE-MODEL": MIT,
        "README.md": b"The pretrained weights are licensed under CC-BY-NC-4.0.\n",
        "PKGBUILD": b"pkgname=voice\nlicense=('Apache-2.0')\nsource=('m/a.pt')\n",
    }
    conclusion = conclude(evidence("m/a.pt", files))
    assert (conclusion.expression, conclusion.source and conclusion.source.path) == ("MIT", "LICENSE-MODEL")
    assert {expression for _, expression in conclusion.conflicts} == {"Apache-2.0", "CC-BY-NC-4.0"}
    carded = conclude(evidence("m/a.pt", {**files, "m/README.md": b"---\nlicense: cc0-1.0\n---\n"}))
    assert carded.expression == "CC0-1.0"


def test_a_nearer_licence_of_a_directory_does_not_hide_the_models_own_text(evidence: Gather) -> None:
    found = evidence("m/a.pt", {"LICENSE-MODEL": b"Our own terms.", "m/LICENSE": MIT})
    assert [(item.kind, item.path) for item in found] == [
        (EvidenceKind.MODEL_LICENSE, "LICENSE-MODEL"),
        (EvidenceKind.DIRECTORY_LICENSE, "m/LICENSE"),
    ]
    assert conclude(found).expression is None


def test_beside_the_models_own_text_another_speaks_of_the_code(evidence: Gather) -> None:
    found = evidence("m/a.pt", {"m/LICENSE-MODEL": MIT, "m/LICENSE": APACHE})
    assert [item.path for item in found] == ["m/LICENSE-MODEL"]


@pytest.mark.parametrize(
    "name",
    [
        "LICENSE-CODE",
        "LICENSE_third_party.txt",
        "license.py",
        "LICENSE.json",
        "licensing.md",
        "other.pt.license",
        "COPYINGS",
    ],
)
def test_what_only_looks_like_a_licence_text_is_left_alone(evidence: Gather, name: str) -> None:
    assert evidence("m/a.pt", {f"m/{name}": MIT, name: MIT}) == ()


def test_a_text_with_a_restriction_added_is_not_called_by_the_licences_name(evidence: Gather) -> None:
    (found,) = evidence("m/a.pt", {"m/LICENSE": MIT + b"\nThe weights are not for commercial use.\n"})
    assert found.statement == "text: MIT License"
    assert conclude([found]).expression is None
    assert conclude([found]).unrecognised == (found,)


@pytest.mark.parametrize("content", [b"", b" \n\t\n"])
def test_an_empty_licence_file_states_nothing(evidence: Gather, content: bytes) -> None:
    assert evidence("m/a.pt", {"m/LICENSE": content}) == ()


def test_a_huge_licence_file_is_not_read_whole_and_not_identified(evidence: Gather) -> None:
    (found,) = evidence("m/a.pt", {"m/LICENSE": MIT + b"\n" * 1_000_000})
    assert found.statement == "text: MIT License"
    assert found.text_digest is None


def test_bytes_that_are_no_text_are_shown_and_not_identified(evidence: Gather) -> None:
    (found,) = evidence("m/a.pt", {"m/LICENSE": b"\x00\xff\xfe" * 100})
    assert found.statement.startswith("text: ")
    assert len(found.statement) <= 300


def test_a_link_to_a_text_in_the_repository_is_followed_and_one_out_of_it_is_not(evidence: Gather) -> None:
    assert [item.statement for item in evidence("m/a.pt", {"m/LICENSE": "../legal/mit", "legal/mit": MIT})] == ["MIT"]
    assert evidence("m/a.pt", {"m/LICENSE": "../../legal/mit", "legal/mit": MIT}) == ()
    assert evidence("m/a.pt", {"m/LICENSE": "COPYING", "m/COPYING": "LICENSE"}) == ()


def test_one_licence_text_is_read_once_for_many_weights(tree_of: Callable[..., MemoryTree]) -> None:
    tree = tree_of({"LICENSE": APACHE, "m/LICENSE": MIT, "m/README.md": b"---\nlicense: mit\n---\n"})
    for number in range(50):
        assert len(gather(f"m/{number}.pt", detection(), tree)) == 3
    assert sorted(tree.reads) == ["LICENSE", "m/LICENSE", "m/README.md"]


def test_the_metadata_of_an_artifact_is_one_statement_with_its_name_and_link(evidence: Gather) -> None:
    (found,) = evidence(
        "a.gguf",
        {},
        LicenseStatement("general.license", " other "),
        LicenseStatement("general.license.name", "llama3.1"),
        LicenseStatement("general.license.link", "https://example.org/LICENSE"),
    )
    assert (found.kind, found.field, found.statement) == (EvidenceKind.IN_ARTIFACT, "general.license", "other")
    assert (found.name, found.link) == ("llama3.1", "https://example.org/LICENSE")


def test_two_fields_are_two_statements_and_an_empty_one_is_none(evidence: Gather) -> None:
    found = evidence(
        "a.safetensors",
        {},
        LicenseStatement("modelspec.license", "CC-BY-4.0"),
        LicenseStatement("license", "mit"),
        LicenseStatement("other.license", "  "),
    )
    assert [(item.field, item.statement) for item in found] == [("modelspec.license", "CC-BY-4.0"), ("license", "mit")]


def test_a_link_without_a_licence_is_a_statement(evidence: Gather) -> None:
    link = "https://creativecommons.org/licenses/by-nc/4.0/"
    (found,) = evidence("a.gguf", {}, LicenseStatement("general.license.link", link))
    assert conclude([found]).expression == "CC-BY-NC-4.0"


def test_a_whole_text_in_the_metadata_is_identified(evidence: Gather) -> None:
    (found,) = evidence("a.tflite", {}, LicenseStatement("license", APACHE.decode()))
    assert found.statement == "Apache-2.0"
    (found,) = evidence("a.tflite", {}, LicenseStatement("license", MIT.decode() + "Not for sale."))
    assert conclude([found]).expression is None


def test_evidence_comes_strongest_first(evidence: Gather) -> None:
    files = {
        "LICENSE": APACHE,
        "m/LICENSE": MIT,
        "m/README.md": b"---\nlicense: mit\n---\n",
        "m/a.pt.license": b"SPDX-License-Identifier: MIT",
    }
    found = evidence("m/a.pt", files, LicenseStatement("license", "mit"))
    assert [item.kind for item in found] == [
        EvidenceKind.IN_ARTIFACT,
        EvidenceKind.SIDECAR,
        EvidenceKind.MODEL_CARD,
        EvidenceKind.DIRECTORY_LICENSE,
        EvidenceKind.REPOSITORY_LICENSE,
    ]
    assert conclude(found).conflicts == ()
