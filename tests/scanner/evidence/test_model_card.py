from __future__ import annotations

import pytest

from rules.facts import EvidenceKind, LicenseEvidence

from .conftest import Gather


def only(found: tuple[LicenseEvidence, ...]) -> LicenseEvidence:
    assert len(found) == 1, found
    return found[0]


def test_a_card_beside_the_weights_states_its_licence_with_the_line(evidence: Gather) -> None:
    card = b"---\nlanguage: en\nlicense: apache-2.0\ntags:\n- asr\n---\n# Model\n"
    found = only(evidence("models/a.onnx", {"models/README.md": card}))
    assert (found.kind, found.path, found.statement, found.line, found.field) == (
        EvidenceKind.MODEL_CARD, "models/README.md", "apache-2.0", 3, "license"
    )  # fmt: skip


def test_other_comes_with_its_name_and_link(evidence: Gather) -> None:
    card = b"---\nlicense: other\nlicense_name: flux-1-dev-non-commercial-license\nlicense_link: LICENSE.md\n---\n"
    found = only(evidence("a.gguf", {"README.md": card}))
    assert (found.statement, found.name, found.link) == ("other", "flux-1-dev-non-commercial-license", "LICENSE.md")


def test_a_name_without_a_licence_is_read_as_other(evidence: Gather) -> None:
    found = only(evidence("a.gguf", {"README.md": b"---\nlibrary_name: x\nlicense_name: exaone\n---\n"}))
    assert (found.statement, found.name, found.line) == ("other", "exaone", 3)


@pytest.mark.parametrize(
    ("front_matter", "statement"),
    [
        (b"license: [mit, cc-by-4.0]", "mit AND cc-by-4.0"),
        (b"license:\n- mit OR apache-2.0\n- gemma", "(mit OR apache-2.0) AND gemma"),
        (b"license: [llama3.1]", "llama3.1"),
        (b"license: 'MIT'", "MIT"),
        (b"license: no", "no"),
        (b'license: "CC BY-NC 4.0"', "CC BY-NC 4.0"),
        (b"license: mit  # really", "mit"),
    ],
)
def test_every_way_to_write_the_value_is_read(evidence: Gather, front_matter: bytes, statement: str) -> None:
    assert only(evidence("a.gguf", {"README.md": b"---\n" + front_matter + b"\n---\n"})).statement == statement


@pytest.mark.parametrize(
    "card",
    [
        b"",
        b"# A project\n\nlicense: mit\n",
        b"---\nlanguage: en\n---\n",
        b"---\nlicense:\n---\n",
        b"---\nlicense: []\n---\n",
        b"---\nlicense: ''\n---\n",
        b"# Title\n---\nlicense: mit\n---\n",
        b"---\nA ruler, and then an ordinary README.\n\nlicensed to nobody\n",
        b"---\ntitle: A Space\nsdk: gradio\nlicense: mit\n---\n",
        b"---\ndataset_info: {}\nlicense: cc0-1.0\n---\n",
        b"---\n- license: mit\n---\n",
    ],
)
def test_a_readme_that_states_no_licence_of_a_model_is_no_evidence(evidence: Gather, card: bytes) -> None:
    assert evidence("a.gguf", {"README.md": card}) == ()


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(evidence: Gather) -> None:
    found = only(evidence("a.gguf", {"README.md": b"\xef\xbb\xbf---\r\nlicense: mit\r\n---\r\ntext\r\n"}))
    assert (found.statement, found.line) == ("mit", 2)


def test_bytes_below_the_front_matter_may_be_anything(evidence: Gather) -> None:
    assert (
        only(evidence("a.gguf", {"README.md": b"---\nlicense: mit\n---\n" + b"\xff\x00" * 1_000_000})).statement
        == "mit"
    )


@pytest.mark.parametrize(
    ("front_matter", "line"),
    [
        (b"license: mit\na: &a [x, x]\nb: &b [*a, *a]\n", 3),
        (b"license: !!python/object/apply:os.system ['true']\n", 2),
        (b"license: mit\nlicense: cc-by-nc-4.0\n", 3),
        (b"license: mit\ntags:\n\t- tab\n", 4),
        (b"license: mit\nname: \xff\xfe\n", 3),
        (b"license: mit\nname: \x07\n", 3),
        (b"license: mit\nx: " + b"[" * 5000 + b"\n", 3),
        (b"license: 'mit\n", None),
        (b"<<: {license: mit}\nlicense: x\n", 2),
        (b"license: mit\n" + b"x: y\n" * 1_000_000, 2),
    ],
)
def test_hostile_front_matter_is_evidence_that_nobody_understands(
    evidence: Gather, front_matter: bytes, line: int | None
) -> None:
    found = only(evidence("a.gguf", {"README.md": b"---\n" + front_matter + b"---\n"}))
    assert found.statement.startswith("front matter could not be read: ")
    assert line is None or found.line == line


def test_front_matter_that_never_ends_is_not_trusted(evidence: Gather) -> None:
    found = only(evidence("a.gguf", {"README.md": b"---\nlicense: mit\n"}))
    assert "no closing `---`" in found.statement


def test_one_card_at_the_root_speaks_for_weights_in_folders(evidence: Gather) -> None:
    card = b"---\nlicense: mit\n---\n"
    assert (
        only(evidence("onnx/fp16/model.onnx", {"README.md": card, "onnx/README.md": b"# how to\n"})).path == "README.md"
    )


def test_the_nearest_card_counts(evidence: Gather) -> None:
    files = {"README.md": b"---\nlicense: mit\n---\n", "a/MODEL_CARD.md": b"---\nlicense: gemma\n---\n"}
    assert only(evidence("a/b/w.gguf", files)).statement == "gemma"


def test_a_card_may_be_a_link_inside_the_repository_and_not_out_of_it(evidence: Gather) -> None:
    card = b"---\nlicense: mit\n---\n"
    assert only(evidence("a/w.gguf", {"a/README.md": "../docs/card.md", "docs/card.md": card})).path == "a/README.md"
    for target in ("../../etc/passwd", "/etc/passwd", "b/README.md", "README.md", "../docs", "\0", "."):
        assert evidence("a/w.gguf", {"a/README.md": target, "docs/card.md": card}) == ()


def test_a_long_statement_is_cut(evidence: Gather) -> None:
    found = only(evidence("a.gguf", {"README.md": b"---\nlicense: " + b"x" * 5000 + b"\n---\n"}))
    assert len(found.statement) == 300
