"""What is written down is what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.main import main
from bot.documentation import pages
from bot.settings import Settings
from rules.policy import load_policy

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_page_made_from_the_code_is_current(name: str) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == pages()[name], "run `make docs`"


def test_the_policy_in_the_readme_is_taken_as_it_stands() -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    policy = load_policy(example.encode(), name="README.md")
    assert policy.ignores("tests/data/model.onnx")


def test_every_subcommand_and_setting_the_readme_names_exists() -> None:
    for subcommand in set(re.findall(r"(?:`|bin/)weighbridge (\w+)", README)):
        assert CliRunner().invoke(main, [subcommand, "--help"]).exit_code == 0, subcommand
    for setting in set(re.findall(r"WEIGHBRIDGE_([A-Z_]+)", README)):
        assert setting.lower() in Settings.model_fields, setting


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "deploy/README.md", "docs/decisions/README.md"])
def test_no_link_within_the_project_leads_nowhere(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (ROOT / page).parent.joinpath(target).exists(), target
    for path in re.findall(r"`((?:bot|rules|tests|deploy|docs)/[\w./-]+)`", text):
        if "my_rule" not in path:
            assert (ROOT / path).exists(), path


def test_nothing_that_is_committed_names_this_machine_or_a_package_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout
    forbidden = re.compile(rb"pypi\.org|files\.pythonhosted|registry\.npmjs|/work/main|\.library")
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        if path.is_file() and path.name != "test_documentation.py":
            assert not forbidden.search(path.read_bytes()), name


def test_the_program_tells_its_version_and_its_subcommands() -> None:
    done = subprocess.run([sys.executable, "-m", "bot.cli.main", "--help"], capture_output=True, text=True, check=True)
    for subcommand in ("demo", "doctor", "inspect", "scan", "serve", "worker"):
        assert re.search(rf"^  {subcommand} ", done.stdout, re.MULTILINE)
