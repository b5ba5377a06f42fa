"""Which licence a text is. Right where it answers: a text that says anything more or anything else is not identified.

A text whose words are those of a published one, all of them and no other, is that licence (`rules.licenses.known`).
For the others, which name their authors or leave a part out, the words are compared by `licenseclassifier`, whose
templates come from the SPDX list. It reports which part of a text a template covers; the rest may only be what says
nothing about terms: copyright notices, titles, rulers, SPDX tags, and the appendices of a few licences. So an MIT text
with "not for commercial use" below it is no MIT text.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources

from licenseclassifier import LicenseIdentificationResult, identify_license

from rules.licenses.known import license_with_words, same_terms_words
from rules.licenses.normalise import normalise, same_terms
from rules.safe_yaml import load

TEXT_LIMIT = 128 * 1024
"""Characters of a text that is compared; the longest licence of the SPDX list has 53,000."""

_TAG = re.compile(r"SPDX-License-Identifier:[ \t]*(?P<expression>[^\r\n]*)", re.IGNORECASE)
_TAG_END = re.compile(r"\s*(\*/|-->|\]\]|--\}\}|#\})?\s*$")

_COPYRIGHT = re.compile(r"^\W*(portions |\d{4}[\d ,-]*)?(copyright|\(c\)|©|&copy;)", re.IGNORECASE)
_COPYRIGHT_WORDS = 25
_CONTINUED_WORDS = 12
"""Words of a copyright notice, and of a line that carries it on; names of institutions are long."""

_TERMS = re.compile(
    r"\b((non)?commercial\w*|research|only|not|no|non|except\w*|restrict\w*|prohibit\w*|permi\w+|use|used|uses|using|subject|"
    r"without|grant\w*|licen[sc]e\w*|provided|condition\w*|terms?|redistribut\w*|weights|academic|personal|must|may|"
    r"evaluation|purposes?|internal|forbidden|confidential|proprietary|limited to)\b",
    re.IGNORECASE,
)
"""Words that a copyright notice does not need; a notice that has one may hold a term."""

_LOWER_CASE_NAMES = 2
"""Some people and companies write themselves in lower case; two such words make no sentence."""
_PLAIN_WORD = re.compile(r"(?<![\w@.:/-])[^\W\d_]+(?![\w@:/])")
_BEYOND_LATIN = "\u024f"
"""The last letter of the Latin scripts that names in notices are read in (Unicode block Latin Extended-B). The
comparison passes over other scripts, so a sentence in Chinese or Russian must not go unnoticed."""
_JOINING = frozenset(
    {
        *("copyright", "c", "all", "rights", "reserved", "present", "et", "al", "its", "other", "others"),
        *("and", "of", "the", "by", "for", "in", "at", "to", "de", "la", "von", "van", "der"),
        *("author", "authors", "contributor", "contributors", "holder", "holders", "owner", "owners"),
        *("affiliates", "team", "project", "developers", "respective", "see", "file"),
    }
)
"""Words in lower case that notices are made of beside names."""

_RESERVED = re.compile(r"^\W*all rights reserved\W*$", re.IGNORECASE)
_HEADING = re.compile(
    r"^\W*((the )?(software |public )?(licen[sc]e|copyright|copying)( agreement| notice| text)?|"
    r"lizenz|licencia|licença|licenza|licentie|licens|lisans|lisensi|лицензия|许可证|许可协议|授权协议|ライセンス|라이선스)\W*$",
    re.IGNORECASE,
)
"""A heading that says that a licence follows, in the languages of many models' authors."""
_RULER = re.compile(r"^={20,}[ \t]*\r?$", re.MULTILINE)
_WORD = re.compile(r"[^\W_]+(?:(?<=\d)\.\d+)*\+*")

_POINTS = frozenset({*"abcdefghijklmnopqrstuvwxyz", "ii", "iii", "iv", "vi", "vii", "viii", "ix"})
"""Letters and numerals of points, which copies of a text often leave out. No term is made of them alone."""

_APPENDICES = frozenset(
    {
        "2e744fc57248b7fd",  # Creative Commons 4.0: "Using Creative Commons Public Licenses"
        "4c47952faa45e4f5",  # Creative Commons 4.0: "Creative Commons is not a party to its public licenses"
    }
)
"""Digests of the words of what licences carry below their terms or above them, as published."""


@dataclass(frozen=True)
class _ModelText:
    id: str
    opens: str
    says: str


def identify_text(text: str) -> str | None:
    """The SPDX identifier of the licence that the whole text is, None where it is none or more than one.

    Texts of the GNU licences give the version without saying whether a later one may be chosen: `GPL-3.0`.
    """
    if len(text) > TEXT_LIMIT:
        return None
    if (whole := license_with_words(words_digest(text))) is not None:
        return whole
    body, titles = _without_head(text)
    if text_words(body):
        found = license_with_words(words_digest(body)) or _model_license(body, titles) or _listed_license(body)
    else:
        found = _named(titles)
    if found is None:
        return None
    meaning = normalise(found).expression
    said = [normalise(title).expression for title in titles]
    if meaning is None or not all(expression and same_terms(expression, meaning) for expression in said):
        return None
    return found


def _named(titles: Sequence[str]) -> str | None:
    """The licence of a file that only names it."""
    return normalise(titles[0]).expression if titles else None


