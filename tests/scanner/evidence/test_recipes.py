from __future__ import annotations

from pathlib import Path

import pytest

from rules.facts import EvidenceKind, LicenseEvidence
from rules.licenses import conclude

from .conftest import Gather

RECIPE, DIRECTORY, REPOSITORY = EvidenceKind.RECIPE, EvidenceKind.DIRECTORY_LICENSE, EvidenceKind.REPOSITORY_LICENSE

GUIX = b""";; (license license:gpl3+) in a comment is none
(define-module (my packages voice)
  #:use-module ((guix licenses) #:prefix license:))

(define-public rnnoise-model
  (package
    (name "rnnoise-model")
    (source (origin (method url-fetch)
                    (uri "https://media.xiph.org/rnnoise/models/rnnoise.tar.gz")))
    (arguments '(#:model "weights/rnnoise.onnx"))
    (description "A \\"network\\" (of 3 layers.")
    (license license:bsd-3)))

(define-public other
  (let ((commit "f00"))
    (package (inherit foo) (license (list license:expat license:asl2.0)))))
"""

NIX = b"""{ lib, stdenv, fetchurl }:
# license = lib.licenses.gpl3;
stdenv.mkDerivation {
  src = fetchurl { url = "https://example.org/voice.onnx"; };
  meta = with lib; {
    description = "license of things";
    license = with licenses; [ cc-by-nc-sa-40 asl20 ];
  };
}
"""

PKGBUILD = b"""pkgname=voice-model
license=('CC-BY-4.0'  # of the model
         'custom:Voice Terms')
source=("https://example.org/$pkgver/voice.onnx")
"""

SPEC = b"""Name: voice
License: MIT AND CC-BY-4.0
Source1: voice.onnx
%package data
License:        CC-BY-SA-4.0
%description
x
"""

CONDA = b"""{% set version = "1.0" %}
package:
  name: voice
source:
  - url: https://example.org/voice.onnx
    license: nothing that counts
about:
  home: https://example.org
  license: Apache-2.0  # of all
  license_file: LICENSE
  extra:
    license: neither
extra:
  license: nor this
"""

DEBIAN = b"""Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: voice

Files: *
Copyright: 2024 A
License: Expat

Files: models/*.onnx
 ./weights/??.onnx
Copyright: 2024 B
License: CC-BY-SA-4.0

License: Expat
 Permission is hereby granted
"""


def said(found: tuple[LicenseEvidence, ...]) -> list[tuple[EvidenceKind, str, str, int | None]]:
    return [(one.kind, one.path, one.statement, one.line) for one in found]


def test_a_guix_package_that_names_the_weights_speaks_of_them(evidence: Gather) -> None:
    found = evidence("weights/rnnoise.onnx", {"my/packages/voice.scm": GUIX})
    assert found == ()  # the recipe lies neither beside the weights nor above them
    found = evidence("my/packages/weights/rnnoise.onnx", {"my/packages/voice.scm": GUIX})
    assert said(found) == [(RECIPE, "my/packages/voice.scm", "BSD-3-Clause", 12)]
    assert conclude(found).expression == "BSD-3-Clause"


def test_a_guix_package_that_names_other_weights_says_nothing_of_these(evidence: Gather) -> None:
    for name in ("big-rnnoise.onnx", "rnnoise.onnx2", "noise.onnx"):
        assert evidence(f"my/packages/{name}", {"my/packages/voice.scm": GUIX}) == ()


@pytest.mark.parametrize(
    ("form", "expression"),
    [
        (b"license:expat", "MIT"),
        (b"gpl3+", "GPL-3.0-or-later"),
        (b"(list license:expat license:asl2.0)", "MIT AND Apache-2.0"),
        (b"license:silofl1.1", "OFL-1.1"),
        (b"license:perl-license", "GPL-1.0-or-later OR Artistic-1.0-Perl"),
        (b'(license:non-copyleft "https://example.org/terms")', None),
        (b'(license:fsdg-compatible "file://COPYING")', None),
        (b"(if x license:expat license:gpl3)", None),
        (b"(package-license foo)", None),
    ],
)
def test_guix_names_of_licences(evidence: Gather, form: bytes, expression: str | None) -> None:
    recipe = b'(define-public a (package (source (local-file "a.pt")) (license ' + form + b")))"
    found = evidence("a.pt", {"guix.scm": recipe})
    assert (found[0].kind, conclude(found).expression) == (RECIPE, expression)


