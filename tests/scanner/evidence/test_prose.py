"""Sentences that state a licence for weights, sentences that only look like it, and those that leave weights out."""

from __future__ import annotations

import time

import pytest

from bot.scanner.evidence._sentences import statements_in
from rules.facts import EvidenceKind
from rules.licenses import conclude, normalise

from .conftest import Gather
from .test_licence_files import MIT


@pytest.mark.parametrize(
    ("sentence", "expression"),
    [
        ("Licensing for pretrained models: CC BY-NC-SA 4.0", "CC-BY-NC-SA-4.0"),
        ("The weights are released under the MIT license.", "MIT"),
        ("Model weights: Apache-2.0", "Apache-2.0"),
        ("Model licence: Gemma Terms of Use", None),
        ("| Weights | CC BY-NC 4.0 |", "CC-BY-NC-4.0"),
        ("The code and pre-trained model weights are released under the [Apache 2.0 License](LICENSE).", "Apache-2.0"),
        ("Code is MIT; the model weights are licensed under CC-BY-NC 4.0 for research.", "CC-BY-NC-4.0"),
        ("The checkpoint is licensed under the Llama 3.1 Community License.", None),
        ("All models are released by Meta under the Apache 2.0 license", "Apache-2.0"),
        ("The model is under Apache 2.0 license.", "Apache-2.0"),
        ('Our models are licensed under the Apache License, Version 2.0 (the "License")', "Apache-2.0"),
        ("The pre-trained weights\nare released under the GNU General Public\nLicense v3.0 or later.", None),
        ("- The model weights (not the code) are provided under CC BY 4.0.", "CC-BY-4.0"),
        ("**Model weights** are available under the [MIT](https://opensource.org/license/mit) license", "MIT"),
        ("License for the weights: https://creativecommons.org/licenses/by-sa/4.0/", "CC-BY-SA-4.0"),
        ("The model weights in this directory are licensed under CC-BY-4.0.", "CC-BY-4.0"),
        ("The models we provide in this repository are licensed under the CC BY-NC 4.0 license.", "CC-BY-NC-4.0"),
        ("Code is licensed under Apache 2.0 and the model weights under CC-BY-NC 4.0.", "CC-BY-NC-4.0"),
        ("The weights are for non-commercial and research use only.", None),
        ("The pretrained models are licensed for non-commercial research only.", None),
        ("Voice and its pretrained models are licensed **Apache-2.0**.", "Apache-2.0"),
        ("The weights are MIT licensed.", "MIT"),
        ("The weights are under the same license as this repository (CC BY-NC-ND 4.0).", "CC-BY-NC-ND-4.0"),
        ("This codebase is released under Apache License and all model weights are released under CC0 1.0.", "CC0-1.0"),
        ("XTTS-v2 weights are released under the Coqui Public Model License (CPML)", "LicenseRef-coqui-public-model"),
        (
            "The model weights are subject to the [Mistral AI License](https://mistral.ai/licenses/MRL-0.1.md).",
            "LicenseRef-mistral-ai-research",
        ),
        ("Apache-2.0. Model weights are licensed separately by their owners.", None),
        ("Model weights are subject to their respective creators' licenses.", None),
        ("Model weights: non-commercial research only.", None),
    ],
)
def test_a_sentence_that_states_a_licence_for_weights_is_found(sentence: str, expression: str | None) -> None:
    (statement,) = statements_in(sentence)
    assert not statement.excludes
    if expression is not None:
        assert normalise(statement.text).expression == expression


@pytest.mark.parametrize(
    "sentence",
    [
        "The code is licensed under the MIT License.",
        "The code to run the model is released under the MIT License.",
        "The code for training models is released under MIT",
        "Scripts that convert the model are available under Apache-2.0.",
        "This repository, which downloads models, is under GPL-3.0.",
        "The weights are not released under MIT.",
        "Weights will be released under MIT.",
        "If the weights are released under GPL, you must publish changes.",
        "The models are available under `models/`.",
        "Model checkpoints are available with the paper.",
        "Models trained with this code are yours.",
        "The dataset used for the model is licensed under CC-BY-4.0.",
        "The weights are released under the [Model License](LICENSE-MODEL).",
        "The use of these models is subject to the Model License.",
        "The weights are for everybody.",
        "The source code for generating the models is distributed under the GPL 3.0.",
        "Upload your code (excluding the model weights) to the server.",
        "Code under MIT and weights under `models/`",
        "```\nThe weights are released under the MIT license.\n```",
        "# Weights under MIT",
        "Weights: 12 MB",
        "",
    ],
)
def test_a_sentence_about_something_else_says_nothing(sentence: str) -> None:
    assert list(statements_in(sentence)) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "This license does not apply to the model weights.",
        "The model weights are not covered by this license.",
        "This licence covers only the source code, not the models.",
        "Everything except the pretrained weights is licensed under the MIT license.",
        "The license of the code does not extend to the weights.",
        "The MIT License applies to all files excluding the pre-trained checkpoints.",
        "The weights are excluded from the license of this repository.",
        "> **Model Weights Are Not Covered by This License**",
        "Model weights are not covered by it: each carries its publisher's licence.",
        "The model weights are not covered by the MIT license, and are provided only for scientific purposes.",
    ],
)
def test_a_sentence_that_leaves_weights_out_is_an_exclusion(sentence: str) -> None:
    (statement,) = statements_in(sentence)
    assert statement.excludes


def test_the_line_is_that_of_the_sentence_below_the_front_matter(evidence: Gather) -> None:
    readme = (
        b"---\nlanguage: en\n---\n# Voice\n\nA model. It is small.\nThe weights are released\nunder CC BY-SA 4.0.\n"
    )
    (found,) = evidence("models/a.onnx", {"README.md": readme})
    assert (found.kind, found.path, found.line) == (EvidenceKind.PROSE, "README.md", 7)
    assert conclude([found]).expression == "CC-BY-SA-4.0"


def test_an_exclusion_voids_the_licence_of_the_code(evidence: Gather) -> None:
    files = {"LICENSE": MIT, "models/a.onnx": b"", "README.md": b"The MIT license does not cover the model weights.\n"}
    conclusion = conclude(evidence("models/a.onnx", files))
    assert (conclusion.expression, conclusion.evidence) == (None, ())
    assert [(one.path, one.line) for one in conclusion.exclusions] == [("README.md", 1)]
    files["models/LICENSE-MODEL"] = MIT
    assert conclude(evidence("models/a.onnx", files)).expression == "MIT"


def test_a_licence_file_can_leave_the_weights_out_itself(evidence: Gather) -> None:
    files = {"LICENSE": MIT + b"\nThis license does not apply to the pre-trained weights in models/.\n"}
    conclusion = conclude(evidence("models/a.onnx", files))
    assert conclusion.expression is None
    assert len(conclusion.exclusions) == 1


@pytest.mark.parametrize(
    "piece",
    [
        "weights ",
        "and weights under ",
        "weights are for research ",
        "weights are a for personal / ",
        "the model ",
        "licence not ",
        "(",
        "weights (a",
        "[a](b",
        "<",
        "a.\n",
        "| ",
    ],
)
def test_no_text_takes_long(piece: str) -> None:
    started = time.process_time()
    for text in (piece * (64 * 1024 // len(piece)), (piece + "\n") * (64 * 1024 // (len(piece) + 1))):
        list(statements_in(text))
    assert time.process_time() - started < 5
