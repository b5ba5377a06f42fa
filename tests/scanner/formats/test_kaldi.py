"""Kaldi's models, token by token, its matrices, and markup that looks like them."""

from __future__ import annotations

import struct
from pathlib import Path

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "language"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def number(value: int) -> bytes:
    """A whole number as WriteBasicType writes it: its width, then its bytes."""
    return b"\x04" + value.to_bytes(4, "little")


def vector(*values: float) -> bytes:
    return b"FV " + number(len(values)) + struct.pack(f"<{len(values)}f", *values)


def matrix(rows: int, columns: int) -> bytes:
    return b"FM " + number(rows) + number(columns) + struct.pack(f"<{rows * columns}f", *range(rows * columns))


TRANSITIONS = (
    b"<TransitionModel> <Topology> " + number(1) + b"</Topology> <Triples> " + number(0) + b"</Triples> <LogProbs> "
    + vector(0.0, -0.5, -1.0) + b"</LogProbs> </TransitionModel> "
)  # fmt: skip
NNET3 = (
    b"<Nnet3> \ninput-node name=input dim=4\noutput-node name=output input=a\n\n<NumComponents> " + number(2)
    + b"<ComponentName> a <NaturalGradientAffineComponent> <LinearParams> " + matrix(4, 4) + b"<BiasParams> "
    + vector(0.0, 0.1, 0.2, 0.3) + b"</NaturalGradientAffineComponent> <ComponentName> b <RectifiedLinearComponent> "
    + b"<Dim> " + number(4) + b"</RectifiedLinearComponent> </Nnet3> "
)  # fmt: skip


def test_an_acoustic_model_is_certain_and_names_its_components() -> None:
    for name in ("final.mdl", "data.bin"):
        detection = found_in(b"\0B" + TRANSITIONS + NNET3, name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == ("kaldi", True, Confidence.CERTAIN)
        assert detection.metadata["architecture"] == "neural network (nnet3)"
        assert "NaturalGradientAffineComponent (1)" in detection.metadata["components"]
        assert detection.loading.safety is LoadingSafety.SAFE


def test_an_extractor_and_mixtures_are_known() -> None:
    extractor = b"\0B<IvectorExtractor> <w> " + matrix(2, 2) + b"<w_vec> " + vector(0.5, 0.5) + b"</IvectorExtractor> "
    mixtures = b"\0B<DiagGMM> <GCONSTS> " + vector(0.1, 0.2) + b"<WEIGHTS> " + vector(0.5, 0.5) + b"</DiagGMM> "
    for content, architecture in ((extractor, "i-vector extractor"), (mixtures, "Gaussian mixtures")):
        detection = found_in(content)
        assert detection is not None
        assert (detection.confidence, detection.metadata["architecture"]) == (Confidence.CERTAIN, architecture)


def test_the_text_form_is_known_too() -> None:
    text = b"<Nnet> \n<AffineTransform> 4 4 \n<LearnRateCoef> 1 [\n 0.1 0.2 ]\n<!EndOfComponent> \n</Nnet> \n"
    detection = found_in(text)
    assert detection is not None
    assert detection.confidence is Confidence.CERTAIN


def test_a_matrix_is_probable_by_its_name_and_possible_without() -> None:
    content = (DATA / "kaldi-transform.mat").read_bytes()
    for name, confidence in (("final.mat", Confidence.PROBABLE), ("data.bin", Confidence.POSSIBLE)):
        detection = found_in(content, name)
        assert detection is not None
        assert (detection.format, detection.confidence, detection.parameters) == ("kaldi", confidence, 78)


def test_statistics_of_features_are_no_weights() -> None:
    content = b"\0BDM " + number(2) + number(14) + bytes(2 * 14 * 8)
    detection = found_in(content, "global_cmvn.stats")
    assert detection is not None
    assert not detection.is_weight


def test_a_truncated_model_is_still_one() -> None:
    detection = found_in((b"\0B" + TRANSITIONS)[:22])
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)


def test_markup_and_other_bytes_are_none() -> None:
    assert found_in(b'<Components> <Component Id="1"/> <File Name="2"/> </Components>') is None
    assert found_in(b"<Nnet> and nothing else") is None
    assert found_in(b"\0BFM " + bytes(40)) is None
    assert found_in(b"\0BFM " + number(2**31 - 1) + number(2**31 - 1) + bytes(64)) is None


def test_markup_with_the_same_names_is_none() -> None:
    assert found_in(b"<Components> <Component> 5 </Component> <Count> [1] </Count> </Components> \n" * 20) is None
    assert found_in(b"<DIMENSION> 3 <unit> mm </unit> </DIMENSION> \n" * 20) is None


def test_half_a_matrix_says_that_it_is_cut_off() -> None:
    content = (DATA / "kaldi-transform.mat").read_bytes()
    detection = found_in(content[: len(content) // 2], "final.mat")
    assert detection is not None
    assert (detection.is_weight, detection.confidence, detection.parameters) == (True, Confidence.PROBABLE, None)
    assert detection.remarks[0] == "It is cut off: not all of its rows are there."
    assert found_in(content[:15] + bytes(100)) is None
