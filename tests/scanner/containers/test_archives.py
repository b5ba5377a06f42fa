"""Archives are looked into, whatever their kind; ordinary ones are ordinary files."""

from __future__ import annotations

import pickle
import tarfile
import zipfile

import pytest

from bot.scanner.detect import detect
from bot.scanner.formats import pickle as pickle_format
from bot.scanner.readers import BytesReader, UnreadableError
from rules.facts import Confidence, Detection, LicenseStatement, LoadingSafety
from tests.scanner.containers.makers import EVIL, ORDINARY, SAFETENSORS, TFLITE, ar, asar, cpio, rpm, tarred, zipped

FILES = ORDINARY | {"models/net.bin": TFLITE}
KINDS = {
    "zip": (zipped(FILES), "zip"),
    "zip, stored": (zipped(FILES, zipfile.ZIP_STORED), "zip"),
    "zip, bzip2": (zipped(FILES, zipfile.ZIP_BZIP2), "zip"),
    "zip, lzma": (zipped(FILES, zipfile.ZIP_LZMA), "zip"),
    "pax": (tarred({"long/" * 40 + "net": TFLITE}), "tar"),
    "GNU tar": (tarred({"long/" * 40 + "net": TFLITE}, tarfile.GNU_FORMAT), "tar"),
    "ustar": (tarred(FILES, tarfile.USTAR_FORMAT), "tar"),
    "ar": (ar({"net.o": TFLITE, "odd": b"x"}), "ar"),
    "cpio": (cpio(FILES), "cpio"),
    "asar": (asar({"net.dat": TFLITE}), "asar"),
}


def found_in(content: bytes, name: str = "data.bin") -> Detection:
    detection = detect(name, BytesReader(content))
    assert detection is not None
    return detection


@pytest.mark.parametrize("kind", KINDS)
def test_weights_in_an_archive_are_found_whatever_its_name(kind: str) -> None:
    content, format_ = KINDS[kind]
    detection = found_in(content)
    assert (detection.format, detection.is_weight, detection.confidence) == (format_, True, Confidence.CERTAIN)
    assert detection.title.endswith("with 1 weight file")
    assert detection.parameters == 10
    assert "(TensorFlow Lite)" in detection.metadata["contains"]
    assert detection.loading.safety is LoadingSafety.SAFE


@pytest.mark.parametrize("make", [zipped, tarred, cpio])
def test_an_archive_of_sources_is_an_ordinary_file(make: object) -> None:
    assert callable(make)
    assert detect("v1.0.zip", BytesReader(make(ORDINARY))) is None


def test_a_debian_package_is_looked_through_to_the_wheel_within() -> None:
    import lzma

    wheel = zipped({"voice/model.safetensors": SAFETENSORS})
    data = lzma.compress(tarred({"./usr/share/voice.whl": wheel}))
    detection = found_in(ar({"debian-binary": b"2.0\n", "data.tar.xz": data}))
    assert detection.title == "ar archive with 1 weight file"
    assert detection.licenses == (LicenseStatement("license", "mit"),)


def test_an_rpm_package_is_looked_through() -> None:
    import gzip

    detection = found_in(rpm(gzip.compress(cpio({"./usr/share/net.tflite": TFLITE}))))
    assert detection.title == "cpio archive with 1 weight file, compressed with gzip, in an RPM package"


def test_the_worst_member_decides_on_loading_and_is_named() -> None:
    detection = found_in(zipped({"a.safetensors": SAFETENSORS, "b.pkl": EVIL}))
    assert detection.loading.safety is LoadingSafety.DANGEROUS
    assert "b.pkl: the pickle calls posix.system" in detection.loading.reasons[0]


def test_two_members_of_one_name_are_both_looked_at() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        import io

        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("x", TFLITE)
            archive.writestr("x", b"nothing")
    assert found_in(stream.getvalue()).is_weight


def test_an_encrypted_member_is_known_by_its_name_only() -> None:
    content = bytearray(zipped({"model.safetensors": SAFETENSORS}))
    directory = content.rfind(b"PK\x01\x02")
    content[6] |= 1
    content[directory + 8] |= 1
    detection = found_in(bytes(content))
    assert detection.confidence is Confidence.POSSIBLE
    assert detection.loading.safety is LoadingSafety.UNKNOWN
    assert "is encrypted" in detection.remarks[0]


def test_what_cannot_be_unpacked_is_never_clean() -> None:
    with pytest.raises(UnreadableError, match="not unpacked here"):
        detect("data.bin", BytesReader(b"Rar!\x1a\x07\x01\x00" + bytes(100)))


def test_a_damaged_directory_is_never_clean() -> None:
    with pytest.raises(UnreadableError, match="its directory is damaged"):
        detect("data.bin", BytesReader(zipped(FILES)[:-30]))


@pytest.mark.parametrize("kind", KINDS)
def test_every_cut_and_every_flipped_byte_gives_an_answer(kind: str) -> None:
    content, _ = KINDS[kind]
    places = range(0, len(content), 1 + len(content) // 60)
    damaged = [content[:place] for place in places]
    damaged += [content[:place] + b"\xff" + content[place + 1 :] for place in range(0, min(len(content), 120), 2)]
    for case in damaged:
        try:
            detect("data.bin", BytesReader(case))
        except UnreadableError as error:
            assert str(error).isprintable()


def _pickled(size: int) -> bytes:
    return pickle.dumps({f"word {number}": number for number in range(size)}, 4)


def test_a_dangerous_pickle_behind_a_thousand_others_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickle_format, "TOGETHER", 2_000)
    files = {f"locale/{number}.dat": _pickled(200) for number in range(20)}
    bad = b"cos\nsystem\n(S'true'\ntR."
    detection = detect("x.whl", BytesReader(zipped(files | {"z.dat": bad})))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS


def test_pickles_that_cost_too_much_together_are_not_called_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"locale/{number}.dat": _pickled(200) for number in range(20)}
    assert detect("x.whl", BytesReader(zipped(files))) is None
    monkeypatch.setattr(pickle_format, "TOGETHER", 2_000)
    with pytest.raises(UnreadableError, match="the pickles around it have more than 2,000 instructions"):
        detect("x.whl", BytesReader(zipped(files)))


def test_small_pickles_and_texts_are_looked_at_however_much_was_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickle_format, "TOGETHER", 100)
    files = {f"{number}.dat": _pickled(40) for number in range(50)} | {"a.py": b"import os\n(1, 2)\n" * 99}
    assert detect("x.whl", BytesReader(zipped(files))) is None
