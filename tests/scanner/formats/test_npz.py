"""Zips of arrays as people save models in them, and measurements; single arrays."""

from __future__ import annotations

import io
import lzma
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from bot.scanner.detect import detect
from bot.scanner.formats import npz
from bot.scanner.readers import BoundedReader, BytesReader, UnreadableError
from rules.facts import Confidence, Detection

Shapes = dict[str, tuple[int, ...]]


def found_in(content: bytes, name: str = "data.bin") -> Detection | None:
    return detect(name, BytesReader(content))


def saved(*unnamed: Any, **arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, *unnamed, **arrays)
    return stream.getvalue()


def zipped(shapes: Shapes) -> bytes:
    return saved(**{name: np.ones(shape, np.float32) for name, shape in shapes.items()})


def listed(*shapes: tuple[int, ...]) -> bytes:
    return saved(*(np.ones(shape, np.float32) for shape in shapes))


MODELS: dict[str, Shapes] = {
    "by hand": {"W1": (4, 8), "b1": (8,), "W2": (8, 2), "b2": (2,)},
    "recurrent, by hand": {"Wxh": (4, 8), "Whh": (8, 8), "Why": (8, 2), "bh": (8, 1), "by": (2, 1)},
    "sequence to sequence": {"enc_emb": (29, 16), "enc_w_ih": (48, 16), "enc_b_ih": (48,), "dec_w_hh": (48, 16),
                             "dec_b_hh": (48,), "fc_w": (7, 16), "fc_b": (7,)},
    "Chainer": {"l1/W": (8, 4), "l1/b": (8,), "l2/W": (2, 8), "l2/b": (2,)},
    "PyTorch": {"layers.0.weight": (8, 4), "layers.0.bias": (8,), "layers.2.weight": (2, 8), "layers.2.bias": (2,)},
    "Haiku": {"mlp/~/linear_0/w": (4, 8), "mlp/~/linear_0/b": (8,), "mlp/~/linear_1/w": (8, 2),
              "mlp/~/linear_1/b": (2,)},
    "Flax": {"params/Dense_0/kernel": (4, 8), "params/Dense_0/bias": (8,), "opt/count": (1,)},
    "scikit-learn": {"coefs_0": (4, 8), "coefs_1": (8, 2), "intercepts_0": (8,), "intercepts_1": (2,)},
    "without biases": {f"layers.{number}.attention.w{part}.weight": (8, 8) for number in range(2) for part in "qkvo"},
    "one layer": {"weight": (10, 784), "bias": (10,)},
}  # fmt: skip

MEASUREMENTS: dict[str, Shapes] = {
    "a data set": {"x_train": (80, 10), "y_train": (80,), "x_test": (20, 10), "y_test": (20,)},
    "a grid": {"time": (12,), "lat": (9,), "lon": (18,), "w": (12, 9, 18), "bias": (12, 9, 18)},
    "functions": {"gamma": (40,), "beta": (40,), "zeta": (40, 2)},
    "weighted points": {"points": (40, 3), "weights": (40,), "bins": (5,)},
    "pictures": {"data": (3, 32, 32), "mean": (3,), "std": (3,)},
    "a linear system": {"A": (5, 5), "b": (5,), "x": (5,)},
    "a kinematic chain": {"positions": (100, 7), "velocities": (100, 7), "width": (1,), "box": (2, 3)},
}


@pytest.mark.parametrize("shapes", MODELS.values(), ids=MODELS)
def test_a_model_is_told_by_the_names_and_shapes_of_its_arrays(shapes: Shapes) -> None:
    detection = found_in(zipped(shapes))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("npz", True, Confidence.PROBABLE)
    assert detection.tensors == len(shapes)


@pytest.mark.parametrize(
    "shapes",
    [
        ((784, 128), (128,), (128, 64), (64,), (64, 10), (10,)),
        ((16, 1, 3, 3), (16,), (32, 16, 3, 3), (32,), (10, 512), (10,)),
        ((3, 3, 1, 16), (16,), (16,), (16,), (16,), (3, 3, 16, 32), (32,), (512, 10), (10,)),
        ((8, 4), (8,), (2, 8), (2,)),
        ((10, 64), (16, 64), (64,), (16, 3), (3,)),
        ((50, 32), (32, 48), (16, 48), (2, 48), (16, 5), (5,)),
    ],
    ids=["perceptron", "PyTorch", "Keras with normalisation", "two layers", "LSTM", "embedding and GRU"],
)
def test_a_list_of_layers_is_told_by_the_chain_of_its_shapes(shapes: tuple[tuple[int, ...], ...]) -> None:
    detection = found_in(listed(*shapes))
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (True, Confidence.PROBABLE)


