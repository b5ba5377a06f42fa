"""The repository grows faster than the policy wants.

## What it checks
The bytes of weights that merge requests brought to the repository lately, together with those of this change: once for
git, once for Git LFS and other stores beside it. Only a change that adds to a sum is told about it.

## Why it matters
Many changes below the limit for one change fill a repository as well as one above it. Every clone downloads what git
holds, and storage beside git is granted and paid by the month.

The options are `git` (default `1 GiB`) and `lfs` (default `10 GiB`). `off` removes a limit. The days that are counted
are told in the finding. Without a count, as in a local range, the rule is silent.

## Example
Nine changes of the last thirty days brought 950 MiB of checkpoints into git; this one brings 120 MiB more.

## How to fix
Keep only the weights that the code uses, and the others outside the repository: as release assets or at a model hub,
fetched by a URL with a fixed version and a sha256. Weights that follow one another in short order, such as nightly
checkpoints, do not belong into the history.

## References
- [Repository limits (GitHub)](https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits)
- [Git Large File Storage billing (GitHub)](https://docs.github.com/en/billing/concepts/product-billing/git-lfs)
"""

from __future__ import annotations

from collections.abc import Sequence

from rules.checks import Problem, RuleOptions, Subject
from rules.checks._brought import brought, total
from rules.checks._hosting import OUTSIDE
from rules.facts import Growth
from rules.findings import Remedy, Severity
from rules.sizes import Limit
from rules.text import size

SEVERITY = Severity.WARNING

GIT = "git"
LFS = "lfs"
CASES = {
    GIT: "The bytes go into git itself.",
    LFS: "The bytes go into Git LFS or another store beside git.",
}

_SELDOM = "Bring weights less often: commit those that a release uses, not every checkpoint on the way there."


class Options(RuleOptions):
    """Largest sums that pass, in bytes.

    10 GiB is the LFS storage that GitHub includes in its free plan (github/docs, data/variables/large_files.yml:
    `included_storage_free_pro`). 1 GiB is this project's choice: at that pace a repository reaches the 10 GB that
    GitHub recommends as its most in ten such spans (github/docs, repository limits).
    """

    git: Limit = 1024**3
    lfs: Limit = 10 * 1024**3


def check_change(subjects: Sequence[Subject], options: Options) -> Problem | None:
    """A problem where a sum passes its limit with this change; git before LFS where both do."""
    growth = next((subject.growth for subject in subjects), None)
    if growth is None:
        return None
    files = brought(subjects)
    in_git, in_store = total(files.in_git), total(files.in_store)
    if in_git and options.git is not None and growth.in_git + in_git > options.git:
        why = "Every clone downloads all of it from now on, even after it was deleted."
        title = _title(growth, growth.in_git + in_git, "git", options.git)
        return Problem(title, f"{_share(growth.in_git, in_git)} {why}", Remedy((_SELDOM, OUTSIDE)), GIT)
    if in_store and options.lfs is not None and growth.in_lfs + in_store > options.lfs:
        why = "It uses up the storage and transfer that this repository is granted."
        title = _title(growth, growth.in_lfs + in_store, "large file storage", options.lfs)
        return Problem(title, f"{_share(growth.in_lfs, in_store)} {why}", Remedy((_SELDOM, OUTSIDE)), LFS)
    return None


def _title(growth: Growth, count: int, store: str, limit: int) -> str:
    span = "the last day" if growth.days == 1 else f"{growth.days} days"
    return f"With this change {size(count)} of weights go into {store} in {span}; the limit is {size(limit)}"


def _share(before: int, now: int) -> str:
    return f"Merge requests before it brought {size(before)}, this one brings {size(now)}."
