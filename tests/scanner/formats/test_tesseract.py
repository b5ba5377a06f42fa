"""Tesseract's language data in both byte orders, its networks, and data of words only."""

from __future__ import annotations

import struct

from bot.scanner.detect import detect
from bot.scanner.formats.tesseract import recognise
from bot.scanner.readers import BoundedReader, BytesReader
from rules.facts import Confidence, Detection, LoadingSafety


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def traineddata(parts: dict[int, bytes], *, entries: int = 24, order: str = "<") -> bytes:
    """A table of places and the parts, as TessdataManager writes them."""
    places, body = [], b""
    for entry in range(entries):
        places.append(4 + 8 * entries + len(body) if entry in parts else -1)
        body += parts.get(entry, b"")
    return struct.pack(f"{order}I{entries}q", entries, *places) + body


def network(order: str = "<", *, weights: int = 60) -> bytes:
    """The first layer of a network, as Network::Serialize writes it."""
    numbers = struct.pack(f"{order}iiii", 0, 36, 112, weights) + struct.pack(f"{order}I", 6) + b"Series"
    return b"\0" + struct.pack(f"{order}I", 6) + b"Series" + b"\0\0" + numbers + bytes(400)


def test_language_data_with_a_network_is_certain() -> None:
    for order in "<>":
        content = traineddata({17: network(order), 21: b"110\nNULL 0", 23: b"5.3.0"}, order=order)
        for name in ("eng.traineddata", "data.bin"):
            detection = found_in(content, name)
            assert detection is not None
            assert (detection.format, detection.is_weight) == ("tesseract", True)
            assert detection.confidence is Confidence.CERTAIN
            assert detection.metadata["parts"] == "lstm, lstm-unicharset, version"
            assert detection.loading.safety is LoadingSafety.SAFE


def test_older_tables_are_shorter() -> None:
    detection = found_in(traineddata({1: b"3\na\n", 3: bytes(500), 4: bytes(90), 5: bytes(60)}, entries=11))
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.CERTAIN)


def test_words_and_settings_alone_are_no_weights() -> None:
    detection = found_in(traineddata({0: b"textord 1\n", 1: b"3\na\n", 18: bytes(90), 23: b"5.3.0"}))
    assert detection is not None
    assert not detection.is_weight


def test_a_network_left_alone_is_known() -> None:
    for order in "<>":
        detection = found_in(network(order))
        assert detection is not None
        assert (detection.title, detection.parameters) == ("Tesseract network", 60)


def test_a_truncated_file_is_probable() -> None:
    content = traineddata({17: network(), 21: b"110\nNULL 0", 23: b"5.3.0"})
    detection = found_in(content[:300])
    assert detection is not None
    assert detection.confidence is Confidence.PROBABLE


def test_other_tables_are_none() -> None:
    assert found_in(struct.pack("<I24q", 24, *range(24)) + bytes(400)) is None
    assert found_in(struct.pack("<I24q", 24, *[-1] * 24) + bytes(400)) is None
    assert found_in(struct.pack("<I24q", 24, *[2**62] * 24) + bytes(400)) is None
    assert found_in(b"\x18\0\0\0" + b"\xff" * 24) is None
    assert found_in(network(weights=2**30)) is None


def test_a_table_of_two_billion_places_is_left_in_time() -> None:
    for content in (b"\xff\xff\xff\x7f" + bytes(100), b"\0\0\0\0\x18" + bytes(100)):
        assert recognise("data.bin", BoundedReader(BytesReader(content), 2**20)) is None
