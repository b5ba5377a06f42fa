"""Classifiers as literals in programs: found by their words and their numbers, never by one of the two alone."""

from __future__ import annotations

import json
import random

from bot.scanner.detect import detect
from bot.scanner.formats.written_classifiers import recognise
from bot.scanner.readers import BoundedReader, BytesReader
from rules.facts import Confidence, Detection

_CHANCE = random.Random(7)


def _asked(text: str) -> Detection | None:
    return detect("data.bin", BytesReader(text.encode()))


def _real() -> float:
    return round(_CHANCE.gauss(0, 0.4), 12) or 0.5


def _flat(stages: int = 6, nodes: int = 20) -> list[float]:
    numbers: list[float] = [20, 20]
    for _ in range(stages):
        numbers += [_real(), nodes]
        for _ in range(nodes):
            numbers += [0, 2, 0, 8, 20, 12, -1, 0, 14, 20, 6, 2, _real(), _real(), _real()]
    return numbers


def _script(numbers: list[float], name: str = "tracking.ViolaJones.classifiers.face") -> str:
    # A comment makes the file as long as the smallest that is asked about.
    return f"{name} = new Float64Array({json.dumps(numbers)});\n/* {'A free face. ' * 1200} */\n"


def test_a_flat_cascade_is_certain_by_its_structure_whatever_it_is_called() -> None:
    found = _asked(_script(_flat(), "x.y"))
    assert found is not None
    assert (found.format, found.confidence) == ("written-classifiers", Confidence.CERTAIN)
    assert found.parameters == 3 * 6 * 20


def test_a_table_of_measurements_or_a_cascade_with_a_number_missing_is_none() -> None:
    assert _asked(_script([20.0, 20.0, *(_real() for _ in range(2000))])) is None
    assert _asked(_script(_flat()[:-1])) is None
    assert _asked(_script(_flat(stages=1, nodes=60))) is None


def test_a_cascade_of_objects_is_probable() -> None:
    nodes = ",".join(
        f"{{features:[[0,8,20,12,-1.],[0,14,20,6,2.]],threshold:{_real()},right_val:{_real()},left_val:{_real()}}}"
        for _ in range(200)
    )
    found = _asked(
        f"(function(global) {{ global.eye = {{complexClassifiers:[{{simpleClassifiers:[{nodes}]}}]}};}})(this)"
    )
    assert found is not None
    assert (found.format, found.confidence) == ("written-classifiers", Confidence.PROBABLE)


def _haar(nodes: int) -> str:
    """OpenCV's old XML as a converter of XML to JSON writes it: everything is a text."""
    node = {"feature": {"rects": ["0 0 14 9 -1.", "0 3 14 3 3."], "tilted": "0"}}
    trees = [[{**node, "threshold": str(_real()), "left_val": "0.78", "right_val": "-0.45"}] for _ in range(nodes)]
    stage = {"trees": trees, "stage_threshold": "-1.25", "parent": "-1", "next": "-1"}
    return json.dumps({"@type_id": "opencv-haar-classifier", "size": "25 15", "stages": [stage]}, indent=2)


def test_a_cascade_of_opencv_turned_from_xml_to_json_in_a_script_is_probable() -> None:
    found = _asked(f"// Converted\n\nvar opencv_haarcascade_mouth = {_haar(100)};\n")
    assert found is not None
    assert (found.format, found.confidence) == ("written-classifiers", Confidence.PROBABLE)
    assert found.metadata["architecture"] == "Viola-Jones cascade"


def test_an_example_of_opencv_s_cascade_in_a_converter_is_none() -> None:
    assert _asked(f"// {'Converts cascades. ' * 1000}\nvar example = {_haar(3)};\n") is None


def test_a_cascade_of_brightness_features_is_probable() -> None:
    feature = {"size": 2, "px": [3, 5], "py": [2, 6], "pz": [2, 1], "nx": [8, 4], "ny": [4, 0], "nz": [1, -1]}
    stage = {"count": 8, "threshold": -4.5, "feature": [feature] * 8, "alpha": [-2.8, 2.8] * 8}
    text = json.dumps({"count": 30, "width": 24, "height": 24, "stage_classifier": [stage] * 30})
    found = _asked(f"(function(global) {{ global.face_cascade = {text}; }})(this);")
    assert found is not None
    assert found.format == "written-classifiers"


def test_trees_of_xgboost_as_a_dict_in_python_are_probable() -> None:
    tree = {
        "base_weights": [_real() for _ in range(15)],
        "left_children": [1, 3, 5, -1, -1],
        "split_conditions": [_real() for _ in range(15)],
    }
    model = {"learner": {"gradient_booster": {"model": {"trees": [tree] * 40}}}}
    found = _asked(f'"""The model."""\n\nMODEL = {json.dumps(model, indent=4)}\n')
    assert found is not None
    assert (found.format, found.metadata["architecture"]) == ("written-classifiers", "boosted trees of XGBoost")


def test_the_patches_of_a_face_tracker_are_probable() -> None:
    rows = [[_real() for _ in range(32)] for _ in range(60)]
    parts = {"patchType": "MOSSE", "weights": {"raw": rows}, "patchSize": [16, 16]}
    model = {"scoring": {"size": [20, 22], "bias": -1.4, "coef": rows[0]}, "patchModel": parts}
    found = _asked(f"(function (global) {{\n  var pModel = {json.dumps(model)};\n  global.pModel = pModel; }})(this);")
    assert found is not None
    assert found.is_weight


def test_a_program_that_reads_such_models_is_none() -> None:
    lines = "    if ('learner' in model) trees = model.gradient_booster.model.trees[i].split_conditions[n];\n" * 300
    words = (
        "// complexClassifiers simpleClassifiers features threshold left_val patchModel patchType patchSize weights\n"
    )
    assert _asked(words * 20 + "var base_weights, stage_classifier, alpha, feature;\n" + lines) is None


def test_any_cut_gives_an_answer() -> None:
    text = _script(_flat(stages=4, nodes=12)).encode()
    for end in range(0, len(text), 331):
        recognise("x", BoundedReader(BytesReader(text[:end]), 2**20))
    recognise("x", BoundedReader(BytesReader(text.replace(b", 2, 0,", b", 1e400, 0,")), 2**20))
    recognise("x", BoundedReader(BytesReader(text.replace(b", 20,", b", -.e,")), 2**20))
