"""Sentences about the licence of weights: what they state, and where they take weights out of another licence.

Read by their wording alone, so they are weak evidence. Only a clause whose subject are weights counts: "the code to run
the model is under MIT" says nothing about the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rules.licenses import normalise

SENTENCE_LIMIT = 600
"""Characters of a sentence that are looked at; sentences of READMEs stay below 300."""

_WORDS_OF_A_NAME = 12
"""Words after which a licence's name has ended: "GNU General Public License, version 3.0 or any later version"."""

_WEIGHTS = (
    r"(?:(?:pre-?trained|trained|fine-?tuned|released|original)\s+)?(?:(?:neural\s+)?(?:models?|networks?)\s+)?"
    r"(?:weights|checkpoints?|parameters|models?|networks?)(?:\s+(?:weights|files?|checkpoints?))?"
)
_WHERE = (
    r"(?:\s+(?:that\s+|which\s+)?(?:we\s+(?:provide|release|publish|share)|(?:are\s+)?(?:provided|released|hosted|contained)))?"
    r"(?:\s+(?:in|of|from|for|on)\s+(?:this|the)\s+(?:repository|repo|project|release|paper|directory|folder|package|page))?"
)
"""Where the weights are that a sentence speaks of."""
_GRANT = re.compile(
    rf"\b(?P<subject>{_WEIGHTS})(?:\s+\([^()]{{1,80}}\))?{_WHERE}"
    r"\s+(?P<verb>is|are)\s+(?:all\s+|also\s+|now\s+|freely\s+)?"
    r"(?:(?:released|licensed|available|distributed|provided|published|shared|made\s+available|offered|open-?sourced)"
    r"\s+(?:by\s+\w{1,30}(?:\s+\w{1,30})?\s+)?)?(?:for\s+[\w\s-]{1,40}\s)?"
    r"(?:(?:under|with|covered\s+by|subject\s+to|governed\s+by)\s+|(?<=licensed\s)(?:as\s+)?)"
    r"(?:the\s+terms\s+of\s+)?(?:the\s+|an?\s+|our\s+)?(?P<name>\S.*)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    rf"^(?:(?:the|our|all)\s+)?(?:{_WEIGHTS}\s+licen[cs]e|licen[cs](?:e|ing)\s+(?:of|for)\s+(?:the\s+|our\s+|all\s+)?{_WEIGHTS}|"
    rf"(?:pre-?trained\s+)?(?:model\s+)?weights)"
    r"(?:\s+\([^()]{1,80}\))?\s*(?::|\||\s[-–—]\s|\bis\b|\bare\b)\s*(?:under\s+)?(?:the\s+)?(?P<name>\S.*)",
    re.IGNORECASE,
)
_ELLIPSIS = re.compile(
    rf"(?:\band|,)\s+(?:(?:the|our|all)\s+)?{_WEIGHTS}\s+under\s+(?:the\s+|an?\s+)?(?P<name>\S.*)", re.IGNORECASE
)
"""The second half of "the code is under MIT and the weights under CC BY-NC 4.0"."""
_RESTRICTION = re.compile(
    rf"\b{_WEIGHTS}{_WHERE}\s+(?:is|are)\s+(?:\w{{1,20}}\s+){{0,3}}(?P<name>(?:for|to)\s+"
    r"(?:(?:non-?commercial|academic|research|personal|educational)\b[\s,/]*(?:and|or)?\s*){1,4}(?:use|purposes?)?\s*only\b)",
    re.IGNORECASE,
)
"""A wish that is no licence, and that a licence of the code must not be read over."""
_REFERENCE = re.compile(
    r"(?:(?:same|following|model|weights?|above|below|respective|their|its|own|custom|separate|this|that|a|an|the)\s+)*"
    r"licen[cs]es?(?:\s+(?:files?|agreements?|terms|below|above))?",
    re.IGNORECASE,
)
"""Words that only point to another place, which is read for itself."""
_OTHER_THINGS = re.compile(
    r"\b(code|scripts?|software|library|implementation|package|app|application|repository|repo|project|data|"
    r"datasets?|docs|documentation|paper|framework|server|demo|licen[cs]es?)\b",
    re.IGNORECASE,
)
_JOINED = re.compile(
    r"(?:\band|&|,|/|\bplus|\bas\s+well\s+as)\s+(?:(?:the|all|our|its|these|any|pre-?trained|trained|associated|released)\s+)*$",
    re.IGNORECASE,
)
_UNSURE = re.compile(r"\b(not|never|unless|if|will|would|may|might|could|should|cannot)\b|n't\b", re.IGNORECASE)
_ASIDE = re.compile(r"\([^()]*\)")
_CLAUSE = re.compile(r";|\bwhile\b|\bwhereas\b|\bbut\b|\bhowever\b", re.IGNORECASE)

_LEFT_OUT = r"(?:except|excluding|other\s+than)"

_EXCLUDED = tuple(
    re.compile("".join(parts), re.IGNORECASE)
    for parts in (
        (  # the licence does not apply to the weights
            r"\b(?:licen[cs]es?|terms|grant|permissions?)\b[^.]{0,80}\b(?:not|n't)\s+",
            r"(?:apply|extend|cover|include|granted|applicable)\b[^.]{0,60}\b",
            _WEIGHTS,
            r"\b",
        ),
        (  # the weights are not covered by the licence
            r"\b",
            _WEIGHTS,
            r"\b[^.]{0,60}\b(?:not|n't)\s+(?:be\s+)?(?:covered|licensed|included|part|subject|under|governed)\b",
            r"[^.]{0,80}\blicen[cs]",
        ),
        (r"\b", _WEIGHTS, r"\b[^.]{0,40}\bexcluded\s+from\b[^.]{0,40}\blicen[cs]"),
        (  # the licence covers only the code, not the weights
            r"\blicen[cs][^.]{0,60}\b(?:only|solely|exclusively)\b[^.]{0,40}\b(?:code|software)\b[^.]{0,40}",
            rf"\b(?:not|{_LEFT_OUT})\b[^.]{{0,40}}\b",
            _WEIGHTS,
            r"\b",
        ),
        (rf"\b{_LEFT_OUT}\s+(?:for\s+)?(?:the\s+|any\s+)?", _WEIGHTS, r"\b[^.]{0,80}\blicen[cs]"),
        (r"\blicen[cs][^.]{0,80}\b", _LEFT_OUT, r"\s+(?:for\s+)?(?:the\s+|any\s+)?", _WEIGHTS, r"\b"),
    )
)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\(([^()\s]{1,300})[^()]{0,100}\)")
_MARKS = re.compile(r"[*_`>#]+|<[^<>]{0,200}>")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[\"'(\[*_`A-Z])")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)]|\|)\s*")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_IN_PARENTHESES = re.compile(r"\(([^()]{2,60})(?:\)|$)")
_TAIL = re.compile(r"[.,;:!?)\]|]+$")
_OF_LICENCE = re.compile(r"licen[cs]e|\bCC[ -]BY|public domain|non-?commercial|research only|separately", re.IGNORECASE)