@pytest.mark.parametrize("shapes", MEASUREMENTS.values(), ids=MEASUREMENTS)
def test_measurements_are_no_weights(shapes: Shapes) -> None:
    content = zipped(shapes)
    detection = npz.recognise("model.npz", BoundedReader(BytesReader(content), len(content)))
    assert detection is not None
    assert (detection.is_weight, detection.confidence) == (False, Confidence.CERTAIN)


LISTS = {
    "training and test": ((800, 10), (800,), (200, 10), (200,)),
    "test and training": ((100, 10), (100,), (800, 10), (800,)),
    "three parts": ((800, 10), (800,), (100, 10), (100,), (200, 10), (200,)),
    "two runs": ((100, 3), (100,), (100, 3), (100,)),
    "eigenvectors": ((5, 5), (5,), (5, 5), (5,)),
    "tracks": ((100, 3), (100, 3), (100, 3)),
    "one picture": ((640, 480), (480,)),
    "images": ((60, 28, 28), (60,), (10, 28, 28), (10,)),
    "more images": ((10, 28, 28), (10,), (60, 28, 28), (60,)),
    "cameras": ((3, 3), (4, 4), (640, 480), (5,)),
}


@pytest.mark.parametrize("shapes", LISTS.values(), ids=LISTS)
def test_lists_of_other_arrays_are_no_weights(shapes: tuple[tuple[int, ...], ...]) -> None:
    detection = found_in(listed(*shapes))
    assert detection is not None
    assert not detection.is_weight


def test_whole_numbers_are_no_weights_whatever_their_names() -> None:
    detection = found_in(saved(W1=np.ones((4, 8), int), b1=np.ones(8, int), W2=np.ones((8, 2), int)))
    assert detection is not None
    assert not detection.is_weight


def test_shapes_that_cannot_be_true_are_not_counted() -> None:
    content = zipped({"l1.weight": (8, 4), "l1.bias": (8,), "l2.weight": (2, 8), "l2.bias": (2,)})
    changed = content.replace(b"(8, 4), }             ", b"(8000000000, 4000), } ")
    assert changed != content
    detection = found_in(changed)
    assert detection is not None
    assert detection.parameters is None


def test_a_single_array_is_at_most_possibly_weights() -> None:
    stream = io.BytesIO()
    np.save(stream, np.ones((4, 4), np.float32))
    for name, is_weight in (("decoder_weights.npy", True), ("table.npy", False)):
        detection = found_in(stream.getvalue(), name)
        assert detection is not None
        assert (detection.format, detection.is_weight, detection.parameters) == ("npy", is_weight, 16)
        assert not is_weight or detection.confidence is Confidence.POSSIBLE


def test_a_column_of_weights_of_points_is_no_model() -> None:
    stream = io.BytesIO()
    np.save(stream, np.ones(16, np.float32))
    detection = found_in(stream.getvalue(), "weights.npy")
    assert detection is not None
    assert not detection.is_weight


def test_every_cut_gives_an_answer_or_is_said_to_be_unreadable() -> None:
    content = zipped(MODELS["PyTorch"])
    for kept in range(0, len(content), 7):
        with suppress(UnreadableError):
            detection = found_in(content[:kept])
            assert detection is None or not detection.is_weight or detection.confidence < Confidence.CERTAIN


def test_an_identifier_of_languages_is_known_by_its_probabilities_and_its_automaton() -> None:
    arrays = {"ptc": np.ones((90, 7), np.float16), "pc": np.ones(7, np.float32), "nextmove": np.ones(512, np.uint32)}
    detection = found_in(lzma.compress(saved(**arrays, out_feat=np.ones(40, np.int32))))
    assert detection is not None
    assert (detection.format, detection.is_weight, detection.confidence) == ("npz", True, Confidence.PROBABLE)
    arrays["pc"] = np.ones(8, np.float32)
    detection = found_in(saved(**arrays))
    assert detection is not None
    assert not detection.is_weight
