from __future__ import annotations

import json
import time

import pytest

from bot.scanner.evidence._descriptions import STATEMENTS_LIMIT
from rules.facts import EvidenceKind, LicenseEvidence
from rules.licenses import conclude

from .conftest import Gather

TAGGED = b"""SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: keyword-spotter
PackageName: keyword-spotter
PackageComment: <text>Built by hand.
FileName: ./m/a.pt
LicenseConcluded: GPL-3.0-only
</text>
PackageLicenseConcluded: GPL-2.0-only

FileName: ./m/a.pt
SPDXID: SPDXRef-weights
FileChecksum: SHA1: d6a770ba38583ed4bb4525bd96e50461655d2758
LicenseConcluded: CC-BY-4.0
LicenseInfoInFile: MIT

FileName: ./m/b.pt
LicenseConcluded: NOASSERTION
LicenseInfoInFile: MIT
LicenseInfoInFile: Apache-2.0

FileName: ./m/c.pt
LicenseConcluded: NOASSERTION
LicenseInfoInFile: NONE

PackageName: detector
PackageFileName: d.onnx
PackageLicenseConcluded: NOASSERTION
PackageLicenseDeclared: BSD-3-Clause

LicenseID: LicenseRef-1
LicenseName: the licence of another file
"""


def said(found: tuple[LicenseEvidence, ...]) -> list[tuple[EvidenceKind, str, str | None, int | None]]:
    return [(one.kind, one.statement, one.field, one.line) for one in found]


def document(*files: dict[str, object], packages: object = (), extracted: object = ()) -> bytes:
    return json.dumps(
        {
            "spdxVersion": "SPDX-2.3",
            "files": files,
            "packages": packages,
            "hasExtractedLicensingInfos": extracted,
        },
        indent=1,
    ).encode()


def file(name: str, concluded: str | None = None, *declared: str) -> dict[str, object]:
    return {"fileName": name, "licenseConcluded": concluded, "licenseInfoInFiles": declared}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("m/a.pt", [(EvidenceKind.MANIFEST, "CC-BY-4.0", "LicenseConcluded", 15)]),
        ("m/b.pt", [(EvidenceKind.MANIFEST, "MIT AND Apache-2.0", "LicenseInfoInFile", 20)]),
        ("m/c.pt", []),
        ("d.onnx", [(EvidenceKind.MANIFEST, "BSD-3-Clause", "PackageLicenseDeclared", 30)]),
        ("m/none.pt", []),
    ],
)
def test_tags_state_what_was_concluded_or_else_declared(
    evidence: Gather, path: str, expected: list[tuple[EvidenceKind, str, str, int]]
) -> None:
    assert said(evidence(path, {"keyword-spotter.spdx": TAGGED})) == expected


def test_windows_lines_of_tags_are_counted_alike(evidence: Gather) -> None:
    assert [one.line for one in evidence("m/a.pt", {"a.spdx": TAGGED.replace(b"\n", b"\r\n")})] == [15]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([file("./m/a.pt", "MIT")], "MIT"),
        ([file("m/a.pt", "NOASSERTION", "MIT", "CC0-1.0")], "MIT AND CC0-1.0"),
        ([file("/m/a.pt", None, "MIT")], "MIT"),
        ([file("./m/b.pt", "MIT")], None),
        ([file("./m/a.pt", "NONE", "NOASSERTION")], None),
        ([file("./m/a.pt", "")], None),
        ([{"fileName": 3, "licenseConcluded": "MIT"}, {"fileName": "m/a.pt", "licenseConcluded": 3}], None),
    ],
)
def test_a_file_of_a_document_in_json(evidence: Gather, files: list[dict[str, object]], expected: str | None) -> None:
    assert conclude(evidence("m/a.pt", {"bom.spdx.json": document(*files)})).expression == expected


def test_the_line_is_that_of_the_files_name(evidence: Gather) -> None:
    (found,) = evidence("m/a.pt", {"x.spdx.json": document(file("./m/b.pt", "MIT"), file("./m/a.pt", "CC0-1.0"))})
    assert (found.line, found.field, found.path) == (10, "licenseConcluded", "x.spdx.json")


def test_a_path_goes_before_the_name_of_a_package(evidence: Gather) -> None:
    packages = [{"name": "spotter", "packageFileName": "a.pt", "licenseDeclared": "GPL-3.0-only"}]
    both = document(file("m/a.pt", "MIT"), packages=packages)
    assert conclude(evidence("m/a.pt", {"x.spdx.json": both})).expression == "MIT"
    alone = document(packages=packages)
    assert conclude(evidence("m/a.pt", {"x.spdx.json": alone})).expression == "GPL-3.0-only"


