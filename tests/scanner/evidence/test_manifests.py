from __future__ import annotations

import base64
import hashlib
import json
import time

import pytest

from rules.facts import EvidenceKind, LicenseEvidence
from rules.licenses import conclude

from .conftest import Gather

MANIFEST, DIRECTORY, REPOSITORY = (
    EvidenceKind.MANIFEST,
    EvidenceKind.DIRECTORY_LICENSE,
    EvidenceKind.REPOSITORY_LICENSE,
)

CITATION = b"""cff-version: 1.2.0
title: Voice
type: software
license: Apache-2.0
"""


def said(found: tuple[LicenseEvidence, ...]) -> list[tuple[EvidenceKind, str, int | None]]:
    return [(one.kind, one.statement, one.line) for one in found]


def bill(*components: object, subject: object = None) -> bytes:
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": list(components)}
    if subject is not None:
        document["metadata"] = {"component": subject}
    return json.dumps(document, indent=2).encode()


def model(name: str, *licenses: object, **more: object) -> dict[str, object]:
    return {"type": "machine-learning-model", "name": name, "licenses": list(licenses), **more}


MIT, NC = {"license": {"id": "MIT"}}, {"license": {"id": "CC-BY-NC-4.0"}}


def test_a_citation_at_the_root_speaks_of_the_code_as_a_licence_there_does(evidence: Gather) -> None:
    assert said(evidence("m/a.pt", {"CITATION.cff": CITATION})) == [(REPOSITORY, "Apache-2.0", 4)]
    assert said(evidence("m/a.pt", {"m/CITATION.cff": CITATION})) == [(DIRECTORY, "Apache-2.0", 4)]
    named = CITATION + b"url: https://example.org/m/a.pt\n"
    assert said(evidence("m/a.pt", {"CITATION.cff": named})) == [(MANIFEST, "Apache-2.0", 4)]


