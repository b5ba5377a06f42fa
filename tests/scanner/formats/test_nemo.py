"""NeMo models: archives laid out as NeMo saves them around a checkpoint that PyTorch saved."""

from __future__ import annotations

import io
import os
import pickle
import tarfile
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bot.scanner.detect import detect
from bot.scanner.formats import nemo
from bot.scanner.readers import BoundedReader, BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

WEIGHTS = (Path(__file__).parent / "data" / "state_dict.pt").read_bytes()
CONFIG = b"""sample_rate: 16000
preprocessor:
  _target_: nemo.collections.asr.modules.AudioToMelSpectrogramPreprocessor
target: nemo.collections.asr.models.ctc_bpe_models.EncDecCTCModelBPE
nemo_version: 1.21.0
"""


def read_alone(content: bytes) -> Detection | None:
    return nemo.recognise("x", BoundedReader(BytesReader(content), 2**25))


def archived(mode: str = "w", **members: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, raw in members.items():
            member = tarfile.TarInfo(f"./{name}")
            member.size = len(raw)
            archive.addfile(member, io.BytesIO(raw))
    return stream.getvalue()


def model(mode: str = "w", config: bytes = CONFIG, weights: bytes = WEIGHTS) -> bytes:
    return archived(mode, **{"vocab.txt": b"a\nb\n", "model_config.yaml": config, "model_weights.ckpt": weights})


class Calls:
    """Pickles as a call of a shell; never unpickled."""

    def __reduce__(self) -> Any:
        return os.system, ("true",)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("name", ["asr.nemo", "data.bin"])
def test_a_model_is_told_by_its_members_whatever_its_name(mode: str, name: str) -> None:
    detection = detect(name, BytesReader(model(mode)))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("nemo", True, Confidence.CERTAIN)
    assert (detection.parameters, detection.tensors) == (178, 4)
    assert detection.metadata["architecture"] == "nemo.collections.asr.models.ctc_bpe_models.EncDecCTCModelBPE"
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE


@pytest.mark.parametrize("target", [b"os.system", b"subprocess.Popen", b"builtins.eval"])
def test_a_configuration_that_makes_a_shell_is_dangerous(target: bytes) -> None:
    detection = read_alone(model(config=CONFIG + b"callback:\n  - _target_: '" + target + b"'\n"))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS
    assert target.decode() in detection.loading.reasons[0]


def test_a_class_of_somebody_else_is_named() -> None:
    detection = read_alone(model(config=CONFIG + b"extra:\n  _target_: mine.Thing\n"))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.EXECUTES_CODE
    assert detection.loading.reasons[0] == "its configuration makes mine.Thing"


def test_a_checkpoint_that_calls_a_shell_is_dangerous() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps(Calls(), 2))
    detection = read_alone(model(weights=stream.getvalue()))
    assert detection is not None
    assert detection.loading.safety is LoadingSafety.DANGEROUS


def test_a_distributed_checkpoint_is_known_and_its_loading_is_not() -> None:
    detection = read_alone(archived(**{"model_config.yaml": CONFIG, "model_weights/__0_0.distcp": bytes(600)}))
    assert detection is not None
    assert detection.is_weight
    assert detection.loading.safety is LoadingSafety.UNKNOWN


def test_a_large_packed_model_is_told_from_its_beginning() -> None:
    content = model("w:gz", weights=os.urandom(17 * 2**20))
    detection = read_alone(content)
    assert detection is not None
    assert (detection.is_weight, detection.loading.safety) == (True, LoadingSafety.UNKNOWN)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize(
    "members",
    [
        {"model_config.yaml": CONFIG},
        {"model_weights.ckpt": WEIGHTS},
        {"README": b"text", "src/main.c": b"int main;"},
        {},
    ],
)
def test_other_archives_are_none(mode: str, members: dict[str, bytes]) -> None:
    assert read_alone(archived(mode, **members)) is None


def test_hostile_archives_are_left_in_time() -> None:
    begun = time.process_time()
    read_alone(archived(**{str(number): b"" for number in range(1500)}))
    read_alone(model(config=b"target:" * 500_000))
    read_alone(model(config=b" " * 4_000_000))
    read_alone(archived("w:gz", **{"model_config.yaml": CONFIG, "zeros": bytes(2**24)}))
    assert time.process_time() - begun < 8


def test_every_cut_and_change_gives_an_answer() -> None:
    content = model()[:8000]
    for place in range(0, len(content), 37):
        read_alone(content[:place])
        read_alone(content[:place] + b"\xff" + content[place + 1 :])
