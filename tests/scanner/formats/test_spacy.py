"""spaCy's pipelines: the components' models, and the description that holds them together."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LicenseStatement, LoadingSafety

DATA = Path(__file__).parent / "data" / "classical"
META = {
    "lang": "en", "name": "tiny", "version": "1.0.0", "spacy_version": ">=3.8.0,<3.9.0", "license": "MIT",
    "pipeline": ["tok2vec", "ner", "../../etc"],
}  # fmt: skip


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


@pytest.mark.parametrize(
    ("name", "parameters", "tensors", "architecture"),
    [("thinc.bin", 26, 4, "relu>>linear"), ("spacy_ner_model", 2118, 19, "parser_model")],
)
def test_a_component_is_told_by_its_structure(name: str, parameters: int, tensors: int, architecture: str) -> None:
    for path in ("ner/model", "data.bin"):
        detection = found_in((DATA / name).read_bytes(), path)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("thinc", True, Confidence.CERTAIN)
        assert (detection.parameters, detection.tensors) == (parameters, tensors)
        assert detection.metadata["architecture"] == architecture
        assert detection.loading.safety is LoadingSafety.SAFE


def test_a_model_of_thinc_7_is_known() -> None:
    array = b"\x82\xa5shape\x92\x02\x03\xa4type\xa3<f4"
    detection = found_in(b"\x81\xa7weights\x91\x82\xa4dims\x80\xa6params\x91\x82\xa4name\xa1W\xa5value" + array)
    assert detection is not None
    assert (detection.format, detection.confidence, detection.parameters) == ("thinc", Confidence.CERTAIN, 6)


def test_a_shim_of_another_library_is_not_called_safe() -> None:
    nodes = b"\x84\xa5nodes\x91\x81\xa4name\xa7pytorch\xa5attrs\x90\xa6params\x90\xa5shims\x91\x91\xc4\x02PK"
    detection = found_in(nodes)
    assert detection is not None
    assert (detection.is_weight, detection.loading.safety) == (True, LoadingSafety.UNKNOWN)


def test_the_table_of_moves_beside_it_is_no_model() -> None:
    detection = found_in((DATA / "spacy_ner_moves").read_bytes(), "ner/moves")
    assert detection is None or not detection.is_weight


def test_the_description_names_the_folders_and_the_licence() -> None:
    detection = found_in(json.dumps(META, indent=2).encode(), "meta.json")
    assert detection is not None
    assert (detection.format, detection.is_weight) == ("spacy-meta", False)
    assert detection.licenses == (LicenseStatement("license", "MIT"),)
    assert detection.companions == ("vocab/", "tok2vec/", "ner/")
    assert detection.metadata["name"] == "en_tiny 1.0.0"


@pytest.mark.parametrize("content", [b'{"name": "meta"}', b'{"lang": "en", "pipeline": []}', b'{"lang": [' * 5000])
def test_other_descriptions_are_not_taken_for_it(content: bytes) -> None:
    assert found_in(content, "meta.json") is None


def test_a_truncated_component_is_reported() -> None:
    detection = found_in((DATA / "spacy_ner_model").read_bytes()[:8000])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)
    assert detection.loading.safety is LoadingSafety.UNKNOWN


@pytest.mark.parametrize(
    "content",
    [
        b"\x84\xa5nodes\xdd\xff\xff\xff\xff" + b"\x81\xa4name\xa1a" * 300_000,
        b"\x84\xa5nodes" + b"\x91" * 300_000,
        b"\x84\xa5nodes\x90\xa5attrs" + b"\x81" * 300_000,
        b"\x84\xa5nodes\x90\xa6params\x91\x81\xa1W\x82\xa5shape\x91\xcf" + b"\xff" * 8 + b"\xa4type\xa3<f4",
    ],
    ids=["many nodes", "deep lists", "deep maps", "huge shape"],
)
def test_hostile_files_are_left_in_time(content: bytes) -> None:
    begun = time.process_time()
    found_in(content)
    assert time.process_time() - begun < 5


def packed(*pairs: tuple[str, bytes]) -> bytes:
    """A map of MessagePack from names to bytes."""
    content = bytes([0x80 | len(pairs)])
    for name, value in pairs:
        content += bytes([0xA0 | len(name)]) + name.encode() + b"\xc6" + len(value).to_bytes(4, "big") + value
    return content


def pipeline(*components: tuple[str, bytes], tokenizer: bytes = b"\x80" * 100_000) -> bytes:
    empty = packed(("vectors", packed(("key2row", b"\x80"), ("vectors", b"\x80"))))
    return packed(
        ("vocab", empty), ("tokenizer", tokenizer), ("meta.json", b"{}"), ("config.cfg", b"[nlp]"), *components
    )


def test_a_pipeline_in_one_run_of_bytes_is_told_by_the_models_in_it() -> None:
    model = (DATA / "thinc.bin").read_bytes()
    content = pipeline(("textcat", packed(("cfg", b"{}"), ("model", model))), ("sentencizer", b"\x80"))
    for path in ("nlp.bytes", "data.bin"):
        detection = found_in(content, path)
        assert detection is not None
        assert (detection.format, detection.confidence) == ("spacy-bytes", Confidence.CERTAIN)
        assert (detection.is_weight, detection.parameters, detection.tensors) == (True, 26, 4)
        assert detection.metadata["components"] == "textcat, sentencizer"
        assert detection.loading.safety is LoadingSafety.SAFE
    cut = found_in(content[:-60])
    assert cut is not None
    assert (cut.is_weight, cut.confidence) == (True, Confidence.PROBABLE)
    assert cut.loading.safety is LoadingSafety.UNKNOWN


def test_a_pipeline_without_trained_components_is_no_weight() -> None:
    detection = found_in(pipeline(("sentencizer", b"\x80")))
    assert detection is not None
    assert not detection.is_weight


def test_a_pipeline_that_is_cut_or_changed_gives_an_answer() -> None:
    content = pipeline(("ner", packed(("model", (DATA / "thinc.bin").read_bytes()))), tokenizer=b"\x80")
    for end in range(0, len(content), 5):
        found_in(content[:end])
        found_in(content[:end] + b"\xff" + content[end + 1 :])
    deep = b"\x81\xa5vocab\xc6\0\0\1\0" * 2000
    found_in(b"\x82" + deep[1:])