@pytest.mark.parametrize(
    ("lines", "expression"),
    [
        (b"license: MIT", "MIT"),
        (b"license: [MIT, Apache-2.0]", "MIT OR Apache-2.0"),
        (b"license:\n  - MIT\n", "MIT"),
        (b"license-url: https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        (b"license: none of yours", None),
        (b"license: &a MIT", None),
        (b"license: MIT\nlicense: GPL-3.0-only", None),
        (b"license: MIT\n\tx: y", None),
        (b"license: MIT\nabstract: \xff\xff", "MIT"),
    ],
)
def test_citations_of_many_kinds(evidence: Gather, lines: bytes, expression: str | None) -> None:
    found = evidence("a.pt", {"CITATION.cff": b"title: a.pt\n" + lines + b"\n"})
    assert (found[0].kind, conclude(found).expression) == (MANIFEST, expression)


@pytest.mark.parametrize("content", [b"", b"title: x\n", b"license:\n", b"license: []\n", b"- license: MIT\n", b"\0"])
def test_a_citation_without_a_licence_is_no_evidence(evidence: Gather, content: bytes) -> None:
    assert evidence("a.pt", {"CITATION.cff": content}) == ()


@pytest.mark.parametrize(
    ("value", "expression"),
    [
        ("https://spdx.org/licenses/Apache-2.0", "Apache-2.0"),
        ("MIT", "MIT"),
        ({"@type": "CreativeWork", "url": "https://opensource.org/licenses/MIT"}, "MIT"),
        ({"@id": "https://spdx.org/licenses/CC0-1.0"}, "CC0-1.0"),
        ({"@type": "CreativeWork", "name": "MIT License"}, "MIT"),
        (["https://spdx.org/licenses/MIT", "https://spdx.org/licenses/CC-BY-4.0"], None),
        (["MIT", "CC-BY-4.0"], "MIT AND CC-BY-4.0"),
        ({"@type": "CreativeWork"}, None),
    ],
)
def test_codemeta_states_licences_in_several_shapes(evidence: Gather, value: object, expression: str | None) -> None:
    content = json.dumps({"@type": "SoftwareSourceCode", "hasPart": "a.pt", "license": value}, indent=1).encode()
    found = evidence("a.pt", {"codemeta.json": content})
    assert (len(found), found[0].kind, conclude(found).expression) == (1, MANIFEST, expression)


def test_codemeta_tells_the_line(evidence: Gather) -> None:
    content = b'{\n "name": "x",\n "license": "https://spdx.org/licenses/MIT"\n}\n'
    assert said(evidence("a.pt", {"codemeta.json": content})) == [(REPOSITORY, "https://spdx.org/licenses/MIT", 3)]


@pytest.mark.parametrize("name", ["bom.json", "app.cdx.json", "sbom.json", "aibom.json", "model-bom.json"])
def test_a_component_with_the_name_of_the_weights_speaks_of_them(evidence: Gather, name: str) -> None:
    content = bill(model("b.pt", NC), model("a.pt", MIT), {"type": "library", "name": "x", "licenses": [NC]})
    (found,) = evidence("m/a.pt", {name: content})
    assert (found.kind, found.statement, found.path) == (MANIFEST, "MIT", name)
    assert found.line == content[: content.index(b'"MIT"')].count(b"\n") + 1


def test_a_path_goes_before_a_digest_and_a_digest_before_a_name(evidence: Gather) -> None:
    weights = b"weights"
    digest = hashlib.sha256(weights).hexdigest().upper()
    by_name, by_path = model("a.pt", NC), model("m/a.pt", {"expression": "MIT OR Apache-2.0"})
    by_digest = model("voice", MIT, hashes=[{"alg": "SHA-256", "content": digest}])
    nested = {"type": "application", "name": "x", "components": [by_name]}
    for components, statement in (
        ([by_name, by_path, by_digest], "MIT OR Apache-2.0"),
        ([by_name, by_digest], "MIT"),
        ([nested], "CC-BY-NC-4.0"),
    ):
        files = {"m/a.pt": weights, "bom.json": bill(*components)}
        assert [one.statement for one in evidence("m/a.pt", files)] == [statement]


def test_a_pointer_is_found_by_the_digest_that_it_names(evidence: Gather) -> None:
    digest = "ab" * 32
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 12345\n".encode()
    content = bill(model("voice", MIT, hashes=[{"alg": "SHA-256", "content": digest}]), model("noise", NC))
    assert [one.statement for one in evidence("a.pt", {"a.pt": pointer, "bom.json": content})] == ["MIT"]


def test_a_bill_about_one_model_speaks_of_its_weights_and_one_about_an_application_does_not(evidence: Gather) -> None:
    assert said(evidence("a.pt", {"bom.json": bill(subject=model("org/voice", MIT))}))[0][:2] == (MANIFEST, "MIT")
    application = {"type": "application", "name": "app", "licenses": [MIT]}
    assert evidence("a.pt", {"bom.json": bill(model("gpt-4o", NC), subject=application)}) == ()


@pytest.mark.parametrize(
    ("licenses", "expression"),
    [
        ([MIT, NC], "MIT AND CC-BY-NC-4.0"),
        ([{"license": {"name": "Apache License 2.0"}}], "Apache-2.0"),
        ([{"license": {"name": "Our terms", "url": "https://example.org"}}], None),
        ([{"license": {"url": "https://creativecommons.org/licenses/by/4.0/"}}], "CC-BY-4.0"),
        ([{"license": {"name": "x", "text": {"content": "SPDX-License-Identifier: MIT\n"}}}], "MIT"),
        (
            [{"license": {"name": "x", "text": {"content": base64.b64encode(b"MIT").decode(), "encoding": "base64"}}}],
            None,
        ),
    ],
)
def test_licences_of_components(evidence: Gather, licenses: list[object], expression: str | None) -> None:
    found = evidence("a.pt", {"bom.json": bill(model("a.pt", *licenses))})
    assert (found[0].kind, conclude(found).expression) == (MANIFEST, expression)


@pytest.mark.parametrize("licenses", [[], [{}], [{"license": {}}], "MIT", {"license": 5}, None, [[MIT]]])
def test_a_component_without_a_licence_is_no_evidence(evidence: Gather, licenses: object) -> None:
    content = bill({"type": "machine-learning-model", "name": "a.pt", "licenses": licenses})
    assert evidence("a.pt", {"bom.json": content}) == ()


@pytest.mark.parametrize(
    "content",
    [
        b'{"bomFormat": "CycloneDX", "name": "a.pt", "license": "MIT", "license": "GPL"}',
        b'{"bomFormat": "CycloneDX", "license": "MIT", "name": "a.pt"',
        b'{"bomFormat": "CycloneDX", "name": "a.pt", "license":' + b"[" * 100_000,
        b'{"bomFormat": "CycloneDX", "name": "a.pt", "license": 1' + b"0" * 10_000 + b"}",
        b'{"bomFormat": "CycloneDX", "name": "a.pt", "license": "MIT"}' + b" " * 5_000_000,
    ],
)
@pytest.mark.parametrize("name", ["bom.json", "codemeta.json"])
def test_a_manifest_that_names_the_weights_and_cannot_be_read_says_so(
    evidence: Gather, name: str, content: bytes
) -> None:
    (found,) = evidence("a.pt", {name: content})
    assert found.statement.startswith(f"{name} could not be read: ")
    assert conclude([found]).expression is None


@pytest.mark.parametrize("name", ["bom.json", "codemeta.json", "CITATION.cff"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\xff\xfe{",
        b'{"license": null}',
        b'{"components": {"licenses": []}}',
        b'"CycloneDX"',
    ],
)
def test_manifests_of_no_use_are_no_evidence(evidence: Gather, name: str, content: bytes) -> None:
    assert evidence("a.pt", {name: content}) == ()


def test_a_surrogate_in_a_text_does_no_harm(evidence: Gather) -> None:
    content = (
        b'{"bomFormat": "CycloneDX", "components": [{"name": "a.pt", "licenses": [{"expression": "\\ud800 MIT"}]}]}'
    )
    (found,) = evidence("a.pt", {"bom.json": content})
    assert conclude([found]).expression is None


def test_a_bill_of_thousands_of_components_is_looked_through_once(evidence: Gather) -> None:
    content = bill(*(model(f"n{number}", MIT) for number in range(8_000)), model("a.pt", NC))
    started = time.process_time()
    assert [one.statement for one in evidence("a.pt", {"bom.json": content})] == ["CC-BY-NC-4.0"]
    assert time.process_time() - started < 5
