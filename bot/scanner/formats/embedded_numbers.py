"""Networks written out as numbers in source code or JSON: `const rnn_weight input_dense_weights[1008] = {-10, 14, ...`.

Source: rnn_data.c of RNNoise, mlp_data.c of Opus and the *_model_weights.h of libaom as examples; nothing defines it. A
table of numbers alone says nothing: sines, fonts, filters and colours are written the same way. So the names must speak
of layers, and the numbers must be spread as trained ones are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.scanner.density import Density, density
from bot.scanner.readers import BoundedReader
from bot.scanner.structures.spread import looks_trained
from bot.scanner.wording import shown
from rules.facts import Confidence, Detection, LoadingSafety, LoadingVerdict

TITLE = "Weights written out as numbers"
SUFFIXES: tuple[str, ...] = ()
MARK = rb"(?:\xef\xbb\xbf)?[\t\n\r\x20-\x7e][\t\n\r\x20-\x7e\x80-\xf4]{15}"
LEAST = 2 * 1024

_TEXT_LIMIT = 8 * 1024 * 1024
"""Bytes of the text that are searched."""
_ARRAYS = 2_000
_SAMPLE = 24 * 1024
"""Characters of an array whose numbers are looked at."""
_LARGE = 128
"""Numbers of an array whose spread says something."""
_FEWEST = 256
"""Numbers below which it is an example in a test or a filter."""
_NUMBER = rb"[-+]?(?:\d++\.?+\d*+|\.\d++)(?:[eE][-+]?\d++)?[fFL]?"
_ARRAY = re.compile(rb"[\[{(](?:[\s\[{(]|/\*[^*]{0,80}+\*/)*+(?:%b[\s,\[\]{}()]++){15,}+(?:%b)?" % (_NUMBER, _NUMBER))
_PICKLE = re.compile(rb"[(\]}]{0,4}c[A-Za-z_][\w.]{0,80}\n[A-Za-z_]\w{0,80}\n")
"""How a pickle of protocol 0 begins: it is a text too, in which no array has a name."""
_ITEM = re.compile(rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_BRACKETS = re.compile(rb"\[[^\[\]]*\]|<[^<>]*>")
_WORD = re.compile(rb"[A-Za-z_$][\w.$/-]*")
_LAYER = re.compile(
    r"(?:^|[_.])(?:conv(?:\d+d?|olution)?|dense|gru|lstm|rnn|fc|linear|embed(?:ding)?s?|attn|attention|mlp|layers?|hidden"
    r"|recurrent|encoder|decoder|nn|neural|net|qkv|ffn|lin)\d*(?=$|[_.])"
)
_WEIGHT = re.compile(r"(?:^|[_.])(?:weights?|wts?|kernel|w|coefs)\d*(?=$|[_.])")
_BIAS = re.compile(r"(?:^|[_.])(?:bias(?:es)?|b|intercepts)\d*(?=$|[_.])")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class _Array:
    name: str
    """In lower case, its words joined by underscores."""
    count: int
    is_trained: bool
    """True where its numbers are spread as trained ones are; not asked of short ones."""

    @property
    def is_weight(self) -> bool:
        return _WEIGHT.search(self.name) is not None

    @property
    def is_bias(self) -> bool:
        return _BIAS.search(self.name) is not None

    @property
    def is_layer(self) -> bool:
        return _LAYER.search(self.name) is not None


def recognise(_path: str, blob: BoundedReader) -> Detection | None:
    """Probable where several arrays are named like the parts of layers; possible where only one is."""
    if Density.NUMBERS not in density(blob) or _PICKLE.match(blob.head):
        return None
    text = blob.read(0, min(blob.size, _TEXT_LIMIT))
    named = [array for array in _arrays(text) if array.is_weight or array.is_bias]
    trained = [array for array in named if array.is_trained]
    total = sum(array.count for array in named)
    if not trained or total < _FEWEST:
        return None
    large = [array for array in named if array.count >= _LARGE]
    probable = 2 * len(trained) >= len(large) and (_has_layers(named) or _has_matching_pairs(trained, named))
    return Detection(
        format="embedded-numbers",
        title=TITLE,
        is_weight=True,
        confidence=Confidence.PROBABLE if probable else Confidence.POSSIBLE,
        loading=LoadingVerdict(LoadingSafety.SAFE, ("numbers in a text; nothing loads them but the program around",)),
        parameters=total,
        tensors=len(named),
        metadata={"arrays": shown(", ".join(f"{array.name} ({array.count:,})" for array in named[:8]))},
        remarks=() if probable else ("Only a name and the spread of the numbers speak for it.",),
    )


def _has_layers(named: list[_Array]) -> bool:
    """True where two arrays are named after a layer and a part of it: `input_dense_weights`, `input_dense_bias`."""
    layers = {array.name for array in named if array.is_layer}
    return len(layers) > 1 and any(array.is_layer and array.is_weight and array.is_trained for array in named)


def _has_matching_pairs(trained: list[_Array], named: list[_Array]) -> bool:
    """True where two matrices have biases of as many numbers as they have rows or columns: `W1`, `b1`, `W2`, `b2`."""
    pairs = 0
    for matrix in trained:
        stem = _WEIGHT.sub("", matrix.name) + "".join(re.findall(r"\d+", matrix.name))
        for other in named:
            same = _BIAS.sub("", other.name) + "".join(re.findall(r"\d+", other.name)) == stem
            if matrix.is_weight and other.is_bias and same and matrix.count % other.count == 0:
                pairs += 1
                break
    return pairs > 1


def _arrays(text: bytes) -> Iterator[_Array]:
    for number, match in enumerate(_ARRAY.finditer(text)):
        if number >= _ARRAYS:
            return
        name = _name_before(text[max(0, match.start() - 160) : match.start()])
        if not (_WEIGHT.search(name) or _BIAS.search(name)):
            continue
        run = match[0]
        count = run.count(b",") + 1
        is_trained = count >= _LARGE and looks_trained([float(item) for item in _ITEM.findall(run[:_SAMPLE])])
        yield _Array(name, count, is_trained)


def _name_before(prefix: bytes) -> str:
    """What an array is called: the word before the last `=` and before a type behind a colon, or before a colon."""
    statement = re.split(rb"[;\n{}]\s*(?=\S)|,\s*(?=[\"'])", _BRACKETS.sub(b"", prefix.rstrip()))[-1]
    left, sign, right = statement.rpartition(b"=")
    if sign:
        left = left.split(b": ")[0]
    words = _WORD.findall(left if sign else right)
    return _CAMEL.sub("_", words[-1][:80].decode("ascii", "replace")).lower() if words else ""
