from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.scanner.evidence import gather
from rules.facts import LicenseStatement
from rules.licenses import conclude

from .conftest import MemoryTree, detection

NAMES = (
    *("README.md", "REUSE.toml", "LICENSE", "m/LICENSE", "m/a.pt.license", "m/MODEL_CARD.md", "m/REUSE.toml"),
    *(".reuse/dep5", "m/debian/copyright", "guix.scm", "m/a.nix", "PKGBUILD", "m/meta.yaml", "m/a.spec"),
    *("CITATION.cff", "m/codemeta.json", "bom.json", "m/a.spdx", "m/a.spdx.json", "NOTICE", "m/USE_POLICY.md"),
)
PIECES = [
    *(
        b"---\n",
        b"license: ",
        b"license_name: ",
        b"mit",
        b"[",
        b"]",
        b"{",
        b"&a ",
        b"*a",
        b"!!x ",
        b"\n",
        b"\r\n",
        b"\t",
    ),
    *(b"[[annotations]]\n", b'path = "**"\n', b"SPDX-License-Identifier", b": ", b' = "MIT"\n'),
    *(b"'", b"\xff", b"\0", b"Copyright (c) x\n"),
    *(
        b"a.pt",
        b"m/a.pt",
        b'"',
        b"(package ",
        b"(license ",
        b")",
        b"license = ",
        b";",
        b"license=(",
        b"License: ",
        b"about:\n  ",
    ),
    *(
        b"Files: *\n",
        b"Format: x/copyright-format/1.0/\n",
        b"Name: a\n",
        b'{"bomFormat": "CycloneDX", ',
        b'"components": [',
    ),
    *(
        b'{"name": "m/a.pt", "licenses": [{"license": {"id": "MIT"}}]}',
        b'"license": ',
        b'"@graph": [',
        b"SPDXVersion: SPDX-2.3\n",
    ),
    *(b"FileName: ./m/a.pt\n", b"LicenseConcluded: ", b"<text>", b"The weights are under ", b"not ", b" licence "),
]
CONTENT = st.binary(max_size=80) | st.lists(st.sampled_from(PIECES), max_size=20).map(b"".join)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), CONTENT, max_size=4), st.text(max_size=40), st.text(max_size=20))
def test_whatever_the_files_hold_the_evidence_is_well_formed(files: dict[str, bytes], text: str, field: str) -> None:
    found = gather("m/a.pt", detection(LicenseStatement(field, text)), MemoryTree(files))
    for evidence in found:
        assert evidence.statement
        assert len(evidence.statement) <= 300
        assert evidence.line is None or evidence.line >= 1
    conclusion = conclude(found)
    assert {*conclusion.evidence, *conclusion.exclusions} <= set(found)


def test_a_path_that_is_not_utf8_is_a_path_like_any_other() -> None:
    path = os.fsdecode(b"m\xff/a\xfe.pt")
    tree = MemoryTree({f"{path}.license": b"SPDX-License-Identifier: MIT\n", "REUSE.toml": b"version = 1\n"})
    assert [evidence.statement for evidence in gather(path, detection(), tree)] == ["MIT"]
