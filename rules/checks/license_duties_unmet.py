"""Something is missing that the licence asks for.

## What it checks
Whether what the licence of the weights asks of those who pass them on is there: a copy of the licence, the sentence of
a NOTICE file, a phrase such as "Built with Llama" for readers, the beginning of a derived model's name, a statement
that the weights were changed, the names of the authors. Licences of well-known base models are asked as well. Looked
through are the weights' directory, those above it up to the root, and `LICENSES/`. Only licences whose text was read
for this are asked; where a licence offers a choice, the side with the least missing counts.

## Why it matters
The permission to share weights holds as long as these conditions are kept, and most are a line of text. The rule tells
two cases apart, which a policy may weigh differently: `text`, where nothing but a copy of the licence is missing, and
`terms`, where more is.

## Example
`models/chat.gguf` is under the Llama 3.1 Community License. A copy of it lies beside it, but there is no NOTICE, and
no page that says "Built with Llama".

## How to fix
Add what the finding lists; for sentences it gives the commands. A page of the project that is not in the repository can
hold the phrase as well: then say so to a maintainer, for the bot does not see it.

## References
- [Llama 3.1 Community License Agreement, section 1.b](https://www.llama.com/llama3_1/license/)
- [Apache License 2.0, section 4](https://www.apache.org/licenses/LICENSE-2.0#redistribution)
- [What licences of models ask for, and how often it is missing (arXiv 2602.08816)](https://arxiv.org/abs/2602.08816)
"""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rules.checks import Problem, RuleOptions, Subject
from rules.checks._words import card_path, license_name
from rules.findings import Remedy, Severity
from rules.licenses import License, find_license, normalise
from rules.licenses.base_models import known_model
from rules.licenses.duties import Duties, choices, duties_of
from rules.surroundings import Paper, PaperKind
from rules.text import code, enumeration, shell_path

SEVERITY = Severity.WARNING

TEXT = "text"
TERMS = "terms"
CASES = {
    TEXT: "Nothing but a copy of the licence is missing.",
    TERMS: "A notice, a phrase for readers, a name, a statement of changes or the authors' names are missing.",
}

_NOTICES = frozenset({PaperKind.NOTICE})
_READ = frozenset({PaperKind.MODEL_CARD, PaperKind.README, PaperKind.NOTICE})
"""Papers in which a phrase is shown to readers; a licence that quotes it shows nothing."""
_TOLD = frozenset({PaperKind.MODEL_CARD, PaperKind.NOTICE})
"""Papers that tell where weights come from."""
_VERSION_OPEN = re.compile(r"-(only|or-later)$")
_SAME_NAME = re.compile(r"[\W_]+")
_GENERAL = re.compile(
    r"(pytorch|adapter|diffusion)?[-_]?(models?|weights|checkpoints?|consolidated|ggml|data|final|last|best)?"
)
"""Names that say nothing of a model: `model`, `adapter_model`, `weights`, none at all."""
_FREE_TEXTS = re.compile(r"(?!LicenseRef-)[A-Za-z0-9.+-]+")


@dataclass(frozen=True)
class _Missing:
    """One thing that is not there."""

    what: str
    """As the end of "Missing: "."""
    step: str
    commands: tuple[str, ...] = ()
    is_text: bool = False


def check_artifact(subject: Subject, _options: RuleOptions) -> Problem | None:
    """A problem that lists what is missing, with the way to add each."""
    expression = subject.conclusion.expression
    bases = _bases(subject)
    missing = _least_missing(subject, expression, bases) if expression else []
    for base in bases:
        missing += _missing(subject, base, derived=True)
    if len(missing) > 1:
        missing = list(dict.fromkeys(missing))
    if not missing:
        return None
    missing.sort(key=lambda one: not one.commands)
    listed = [one.what for one in missing]
    return Problem(
        title="Missing what the licence asks for: " + enumeration(listed)
        if len(listed) < 3
        else f"{len(listed)} things are missing that the licence asks for",
        why=f"{_grounds(listed)} The permission to share the weights rests on these conditions.",
        remedy=Remedy(
            steps=tuple(one.step for one in missing),
            commands=tuple(command for one in missing for command in one.commands),
        ),
        case=TEXT if all(one.is_text for one in missing) else TERMS,
        by_absence=True,
    )


def _grounds(listed: Sequence[str]) -> str:
    if len(listed) < 3:
        return "Looked for beside the weights, in the directories above them and in `LICENSES/`."
    return f"Missing are {enumeration(listed)}."


def _least_missing(subject: Subject, expression: str, bases: Sequence[License]) -> list[_Missing]:
    """What is missing for that choice among the stated licences of which the least is."""
    sides = choices(expression)
    if len(sides) == 1:
        return _of_side(subject, sides[0], bases)
    return min((_of_side(subject, side, bases) for side in sides), key=len, default=[])


def _of_side(subject: Subject, identifiers: Sequence[str], bases: Sequence[License]) -> list[_Missing]:
    """What is missing for licences that hold together; what the bases ask for is counted by itself."""
    missing: list[_Missing] = []
    for license_ in map(find_license, identifiers):
        if license_ is not None and license_ not in bases:
            missing += _missing(subject, license_, derived=bool(subject.artifact.surroundings.base_models))
    return missing


def _bases(subject: Subject) -> Sequence[License]:
    models = subject.artifact.surroundings.base_models
    if not models:
        return ()
    known = (known_model(base.name) for base in models)
    return list(dict.fromkeys(model.license for model in known if model is not None))


