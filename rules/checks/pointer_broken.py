"""A pointer does not lead to the weights that it names.

## What it checks
Whether a small file that stands for large weights elsewhere (Git LFS, git-annex, DVC, Xet) is well-formed, whether its
object is there, and whether the object is the one that the pointer names. An object is compared by its length, and by
its digest where it is small enough to be read whole.

## Why it matters
Whoever clones the repository gets a file of a hundred bytes in place of the weights, or weights that nobody has
reviewed. The rule tells two cases apart, which a policy may weigh differently: `broken`, where the pointer is damaged
or nothing is stored for it, and `disagrees`, where something else is stored than it names.

## Example
`models/voice.safetensors` is a Git LFS pointer whose object was never pushed, because the push was made without
git-lfs installed.

## How to fix
Push the objects of the branch, and look at what is stored:

    git lfs install
    git lfs push --all origin HEAD
    git lfs fsck

A damaged pointer is written anew by adding the weights again with the large file storage's own command. Do not edit
pointers by hand.

## References
- [Git LFS, specification of pointers](https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md)
- [git-lfs-fsck](https://github.com/git-lfs/git-lfs/blob/main/docs/man/git-lfs-fsck.adoc)
- [git-annex, pointer files](https://git-annex.branchable.com/internals/pointer_file/)
"""

from __future__ import annotations

from rules.checks import Problem, RuleOptions, Subject
from rules.facts import Pointer
from rules.findings import Remedy, Severity
from rules.text import code

SEVERITY = Severity.WARNING

BROKEN = "broken"
DISAGREES = "disagrees"
CASES = {
    BROKEN: "The pointer is damaged, or nothing is stored for it.",
    DISAGREES: "What is stored for it is not what it names.",
}

_STORES = {"git-lfs": "Git LFS", "git-annex": "git-annex", "dvc": "DVC", "xet": "Xet"}
_REMEDIES = {
    "git-lfs": Remedy(
        steps=("Push the objects with git-lfs installed, and check them.",),
        commands=("git lfs install", "git lfs push --all origin HEAD", "git lfs fsck"),
    ),
    "git-annex": Remedy(
        steps=("Check the content and copy it to the repository that others fetch it from.",),
        commands=("git annex fsck", "git annex copy --to origin"),
    ),
    "dvc": Remedy(steps=("Let DVC write the file anew, and push what it names.",), commands=("dvc commit", "dvc push")),
}
_ANEW = Remedy(
    steps=("Add the weights themselves again, with the large file storage installed: it writes the pointer.",)
)


def check_artifact(subject: Subject, _options: RuleOptions) -> Problem | None:
    """A problem where a pointer of the artifact has a fault."""
    broken = [(part, part.pointer) for part in subject.artifact.files if part.pointer and part.pointer.fault]
    if not broken:
        return None
    part, pointer = next(((part, pointer) for part, pointer in broken if pointer.disagrees), broken[0])
    others = f" The same holds of {len(broken) - 1} more of its files." if len(broken) > 1 else ""
    where = "" if part.path == subject.artifact.path else f"{code(part.path)}: "
    return Problem(
        title=_title(pointer),
        why=f"{_sentence(f'{where}{pointer.fault}')} Whoever clones the repository does not get the weights that were "
        f"meant.{others}",
        remedy=_ANEW if _is_damaged(pointer) else _REMEDIES.get(pointer.kind, _ANEW),
        case=DISAGREES if pointer.disagrees else BROKEN,
    )


def _title(pointer: Pointer) -> str:
    name = f"{_STORES.get(pointer.kind, pointer.kind)} pointer"
    if pointer.disagrees:
        return f"What is stored for the {name} is not what it names"
    return f"The {name} is damaged" if _is_damaged(pointer) else f"The {name} does not lead to any weights"


def _is_damaged(pointer: Pointer) -> bool:
    """True where its own text does not tell what it stands for, so that nothing could be looked up."""
    return not pointer.digest or pointer.size is None


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."
