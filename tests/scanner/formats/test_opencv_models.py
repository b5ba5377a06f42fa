"""Cascades, classifiers and recognisers of OpenCV; its matrices and other XML are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.scanner.detect import detect
from bot.scanner.readers import BytesReader
from rules.facts import Confidence, Detection, LoadingSafety

DATA = Path(__file__).parent / "data" / "language"


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


CASCADE = b"""<?xml version="1.0"?>
<!-- A comment with a licence may come first. -->
<opencv_storage>
<cascade>
  <stageType>BOOST</stageType>
  <featureType>LBP</featureType>
  <height>24</height>
  <width>24</width>
  <stageParams><maxWeakCount>1</maxWeakCount></stageParams>
  <featureParams><maxCatCount>256</maxCatCount></featureParams>
  <stageNum>1</stageNum>
  <stages><_>
    <maxWeakCount>1</maxWeakCount>
    <stageThreshold>-0.75</stageThreshold>
    <weakClassifiers><_>
      <internalNodes>0 -1 0 -67130709 -21569 -1426120013 -1275125205 -21585 -16385 587145899 -24005</internalNodes>
      <leafValues>-0.65 0.88</leafValues></_></weakClassifiers></_></stages>
  <features><_><rect>0 0 3 5</rect></_></features>
</cascade>
</opencv_storage>
"""
OLD = b"""<?xml version="1.0"?>
<opencv_storage>
<plates type_id="opencv-haar-classifier"><size>64 16</size>
  <stages><_><trees><_><_><feature><rects><_>32 2 8 6 -1.</_></rects><tilted>0</tilted></feature>
  <threshold>1.6e-02</threshold><left_val>9.4e-01</left_val><right_val>-0.2</right_val></_></_></trees>
  <stage_threshold>-1.9</stage_threshold><parent>-1</parent><next>-1</next></_></stages></plates>
</opencv_storage>
"""


@pytest.mark.parametrize(("content", "form"), [(CASCADE, "new form"), (OLD, "old form")])
def test_a_cascade_is_certain_whatever_its_name(content: bytes, form: str) -> None:
    for name in ("cascade.xml", "data.bin"):
        detection = found_in(content, name)
        assert detection is not None
        assert (detection.format, detection.is_weight) == ("opencv-cascade", True)
        assert detection.confidence is Confidence.CERTAIN
        assert form in detection.metadata["architecture"]
        assert detection.loading.safety is LoadingSafety.SAFE


def test_a_truncated_cascade_is_probable() -> None:
    detection = found_in(CASCADE[:700])
    assert detection is not None
    assert detection.confidence is Confidence.PROBABLE


@pytest.mark.parametrize(
    ("name", "architecture"),
    [
        ("opencv-svm.yml", "support vectors"),
        ("opencv-svm.json", "support vectors"),
        ("opencv-mlp.yml", "multilayer perceptron"),
        ("opencv-rtrees.xml", "random trees"),
    ],
)
def test_a_model_names_its_class(name: str, architecture: str) -> None:
    for path in (name, "data.bin"):
        detection = found_in((DATA / name).read_bytes(), path)
        assert detection is not None
        assert (detection.format, detection.is_weight) == ("opencv-ml", True)
        assert detection.confidence is Confidence.CERTAIN
        assert detection.metadata["architecture"] == architecture


def test_the_older_names_and_the_recognisers_of_faces_are_known() -> None:
    old = b'<?xml version="1.0"?>\n<opencv_storage>\n<my_svm type_id="opencv-ml-svm">\n<support_vectors>1 2'
    faces = (
        b"%YAML:1.0\n---\nopencv_lbphfaces:\n   radius: 1\n   histograms:\n      - !!opencv-matrix\n         rows: 1\n"
    )
    landmarks = (
        b"%YAML:1.0\n---\nstages_n: 5\ntree_n: 6\ntree_depth: 5\nn_landmarks: 68\n"
        b"regressor_meanshape: !!opencv-matrix\n   rows: 68\n   cols: 2\n"
    )
    for content in (old, faces, landmarks):
        detection = found_in(content)
        assert detection is not None
        assert (detection.format, detection.confidence) == ("opencv-ml", Confidence.CERTAIN)


def test_a_truncated_model_is_probable() -> None:
    detection = found_in((DATA / "opencv-svm.yml").read_bytes()[:120])
    assert detection is not None
    assert detection.confidence is Confidence.PROBABLE


@pytest.mark.parametrize(
    "content",
    [
        b"%YAML:1.0\n---\ncamera_matrix: !!opencv-matrix\n   rows: 3\n   cols: 3\n   dt: d\n   data: [ 1., 0., 0. ]\n"
        * 3,
        b'<?xml version="1.0"?>\n<opencv_storage>\n<m type_id="opencv-matrix"><rows>3</rows></m>\n</opencv_storage>\n'
        * 4,
        b'<?xml version="1.0"?>\n<cascade><stageType>BOOST</stageType><leafValues>1</leafValues></cascade>' * 4,
        b'<?xml version="1.0"?>\n<doc>opencv_ml_svm is a name in OpenCV, with support_vectors</doc>\n' * 4,
        b"<!-- opencv-haar-classifier -->\n" + b"<a>" * 100_000,
        b'{"opencv_version": "4.9", "note": "opencv ml svm weights", "more": "words and more words, and still more"}'
        * 2,
    ],
)
def test_matrices_and_other_files_are_none(content: bytes) -> None:
    assert found_in(content, "file.xml") is None