def spdx_tags(text: str) -> Iterator[tuple[int, str]]:
    """Each `SPDX-License-Identifier` of a text with its one-based line."""
    for number, line in enumerate(text.splitlines(), start=1):
        if (tag := _TAG.search(line)) is not None:
            yield number, _TAG_END.sub("", tag["expression"])


def _without_head(text: str) -> tuple[str, list[str]]:
    """The text from its first line of terms on, and the names of licences that stood above it."""
    titles: list[str] = []
    lines = _without_appendices(text.removeprefix("\ufeff")).splitlines(keepends=True)
    in_notice = False
    for index, line in enumerate(lines):
        title = _title(line)
        if title is not None:
            titles.append(title)
        in_notice = _is_copyright(line, _COPYRIGHT_WORDS) or (in_notice and _is_continued(line))
        if title is None and not in_notice and not _is_silent(line):
            return "".join(lines[index:]), titles
    return "", titles


def _without_appendices(text: str) -> str:
    """The text without published appendices that stand between rulers."""
    return "\n".join(block for block in _RULER.split(text) if _digest(block) not in _APPENDICES)


def _title(line: str) -> str | None:
    """The licence that a line is the name or the SPDX tag of, None for other lines."""
    if (tag := _TAG.search(line)) is not None:
        return _TAG_END.sub("", tag["expression"])
    if _RESERVED.match(line):
        return None  # it stands in many a notice, above terms that do permit something
    name = line.strip().strip("#*=_-~<>`' \t\"")
    if name.lower().startswith("attribution"):
        name = f"Creative Commons {name}"
    return name if name and len(name) < 120 and normalise(name).expression is not None else None


def _is_silent(line: str) -> bool:
    return not text_words(line) or _RESERVED.match(line) is not None or _HEADING.match(line) is not None


def _is_copyright(line: str, words: int) -> bool:
    return _COPYRIGHT.match(line) is not None and len(line.split()) <= words and _is_names(line, _LOWER_CASE_NAMES)


def _is_continued(line: str) -> bool:
    words = line.lower().split()
    return 0 < len(words) <= _CONTINUED_WORDS and "for" not in words and _is_names(line, 0)


def _is_names(line: str, lower_case: int) -> bool:
    """True for names, years and what joins them, with at most so many names in lower case."""
    others = [word for word in _PLAIN_WORD.findall(line) if word.islower() and word not in _JOINING]
    return len(others) <= lower_case and _TERMS.search(line) is None and not _is_beyond_latin(line)


def _is_beyond_latin(text: str) -> bool:
    return max(text, default="") > _BEYOND_LATIN and any(
        character > _BEYOND_LATIN and character.isalpha() for character in text
    )


def _listed_license(body: str) -> str | None:
    """A licence of the SPDX list that covers the body but for what says nothing."""
    if _is_beyond_latin(body):
        return None
    matches = identify_license(body)
    if not matches or _COPYRIGHT.match(body[matches[0].start :]):
        # The comparison reaches back to a copyright notice above a match, over whatever stands between.
        return None
    found = _one_of(matches)
    gaps = zip([0, *(match.end for match in matches)], [*(match.start for match in matches), len(body)], strict=True)
    if found is None or not all(_says_nothing(body[start:end], found) for start, end in gaps):
        return None
    told = (same_terms_words(match.id, text_words(body[match.start : match.end])) for match in matches)
    return found if all(told) else None


def _one_of(matches: list[LicenseIdentificationResult]) -> str | None:
    """The one licence of all matches. The LGPL 3 is an addition to the GPL and often stands above its text."""
    identifiers = {match.id.removesuffix("-or-later").removesuffix("-only") for match in matches}
    if identifiers == {"LGPL-3.0", "GPL-3.0"}:
        return "LGPL-3.0"
    return identifiers.pop() if len(identifiers) == 1 else None


def _says_nothing(piece: str, found: str) -> bool:
    return _digest(piece) in _APPENDICES or all(
        _is_silent(line) or _is_copyright(line, _COPYRIGHT_WORDS) or _names(line, found) for line in piece.splitlines()
    )


def _names(line: str, found: str) -> bool:
    title = _title(line)
    return title is not None and normalise(title).expression == normalise(found).expression


def _model_license(body: str, titles: Sequence[str]) -> str | None:
    """A model licence that the body, or the title above it, opens with."""
    words = " ".join(text_words(body))
    openings = [" ".join(text_words(title)) for title in titles] or [words]
    return next(
        (
            known.id
            for known in _model_texts()
            if known.says in words and any(opening.startswith(known.opens) for opening in openings)
        ),
        None,
    )


def words_digest(text: str) -> str:
    """SHA-256 of a text's words in lower case: the same whatever its line breaks, typography and lettered points."""
    return hashlib.sha256(" ".join(word for word in text_words(text) if word not in _POINTS).encode()).hexdigest()


def _digest(text: str) -> str:
    return words_digest(text)[:16]


def text_words(text: str) -> list[str]:
    """The words of a text in lower case."""
    return _WORD.findall(text.lower())


@functools.cache
def _model_texts() -> tuple[_ModelText, ...]:
    table, _ = load(resources.files(__package__).joinpath("model_texts.yml").read_bytes(), limit=TEXT_LIMIT)
    if not isinstance(table, dict):
        raise TypeError("model_texts.yml is no mapping of identifiers")
    return tuple(
        _ModelText(identifier, str(entry["opens"]), str(entry["says"]))
        for identifier, entry in table.items()
        if isinstance(entry, dict)
    )
