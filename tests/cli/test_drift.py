"""Somebody asks by hand what has become of the licences of merged weights."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import logs
from bot.cli.drift import command
from tests.review.yard import APACHE, CARD, MODEL, NON_COMMERCIAL, open_yard


def test_it_tells_what_changed_and_what_could_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logs, "configure", lambda _: None)
    header = json.dumps({"w": {"dtype": "F32", "shape": [1024], "data_offsets": [0, 4096]}}).encode()
    with open_yard(tmp_path, "github") as yard:
        settings = {
            "WEIGHBRIDGE_DATABASE_URL": f"sqlite:///{tmp_path / 'weighbridge.db'}",
            "WEIGHBRIDGE_GITHUB_API_URL": yard.sandbox.github_api_url,
            "WEIGHBRIDGE_GITHUB_TOKEN": yard.token,
        }

        def ask(*arguments: str, **more: str) -> tuple[int, str]:
            done = CliRunner().invoke(command, arguments, env=settings | more)
            return done.exit_code, done.output

        yard.clock[0] = yard.clock[0].replace(year=2020)
        yard.merge({MODEL: struct.pack("<Q", len(header)) + header + bytes(4096), CARD: APACHE})
        assert ask() == (0, "1 same\n")
        assert ask() == (0, "Nothing is due.\n")

        yard.change({CARD: NON_COMMERCIAL})
        status, told = ask("lab/voices")
        assert status == 1
        assert told.startswith(f"changed  lab/voices {MODEL}: The licence changed from `Apache-2.0` to `CC-BY-NC-4.0`")
        assert told.endswith("\n1 changed\n")
        assert [flag.rule for flag in yard.flags()] == ["license-drift"]

        yard.change({CARD: APACHE})
        assert ask("--now", WEIGHBRIDGE_DRIFT_EVERY="off") == (0, "1 same\n")
        assert yard.flags() == []

        assert ask("lab/nothing")[0] == 2
        yard.sandbox.world.delete_repository(yard.repository)
        status, told = ask("--now")
        assert (status, told.splitlines()[-1]) == (2, "1 unknown")
