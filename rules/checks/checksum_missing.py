"""No checksum guards the weights against substitution.

## What it checks
Weights that come by reference, because their bytes can change while the reference stays the same. The rule tells two
cases apart, which a policy may weigh differently: `pointer`, a pointer that names its object by no digest or by one
that can be forged (DVC's MD5, an ETag, SHA-1), and `origin`, a recipe or program that fetches the weights from an
address and writes down no SHA-256 for them. Weights in git or Git LFS are pinned by these; the address in a model card
is for readers and is not asked for a checksum.

## Why it matters
A copy that is identical bit by bit is what everybody else has looked at. Whoever can write to the server behind an
address without a checksum can hand other weights to some of its users, and nobody notices.

The option `pinned` (default true) lets an address that names one version for ever, such as one with a full commit id,
stand in for a digest.

## Example
`package.py` downloads `https://models.example.org/latest/voice.onnx` and loads it; no digest stands beside the address.

## How to fix
Compute the digest of the file that you looked at, and let the code compare it before it loads the weights:

    sha256sum voice.onnx

Recipes have a field for it (`sha256`, `sha256sums`, `hash`). With DVC, keep the sha256 of the weights in a file beside
them.

## References
- [guix-devel, 11 April 2023, on copies identical bit by bit](https://lists.nongnu.org/archive/html/guix-devel/2023-04/msg00110.html)
- [RFC 6151, security considerations for MD5](https://www.rfc-editor.org/rfc/rfc6151)
- [DVC, `.dvc` files](https://dvc.org/doc/user-guide/project-structure/dvc-files)
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from rules.checks import Problem, RuleOptions, Subject
from rules.checks._words import several, spot
from rules.facts import Artifact, Part, Pointer
from rules.findings import Remedy, Severity
from rules.surroundings import Origin, PaperKind
from rules.text import code, shell_path

SEVERITY = Severity.WARNING

POINTER = "pointer"
ORIGIN = "origin"
CASES = {
    POINTER: "A pointer names its object by no digest, or by one that can be forged.",
    ORIGIN: "The place that fetches the weights writes down no digest of them.",
}

_STRONG = ("sha2", "sha3", "sha5", "skein", "blake", "xet")
"""Beginnings of the digests for which nobody knows a second file: those of Git LFS, Xet (a tree of BLAKE3) and
git-annex ("Backends": SHA2 and SHA3, Skein, BLAKE2)."""
_WITHOUT_DIGEST = frozenset({"", "worm", "url"})
"""Kinds of git-annex's keys that name an object by its size and time, or by its address."""

_NAMED = 3
"""Addresses that the finding names."""
_FOR_READERS = frozenset({PaperKind.MODEL_CARD, PaperKind.README})


class Options(RuleOptions):
    """Whether an address that never changes its meaning is enough."""

    pinned: bool = True


def check_artifact(subject: Subject, options: Options) -> Problem | None:
    """A problem where weights that come by reference are not pinned; the pointer before the origin."""
    artifact = subject.artifact
    weak = [part for part in artifact.files if part.pointer is not None and _is_weak(part.pointer)]
    origins = artifact.surroundings.origins
    if any(origin.sha256 for origin in origins):
        return None
    if weak:
        return _of_pointer(artifact, weak)
    loose = [origin for origin in origins if _fetches(origin, artifact) and not (origin.pinned and options.pinned)]
    return _of_origins(artifact, loose) if loose else None


def _is_weak(pointer: Pointer) -> bool:
    """A broken pointer is no business of this rule: there are no weights yet to pin."""
    return pointer.fault is None and not (pointer.digest and pointer.algorithm.startswith(_STRONG))


def _fetches(origin: Origin, artifact: Artifact) -> bool:
    """False for places that people read, and for the weights' own metadata."""
    surroundings = artifact.surroundings
    for_readers = {paper.path for paper in surroundings.papers if paper.kind in _FOR_READERS}
    return origin.path not in {artifact.path, surroundings.card, *for_readers}


def _of_pointer(artifact: Artifact, weak: Sequence[Part]) -> Problem:
    pointer = weak[0].pointer
    named = pointer is not None and pointer.digest and pointer.algorithm not in _WITHOUT_DIGEST
    name = pointer.algorithm.upper() if pointer is not None and named else ""
    others = f" The same holds of {len(weak) - 1} more of its files." if len(weak) > 1 else ""
    return Problem(
        title=f"The pointer pins these weights by {name} only"
        if name
        else "The pointer names no digest of the weights",
        why="Other weights could take their place while the pointer stays the same: "
        + (f"{name} is not made to withstand somebody who tries.{others}" if name else f"nothing is compared.{others}"),
        remedy=Remedy(
            steps=(
                "Keep the SHA-256 of the weights in a file beside them, and compare it before they are loaded.",
                "Or store the weights with Git LFS, whose pointers are made of it.",
            ),
            commands=_commands(artifact),
        ),
        case=POINTER,
    )


def _of_origins(artifact: Artifact, loose: Sequence[Origin]) -> Problem:
    places = [f"{code(origin.url)} in {spot(origin.path, origin.line)}" for origin in loose]
    digest = f" Of the file in this change it is `{artifact.sha256}`." if artifact.sha256 else ""
    return Problem(
        title="The weights are fetched from an address without a checksum",
        why=f"Whoever controls the address can replace the weights, and nobody notices: {several(places, _NAMED)}.",
        remedy=Remedy(
            steps=(
                f"Write the SHA-256 of the weights beside the address, and compare it before they are loaded.{digest}",
                "Let the address name one version: a release, or a full commit id in place of a branch.",
            )
        ),
        case=ORIGIN,
    )


def _commands(artifact: Artifact) -> tuple[str, ...]:
    """Shell lines that write the digest beside the weights; none where a path is unfit for a shell."""
    path = artifact.pointer.path if artifact.pointer is not None and artifact.pointer.path else artifact.path
    folder, name = posixpath.split(path)
    weights, sums = shell_path(name), shell_path(f"{name}.sha256")
    where = shell_path(folder or ".")
    if weights is None or sums is None or where is None:
        return ()
    return (f"(cd -- {where} && sha256sum -- {weights} > {sums})",)