@dataclass(frozen=True)
class Sentence:
    """One sentence, list item or table row, without its marks of Markdown."""

    text: str
    line: int
    """One-based line on which it begins."""
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Statement:
    """What a sentence states about weights."""

    text: str
    """The licence as named, or the whole sentence of an exclusion."""
    line: int
    excludes: bool = False


def statements_in(text: str, *, first_line: int = 1) -> Iterator[Statement]:
    """Every licence that a text states for weights, and every exclusion of them, in its order."""
    for sentence in sentences(text, first_line):
        if any(pattern.search(sentence.text) for pattern in _EXCLUDED):
            yield Statement(sentence.text, sentence.line, excludes=True)
            continue
        stated = _stated(sentence)
        if stated is not None:
            yield Statement(stated, sentence.line)


def excludes_weights(text: str) -> Iterator[Statement]:
    """The exclusions alone, of `weights` or `checkpoints` by name: for legal texts, which call much a model."""
    for statement in statements_in(text):
        if statement.excludes and re.search(r"\b(weights|checkpoints?)\b", statement.text, re.IGNORECASE):
            yield statement


def sentences(text: str, first_line: int) -> Iterator[Sentence]:
    """The sentences of a text: wrapped lines joined, items of lists and rows of tables apart, code left out."""
    held: list[str] = []
    start = first_line
    in_code = False
    for number, line in enumerate(text.split("\n"), first_line):
        stripped = line.strip()
        if _FENCE.match(line):
            in_code = not in_code
        if in_code or not stripped or _FENCE.match(line) or _ITEM.match(line) or stripped.startswith("#"):
            yield from _of_paragraph(held, start)
            held = []
            if in_code or not stripped or _FENCE.match(line) or stripped.startswith("#"):
                continue
        if not held:
            start = number
        held.append(line[:SENTENCE_LIMIT])
    yield from _of_paragraph(held, start)