def test_guix_scm_that_does_not_name_the_weights_is_about_the_code(evidence: Gather) -> None:
    recipe = b'(package (name "x") (license license:expat))'
    assert said(evidence("m/a.pt", {"guix.scm": recipe})) == [(REPOSITORY, "guix.scm", "MIT", 1)]
    assert conclude(evidence("m/a.pt", {"guix.scm": recipe})).only_from_repository


def test_nix_licences_by_the_names_of_nixpkgs(evidence: Gather) -> None:
    found = evidence("pkg/voice.onnx", {"pkg/default.nix": NIX})
    assert said(found) == [(RECIPE, "pkg/default.nix", "CC-BY-NC-SA-4.0 AND Apache-2.0", 7)]


@pytest.mark.parametrize(
    ("value", "expression"),
    [
        (b"lib.licenses.mit", "MIT"),
        (b"licenses.gpl3Plus", "GPL-3.0-or-later"),
        (b"[ lib.licenses.lgpl21Only ]", "LGPL-2.1-only"),
        (b"with lib.licenses; cc0", "CC0-1.0"),
        (b'"CC-BY-NC-4.0"', "CC-BY-NC-4.0"),
        (b"lib.licenses.bsl11", "BUSL-1.1"),
        (b"lib.licenses.x11", "X11"),
        (b"with lib.licenses; [ gpl2Plus classpathException20 ]", "GPL-2.0-or-later"),
        (b"lib.licenses.classpathException20", None),
        (b"lib.licenses.llgpl21", "LGPL-2.1-only WITH LLGPL"),
        (b"lib.licenses.unfree", None),
        (b'{ fullName = "My terms"; free = false; }', None),
        (b"if cuda then licenses.unfree else licenses.mit", None),
        (b"old.meta.license ++ [ licenses.mit ]", None),
    ],
)
def test_nix_values(evidence: Gather, value: bytes, expression: str | None) -> None:
    found = evidence("a.pt", {"default.nix": b"{ src = ./a.pt; meta.license = " + value + b"; }"})
    assert (found[0].kind, conclude(found).expression) == (RECIPE, expression)


def test_the_licences_of_a_pkgbuild_hold_together(evidence: Gather) -> None:
    found = evidence("voice.onnx", {"PKGBUILD": PKGBUILD})
    assert said(found) == [(RECIPE, "PKGBUILD", "CC-BY-4.0 AND (Voice Terms)", 2)]
    assert conclude(found).expression is None
    found = evidence("voice.onnx", {"PKGBUILD": b'license=("MIT OR Apache-2.0")\nsource=(voice.onnx)\n'})
    assert conclude(found).expression == "MIT OR Apache-2.0"


def test_every_package_of_a_spec_file_counts_and_the_strictest_decides(evidence: Gather) -> None:
    found = evidence("voice.onnx", {"voice.spec": SPEC})
    assert [one.statement for one in found] == ["MIT AND CC-BY-4.0", "CC-BY-SA-4.0"]
    assert conclude(found).expression == "CC-BY-SA-4.0"
    assert evidence("voice.onnx", {"app.spec": b"# PyInstaller\nLicense: MIT\n'voice.onnx'\n"}) == ()


@pytest.mark.parametrize("name", ["meta.yaml", "recipe.yaml"])
def test_conda_recipes_state_the_licence_below_about(evidence: Gather, name: str) -> None:
    assert said(evidence("recipe/voice.onnx", {f"recipe/{name}": CONDA})) == [
        (RECIPE, f"recipe/{name}", "Apache-2.0", 9)
    ]


