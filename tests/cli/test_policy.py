"""Policies on the command line: written, checked, shown, explained, tried on examples and on the past."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner, Result

from bot.cli.baseline import command as baseline
from bot.cli.policy import command
from rules.checks import all_checks
from rules.packs import pack_names
from rules.policy import pack_policy
from tests.cli.test_scan import CARD, Checkout, safetensors


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def write(folder: Path, text: str, name: str = ".weighbridge.yml") -> None:
    (folder / name).write_text(f"version: 1\n{text}", "utf-8")


@pytest.mark.parametrize("pack", pack_names())
def test_a_first_policy_is_good_passes_its_examples_and_only_observes(pack: str, folder: Path) -> None:
    assert run("init", "--pack", pack).exit_code == 0
    checked = run("check")
    assert (checked.exit_code, checked.stdout.splitlines()[0]) == (
        0,
        f".weighbridge.yml: good, built on {run_stack(pack)}",
    )
    tested = run("test")
    assert tested.exit_code == 0, tested.stdout
    assert "mode: observe" in run("show").stdout


def run_stack(pack: str) -> str:
    return ", ".join((f"pack {pack}", *pack_policy(pack).origin.stack))


def test_a_policy_that_is_there_is_not_written_over_by_accident(folder: Path) -> None:
    write(folder, "mode: enforce\n")
    refused = run("init")
    assert refused.exit_code == 2
    assert "--force writes over it" in refused.stderr
    assert run("init", "--enforce", "--force").exit_code == 0
    assert "mode: enforce" in (folder / ".weighbridge.yml").read_text("utf-8")


def test_every_mistake_is_told_with_its_line_and_what_is_allowed(folder: Path) -> None:
    write(folder, "rules:\n  not-in-lsf: off\nlicenses:\n  accept: [MTI]\n")
    checked = run("check")
    assert checked.exit_code == 1
    first, second = checked.stderr.splitlines()
    assert first.startswith(
        ".weighbridge.yml:3: rules.not-in-lsf: `not-in-lsf` is no known rule. Did you mean `not-in-"
    )
    assert second.startswith(".weighbridge.yml:5: licenses.accept.0: `MTI` is no SPDX identifier, category or view.")


def test_a_file_that_is_not_there_leads_to_init(folder: Path) -> None:
    missing = run("check")
    assert missing.exit_code == 2
    assert "`weighbridge policy init` writes one" in missing.stderr


def test_check_names_waivers_that_have_ended_and_keys_that_are_locked(folder: Path) -> None:
    write(folder, "locked: [rules.not-in-lfs]\n", "house.yml")
    write(
        folder,
        "rules: {not-in-lfs: off}\n"
        "waivers: [{rule: license-missing, path: a, reason: they were asked, until: 2020-01-31}]\n",
    )
    checked = run("check", "--organisation", "house.yml")
    assert checked.exit_code == 0
    assert "`rules.not-in-lfs` in `.weighbridge.yml` (line 2) is not used" in checked.stdout
    assert ".weighbridge.yml:3: the waiver of license-missing ended on 2020-01-31" in checked.stdout


def test_files_beside_the_policy_can_be_extended_and_none_outside(folder: Path) -> None:
    inner = folder / "repository"
    inner.mkdir()
    write(folder, "rules: {not-in-lfs: off}\n", "outside.yml")
    write(inner, "rules: {not-in-lfs: info}\n", "house.yml")
    write(inner, "extends: house.yml\n")
    assert "not-in-lfs: info  (house.yml, line 2)" in run("show", str(inner / ".weighbridge.yml")).stdout
    write(inner, "extends: ../outside.yml\n")
    refused = run("check", str(inner / ".weighbridge.yml"))
    assert refused.exit_code == 1
    assert "`../outside.yml` is not in this repository" in refused.stderr


def test_explain_says_who_decides_for_a_path_and_how_to_turn_it_down(folder: Path) -> None:
    write(folder, "scopes:\n  - name: vendored\n    paths: third_party/**\n    rules: {license-missing: info}\n")
    told = run("explain", "license-missing", "third_party/a.pt").stdout
    assert "  info\n    because of: .weighbridge.yml." in told
    assert "  .weighbridge.yml, scope vendored, line 5: severity info\n" in told
    assert "rules: {license-missing: info}" in told
    assert "  blocking\n" in run("explain", "license-missing", "models/a.pt").stdout
    wrong = run("explain", "licence-missing", "a.pt")
    assert wrong.exit_code == 2
    assert "Did you mean `license-missing`?" in wrong.stderr


def test_show_as_json_names_the_line_and_criterion_of_every_rule(folder: Path) -> None:
    shown = json.loads(run("show", "pack:guix", "--format", "json").stdout)
    assert set(shown["rules"]) == set(all_checks())
    missing = shown["rules"]["license-missing"]["severity"]["otherwise"]
    assert (missing["is"], missing["source"]) == ("blocking", "pack guix")
    assert missing["line"] > 1


def test_diff_tells_what_is_decided_otherwise(folder: Path) -> None:
    write(
        folder,
        "mode: observe\nlicenses: {accept: [CC-BY-NC-4.0]}\nrules: {artifact-too-large: {options: {git: 1 MiB}}}\n",
    )
    told = run("diff", "pack:guix")
    assert told.exit_code == 1
    assert told.stdout.splitlines() == [
        "- the mode is `observe` instead of `enforce`",
        "- `artifact-too-large`: `git` is `1 MiB` instead of `50 MiB`",
        "- one licence is accepted instead of denied: `CC-BY-NC-4.0`",
    ]
    write(folder, "")
    assert run("diff", "pack:guix").exit_code == 0


def test_the_schema_is_for_editors(folder: Path) -> None:
    assert run("init").exit_code == 0
    document = yaml.safe_load((folder / ".weighbridge.yml").read_text("utf-8"))
    jsonschema.validate(document, json.loads(run("schema").stdout))


def test_examples_that_fail_end_with_one(folder: Path) -> None:
    write(folder, "tests:\n  - {name: bare, given: {path: a.pt}, expect: {outcome: pass}}\n")
    failed = run("test")
    assert failed.exit_code == 1
    assert failed.stdout.startswith(
        "FAILED  .weighbridge.yml:3: bare\n        The outcome is blocked, expected was pass"
    )
    write(folder, "")
    assert "has no examples" in run("test").stdout


@pytest.fixture
def history(tmp_path: Path) -> Checkout:
    """A branch that took in a licensed model and one without a licence, and then a policy."""
    checkout = Checkout(tmp_path / "repository")
    checkout.git("checkout", "-q", "main")
    checkout.commit({"models/README.md": CARD, "models/voice.safetensors": safetensors()})
    checkout.commit({"other/bare.safetensors": safetensors(), "notes.txt": b"x"})
    checkout.commit({"bare/a.safetensors": safetensors().replace(b"w", b"v")})
    checkout.commit({".weighbridge.yml": b"version: 1\nrules: {license-missing: info}\n"})
    return checkout


def test_simulate_judges_the_past_by_a_policy_that_is_not_in_force(history: Checkout, folder: Path) -> None:
    write(folder, "rules: {license-missing: warning}\n", "tried.yml")
    done = run("simulate", "tried.yml", "--repo", str(history.path))
    assert done.exit_code == 0, done.stderr
    assert "pass (was blocked)" in done.stdout
    assert "warning   license-missing `bare/a.safetensors` (was blocking)" in done.stdout
    last = done.stdout.splitlines()[-1]
    assert last == (
        "4 changes, 2 of them with weights: tried.yml would have blocked 0, the policies in force blocked 1."
    )
    told = json.loads(run("simulate", "tried.yml", "--repo", str(history.path), "--format", "json").stdout)
    assert [(step["outcome"], step["outcome_in_force"]) for step in told] == [("pass", "blocked"), ("pass", "pass")]


def test_simulate_says_where_there_is_no_repository(folder: Path) -> None:
    done = run("simulate", "pack:guix", "--repo", str(folder))
    assert done.exit_code == 2
    assert "not a git repository" in done.stderr


def test_a_baseline_leaves_what_was_there_alone_wherever_it_moves(history: Checkout) -> None:
    recorded = CliRunner().invoke(baseline, ["--repo", str(history.path)])
    assert recorded.exit_code == 0, recorded.stderr
    assert recorded.stdout.startswith("Recorded 3 models in 3 files")
    history.commit({})
    history.git("checkout", "-q", "-b", "change")
    history.git("rm", "-q", ".weighbridge.yml")
    content = safetensors().replace(b"w", b"v")
    history.commit({"moved/b.safetensors": content, "new/c.safetensors": safetensors().replace(b"w", b"u")})
    judged = json.loads(history.scan("--base", "main", "--format", "json").stdout)
    assert {finding["path"] for finding in judged["findings"]} == {"new/c.safetensors"}


def test_the_whole_of_a_commit_can_be_judged_and_shows_what_the_baseline_holds(history: Checkout) -> None:
    history.git("rm", "-q", ".weighbridge.yml")
    history.commit({})
    before = json.loads(history.scan("--all", "--format", "json").stdout)
    assert (before["outcome"], len(before["facts"]["artifacts"])) == ("blocked", 3)
    CliRunner().invoke(baseline, ["--repo", str(history.path)])
    history.commit({})
    after = json.loads(history.scan("--all", "--format", "json").stdout)
    assert (after["outcome"], len(after["facts"]["artifacts"]), len(after["known"])) == ("pass", 3, 3)
    assert "3 weight files were here before the policy" in history.scan("--all").stdout
    assert "use it without --base" in history.scan("--all", "--base", "main").stderr
