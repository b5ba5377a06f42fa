"""A policy that cannot be used says where, what and what instead."""

from __future__ import annotations

import pytest

from rules.policy import POLICY_LIMIT, PolicyError, PolicyProblem, load_policy, pack_policy

_WAIVER = "version: 1\nwaivers: [{rule: license-missing,"


def _problems(text: str) -> tuple[PolicyProblem, ...]:
    with pytest.raises(PolicyError) as caught:
        load_policy(text.encode(), name=".weighbridge.yml")
    return caught.value.problems


def test_a_mistyped_key_is_named_with_its_line_and_the_nearest_match() -> None:
    (problem,) = _problems("version: 1\nlicences:\n  accept: [MIT]\n")
    assert problem.line == 2
    assert problem.key == "licences"
    assert "Did you mean `licenses`?" in problem.message
    assert "Allowed: " in problem.message


def test_the_error_reads_like_a_compiler_message() -> None:
    with pytest.raises(PolicyError) as caught:
        load_policy(b"version: 1\nmode: enforced\n", name=".weighbridge.yml")
    assert str(caught.value) == (
        ".weighbridge.yml:2: mode: `enforced` is no allowed value. Did you mean `enforce`? Allowed: enforce, observe."
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('version: "1"', "`1` is a text here; write it without quotes."),
        ("version: true", "`true` is no allowed value. Allowed: 1."),
        ("version: 1\nignore: ['']", "Something is expected here; nothing stands between the quotes."),
        ("version: 1\nscopes: [{paths: ['']}]", "Something is expected here; nothing stands between the quotes."),
        (
            f"{_WAIVER} sha256: zz, reason: the authors were asked, until: 2030-01-01}}]",
            "`zz`: a SHA-256 of 64 hexadecimal digits is expected.",
        ),
        (
            f"{_WAIVER} path: a, reason: the authors were asked, until: 2030-13-01}}]",
            "`2030-13-01`: a day such as 2027-06-30 is expected.",
        ),
        (
            f"{_WAIVER} path: a, reason: they were asked, until: 2030-01-01 10:00:00}}]",
            "`2030-01-01 10:00:00`: a day such as 2027-06-30 is expected.",
        ),
    ],
)
def test_a_value_of_the_wrong_kind_says_what_is_right(text: str, message: str) -> None:
    (problem,) = _problems(text)
    assert problem.message == message


@pytest.mark.parametrize(
    ("word", "identifier"),
    [("Llama 3.1", "LicenseRef-scancode-llama-3.1-license-2024"), ("apache-2", "Apache-2.0"), ("expat", "MIT")],
)
def test_a_licence_by_another_name_is_told_its_identifier(word: str, identifier: str) -> None:
    (problem,) = _problems(f"version: 1\nlicenses: {{accept: ['{word}']}}\n")
    assert problem.message == f"`{word}` is no SPDX identifier; the one of that licence is `{identifier}`."


def test_what_is_wrong_inside_a_list_does_not_hide_the_rest() -> None:
    waiver = "{rule: license-missing, path: a, reason: the authors were asked, until: soon}"
    text = f"version: 1\nrules: {{license-mising: off}}\nlicenses: {{accept: [permisive]}}\nwaivers: [{waiver}]\n"
    assert [problem.line for problem in _problems(text)] == [2, 3, 4]


def test_an_unknown_rule_is_refused_with_the_nearest_one() -> None:
    (problem,) = _problems("version: 1\nrules:\n  license-mising: blocking\n")
    assert (problem.line, problem.key) == (3, "rules.license-mising")
    assert "Did you mean `license-missing`?" in problem.message


def test_an_unknown_pack_is_refused() -> None:
    (problem,) = _problems("version: 1\nextends: giux\n")
    assert (problem.line, problem.key) == (2, "extends")
    assert "Did you mean `guix`?" in problem.message


def test_asking_for_a_pack_that_does_not_exist_is_refused() -> None:
    with pytest.raises(PolicyError, match="Did you mean `guix`"):
        pack_policy("gux")


def test_an_unknown_severity_names_the_four_allowed_ones() -> None:
    (problem,) = _problems("version: 1\nrules:\n  not-in-lfs: error\n")
    assert problem.line == 3
    assert problem.message == "`error` is no allowed value. Allowed: blocking, info, off, warning."


@pytest.mark.parametrize("size", ["50 MiBs", "five", "-3 MiB", "1e9", "true", "[1]"])
def test_a_wrong_size_says_how_sizes_are_written(size: str) -> None:
    text = f"version: 1\nrules:\n  artifact-too-large:\n    options:\n      git: {size}\n"
    (problem,) = _problems(text)
    assert (problem.line, problem.key) == (5, "rules.artifact-too-large.options.git")
    assert "'50 MiB'" in problem.message


def test_a_mistyped_key_of_a_rule_names_the_keys_of_rules() -> None:
    (problem,) = _problems("version: 1\nrules:\n  license-missing:\n    severty: info\n")
    assert (problem.line, problem.key) == (4, "rules.license-missing.severty")
    assert problem.message == (
        "`severty` is no known key. Did you mean `severity`? "
        "Allowed: cases, citation, confidence, criterion, options, severity."
    )


