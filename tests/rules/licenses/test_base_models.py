"""Licences of well-known base models: sure where they answer, silent where not."""

from __future__ import annotations

import re
import time

import pytest

from rules.licenses.base_models import known_model, model_id


@pytest.mark.parametrize(
    ("name", "license_"),
    [
        ("meta-llama/Llama-3.1-8B", "LicenseRef-scancode-llama-3.1-license-2024"),
        ("meta-llama/Meta-Llama-3-8B-Instruct", "LicenseRef-llama-3-community"),
        ("Meta Llama 3 8B", "LicenseRef-llama-3-community"),
        ("https://huggingface.co/meta-llama/Llama-3.2-1B/tree/main", "LicenseRef-scancode-llama-3.2-license-2024"),
        ("hf://google/gemma-2-2b", "LicenseRef-scancode-gemma-tou-2025-03-24"),
        ("google/gemma-4-31B-it", "Apache-2.0"),
        ("Qwen/Qwen2.5-7B", "Apache-2.0"),
        ("Qwen/Qwen2.5-3B-Instruct", "LicenseRef-qwen-research"),
        ("Qwen/Qwen2.5-Coder-3B", "LicenseRef-qwen-research"),
        ("Qwen/Qwen2.5-Coder-32B", "Apache-2.0"),
        ("Qwen/Qwen2.5-72B", "LicenseRef-scancode-qwen-2024"),
        ("qwen/qwen2-72b", "LicenseRef-scancode-tongyi-qianwen-2023"),
        ("mistralai/Mistral-7B-v0.1", "Apache-2.0"),
        ("mistralai/Codestral-22B-v0.1", "LicenseRef-mistral-ai-non-production"),
        ("CompVis/stable-diffusion-v1-4", "LicenseRef-creativeml-openrail-m"),
        ("v1-5-pruned-emaonly.safetensors", "LicenseRef-creativeml-openrail-m"),
        ("sdxl_base_v1-0", "LicenseRef-scancode-bigscience-open-rail-m2"),
        ("black-forest-labs/FLUX.1-dev", "LicenseRef-scancode-flux-1-nc"),
        ("black-forest-labs/FLUX.1-schnell", "Apache-2.0"),
        ("openai/whisper-tiny", "MIT"),
        ("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "LicenseRef-scancode-llama-3.1-license-2024"),
        ("facebook/opt-1.3b", "LicenseRef-opt-175b"),
        ("bert-base-uncased", "Apache-2.0"),
    ],
)
def test_well_known_models_have_their_licence(name: str, license_: str) -> None:
    known = known_model(name)
    assert known is not None
    assert known.license.id == license_
    assert known.source


@pytest.mark.parametrize(
    "name",
    [
        *("", "/", "llama", "acme/my-llama-3.1", "meta-llama", "evil/meta-llama/Llama-3.1-8B", "Qwen/Qwen1.5-4B"),
        *("https://example.org/meta-llama/Llama-3.1-8B", "https://[", "meta-llama/Llama-3.1-8B" + "x" * 400),
        *("./output", "TinyLlamaX/TinyLlama", "google/gemma-2b/../x", "meta-llama/Llama-3.1-8B\n"[:3]),
    ],
)
def test_what_is_not_known_for_sure_is_unknown(name: str) -> None:
    assert known_model(name) is None


def test_an_address_of_the_hub_means_the_model() -> None:
    assert model_id(" https://hf.co/a/b/resolve/main/c.bin ") == "a/b"
    assert model_id("hf://a/b@v1/c") == "a/b"
    assert model_id("https://github.com/a/b") == "https://github.com/a/b"
    assert re.fullmatch(r"[^\n]*", model_id("a/b"))


def test_a_name_made_to_take_long_does_not() -> None:
    start = time.perf_counter()
    for _ in range(20):
        known_model("ibm-granite/granite-" + "b-code-" * 25)
        known_model("lmsys/vicuna-" + "-v1.5" * 35)
    assert time.perf_counter() - start < 1
