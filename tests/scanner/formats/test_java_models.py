"""Models of Java and .NET libraries: serialized objects and zips with a description."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "classical"
WEKA = (DATA / "weka_j48.model").read_bytes()


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def serialized(*class_names: str) -> bytes:
    """Objects without fields, as ObjectOutputStream writes them."""
    content = b"\xac\xed\0\x05"
    for name in class_names:
        content += b"sr" + struct.pack(">H", len(name)) + name.encode() + bytes(8) + b"\x02\0\0xp"
    return content


def zipped(members: dict[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


MOJO = {
    "model.ini": "[info]\nh2o_version = 3.46.0.12\nmojo_version = 1.40\nalgo = gbm\n"
    "algorithm = Gradient Boosting Machine\ncategory = Regression\nn_features = 2\nn_trees = 2\n\n[columns]\na\nb\ny\n",
    "trees/t00_000.bin": bytes(40),
}
MLEAP = {
    "bundle.json": json.dumps({"uid": "7b", "name": "pipe", "timestamp": "", "format": "json", "version": "0.25.0"}),
    "root/linear.node/model.json": '{"op":"linear_regression","attributes":{"coefficients":{}}}',
}
DEEPLEARNING4J = {"configuration.json": '{"confs": [{}, {}]}', "coefficients.bin": bytes(80)}
MLNET = {
    "TrainingInfo/Version.txt": "2.0.0.0",
    "TransformerChain/Transform_000/Model.key": bytes(40),
    "TransformerChain/Predictor/Model.key": bytes(40),
}


def test_a_model_of_weka_is_told_by_its_class_and_runs_code() -> None:
    for name in ("weka_j48.model", "data.bin"):
        detection = found_in(WEKA, name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.confidence) == (
            "java-serialized", True, Confidence.CERTAIN)  # fmt: skip
        assert detection.metadata["producer"] == "Weka"
        assert detection.metadata["class"] == "weka.classifiers.trees.J48"
        assert detection.loading.safety is LoadingSafety.EXECUTES_CODE


def test_a_packed_model_of_corenlp_is_known() -> None:
    detection = found_in(gzip.compress(serialized("java.util.ArrayList", "edu.stanford.nlp.ie.crf.CRFClassifier")))
    assert detection is not None
    assert (detection.is_weight, detection.metadata["producer"]) == (True, "Stanford CoreNLP")


def test_a_gadget_in_a_model_is_dangerous() -> None:
    gadget = "org.apache.commons.collections.functors.InvokerTransformer"
    detection = found_in(serialized("weka.classifiers.trees.J48", gadget))
    assert detection is not None
    assert (detection.confidence, detection.loading.safety) == (Confidence.CERTAIN, LoadingSafety.DANGEROUS)
    assert gadget in detection.loading.reasons[0]
    named = found_in(serialized("java.util.HashMap", gadget), "j48.model")
    assert named is not None
    assert (named.confidence, named.loading.safety) == (Confidence.PROBABLE, LoadingSafety.DANGEROUS)


@pytest.mark.parametrize(
    "content",
    [serialized("java.util.HashMap", "com.example.Session"), b"\xac\xed\0\x05", b"\xac\xed\0\x05" + b"sr\0" * 100_000],
)
def test_other_serialized_objects_are_no_model(content: bytes) -> None:
    assert found_in(content, "weka.model") is None


def test_training_data_of_mallet_is_no_model() -> None:
    detection = found_in(serialized("cc.mallet.types.InstanceList"))
    assert detection is not None
    assert not detection.is_weight


@pytest.mark.parametrize(
    ("members", "identifier", "architecture"),
    [
        (MOJO, "h2o-mojo", "Gradient Boosting Machine, Regression"),
        (MLEAP, "mleap", "1 transformer"),
        (DEEPLEARNING4J, "deeplearning4j", "2 layers"),
        (MLNET, "mlnet", "2 parts, with a predictor"),
    ],
    ids=["mojo", "mleap", "deeplearning4j", "mlnet"],
)
def test_a_zip_of_a_model_is_told_by_its_members(
    members: dict[str, str | bytes], identifier: str, architecture: str
) -> None:
    detection = found_in(zipped(members))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == (identifier, True, Confidence.CERTAIN)
    assert detection.metadata["architecture"] == architecture
    assert detection.loading.safety is LoadingSafety.SAFE


@pytest.mark.parametrize(
    "members",
    [
        {"model.ini": "[info]\nname = T\n"},
        {"bundle.json": "{}", "a/model.json": "{}"},
        {"bundle.json": "[" * 10_000},
        {"configuration.json": "{}"},
        {"TrainingInfo/Version.txt": "1"},
    ],
)
def test_other_zips_are_not_taken_for_it(members: dict[str, str | bytes]) -> None:
    assert found_in(zipped(members), "model.zip") is None
