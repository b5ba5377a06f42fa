"""What a comment asks of the bot. Total: any text gives a list of commands, mostly an empty one.

A command is a line that begins with `/weights`, `/weighbridge` or a mention of the bot, in ordinary text: what stands
in code, in quotations, in HTML or in a heading is talk about commands and no command. After it come a verb, words,
`key=value` options and a reason in words of one's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

COMMENT_LIMIT = 100_000
"""Characters of a comment that are read: more than GitHub takes, and enough for a mail that quotes a whole thread."""
COMMANDS_LIMIT = 20
"""Commands of one comment that are carried out."""
_WORD_LIMIT = 500
_REASON_LIMIT = 2_000
NAMES = ("weights", "weighbridge")
OPTIONS = ("until", "source", "sha256", "reason", "note")
"""What may stand as `key=value`; anything else with a `=` in it is a word like others."""
_KEY = re.compile(rf"({'|'.join(OPTIONS)})=(.*)", re.DOTALL | re.IGNORECASE)
_UNDERLINE = re.compile(r"^(?=-- ?$)", re.MULTILINE)
_SIGNATURE = re.compile(r"^-- ?$|^(?:sent from my|von meinem|envoy. de mon) ", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\N{NO-BREAK SPACE}]+")


@dataclass(frozen=True)
class Command:
    """One thing that a comment asks for."""

    verb: str
    """In lower case; empty where only the bot's name stands there."""
    words: tuple[str, ...] = ()
    """What follows, as far as it is no option: a target first, then the words of the reason."""
    options: Mapping[str, str] = field(default_factory=dict)

    def reason(self, after: int = 0) -> str:
        """The words behind the first `after` ones, as a sentence."""
        return " ".join(self.words[after:])[:_REASON_LIMIT]


@dataclass(frozen=True)
class _Piece:
    """A part of a line: text, or what stood in a code span, which is one word whatever it holds."""

    text: str
    is_code: bool = False


def commands_in(body: str, mentions: Sequence[str] = ()) -> list[Command]:
    """The commands of a comment in their order; `mentions` are the logins that mean the bot."""
    text = body[:COMMENT_LIMIT].replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    # The line above a mail's signature would be a heading to Markdown.
    text = _UNDERLINE.sub("\n", text)
    found: list[Command] = []
    for paragraph in _paragraphs(text):
        for line in _joined(paragraph, mentions):
            command = _command(line, mentions)
            if command is not None:
                found.append(command)
            if len(found) >= COMMANDS_LIMIT:
                return found
    return found


def new_commands(before: str, after: str, mentions: Sequence[str] = ()) -> list[Command]:
    """What an edited comment asks for that it did not ask for before."""
    known = commands_in(before, mentions)
    fresh = []
    for command in commands_in(after, mentions):
        if command in known:
            known.remove(command)
        else:
            fresh.append(command)
    return fresh


def _paragraphs(text: str) -> Iterator[list[list[_Piece]]]:
    """The lines of each paragraph that is nobody's quotation, list item, heading or code."""
    tokens = _PARSER.parse(text)
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token.type == "paragraph_open" and token.level == 0:
            yield _lines(tokens[position + 1])
            position += 3
        else:
            position += 1


def _lines(inline: Token) -> list[list[_Piece]]:
    lines: list[list[_Piece]] = [[]]
    hidden = 0
    for child in inline.children or []:
        if child.type in {"softbreak", "hardbreak"}:
            lines.append([])
        elif child.type == "code_inline":
            # A code span may reach over a line's end: what follows in it is no line of its own.
            lines[-1].append(_Piece(child.content.strip(), is_code=True))
        elif child.type == "html_inline":
            hidden += _opens(child.content)
        elif hidden <= 0:
            # Stars and underscores may be meant as they stand: `m/*.bin and n/*.bin`.
            is_emphasis = child.type.startswith(("em_", "strong_"))
            lines[-1].append(_Piece(child.markup if is_emphasis else child.content))
    return lines


