"""Stories about what is found around weights in a repository."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.scanner.evidence import gather
from bot.scanner.surroundings import look_around
from bot.scanner.surroundings._addresses import is_pinned, publishes_models
from rules.surroundings import BaseModel, Dataset, Origin, PaperKind, Surroundings

from ..evidence.conftest import MemoryTree
from .conftest import detection

Around = Callable[..., Surroundings]

CARD = b"""---
license: mit
base_model:
  - meta-llama/Llama-3.1-8B
  - acme/secret
base_model_relation: adapter
datasets:
- squad
- acme/mails
---
# A helpful adapter

Built with Llama. Get it at https://huggingface.co/acme/helpful/resolve/main/adapter.safetensors.

It was trained on [Common Voice](https://huggingface.co/datasets/mozilla-foundation/common_voice_11_0) (CC0-1.0),
and trained on 8 A100 GPUs.

## Training procedure

Three epochs, see `train.py`.

## Evaluation

```
# Training
trained on nothing
```
"""


def test_a_card_beside_the_weights_tells_nearly_everything(around: Around) -> None:
    found = around("m/adapter.safetensors", {"m/README.md": CARD, "train.py": b"x", "README.md": b"# Code\n"})
    assert found.card == "m/README.md"
    assert found.base_models == (
        BaseModel("meta-llama/Llama-3.1-8B", "m/README.md", 4, "base_model", "adapter"),
        BaseModel("acme/secret", "m/README.md", 5, "base_model", "adapter"),
    )
    assert found.datasets == (
        Dataset("squad", "m/README.md", 8),
        Dataset("acme/mails", "m/README.md", 9),
        Dataset("mozilla-foundation/common_voice_11_0", "m/README.md", 15, "CC0-1.0"),
    )
    assert found.origins == (
        Origin("https://huggingface.co/acme/helpful/resolve/main/adapter.safetensors", "m/README.md", 13),
    )
    assert [(one.path, one.line, one.is_program) for one in found.training] == [
        ("m/README.md", 18, False),
        ("train.py", None, True),
    ]
    assert [(paper.path, paper.kind) for paper in found.papers] == [
        ("m/README.md", PaperKind.MODEL_CARD),
        ("README.md", PaperKind.README),
    ]
    assert found.papers[0].phrases == ("Built with Llama",)


@pytest.mark.parametrize(
    ("card", "line", "training"),
    [
        (CARD, 4, 18),
        (b"\n \n" + CARD, 6, 20),
        (b"\xef\xbb\xbf" + CARD, 4, 18),
        (CARD.replace(b"\n", b"\r\n"), 4, 18),
        (CARD.replace(b"\n", b"\r"), 4, 18),
        (CARD.replace(b"---\n", b"---  \n"), 4, 18),
    ],
    ids=["plain", "blank lines above", "byte order mark", "Windows", "old Mac", "spaces"],
)
def test_a_base_model_is_seen_however_the_licence_beside_it_is(
    card: bytes, line: int, training: int, around: Around
) -> None:
    found = around("adapter.safetensors", {"README.md": card})
    assert next((base.name, base.line) for base in found.base_models) == ("meta-llama/Llama-3.1-8B", line)
    assert [one.line for one in found.training] == [training]
    (licence, *_) = gather("adapter.safetensors", detection(), MemoryTree({"README.md": card}))
    assert (licence.statement, licence.line) == ("mit", line - 2)


@pytest.mark.parametrize(
    ("files", "card"),
    [
        ({"README.md": b"---\nlicense: mit\n---\n"}, "README.md"),
        ({"README.md": b"# Our program\n"}, None),
        ({"m/MODEL_CARD.md": b"# A voice\n", "README.md": b"---\nlicense: mit\n---\n"}, "m/MODEL_CARD.md"),
        ({"m/README.md": b"`voice.onnx` is a voice.\n"}, "m/README.md"),
        ({"README.md": b"Load `m/voice.onnx`.\n"}, None),
        ({"m/README.md": b"Many files.\n"}, None),
        ({"m/README.md": b"---\nlicense: mit\nsdk: gradio\n---\nvoice.onnx\n"}, None),
        ({"m/README.md": b"---\nlicense: &a mit\nbase_model: *a\n---\n"}, "m/README.md"),
        ({"m/README.md": b"  \n"}, None),
        ({"m/README.md": "../CARD.md", "CARD.md": b"---\nlicense: mit\n---\n"}, "m/README.md"),
        ({"m/README.md": "/etc/passwd"}, None),
    ],
)
def test_a_card_is_about_a_model(around: Around, files: dict[str, bytes | str], card: str | None) -> None:
    assert around("m/voice.onnx", files).card == card


def test_a_configuration_beside_the_weights_names_the_base(around: Around) -> None:
    files = {
        "m/adapter_config.json": b'{"base_model_name_or_path": "mistralai/Mistral-7B-v0.1", "r": 8}',
        "m/config.json": b'{"_name_or_path": "google/gemma-2-2b"}',
        "config.json": b'{"_name_or_path": "not/near"}',
    }
    assert around("m/a.safetensors", files).base_models == (
        BaseModel(
            "mistralai/Mistral-7B-v0.1", "m/adapter_config.json", field="base_model_name_or_path", relation="adapter"
        ),
        BaseModel("google/gemma-2-2b", "m/config.json", field="_name_or_path"),
    )


@pytest.mark.parametrize(
    "content",
    [
        b'{"_name_or_path": "./output/checkpoint-500"}',
        b'{"_name_or_path": "outputs/final"}',
        b'{"_name_or_path": "/home/me/llama"}',
        b'{"_name_or_path": 7}',
        b"[" * 100_000,
        b'{"_name_or_path": "a/b"',
        b"\xff\xfe",
        b'{"_name_or_path": "a/b", "x": "' + b"y" * 300_000 + b'"}',
    ],
)
def test_a_folder_of_the_trainers_disk_is_no_base_model(around: Around, content: bytes) -> None:
    assert around("m/a.safetensors", {"m/config.json": content}).base_models == ()


def test_a_base_that_gguf_names_twice_is_told_once_by_its_address(around: Around) -> None:
    names = ("Llama 3.1 8B", "https://huggingface.co/meta-llama/Llama-3.1-8B", "Other")
    found = around("a.gguf", {}, base_models=names).base_models
    assert [base.name for base in found] == ["https://huggingface.co/meta-llama/Llama-3.1-8B", "Other"]


def test_what_was_merged_is_told_one_by_one(around: Around) -> None:
    found = around("a.safetensors", {}, base_models=("one.safetensors, two.safetensors",)).base_models
    assert [base.name for base in found] == ["one.safetensors", "two.safetensors"]


def test_metadata_names_source_and_data(around: Around) -> None:
    found = around("a.gguf", {}, metadata={"source": "https://huggingface.co/a/b", "datasets": "squad, a/mails"})
    assert found.origins == (Origin("https://huggingface.co/a/b", "a.gguf"),)
    assert found.datasets == (Dataset("squad", "a.gguf"), Dataset("a/mails", "a.gguf"))


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("It was trained on LibriSpeech.", ["LibriSpeech"]),
        ("Pre-trained on the Pile (MIT); see below.", ["the Pile"]),
        ("trained on a single RTX 4090 for two days", []),
        ("trained with LoRA and TRL", []),
        ("trained using the LJSpeech dataset", ["the LJSpeech dataset"]),
        ("fine-tuned on top of Llama", []),
        (
            "This model is a fine-tuned version of [bert](https://huggingface.co/bert) on the squad dataset.",
            ["the squad dataset"],
        ),
        ("This model is a fine-tuned version of [bert](https://huggingface.co/bert) on an unknown dataset.", []),
        ("trained on https://example.org/corpus.tar.", ["https://example.org/corpus.tar"]),
        ("trained on " + "[" * 3000, []),
    ],
)
def test_a_sentence_of_the_card_names_its_data(around: Around, sentence: str, names: list[str]) -> None:
    found = around("m/a.pt", {"m/MODEL_CARD.md": f"# A model\n\n{sentence}\n".encode()})
    assert [dataset.name for dataset in found.datasets] == names


def test_a_recipe_gives_the_address_and_the_digest_beside_it(around: Around) -> None:
    digest = "ab" * 32
    script = f"curl -L \\\n  https://example.org/v1/voice.onnx -o x\necho '{digest}  x' | sha256sum -c\n"
    found = around("m/voice.onnx", {"download_models.sh": script.encode(), "fetch.py": b"https://x.org/other.onnx"})
    assert found.origins == (Origin("https://example.org/v1/voice.onnx", "download_models.sh", 2, sha256=digest),)


def test_two_digests_that_could_be_meant_are_none(around: Around) -> None:
    pkgbuild = f"source=(https://e.org/a.bin\n https://e.org/b.bin)\nsha256sums=({'a' * 64}\n {'b' * 64})\n"
    (origin,) = around("a.bin", {"PKGBUILD": pkgbuild.encode()}).origins
    assert origin.sha256 is None


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("SHA256SUMS", "{digest}  m/voice.onnx"),
        ("m/SHA256SUMS", "{digest} *voice.onnx"),
        ("m/checksums.txt", "SHA256 (voice.onnx) = {digest}"),
        ("m/voice.onnx.sha256", "{digest}"),
        ("m/voice.onnx.sha256", "{digest}  ./voice.onnx"),
    ],
)
def test_a_list_of_digests_names_the_file(around: Around, name: str, line: str) -> None:
    digest = "cd" * 32
    text = f"{'ef' * 32}  other\n{line.format(digest=digest)}\n" if "SUMS" in name else line.format(digest=digest)
    (origin,) = around("m/voice.onnx", {name: text.encode()}).origins
    assert (origin.url, origin.path, origin.sha256) == ("", name, digest)


def test_dvc_writes_down_where_a_file_was_imported_from(around: Around) -> None:
    files = {
        "m/a.pt.dvc": b"deps:\n- path: models/a.pt\n  repo:\n    url: https://github.com/acme/zoo\n    rev_lock: "
        + b"a" * 40
        + b"\nouts:\n- path: a.pt\n",
        "m/b.pt.dvc": b"deps:\n- path: s3://bucket/b.pt\n  etag: x\n",
        "m/c.pt.dvc": b"deps: {a: [}",
    }
    assert around("m/a.pt", files).origins == (
        Origin("https://github.com/acme/zoo", "m/a.pt.dvc", 2, "deps", pinned=True),
    )
    assert around("m/b.pt.dvc", files).origins == (Origin("s3://bucket/b.pt", "m/b.pt.dvc", 2, "deps"),)
    assert around("m/c.pt", files).origins == ()


@pytest.mark.parametrize(
    ("address", "pinned"),
    [
        ("https://huggingface.co/a/b/resolve/main/m.onnx", False),
        ("https://huggingface.co/a/b/resolve/" + "a" * 40 + "/m.onnx", True),
        ("https://huggingface.co/a/b/resolve/v1.0/m.onnx", True),
        ("https://huggingface.co/a/b", False),
        ("https://github.com/a/b/releases/download/v1/m.onnx", True),
        ("https://github.com/a/b/releases/latest/download/m.onnx", False),
        ("https://github.com/a/b/releases/download/latest/m.onnx", False),
        ("https://github.com/a/b/raw/master/m.onnx", False),
        ("https://zenodo.org/records/3766240/files/m.pth", True),
        ("https://tests.stockfishchess.org/api/nn/nn-1111cefa1111.nnue", True),
        ("https://x.org/latest/m.onnx?sha=" + "a" * 40, False),
    ],
)
def test_an_address_is_pinned_where_it_names_one_version(address: str, pinned: bool) -> None:
    assert is_pinned(address) is pinned


def test_a_hubs_other_pages_publish_no_model() -> None:
    assert publishes_models("https://huggingface.co/acme/helpful")
    assert not any(
        publishes_models(f"https://huggingface.co/{page}")
        for page in ("datasets/squad/x", "spaces/a/b", "docs/hub/models", "papers/1234.5678", "acme")
    )


def test_papers_are_gathered_up_to_the_root_with_licence_and_phrases(around: Around) -> None:
    mit = b"MIT License\n\nCopyright (c) 2024 Acme\n\n" + _MIT
    sentence = (
        "Llama 3.1 is licensed under the Llama 3.1 Community License,\nCopyright \u00a9 Meta Platforms, Inc. "
        "All Rights Reserved."
    )
    files = {
        "m/NOTICE.txt": sentence.encode(),
        "m/USE_POLICY.md": b"Do not.",
        "LICENSE": mit,
        "LICENSES/MIT.txt": mit,
        "m/LICENSE-CODE": mit,
        "notices.py": b"x",
        "COPYING": b" ",
    }
    found = around("m/a.pt", files).papers
    assert [(paper.path, paper.kind, paper.license) for paper in found] == [
        ("m/NOTICE.txt", PaperKind.NOTICE, None),
        ("m/USE_POLICY.md", PaperKind.USE_POLICY, None),
        ("LICENSE", PaperKind.LICENSE, "MIT"),
        ("LICENSES/MIT.txt", PaperKind.LICENSE, "MIT"),
    ]
    (phrase,) = found[0].phrases
    assert phrase.startswith("Llama 3.1 is licensed")
    assert found[0].sha256 and len(found[0].sha256) == 64


def test_a_licence_quoted_in_front_matter_displays_nothing(around: Around) -> None:
    card = b"---\nlicense: llama3.1\nextra_gated_prompt: |\n  you shall display Built with Llama\n---\n# A model\n"
    (paper,) = around("a.pt", {"README.md": card}).papers
    assert paper.phrases == ()


@pytest.mark.parametrize(
    ("name", "is_program"),
    [
        ("train.py", True),
        ("scripts_train.sh", True),
        ("train_tokenizer.py", True),
        ("finetune-lora.yaml", True),
        ("training_args.bin", True),
        ("test_train.py", False),
        ("trainer_utils.md", False),
        ("constrain.py", False),
        ("training/run.py", True),
    ],
)
def test_programs_of_the_training_are_known_by_their_names(around: Around, name: str, is_program: bool) -> None:
    assert [one.is_program for one in around("m/a.pt", {name: b"x"}).training] == [True] * is_program


def test_a_section_that_a_template_left_empty_describes_nothing(around: Around) -> None:
    card = b"# A\n## Training Details\n\n[More Information Needed]\n## Uses\n\n[More Information Needed]\n"
    assert around("a.pt", {"MODEL_CARD.md": card}).training == ()


_MIT = b"""Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def test_what_several_kinds_of_places_look_into_is_read_once() -> None:
    files = {
        "README.md": b"# Code\n" + b"x" * 100_000,
        "LICENSE": b"MIT License\n",
        "NOTICE": b"The weights are released under CC-BY-4.0.\n" + b"y" * 100_000,
        "PKGBUILD": b"license=(MIT)\nsource=(https://example.org/adapter.safetensors)\n" + b"#" * 100_000,
        "m/README.md": CARD,
        "m/adapter.safetensors": b"weights",
    }
    tree = MemoryTree(files)
    gather("m/adapter.safetensors", detection(), tree)
    look_around("m/adapter.safetensors", detection(), tree)
    assert sorted(tree.reads) == sorted(files.keys() - {"m/adapter.safetensors"})
