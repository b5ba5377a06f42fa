"""Somebody has warned of exactly these weights.

## What it checks
Whether the SHA-256 of a weight file stands in a list of known bad artifacts: the lists and feeds in OSV format that the
operator of the bot gives (`WEIGHBRIDGE_ADVISORIES`, or `weighbridge scan --advisories`), and the policy's own. All the
files of a model are looked up, and of a Git LFS pointer the digest that it names; so are weights that a commit of the
merge request brings and a later one takes away, for its history keeps them. Files outside Git LFS that are too
large to be read whole (32 MiB on a forge, 1 GiB in a local repository) have no digest here and are not found.

## Why it matters
The digest is the same, so it is the same file: a backdoored checkpoint stays one under any name and in any repository,
and however unsure the detector is that it is one (`block-from` does not count here).
A file that differs in a single bit is another one and is not found, so silence is no proof of anything.

The option `digests` maps a SHA-256 to the reason why it is refused.

## Example
`models/detector.pt` has the digest of a checkpoint that was withdrawn because it opens a shell when it is loaded.

## How to fix
Take the file out of the branch, and out of its history too, and use a version that the authors published since. If the
warning is wrong, ask the list that published it to withdraw it.

## References
- [Open Source Vulnerability format](https://ossf.github.io/osv-schema/)
- [Package URL, qualifiers](https://github.com/package-url/purl-spec/blob/main/PURL-SPECIFICATION.rst)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from rules.checks import Problem, RuleOptions, Subject
from rules.facts import Artifact, Part
from rules.findings import Remedy, Severity
from rules.surroundings import Advisory
from rules.text import code

SEVERITY = Severity.BLOCKING

_SQUASH = (
    "Or ask a maintainer to waive this finding and to squash the merge request when it is merged: only its last state "
    "goes into the history then."
)
_WITHDRAW = "If the warning is wrong, ask whoever published it to withdraw it."
_NAMED = 3
"""Advisories that the finding names."""
_SUMMARY = 300
"""Characters of a summary that are shown."""
_ADDRESS = re.compile(r"https://[^\s<>()\"`\\]{1,500}")


def _sha256(written: str) -> str:
    if not re.fullmatch(r"[0-9A-Fa-f]{64}", written):
        raise ValueError("write a SHA-256 as 64 hexadecimal digits")
    return written.lower()


class Options(RuleOptions):
    """What the policy itself refuses."""

    digests: Mapping[Annotated[str, AfterValidator(_sha256)], Annotated[str, Field(min_length=1, max_length=500)]] = {}


def check_artifact(subject: Subject, options: Options) -> Problem | None:
    """A problem where an advisory speaks of one of the artifact's files."""
    told = _told(subject.artifact, options)
    if told is None:
        return None
    return Problem(
        title="These weights are known to be bad",
        why=told,
        remedy=Remedy(
            steps=(
                "Take the file out of the branch, and rewrite or squash the branch so that its history loses it too.",
                "Use a version that the authors published since, or other weights.",
                _WITHDRAW,
            )
        ),
        is_exact=True,
    )


def check_past(artifact: Artifact, options: Options) -> Problem | None:
    """The same where the change has taken the file away again and its history keeps it."""
    told = _told(artifact, options)
    if told is None:
        return None
    commit = f" Commit `{artifact.commit[:12]}` brings them." if artifact.commit else ""
    return Problem(
        title="Weights that are known to be bad stay in the history",
        why=f"{told}{commit} Whoever clones the repository after the merge gets them, though no file shows them.",
        remedy=Remedy(
            steps=(
                "Rewrite the branch without the commit that brings them, and push it again.",
                _SQUASH,
                _WITHDRAW,
            )
        ),
        is_exact=True,
    )


def _told(artifact: Artifact, options: Options) -> str | None:
    """Who warns of it, None where nobody does."""
    warnings = [*_from_policy(artifact, options), *map(_words, artifact.advisories)]
    if not warnings:
        return None
    more = f" {len(warnings) - _NAMED} more speak of it." if len(warnings) > _NAMED else ""
    return f"Their digest is the one that somebody warns of. {' '.join(warnings[:_NAMED])}{more}"


def _from_policy(artifact: Artifact, options: Options) -> Iterator[str]:
    for part in artifact.files if options.digests else ():
        reason = options.digests.get(_digest(part) or "")
        if reason is not None:
            where = "" if part.path == artifact.path else f" of {code(part.path)}"
            yield f"The policy{where}: {code(reason, _SUMMARY)}."


def _digest(part: Part) -> str | None:
    if part.sha256:
        return part.sha256.lower()
    pointer = part.pointer
    return pointer.digest.lower() if pointer is not None and pointer.algorithm == "sha256" else None


def _words(advisory: Advisory) -> str:
    named = code(advisory.id, 80)
    if advisory.url and _ADDRESS.fullmatch(advisory.url):
        named = f"[{named}]({advisory.url})"
    source = f" ({code(advisory.source, 80)})" if advisory.source else ""
    return f"{named}{source}: {code(advisory.summary, _SUMMARY)}."