def _opens(tag: str) -> int:
    """How a tag of HTML changes the depth within which text is shown struck or quoted."""
    name = re.match(r"</?\s*([a-z]+)", tag.lower())
    if name is None or name.group(1) not in {"del", "s", "code", "pre", "blockquote", "q"}:
        return 0
    return -1 if tag.startswith("</") else 1


def _joined(lines: list[list[_Piece]], mentions: Sequence[str]) -> Iterator[list[_Piece]]:
    """Lines that begin a command, each with those that a mail program wrapped from it, up to a signature."""
    current: list[_Piece] | None = None
    for line in lines:
        text = "".join(piece.text for piece in line).strip()
        if _SIGNATURE.match(text):
            break
        if _after_name(line, mentions) is not None:
            if current is not None:
                yield current
            current = list(line)
        elif current is not None:
            current += [_Piece(" "), *line]
    if current is not None:
        yield current


def _command(line: list[_Piece], mentions: Sequence[str]) -> Command | None:
    rest = _after_name(line, mentions)
    if rest is None:
        return None
    words: list[str] = []
    options: dict[str, str] = {}
    for word, is_quoted in _words(rest):
        option = None if is_quoted else _KEY.fullmatch(word)
        if option is not None and option.group(1).lower() not in options:
            options[option.group(1).lower()] = option.group(2)
        else:
            words.append(word)
    verb = words.pop(0).lower().strip(".,:;!*_") if words else ""
    return Command(verb[:_WORD_LIMIT], tuple(words), options)


def _after_name(line: list[_Piece], mentions: Sequence[str]) -> list[_Piece] | None:
    """What stands behind the bot's name where the line begins with it, else None."""
    if not line or line[0].is_code:
        return None
    text = line[0].text.lstrip(" \t")
    lowered = text.lower()
    for name in (*(f"/{name}" for name in NAMES), *(f"@{login.lower()}" for login in mentions)):
        if lowered.startswith(name):
            behind = text[len(name) :].lstrip(":,") if name.startswith("@") else text[len(name) :]
            ends_here = not behind and (len(line) == 1 or line[1].is_code)
            if ends_here or _SPACE.match(behind):
                return [_Piece(behind), *line[1:]]
    return None


def _words(pieces: Sequence[_Piece]) -> Iterator[tuple[str, bool]]:
    """Words, and whether quotes kept them together. A quote that nobody closes is an apostrophe."""
    word, quoted, begun = "", False, False
    for piece in pieces:
        if piece.is_code:
            word, begun, quoted = word + piece.text, True, quoted or "=" not in word
            continue
        position = 0
        text = piece.text
        while position < len(text):
            space = _SPACE.match(text, position)
            if space is not None:
                if begun:
                    yield word[:_WORD_LIMIT], quoted
                word, quoted, begun = "", False, False
                position = space.end()
                continue
            closed = _closed(text, position) if not word or word.endswith("=") else None
            if closed is not None:
                word, begun, quoted = word + text[position + 1 : closed], True, quoted or not word
                position = closed + 1
                continue
            word, begun = word + text[position], True
            position += 1
    if begun:
        yield word[:_WORD_LIMIT], quoted


_QUOTES = {'"': '"', "'": "'", "\N{LEFT DOUBLE QUOTATION MARK}": "\N{RIGHT DOUBLE QUOTATION MARK}"}


def _closed(text: str, position: int) -> int | None:
    """Where the quotation that begins here ends: at its mark, before a space or the end."""
    mark = _QUOTES.get(text[position])
    if mark is None:
        return None
    end = text.find(mark, position + 1)
    while end != -1 and end + 1 < len(text) and not _SPACE.match(text, end + 1):
        end = text.find(mark, end + 1)
    return None if end == -1 else end


_PARSER = MarkdownIt("commonmark", {"maxNesting": 20})
"""GitHub, GitLab and Forgejo all read CommonMark; what they add (tables, strikethrough) holds no commands."""
