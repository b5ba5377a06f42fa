"""Apache OpenNLP's models, and other zips with a manifest."""

from __future__ import annotations

import io
import zipfile

from bot.scanner.detect import detect
from bot.scanner.formats.opennlp import recognise
from bot.scanner.readers import BoundedReader, BytesReader
from rules.facts import Confidence, Detection, LoadingSafety


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def opennlp(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


MANIFEST = b"#Mon Jan 01\nManifest-Version=1.0\nComponent-Name=TokenizerME\nLanguage=en\nOpenNLP-Version=1.9.3\n"


def test_a_model_of_opennlp_is_told_by_its_manifest() -> None:
    for name in ("en-token.bin", "data.bin"):
        detection = found_in(opennlp({"manifest.properties": MANIFEST, "token.model": bytes(400)}), name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("opennlp", True, Confidence.CERTAIN)
        assert detection.metadata["component"] == "TokenizerME"
        assert detection.loading.safety is LoadingSafety.SAFE


def test_a_factory_of_its_own_is_not_called_safe() -> None:
    manifest = MANIFEST + b"factory=com.example.Factory\n"
    detection = found_in(opennlp({"manifest.properties": manifest, "token.model": bytes(400)}))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.UNKNOWN


def test_other_zips_with_a_manifest_are_not_models_of_opennlp() -> None:
    content = opennlp({"manifest.properties": b"name=theme\nversion=1\n" * 20, "a.model": bytes(400)})
    detection = found_in(content)
    assert detection is None or detection.format != "opennlp"


def test_truncated_and_hostile_zips_are_left_to_others() -> None:
    content = opennlp({"manifest.properties": MANIFEST, "token.model": bytes(400)})
    for other in (
        content[:-30],
        content[:100] + b"\xff" * 100 + content[100:],
        content.replace(b"PK\x01\x02", b"PK\x01\x03"),
    ):
        assert recognise("data.bin", BoundedReader(BytesReader(other), 2**20)) is None