def _of_paragraph(lines: list[str], start: int) -> Iterator[Sentence]:
    if not lines:
        return
    paragraph = "\n".join([_ITEM.sub("", lines[0]), *lines[1:]])
    position = 0
    for piece in _SENTENCE_END.split(paragraph):
        begins = paragraph.find(piece, position)
        line = start + paragraph.count("\n", 0, begins)
        position = begins + len(piece)
        links = tuple(link[2] for link in _LINK.finditer(piece))
        plain = " ".join(_MARKS.sub(" ", _LINK.sub(r"\1", piece)).split())
        if plain:
            yield Sentence(plain[:SENTENCE_LIMIT], line, links)


def _stated(sentence: Sentence) -> str | None:
    for clause in _CLAUSE.split(sentence.text):
        said = _granted(clause.strip()) or _labelled(clause.strip())
        if said is not None:
            return _name(said, sentence.links)
        restricted = _RESTRICTION.search(clause)
        if restricted is not None:
            return str(restricted["name"])
    return None


def _granted(clause: str) -> str | None:
    for found in _GRANT.finditer(clause):
        before = clause[: found.start()]
        plural = found["subject"].lower().rstrip().endswith("s")
        joined = _JOINED.search(before) is not None
        if plural is not (found["verb"].lower() == "are") and not joined:
            continue  # "the code for the models is": another word is the subject
        if _OTHER_THINGS.search(before) and not joined:
            continue
        if _UNSURE.search(_ASIDE.sub(" ", clause[: found.start("name")])):
            continue
        return found["name"]
    elliptic = _ELLIPSIS.search(clause)
    return str(elliptic["name"]) if elliptic is not None and not _UNSURE.search(clause) else None


def _labelled(clause: str) -> str | None:
    found = _LABEL.match(clause)
    return found["name"] if found is not None and not _UNSURE.search(found["name"][:40]) else None


def _name(said: str, links: tuple[str, ...]) -> str | None:
    """The licence that is named: the longest known beginning, what stands in parentheses, the link, or the words."""
    words = said.split()[:_WORDS_OF_A_NAME]
    names = [_TAIL.sub("", " ".join(words[:count])).strip() for count in range(len(words), 0, -1)]
    others = [str(found[1]) for found in _IN_PARENTHESES.finditer(" ".join(words))]
    for name in (*filter(None, names), *others, *links):
        if normalise(name).expression is not None:
            return name
    family = next((name for name in filter(None, names) if normalise(name).family is not None), None)
    if family is not None:
        return family
    named = _TAIL.sub("", " ".join(words))
    is_name = _OF_LICENCE.search(named) is not None and _REFERENCE.fullmatch(named) is None
    return named if is_name else None
