"""What the README and docs/policy.md show of the policy language is what the reader reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.policy import command
from rules.policy import load_policy
from rules.policy_file import PolicyFile
from rules.policy_licenses import SELECTOR_WORDS
from rules.policy_tests import run_tests

ROOT = Path(__file__).parents[2]
PAGES = {name: (ROOT / name).read_text("utf-8") for name in ("README.md", "docs/policy.md")}
EXAMPLES = [block for text in PAGES.values() for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_is_a_policy_and_decides_as_it_says(example: str) -> None:
    text = example if example.startswith("version:") else f"version: 1\n{example}"
    policy = load_policy(text.encode(), name="example")
    for result in run_tests(policy):
        assert result.failures == ()


def test_every_key_and_every_word_of_the_licence_lists_is_explained() -> None:
    page = PAGES["docs/policy.md"]
    keys = {field.alias or name for name, field in PolicyFile.model_fields.items()}
    assert [word for word in sorted(keys | SELECTOR_WORDS) if f"`{word}`" not in page] == []


def test_every_command_of_the_page_exists() -> None:
    named = set(re.findall(r"^    weighbridge policy ([a-z]+)", PAGES["docs/policy.md"], re.MULTILINE))
    listed = CliRunner().invoke(command, ["--help"]).stdout.split("Commands:")[1]
    assert named == {line.split()[0] for line in listed.strip().splitlines()} - {"init"}