def _missing(subject: Subject, license_: License, *, derived: bool) -> Iterator[_Missing]:
    duties = duties_of(license_.id)
    if duties is None:
        return
    papers = subject.artifact.surroundings.papers
    has_text = (duties.text or duties.attribution) and _has_text(subject, license_)
    if duties.text and not has_text:
        yield _text(subject, license_, duties)
    if duties.notice and not _holds(papers, duties.notice, _NOTICES):
        yield _notice(subject, duties.notice)
    owes_display = bool(duties.displays) and (derived or not duties.display_for_derived)
    if owes_display and not any(_holds(papers, phrase, _READ) for phrase in duties.displays):
        yield _display(subject, duties.displays)
    if derived and duties.prefix and not _is_quantised(subject) and not _is_named(subject, duties.prefix):
        yield _name(duties.prefix)
    told = any(paper.kind in _TOLD for paper in papers)
    if derived and duties.changes and not told:
        yield _Missing(
            "a statement that the weights were changed",
            f"Say in {code(card_path(subject.artifact.path))} which model these weights are made from, and how.",
        )
    if duties.attribution and not told and not has_text:
        yield _Missing(
            "the names of the authors",
            f"Name the authors in {code(card_path(subject.artifact.path))}, with {license_name(license_)} "
            "and what was changed.",
        )


def _has_text(subject: Subject, license_: License) -> bool:
    wanted = _VERSION_OPEN.sub("", license_.id)
    held = [paper.license for paper in subject.artifact.surroundings.papers if paper.license]
    held += [one.statement for one in subject.artifact.evidence if one.text_digest is not None]
    if not held:
        return False
    found = (license_.id for text in held for license_ in normalise(text).licenses)
    return any(_VERSION_OPEN.sub("", identifier) == wanted for identifier in found)


def _holds(papers: Sequence[Paper], phrase: str, kinds: frozenset[PaperKind]) -> bool:
    return any(phrase in paper.phrases for paper in papers if paper.kind in kinds)


def _is_quantised(subject: Subject) -> bool:
    relations = {base.relation for base in subject.artifact.surroundings.base_models}
    return relations == {"quantized"}


def _is_named(subject: Subject, prefix: str) -> bool:
    """Whether the file, its directory or the name in its metadata begins as it should, if any of them is a name."""
    artifact = subject.artifact
    directory, file = posixpath.split(artifact.path)
    given = (file.partition(".")[0], posixpath.basename(directory), artifact.detection.metadata.get("name", ""))
    names = [name.lower() for name in given if not _GENERAL.fullmatch(name.lower())]
    wanted = _SAME_NAME.sub("", prefix).lower()
    return not names or any(_SAME_NAME.sub("", name).startswith(wanted) for name in names)


def _text(subject: Subject, license_: License, duties: Duties) -> _Missing:
    papers = subject.artifact.surroundings.papers
    others = (paper.path for paper in papers if paper.kind is PaperKind.LICENSE and paper.license is None)
    return _copy(license_, duties.restrictions, subject.artifact.path.rpartition("/")[0], next(others, None))


@functools.lru_cache(maxsize=1024)
def _copy(license_: License, restrictions: str | None, directory: str, unread: str | None) -> _Missing:
    """The text of a licence for the weights of a directory; `unread` is a licence there that is not known."""
    other = f" {code(unread)} is not recognised as that text." if unread is not None else ""
    duty = f" Its {restrictions} bind those who get the weights from you, too." if restrictions else ""
    name = license_name(license_)
    if _FREE_TEXTS.fullmatch(license_.id):
        commands = (f"reuse download {license_.id}", f"git add -- LICENSES/{license_.id}.txt")
        return _Missing(
            f"a copy of {name}", f"Add the text of {name} to `LICENSES/`.{other}{duty}", commands, is_text=True
        )
    where = code(posixpath.join(directory, "LICENSE"))
    return _Missing(f"a copy of {name}", f"Add the text of {name} as {where}.{other}{duty}", is_text=True)


def _notice(subject: Subject, sentence: str) -> _Missing:
    where = _nearest(subject, PaperKind.NOTICE) or posixpath.join(subject.artifact.path.rpartition("/")[0], "NOTICE")
    return _Missing(
        "the sentence of the NOTICE file",
        f"Write into {code(where)}: {code(sentence, 400)}",
        _append(sentence, where),
    )


def _display(subject: Subject, phrases: Sequence[str]) -> _Missing:
    where = (
        _nearest(subject, PaperKind.MODEL_CARD)
        or _nearest(subject, PaperKind.README)
        or card_path(subject.artifact.path)
    )
    named = enumeration([f"“{phrase}”" for phrase in phrases], "or")
    return _Missing(
        f"the words {named} for readers", f"Write {named} into {code(where)}.", _append(phrases[0], where, blank=True)
    )


def _name(prefix: str) -> _Missing:
    return _Missing(
        f"a name that begins with “{prefix}”",
        f"Let the name of the model, its file or its directory, begin with “{prefix}”: it is made from such a model.",
    )


def _nearest(subject: Subject, kind: PaperKind) -> str | None:
    return next((paper.path for paper in subject.artifact.surroundings.papers if paper.kind is kind), None)


@functools.lru_cache(maxsize=1024)
def _append(sentence: str, where: str, *, blank: bool = False) -> tuple[str, ...]:
    """Shell lines that add a line to a file; none where its path is unfit for a shell."""
    quoted, path = shell_path(sentence), shell_path(where)
    if quoted is None or path is None:
        return ()
    form = "'\\n%s\\n'" if blank else "'%s\\n'"
    return (f"printf {form} {quoted} >> {path}", f"git add -- {path}")