def test_an_unknown_option_names_the_options_of_the_rule() -> None:
    (problem,) = _problems("version: 1\nrules:\n  artifact-too-large:\n    options: {gti: 1 MiB}\n")
    assert problem.message == "`gti` is no known key. Did you mean `git`? Allowed: git, lfs."


def test_an_unknown_case_names_the_cases_of_the_rule() -> None:
    (problem,) = _problems("version: 1\nrules:\n  executes-code-on-load:\n    cases:\n      danger: off\n")
    assert problem.line == 5
    assert "Did you mean `dangerous`?" in problem.message


def test_an_option_for_a_rule_without_options_is_refused() -> None:
    (problem,) = _problems("version: 1\nrules:\n  license-missing:\n    options: {git: 1}\n")
    assert problem.message == "`git` is no known key. None is allowed here."


def test_an_unknown_licence_in_a_list_is_refused_with_the_nearest_word() -> None:
    (problem,) = _problems("version: 1\nlicenses:\n  accept:\n    - MIT\n    - fsf-fre\n")
    assert problem.line == 5
    assert problem.key == "licenses.accept.1"
    assert "Did you mean `fsf-free`?" in problem.message


def test_a_misspelt_spdx_identifier_is_refused_with_the_nearest_one() -> None:
    (problem,) = _problems("version: 1\nlicenses: {accept: [Apche-2.0]}\n")
    assert "Did you mean `Apache-2.0`?" in problem.message


def test_every_problem_is_told_at_once_in_the_order_of_the_file() -> None:
    problems = _problems("version: 1\nlicenses:\n  deny: [no-such]\nrules:\n  nonsense: off\n  other: info\n")
    assert [problem.line for problem in problems] == [3, 5, 6]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "just words",
        "version: 2",
        "version: 1\nrules: [a]",
        "version: 1\nignore: x",
        "version: 1\nlicenses: {accept: MIT}",
        "version: 1\nrules: {license-missing: [1]}",
        "version: 1\nrules: {license-missing: {cases: 3}}",
        "version: 1\nrules: {license-missing: {citation: {title: x, url: 'javascript:alert(1)'}}}",
        "version: 1\n? [a, b]\n: c",
        "version: 1\n1: 2",
        "version: 1\nblock-from: sure",
        "version: 1\nmode: {}",
    ],
)
def test_any_wrong_shape_is_a_problem_and_no_crash(text: str) -> None:
    assert all(problem.message for problem in _problems(text))


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [1, 1]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "version: !!python/object/apply:os.system [id]\n",
        "version: 1\nversion: 1\n",
        "version: 1\n\tmode: enforce\n",
        "version: [" * 500,
    ],
)
def test_hostile_yaml_is_one_problem_of_the_file(text: str) -> None:
    (problem,) = _problems(text)
    assert problem.message


def test_a_file_beyond_the_limit_is_refused_unread() -> None:
    (problem,) = _problems("# " + "x" * POLICY_LIMIT)
    assert problem.message


def test_a_policy_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(PolicyError):
        load_policy(b"version: 1\nmode: \xff\xfe\n", name="p")


def test_only_a_pack_may_carry_the_header_of_a_pack() -> None:
    header = (
        "pack: {title: t, summary: s, status: ours, date: 2026-01-01, source: 'https://e.org', otherwise: {title: t}}"
    )
    (problem,) = _problems(f"version: 1\n{header}\n")
    assert (problem.line, problem.key) == (2, "pack")


def test_hostile_words_of_a_policy_cannot_start_a_line_of_the_error() -> None:
    (problem,) = _problems('version: 1\nmode: "x\\n/merge"\n')
    assert "\n" not in problem.message


def test_mistakes_of_the_schema_and_of_names_are_told_at_once() -> None:
    problems = _problems(
        "version: 1\n"
        "rulez: {}\n"
        "rules:\n"
        "  not-in-lsf: off\n"
        "  license-missing: {severty: info}\n"
        "licenses: {accept: [MTI], deny: nothing}\n"
        "scopes:\n"
        "  - {paths: a, licenses: {accept: [APACHE]}, confidence: sure}\n"
        "waivers: [{rule: nope, path: a, reason: they were asked}, {rule: nope, path: a, until: 2027-01-01}]\n"
    )
    assert [(problem.line, problem.key) for problem in problems] == [
        (2, "rulez"),
        (4, "rules.not-in-lsf"),
        (5, "rules.license-missing.severty"),
        (6, "licenses.accept.0"),
        (6, "licenses.deny"),
        (8, "scopes.0.confidence"),
        (8, "scopes.0.licenses.accept.0"),
        (9, "waivers.0.until"),
        (9, "waivers.1.reason"),
    ]


def test_a_file_of_which_nothing_can_be_read_tells_what_is_wrong_with_that() -> None:
    assert [problem.key for problem in _problems("[]\n")] == [""]
    assert [problem.key for problem in _problems("rules: {nope: off}\n")] == ["rules.nope", "version"]
