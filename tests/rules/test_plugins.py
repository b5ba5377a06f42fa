"""Rules that other distributions bring, installed as pip leaves them and judged by a real process."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent / "example_plugin"
ROOT = Path(__file__).parents[2]
RULE = "too-many-parameters"

Install = Callable[..., Path]


def install(target: Path, name: str = "weighbridge-example", **entries: str) -> Path:
    """Put the example into a folder as an installer does: its module, and its metadata with the entry points."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    target.mkdir(exist_ok=True)
    shutil.copy(EXAMPLE / "weighbridge_example.py", target)
    metadata = target / f"{name.replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {project['version']}\n")
    named = entries or project["entry-points"]["weighbridge.rules"]
    lines = "".join(f"{rule.replace('_', '-')} = {module}\n" for rule, module in named.items())
    (metadata / "entry_points.txt").write_text(f"[weighbridge.rules]\n{lines}")
    return target


def python(target: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a process that finds what is installed in a folder."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(target), str(ROOT)))}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=target, env=environment, capture_output=True, text=True, check=False, timeout=60)


def weighbridge(target: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line with what is installed in a folder."""
    return python(target, "-m", "bot.cli.main", *arguments)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose branch brings a model with 1024 parameters."""
    path = tmp_path / "repository"
    path.mkdir()

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=path, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    git("commit", "-q", "--allow-empty", "-m", "Start")
    git("checkout", "-q", "-b", "topic")
    header = json.dumps({"w": {"dtype": "F32", "shape": [1024], "data_offsets": [0, 4096]}}).encode()
    (path / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(4096))
    git("add", "-A")
    git("commit", "-q", "-m", "Add a model")
    return path


def test_an_installed_rule_is_judged_like_ours_and_a_policy_may_speak_of_it(tmp_path: Path, repository: Path) -> None:
    target = install(tmp_path / "installed")
    done = weighbridge(target, "scan", "--repo", str(repository), "--format", "json")
    found = {finding["rule"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert found[RULE]["severity"] == "warning", done.stderr
    assert found[RULE]["title"] == "This model has 1 K parameters; the most is 1 K"

    policy = tmp_path / "policy.yml"
    policy.write_text(f"version: 1\nrules: {{{RULE}: {{severity: info, options: {{most: 2000}}}}}}\n")
    done = weighbridge(target, "scan", "--repo", str(repository), "--format", "json", "--policy", str(policy))
    assert RULE not in {finding["rule"] for finding in json.loads(done.stdout)["findings"]}, done.stderr

    policy.write_text(f"version: 1\nrules: {{{RULE}: {{options: {{moist: 2000}}}}}}\n")
    done = weighbridge(target, "scan", "--repo", str(repository), "--policy", str(policy))
    assert done.returncode == 2
    assert "most" in done.stderr


def test_without_the_distribution_the_rule_is_unknown(tmp_path: Path, repository: Path) -> None:
    (tmp_path / "empty").mkdir()
    policy = tmp_path / "policy.yml"
    policy.write_text(f"version: 1\nrules: {{{RULE}: info}}\n")
    done = weighbridge(tmp_path / "empty", "scan", "--repo", str(repository), "--policy", str(policy))
    assert done.returncode == 2
    assert RULE in done.stderr


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ({"license_missing": "weighbridge_example"}, "has a rule license-missing, and so has Weighbridge itself"),
        ({"Odd Name": "weighbridge_example"}, "an id has small letters, digits and hyphens"),
        ({"gone": "no_such_module"}, "the rule gone of weighbridge-example 1.0 cannot be imported: No module named"),
        ({"part": "weighbridge_example:check_artifact"}, "is no module: write 'weighbridge_example'"),
        ({"other": "json"}, "the rule other of weighbridge-example 1.0 is not usable: json must define check_change"),
    ],
)
def test_a_broken_rule_stops_the_start_and_its_distribution_is_named(
    tmp_path: Path, entries: dict[str, str], complaint: str
) -> None:
    target = install(tmp_path / "installed", **entries)
    code = "from rules.checks import all_checks; all_checks()"
    last = python(target, "-c", code).stderr.splitlines()[-1]
    assert "weighbridge-example 1.0" in last
    assert complaint in last


def test_the_doctor_names_a_broken_rule(tmp_path: Path) -> None:
    done = weighbridge(install(tmp_path / "installed", gone="no_such_module"), "doctor")
    assert done.returncode == 1
    assert "the rule gone of weighbridge-example 1.0 cannot be imported: No module named" in done.stdout


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_no_process_starts_with_a_broken_rule(tmp_path: Path, command: str) -> None:
    done = weighbridge(install(tmp_path / "installed", gone="no_such_module"), command)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "the rule gone of weighbridge-example 1.0 cannot be imported" in done.stderr


def test_nothing_is_judged_while_a_rule_is_broken(tmp_path: Path, repository: Path) -> None:
    target = install(tmp_path / "installed", gone="no_such_module")
    done = weighbridge(target, "scan", "--repo", str(repository))
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "the rule gone of weighbridge-example 1.0 cannot be imported" in done.stderr


def test_the_doctor_tells_where_rules_come_from(tmp_path: Path) -> None:
    done = weighbridge(install(tmp_path / "installed"), "doctor")
    assert "some of them from weighbridge-example 1.0" in done.stdout, done.stderr


def test_two_distributions_with_the_same_rule_are_both_named(tmp_path: Path) -> None:
    target = install(install(tmp_path / "installed"), "weighbridge-another")
    last = python(target, "-c", "from rules.checks import all_checks; all_checks()").stderr.splitlines()[-1]
    assert f"weighbridge-example 1.0 has a rule {RULE}, and so has weighbridge-another 1.0" in last