def test_a_debian_paragraph_for_these_files_speaks_of_them_and_one_for_all_of_the_code(evidence: Gather) -> None:
    files = {"debian/copyright": DEBIAN}
    for path in ("models/a.onnx", "models/deep/er/a.onnx", "weights/ab.onnx"):
        assert said(evidence(path, files)) == [(RECIPE, "debian/copyright", "CC-BY-SA-4.0", 11)]
    for path in ("a.onnx", "weights/abc.onnx", "models/a.pt"):
        assert said(evidence(path, files)) == [(REPOSITORY, "debian/copyright", "Expat", 6)]
    assert said(evidence("sub/models/a.onnx", {"sub/debian/copyright": DEBIAN}))[0][0] is RECIPE
    assert said(evidence("sub/a.onnx", {"sub/debian/copyright": DEBIAN}))[0][0] is DIRECTORY


def test_a_debian_name_of_its_own_is_known_by_the_text_below_it(evidence: Gather) -> None:
    terms = (Path(__file__).parents[3] / "LICENSE").read_text()
    text = "\n".join(f" {line or '.'}" for line in terms.split("\n"))
    head = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
    copyright_ = f"{head}Files: m/*\nCopyright: A\nLicense: voice-terms\n\nLicense: voice-terms\n{text}\n"
    (found,) = evidence("m/a.onnx", {"debian/copyright": copyright_.encode()})
    assert (found.statement, found.text_digest is not None) == ("Apache-2.0", True)


def test_a_debian_copyright_in_prose_is_not_guessed_at(evidence: Gather) -> None:
    assert evidence("a.onnx", {"debian/copyright": b"License: see below\nFiles: *\nMIT\n"}) == ()


def test_choices_of_debian_with_a_comma_bind_less(evidence: Gather) -> None:
    copyright_ = DEBIAN.replace(b"License: CC-BY-SA-4.0", b"License: GPL-2+ or Artistic-2.0, and BSD-3-clause")
    found = evidence("models/a.onnx", {"debian/copyright": copyright_})
    assert conclude(found).expression == "(GPL-2.0-or-later OR Artistic-2.0) AND BSD-3-Clause"


def test_dep5_of_reuse_speaks_for_the_paths_it_covers(evidence: Gather) -> None:
    files = {".reuse/dep5": DEBIAN}
    assert said(evidence("models/a.onnx", files)) == [(EvidenceKind.SIDECAR, ".reuse/dep5", "CC-BY-SA-4.0", 11)]
    assert said(evidence("a.onnx", files)) == [(EvidenceKind.SIDECAR, ".reuse/dep5", "Expat", 6)]


def test_a_dep5_that_is_too_long_is_not_half_read(evidence: Gather) -> None:
    (found,) = evidence("a.onnx", {".reuse/dep5": DEBIAN + b"#\n" * 200_000})
    assert "could not be read: it is larger" in found.statement


def test_a_recipe_at_the_root_that_does_not_name_the_weights_is_about_the_code(evidence: Gather) -> None:
    files = {"PKGBUILD": PKGBUILD, "voice.spec": SPEC, "meta.yaml": CONDA, "default.nix": NIX}
    kinds = {one.path: one.kind for one in evidence("m/other.onnx", files)}
    assert kinds == dict.fromkeys(files, REPOSITORY)
    assert conclude(evidence("m/other.onnx", files)).only_from_repository


@pytest.mark.parametrize("name", ["a.scm", "guix.scm", "a.nix", "PKGBUILD", "a.spec", "meta.yaml", "debian/copyright"])
@pytest.mark.parametrize(
    "content",
    [
        b"(" * 100_000 + b"a.pt",
        b"#| " * 80_000 + b"a.pt",
        b'"\\"' * 60_000 + b"a.pt\\",
        b"(package (license " * 10_000 + b"a.pt" + b")" * 20_000,
        b"license = with x; " * 10_000 + b"a.pt",
        b"license=(" * 20_000 + b"a.pt",
        b"license" + b" " * 200_000 + b"a.pt",
        b"about:\n" + b"  license:\n" * 20_000,
        b"Files: " + b"*/" * 5_000 + b"\nLicense: MIT\n\nFormat: copyright-format\n" * 500,
        b"\xff\xfe\0a.pt" * 10_000,
        b"",
    ],
)
def test_hostile_recipes_cost_little_and_raise_nothing(evidence: Gather, name: str, content: bytes) -> None:
    for found in evidence("m/a.pt", {name: content}):
        assert 0 < len(found.statement) <= 300
