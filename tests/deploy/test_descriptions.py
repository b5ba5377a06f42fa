"""The files in deploy/ are accepted by the tools that own their formats."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import compose_spec
import pytest
import yaml
from click.testing import CliRunner

from bot.cli.main import main

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE_FILES = sorted(DEPLOY.glob("compose*.yaml"))


def test_the_containerfile_has_nothing_to_complain_of() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    run = subprocess.run([hadolint, DEPLOY / "Containerfile"], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "")


@pytest.mark.parametrize("path", COMPOSE_FILES, ids=lambda path: path.name)
def test_a_compose_file_keeps_to_the_specification(path: Path) -> None:
    # YAML merge keys are resolved first, as compose itself does.
    compose_spec.PyCompose.from_yaml(json.dumps(yaml.safe_load(path.read_text()))).validate()


def test_the_validator_would_notice_a_misspelt_key() -> None:
    with pytest.raises(ValueError, match="imagee"):
        compose_spec.PyCompose.from_yaml('{"services": {"a": {"imagee": "x"}}}')


@pytest.mark.parametrize("path", COMPOSE_FILES, ids=lambda path: path.name)
def test_what_a_compose_file_starts_is_a_subcommand_with_these_options(path: Path) -> None:
    services = yaml.safe_load(path.read_text())["services"].values()
    for command in [service.get("command", ["serve"]) for service in services if "weighbridge" in service["image"]]:
        assert CliRunner().invoke(main, [*command, "--help"]).exit_code == 0, command


def test_every_worker_of_a_compose_file_has_an_id_of_its_own() -> None:
    services = yaml.safe_load((DEPLOY / "compose.postgres.yaml").read_text())["services"]
    identities = [
        service["environment"]["WEIGHBRIDGE_WORKER_ID"]
        for service in services.values()
        if service.get("command") == ["worker"]
    ]
    assert len(identities) == len(set(identities)) == 2


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_is_accepted_by_systemd_and_hardened(path: Path, tmp_path: Path) -> None:
    # systemd looks whether the program is there; on the machine of the tests it lies elsewhere.
    unit = tmp_path / path.name.replace("@", "@1")
    unit.write_text(path.read_text().replace("/opt/weighbridge/bin/weighbridge", shutil.which("true") or "/bin/true"))
    verify = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (verify.returncode, verify.stderr) == (0, "")
    security = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert security.returncode == 0, security.stdout
