"""What opening a file runs, beyond pickles: Keras' descriptions, templates, headers that hide something."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from typing import Any

import pytest

from bot.scanner.detect import detect
from bot.scanner.formats._jinja import suspicious
from bot.scanner.readers import BytesReader
from rules.facts import Detection, LoadingSafety


def keras(*layers: dict[str, Any]) -> Detection:
    """A model of Keras 3 with these layers."""
    stream = io.BytesIO()
    config = {"class_name": "Functional", "module": "keras.src.models.functional", "config": {"layers": list(layers)}}
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.5.0"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", b"\x89HDF\r\n\x1a\n" + b"\0" * 100)
    found = detect("data.bin", BytesReader(stream.getvalue()))
    assert found is not None
    return found


def function(module: str, name: str) -> dict[str, Any]:
    return {"class_name": "function", "module": module, "config": name, "registered_name": "function"}


def layer(kind: str, module: str = "keras.layers", **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "module": module, "config": {"name": "here", **config}}


@pytest.mark.parametrize(
    ("part", "named"),
    [
        (function("os", "system"), "os.system"),
        (function("builtins", "eval"), "builtins.eval"),
        (function("keras.utils", "get_file"), "keras.utils.get_file"),
        (function("keras.config", "enable_unsafe_deserialization"), "enable_unsafe_deserialization"),
        ({"class_name": "Popen", "module": "subprocess", "config": {"args": "true"}}, "subprocess.Popen"),
        (layer("TFOpLambda", function="io.write_file"), "io.write_file"),
        (layer("StringLookup", vocabulary="/etc/passwd"), "/etc/passwd"),
        (layer("TextVectorization", vocabulary="../../secret.txt"), "../../secret.txt"),
    ],
)
def test_a_description_of_keras_that_reaches_out_is_dangerous(part: dict[str, Any], named: str) -> None:
    loading = keras(layer("Dense", activation=part), part).loading
    assert loading.safety is LoadingSafety.DANGEROUS
    assert named in loading.reasons[0]


@pytest.mark.parametrize(
    ("part", "named"),
    [
        (layer("Lambda"), "here is a Lambda"),
        ({"class_name": "__lambda__", "config": {"value": ["4wEA"]}}, "__lambda__"),
        (layer("Attention", "mylib.layers"), "mylib.layers"),
        (layer("TorchModuleWrapper"), "unpickles a module of PyTorch"),
    ],
)
def test_code_of_the_file_s_choice_is_named(part: dict[str, Any], named: str) -> None:
    loading = keras(layer("Dense"), part).loading
    assert loading.safety is LoadingSafety.EXECUTES_CODE
    assert named in loading.reasons[0]


def test_layers_and_functions_of_keras_itself_are_safe() -> None:
    parts = layer("Dense", activation=function("builtins", "relu")), layer("StringLookup", vocabulary=["a"])
    assert keras(*parts, layer("TFOpLambda", function="math.add")).loading.safety is LoadingSafety.SAFE


@pytest.mark.parametrize(
    "template",
    [
        r"{{ ''['\x5f\x5fclass\x5f\x5f'] }}",
        r"{{ ''['\u005f\u005fclass__'] }}",
        r"{{ ''['\137\137class__'] }}",
        "{{ ''|attr('x') }}",
        "{{ cycler.__init__.__globals__.os.popen('id') }}",
        "{{ x['__cla' + 'ss__'] }}",
    ],
)
def test_a_template_that_reaches_out_is_found_however_it_is_spelt(template: str) -> None:
    assert suspicious(template)


def test_a_template_that_lays_out_a_conversation_is_not_suspicious() -> None:
    template = "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] | trim }}\\n{% endfor %} \\x41"
    assert suspicious(template) is None


def safetensors(header: str, room: int = 16) -> Detection:
    raw = header.encode()
    found = detect("data.bin", BytesReader(struct.pack("<Q", len(raw)) + raw + b"\0" * room))
    assert found is not None
    assert found.format == "safetensors"
    return found


ONE = '"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("{" + ONE + ',"b":{"dtype":"F32","shape":[3],"data_offsets":[4,16]}}', "share bytes"),
        ("{" + ONE + ',"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}', "between its tensors"),
        ("{" + ONE + "}", "at its end"),
        ("{" + ONE + ',"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}', "twice"),
        ("{" + ONE + ',"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}' + " " * 10_000, "spaces"),
    ],
)
def test_a_header_of_safetensors_that_hides_something_is_not_called_safe(header: str, reason: str) -> None:
    loading = safetensors(header).loading
    assert loading.safety is LoadingSafety.UNKNOWN
    assert any(reason in each for each in loading.reasons)


def test_a_header_that_keeps_to_the_format_is_safe() -> None:
    found = safetensors("{" + ONE + ',"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}  ')
    assert found.loading.safety is LoadingSafety.SAFE


def test_a_tensor_that_lies_outside_the_file_is_seen() -> None:
    found = safetensors('{"a":{"dtype":"F32","shape":[1000],"data_offsets":[0,4000]}}')
    assert any("cut off" in remark for remark in found.remarks)
