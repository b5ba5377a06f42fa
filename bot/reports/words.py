"""Phrases that every report uses, so that the comment, the terminal and the check say the same."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Iterable, Sequence

from rules.facts import Artifact, EvidenceKind, LicenseEvidence, LoadingSafety, NotExamined
from rules.findings import Judgement, Outcome, PolicyOrigin, Severity
from rules.licenses import conclude
from rules.policy import POLICY_PATH, pack_names, pack_policy
from rules.policy_file import PackStatus
from rules.text import code, enumeration, quantity, size

_STANDINGS = {
    PackStatus.POLICY: "",
    PackStatus.ANSWER: "an answer somebody gave, not a written policy",
    PackStatus.OPINION: "one person's opinion, not a decision of that community",
    PackStatus.DRAFT: "a draft, not a decision",
    PackStatus.WITHDRAWN: "a proposal that was withdrawn",
    PackStatus.OURS: "this project's own",
}

_REFERENCE = re.compile(r"([@#!~%&$])(?=[\w{\"])")
_SPECIAL = re.compile(r"([\\*_\[\]<>|])")
_LINK = re.compile(r"\[([^\]]*)\]\((https?://[^)\s]+)\)")
_ESCAPE = re.compile(r"\\([\\*_\[\]<>|])")
_CODE_SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")

_LOADING = {
    LoadingSafety.SAFE: "loading it runs no code",
    LoadingSafety.EXECUTES_CODE: "loading it runs code that the file chooses",
    LoadingSafety.DANGEROUS: "loading it runs a dangerous call",
    LoadingSafety.UNKNOWN: "what loading it runs could not be determined",
}


def stores(kind: str) -> str:
    """A kind of pointer for people: `Git LFS` for `git-lfs`."""
    return {"git-lfs": "Git LFS", "git-annex": "git-annex", "dvc": "DVC"}.get(kind, kind)


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 file`, `3,000 files`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def address(url: str) -> str:
    """A URL that ends no Markdown link early, whatever path it was made from."""
    return urllib.parse.quote(url, safe="/:?#@!$&'*+,;=%~")


def prose(text: str) -> str:
    """A sentence that may quote foreign text, as Markdown on one line that formats, links and mentions nothing.

    Well-formed code spans stay as they are.
    """
    text = " ".join(text.encode("utf-8", "backslashreplace").decode("utf-8").split())
    pieces: list[str] = []
    position = 0
    for span in _CODE_SPAN.finditer(text):
        pieces += [_harmless(text[position : span.start()]), span.group()]
        position = span.end()
    return "".join([*pieces, _harmless(text[position:])])


def _harmless(text: str) -> str:
    text = _SPECIAL.sub(r"\\\1", text.replace("`", "'"))
    return _REFERENCE.sub("\\1\N{WORD JOINER}", text.replace("://", ":\N{WORD JOINER}//"))


def plain(markdown: str) -> str:
    """Markdown of one line as people read it in a terminal: addresses in brackets, escapes undone."""
    return _ESCAPE.sub(r"\1", _LINK.sub(r"\1 (\2)", markdown))


def subject(judgement: Judgement) -> str:
    """What was judged: a merge request, or a change of a local repository."""
    return "merge request" if judgement.facts.merge_request is not None else "change"


def headline(judgement: Judgement) -> str:
    """The outcome in one line of plain text, for a check, a status and a heading."""
    blocking = len(judgement.of(Severity.BLOCKING))
    weights = judgement.facts.artifacts
    if judgement.observed and blocking:
        return f"{counted(blocking, 'problem')} would block; this repository only observes"
    if judgement.outcome is Outcome.BLOCKED:
        return f"{counted(blocking, 'problem')} {'blocks' if blocking == 1 else 'block'} this {subject(judgement)}"
    if judgement.outcome is Outcome.UNDECIDED:
        return f"part of this {subject(judgement)} could not be looked at"
    if not weights and judgement.facts.past:
        return f"model weights only in the history of this {subject(judgement)}"
    if not weights:
        return f"no model weights in this {subject(judgement)}"
    checked = f"{models(weights)} checked, nothing blocks"
    return ", ".join([checked, *_lesser(judgement)])


def tally(judgement: Judgement) -> str:
    """The findings beside the blocking ones, `2 warnings and 1 note`; empty where the headline counts them itself."""
    if judgement.outcome is Outcome.PASS and not judgement.of(Severity.BLOCKING):
        return ""
    return enumeration(_lesser(judgement))


def _lesser(judgement: Judgement) -> list[str]:
    counts = ((len(judgement.of(Severity.WARNING)), "warning"), (len(judgement.of(Severity.INFO)), "note"))
    return [counted(number, word) for number, word in counts if number]


def models(artifacts: Sequence[Artifact]) -> str:
    """How many there are: `2 weight files`, or `2 models in 31 files` where one has several."""
    files = sum(len(artifact.files) for artifact in artifacts)
    if files == len(artifacts):
        return counted(files, "weight file")
    return f"{counted(len(artifacts), 'model')} in {counted(files, 'file')}"


def told_by_name(unopened: int) -> str:
    """What was not opened in a very large change, and why that is enough."""
    were = "was" if unopened == 1 else "were"
    return f"{counted(unopened, 'source or text file')} {were} told by name and compressed size, and not opened"


def volume(artifacts: Iterable[Artifact]) -> str:
    """Size and parameters of all weights together: `4.7 GiB, 8 B parameters`."""
    listed = tuple(artifacts)
    parameters = sum(artifact.detection.parameters or 0 for artifact in listed)
    total = size(sum(artifact.size for artifact in listed))
    return f"{total}, {quantity(parameters)} parameters" if parameters else total


def licence(artifact: Artifact, place: Callable[[LicenseEvidence], str]) -> str:
    """The licence of an artifact as Markdown, with where it was found as `place` writes it."""
    conclusion = conclude(artifact.evidence)
    if conclusion.expression is not None and conclusion.source is not None:
        stated = f"{code(conclusion.expression)} from {place(conclusion.source)}"
        if conclusion.source.kind is EvidenceKind.PROSE:
            return f"probably {stated}, a sentence"
        return f"probably {stated}, which covers the code" if conclusion.only_from_repository else stated
    if conclusion.evidence:
        first = conclusion.evidence[0]
        said = code(first.name) if first.name else code(first.statement)
        return f"not recognised: {said} from {place(first)}"
    return "none found"


def place_name(evidence: LicenseEvidence) -> str:
    """Where a licence is written, for people: a path with its line, or the field inside the weights."""
    if evidence.kind is EvidenceKind.IN_ARTIFACT:
        return f"the file itself ({code(evidence.field)})" if evidence.field else "the file itself"
    if evidence.kind is EvidenceKind.ATTESTATION:
        return "a maintainer's statement"
    return code(evidence.path) + (f" line {evidence.line}" if evidence.line is not None else "")


def loading(artifact: Artifact) -> str:
    """What loading the weights runs, as Markdown."""
    verdict = artifact.detection.loading
    reasons = enumeration([code(reason) for reason in verdict.reasons[:5]])
    return _LOADING[verdict.safety] + (f" ({reasons})" if reasons else "")


def not_looked_at(item: NotExamined) -> str:
    """One line about what was not examined, as Markdown."""
    reason = prose(item.reason)
    return f"{code(item.path)}: {reason}" if item.path else reason


def policy(origin: PolicyOrigin, place: str | None = None) -> str:
    """Which policy ruled, as Markdown; `place` names the branch it was read on."""
    if origin.commit is None and origin.name == f"pack {origin.pack}":
        judged = f"Judged by the pack {_pack(origin.pack)}, which applies where no other policy is set."
    else:
        name = f"[{code(origin.name)}]({address(origin.url)})" if origin.url else code(origin.name)
        # An organisation's policy comes from another repository, where the branch means nothing.
        where = f" on {code(place)}" if place and origin.commit and origin.name == POLICY_PATH else ""
        at = f" at commit `{origin.commit[:12]}`" if origin.commit else ""
        files = [code(file) for file in origin.stack if not file.startswith("pack ")]
        built = enumeration([*files, f"the pack {_pack(origin.pack)}"])
        judged = f"Judged by {name}{where}{at}, built on {built}."
    return " ".join([judged, *(prose(remark) for remark in origin.remarks)])


def _pack(name: str) -> str:
    """A pack with its source and standing: whoever is judged by an opinion must learn that it is one."""
    if name not in pack_names():
        return code(name)
    header = pack_policy(name).pack
    standing = _STANDINGS[header.status]
    return f"[`{name}`]({header.source})" + (f" ({standing})" if standing else "")
