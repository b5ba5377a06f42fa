"""Stories about who has looked at weights before they are merged."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rules.facts import Approval, Artifact, MergeRequest
from rules.findings import Finding, Severity
from rules.policy import Policy, PolicyError, load_policy

Find = Callable[..., Finding | None]
Make = Callable[..., Artifact]

ASKED = MergeRequest(
    forge="github", host="forge.example", repository_id="1", repository="owner/name", number=7, title="Add weights",
    author="Ada", url="https://forge.example/7", source_branch="weights", target_branch="main", head="a" * 40,
    base="b" * 40, source_repository_id="1",
)  # fmt: skip


def asking(options: str = "{}", severity: str = "warning") -> Policy:
    return load_policy(
        f"version: 1\nrules: {{review-missing: {{severity: {severity}, options: {options}}}}}".encode(),
        name=".weighbridge.yml",
    )


@pytest.fixture
def told(finding_of: Find, artifact: Make) -> Callable[..., Finding | None]:
    """What the rule says of weights that these people have approved."""

    def say(*approvals: Approval, options: str = "{}") -> Finding | None:
        return finding_of(
            "review-missing", artifact(), policy=asking(options), merge_request=ASKED, approvals=approvals
        )

    return say


def test_nobody_has_looked_yet(told: Callable[..., Finding | None]) -> None:
    finding = told()
    assert finding is not None
    assert finding.path is None
    assert finding.title == "One person has to approve these weights"
    assert "nobody has approved" in finding.why


def test_an_approval_is_enough(told: Callable[..., Finding | None]) -> None:
    assert told(Approval("grace")) is None


@pytest.mark.parametrize("login", ["Ada", "ada"])
def test_the_author_cannot_approve_their_own_weights(told: Callable[..., Finding | None], login: str) -> None:
    assert told(Approval(login)) is not None


def test_one_person_counts_once(told: Callable[..., Finding | None]) -> None:
    finding = told(Approval("grace"), Approval("Grace"), options="{count: 3}")
    assert finding is not None
    assert finding.title == "2 more people have to approve these weights"


def test_an_approval_of_earlier_commits_counts_only_where_the_policy_says_so(
    told: Callable[..., Finding | None],
) -> None:
    before = Approval("grace", current=False)
    finding = told(before)
    assert finding is not None
    assert finding.remedy.steps[-1] == "Ask `grace` to approve again: commits were pushed since."
    assert told(before, options="{stale: true}") is None
    assert told(before, Approval("linus")) is None


@pytest.mark.parametrize(
    ("approval", "counts"),
    [
        (Approval("Grace"), True),
        (Approval("linus"), False),
        (Approval("linus", teams=("distro/science",)), True),
        (Approval("linus", teams=("distro/art",)), False),
        (Approval("distro/science"), True),
    ],
)
def test_only_those_whom_the_policy_names_count(
    told: Callable[..., Finding | None], approval: Approval, counts: bool
) -> None:
    finding = told(approval, options='{from: [grace, "@distro/science"]}')
    assert (finding is None) is counts
    if finding is not None:
        assert "`grace` or `@distro/science`" in finding.remedy.steps[0]


def test_approvals_that_the_forge_did_not_tell_are_a_case_of_their_own(finding_of: Find, artifact: Make) -> None:
    finding = finding_of("review-missing", artifact(), policy=asking(severity="blocking"), merge_request=ASKED)
    assert finding is not None
    assert finding.title == "Who has approved this merge request could not be read"
    gentle = load_policy(
        b"version: 1\nrules: {review-missing: {severity: blocking, cases: {unknown: info}}}", name=".weighbridge.yml"
    )
    finding = finding_of("review-missing", artifact(), policy=gentle, merge_request=ASKED)
    assert finding is not None
    assert finding.severity is Severity.INFO


def test_a_local_range_and_a_change_without_weights_have_no_reviews(finding_of: Find, artifact: Make) -> None:
    assert finding_of("review-missing", artifact(), policy=asking()) is None
    assert finding_of("review-missing", policy=asking(), merge_request=ASKED, approvals=()) is None


def test_the_pack_guix_asks_nobody(finding_of: Find, artifact: Make, guix: Policy) -> None:
    assert finding_of("review-missing", artifact(), merge_request=ASKED, approvals=()) is None
    assert not guix.speaks("review-missing")


@pytest.mark.parametrize("options", ["{count: 0}", "{from: ['']}", "{from: ['two words']}", "{who: [ada]}"])
def test_what_names_nobody_is_an_error_in_the_policy(options: str) -> None:
    with pytest.raises(PolicyError):
        asking(options)
