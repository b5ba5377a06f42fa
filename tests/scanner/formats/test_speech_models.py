"""Voices and models of speech: HTS, HTK, Julius, Flite, RNNoise and Opus."""

from __future__ import annotations

import struct

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


VOICE = (
    b"[GLOBAL]\nHTS_VOICE_VERSION:1.0\nSAMPLING_FREQUENCY:48000\nNUM_STATES:5\nSTREAM_TYPE:MCP,LF0\n"
    b"FULLCONTEXT_FORMAT:HTS_TTS_ENG\n[STREAM]\nVECTOR_LENGTH[MCP]:35\n[POSITION]\nDURATION_PDF:0-99\n"
    b"STREAM_WIN[MCP]:100-104,105-109\nSTREAM_PDF[MCP]:110-299\n[DATA]\n"
)


def distributions(counts: list[int], width: int, *, silent: bool = False) -> bytes:
    """Means and variances as HTS_model.c reads them."""
    numbers = sum(counts) * width * (4 if silent else 2)
    sizes = struct.pack(f">{3 + len(counts)}I", int(silent), 3 if silent else 1, width, *counts)
    return sizes + struct.pack(f">{numbers}f", *(0.5 + n % 7 for n in range(numbers)))


def test_a_voice_of_hts_is_certain_whatever_its_name() -> None:
    for name in ("mei.htsvoice", "voice.data", "data.bin"):
        detection = found_in(VOICE + bytes(300), name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("hts-voice", True, Confidence.CERTAIN)
        assert detection.metadata["language"] == "HTS_TTS_ENG"
        assert detection.loading.safety is LoadingSafety.SAFE


def test_its_parts_are_known_by_counts_that_fill_the_file() -> None:
    for content in (distributions([20, 30, 25, 30, 20], 93), distributions([7, 8, 9, 8, 7], 3, silent=True)):
        detection = found_in(content, "mgc.pdf")
        assert detection is not None
        assert (detection.format, detection.confidence) == ("hts-voice", Confidence.CERTAIN)
        assert found_in(content + b"\0") is None
        assert found_in(content[:-4]) is None


def test_a_truncated_voice_is_probable() -> None:
    detection = found_in(VOICE[:90])
    assert detection is not None
    assert detection.confidence is Confidence.PROBABLE


MODELS = (
    b'~o\n<STREAMINFO> 1 39\n<VECSIZE> 39<NULLD><MFCC_D_A_0><DIAGC>\n~h "a"\n<BEGINHMM>\n<NUMSTATES> 5\n<STATE> 2\n'
    b"<MEAN> 39\n -1.0e+00 2.0e+00\n<VARIANCE> 39\n 1.0 1.0\n<TRANSP> 5\n 0 1 0 0 0\n<ENDHMM>\n"
)


def test_models_of_htk_are_certain() -> None:
    for name in ("hmmdefs", "data.bin"):
        detection = found_in(MODELS, name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("htk-models", True, Confidence.CERTAIN)
        assert detection.metadata["models"] == "1"


def test_text_that_begins_with_a_tilde_is_none() -> None:
    assert found_in(b"~o is the prefix of options, and <MEAN> is a word in this text, which is long enough") is None
    assert found_in(b"~p page one\n" + b"words " * 200) is None


def test_models_of_julius_are_known() -> None:
    acoustic = b"JBINHMMV2\0_V\0" + bytes(300)
    ngram = b"julius_bingram_v5\nword=4byte(int) byteorder=LE\n".ljust(512, b"\0") + bytes(200)
    for content in (acoustic, b"JBINHMM\n" + bytes(200), ngram):
        detection = found_in(content)
        assert detection is not None
        assert (detection.format, detection.confidence) == ("julius", Confidence.CERTAIN)
    cut = found_in(ngram[:60])
    assert cut is not None
    assert cut.confidence is Confidence.PROBABLE


def flite(order: str = "<") -> bytes:
    """The features of a voice as cst_cg_dump_voice.c writes them."""
    words = [
        "language",
        "eng",
        "gender",
        "female",
        "copyright",
        "Free for any use.",
        "end_of_features",
        "end_of_features",
    ]
    texts = b"".join(struct.pack(f"{order}i", len(word) + 1) + word.encode() + b"\0" for word in words)
    return b"CMU_FLITE_CG_VOXDATA-v2.0\0" + struct.pack(f"{order}i", 1) + texts + bytes(400)


def test_a_voice_of_flite_says_who_speaks_and_under_which_terms() -> None:
    for order in "<>":
        detection = found_in(flite(order), "voice.flitevox")
        assert detection is not None
        assert (detection.format, detection.confidence) == ("flite-voice", Confidence.CERTAIN)
        assert detection.metadata["gender"] == "female"
        assert detection.licenses[0].text == "Free for any use."
    cut = found_in(flite()[:60])
    assert cut is not None
    assert cut.confidence is Confidence.PROBABLE


def record(name: bytes, kind: int, content: bytes) -> bytes:
    """A record as write_weights.c writes it."""
    room = -(-len(content) // 64) * 64
    return (
        b"DNNw" + struct.pack("<4i", 0, kind, len(content), room) + name.ljust(44, b"\0") + content.ljust(room, b"\0")
    )


def test_records_of_opus_and_rnnoise_are_counted() -> None:
    content = record(b"conv1_weights_float", 0, bytes(400)) + record(b"conv1_weights_int8", 3, bytes(100))
    for name in ("weights_blob.bin", "data.bin"):
        detection = found_in(content + record(b"conv1_idx", 1, bytes(40)), name)
        assert detection is not None
        assert (detection.format, detection.confidence) == ("dnn-blob", Confidence.CERTAIN)
        assert (detection.tensors, detection.parameters) == (3, 200)
    cut = found_in(content[:-10])
    assert cut is not None
    assert (cut.confidence, cut.parameters) == (Confidence.PROBABLE, None)


def test_hostile_records_are_none() -> None:
    assert found_in(b"DNNw" + struct.pack("<4i", 0, 0, 2**31 - 1, 2**31 - 1) + b"a".ljust(44, b"\0")) is None
    assert found_in(b"DNNw" + bytes(300)) is None
    assert found_in(record(b"a", 0, b"") * 5000) is not None


def test_models_of_rnnoise_as_text_are_known() -> None:
    detection = found_in(b"rnnoise-nu model file version 1\n42 24 1\n" + b"-12 3 77 0 5 " * 80)
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("rnnoise-text", True, Confidence.CERTAIN)
    words = found_in(b"rnnoise-nu model file version 1\n" + b"is the first line of a model. " * 40)
    assert words is not None
    assert not words.is_weight