def test_a_licence_of_the_documents_own_is_known_by_its_text_or_its_name(evidence: Gather) -> None:
    extracted = [
        {"licenseId": "LicenseRef-1", "extractedText": "MIT License"},
        {"licenseId": "LicenseRef-2", "name": "Terms of the Spotter", "extractedText": "Ask us."},
        {"licenseId": "LicenseRef-3", "name": "NOASSERTION", "extractedText": "Ask us."},
    ]
    for reference, expected in (("1", "MIT"), ("2", "Terms of the Spotter"), ("3", "LicenseRef-3")):
        content = document(file("a.pt", f"LicenseRef-{reference}"), extracted=extracted)
        assert [one.statement for one in evidence("a.pt", {"x.spdx.json": content})] == [expected]


def test_version_3_states_licences_by_relationships(evidence: Gather) -> None:
    graph = [
        {"type": "software_File", "spdxId": "urn:a", "name": "./m/a.pt"},
        {"type": "ai_AIPackage", "spdxId": "urn:b", "name": "b.pt"},
        {
            "type": "simplelicensing_LicenseExpression",
            "spdxId": "urn:terms",
            "simplelicensing_licenseExpression": "MIT OR Apache-2.0",
        },
        {"type": "Relationship", "from": "urn:a", "relationshipType": "hasDeclaredLicense", "to": ["urn:terms"]},
        {
            "type": "Relationship",
            "from": "urn:a",
            "relationshipType": "hasConcludedLicense",
            "to": ["https://spdx.org/rdf/3.0.1/terms/Licensing/NoAssertion"],
        },
        {
            "type": "Relationship",
            "from": "urn:b",
            "relationshipType": "hasConcludedLicense",
            "to": ["https://spdx.org/licenses/CC0-1.0"],
        },
    ]
    content = json.dumps({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph}).encode()
    for path, expected in (("m/a.pt", "MIT OR Apache-2.0"), ("b.pt", "CC0-1.0"), ("c.pt", None)):
        assert conclude(evidence(path, {"x.spdx3.json": content})).expression == expected


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfeSPDXVersion: SPDX-2.3",
        b"SPDXVersion: SPDX-2.3\nFileName: a.pt\n",
        b"SPDXVersion: SPDX-2.3\nFileName: a.pt\nLicenseConcluded:\n",
        b"SPDXVersion: SPDX-2.3\nFileName: <text>a.pt\nLicenseConcluded: MIT\n",
        b"SPDXVersion: SPDX-2.3\n" + b"FileName: <text>\n" * 50_000,
        b"PackageName: SPDX-2.3\nFileName: a.pt\nLicenseConcluded: MIT\n",
        b'{"spdxVersion": "SPDX-2.3", "files": "a.pt"}',
        b'{"spdxVersion": ["SPDX-2.3"], "files": [{"fileName": "a.pt", "licenseConcluded": "MIT"}]}',
        bytes(range(256)) * 1000,
    ],
)
def test_documents_of_no_use_are_no_evidence(evidence: Gather, content: bytes) -> None:
    assert evidence("a.pt", {"x.spdx": content, "x.spdx.json": content}) == ()


@pytest.mark.parametrize(
    "content",
    [
        document(*(file(f"./n{number}", "MIT") for number in range(10_000))),
        document(*(file(f"./é{number}", "MIT") for number in range(10_000))),
        document(extracted=[{"licenseId": str(number), "extractedText": "You may " * 99} for number in range(2_000)]),
        b"SPDXVersion: SPDX-2.3\n" + b"FileName: x\nLicenseConcluded: MIT\n" * 30_000,
    ],
)
def test_long_lists_are_looked_through_once(evidence: Gather, content: bytes) -> None:
    started = time.process_time()
    assert evidence("a.pt", {"x.spdx": content}) == ()
    assert time.process_time() - started < 5


def test_a_file_that_is_listed_ten_thousand_times_gives_a_bounded_number_of_statements(evidence: Gather) -> None:
    content = b"SPDXVersion: SPDX-2.3\n" + b"FileName: a.pt\nLicenseConcluded: MIT\n" * 10_000
    assert len(evidence("a.pt", {"x.spdx": content})) == STATEMENTS_LIMIT
