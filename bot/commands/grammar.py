"""What a comment asks of the bot. Total: any text gives a list of commands, mostly an empty one.

A command is a line that begins with `/weights`, `/weighbridge` or a mention of the bot, in ordinary text: what stands
in code, in quotations, in HTML or in a heading is talk about commands and no command. After it come a verb, words,
`key=value` options and a reason in words of one's own, over as many lines as the paragraph has. The next command, a
command to another bot, a farewell or a signature ends it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.commands.mail import is_farewell, is_signature, without_copies
from bot.commands.paragraphs import BEGIN, INDENTED, MARKS, paragraphs

COMMENT_LIMIT = 65_536
"""Characters of a comment that are read: as many as GitHub takes. The line that reaches beyond is left out."""
COMMANDS_LIMIT = 20
"""Commands of one comment that are carried out."""
COMMAND_LIMIT = 4_000
"""Characters of one command: a path of any length, options and a reason. What reaches beyond is left out."""
REASON_LIMIT = 2_000
"""Characters of a reason that are kept."""
NAMES = ("weights", "weighbridge")
OPTIONS = ("until", "source", "sha256", "reason", "note")
"""What may stand as `key=value`; anything else with a `=` in it is a word like others."""

_UNSEEN = dict.fromkeys(
    [
        *map(ord, MARKS),
        *(code for code in range(0x20) if chr(code) not in "\t\n"),
        0x7F,
        0xAD,
        0x61C,
        0x200B,
        0x200E,
        0x200F,
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xD800, 0xE000),
        0xFEFF,
    ]
)
"""Characters that nobody sees, those that turn the direction of writing, and halves of characters, which no database
takes: a command is what its readers see. The joiners of Persian, of Indian scripts and of emoji remain."""
_QUOTES = ('""', "''", "“”", "‘’", "„“", "„”", "«»")
_QUOTED = "|".join(rf"{pair[0]}.{{0,{REASON_LIMIT}}}?{pair[1]}(?!\S)" for pair in _QUOTES)
"""A quotation ends at its mark before a space or the end; one that nobody closes is an apostrophe."""
_WORD = re.compile(
    rf"(?P<key>[-–—]{{0,2}}(?ai:{'|'.join(OPTIONS)})=)?"
    rf"(?:(?P<quoted>{_QUOTED})|(?P<plain>(?:\ue001[^\ue002]*\ue002|\\\s|[^\s\ue001])*))"
)
_ESCAPED_SPACE = re.compile(r"\\(\s)")
_OPTION = re.compile(rf"[-–—]{{0,2}}(?P<key>(?ai:{'|'.join(OPTIONS)}))=(?P<value>.*)", re.DOTALL)
_OTHER = re.compile(r"(?ai:/[a-z][\w-]*(?!\S)|@[a-z][\w-]*(?:\[bot\])?[:,]?\s+\S)")
"""A command to another bot, or a word to somebody else."""
_RULE = re.compile(r"[-=_*~]{2,}$")
_PLEASE = {"please", "pls", "plz"}


@dataclass(frozen=True)
class Command:
    """One thing that a comment asks for."""

    verb: str
    """In lower case; empty where only the bot's name stands there."""
    words: tuple[str, ...] = ()
    """What follows, as far as it is no option: a target first, then the words of the reason."""
    options: Mapping[str, str] = field(default_factory=dict)
    """By key in lower case. Where a key stands twice the first counts, and the second is a word like others."""

    def reason(self, after: int = 0) -> str:
        """The words behind the first `after` ones, as a sentence."""
        return " ".join(self.words[after:])[:REASON_LIMIT]


def commands_in(body: str, mentions: Sequence[str] = ()) -> list[Command]:
    """The commands of a comment in their order; `mentions` are the logins of the bot, with `[bot]` or without."""
    text = body.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > COMMENT_LIMIT:
        text = text[:COMMENT_LIMIT].rpartition("\n")[0]
    text, asked = _name(tuple(mentions)).subn(_marked, text.translate(_UNSEEN))
    if not asked:
        return []
    found: list[Command] = []
    for asking in _asking(without_copies(text)):
        found.append(_command(asking))
        if len(found) == COMMANDS_LIMIT:
            break
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


@functools.lru_cache(maxsize=64)
def _name(mentions: tuple[str, ...]) -> re.Pattern[str]:
    """One of the bot's names at the beginning of a line, in either case of the Latin letters only."""
    logins = sorted({login.removeprefix("@").removesuffix("[bot]") for login in mentions} - {""}, key=len, reverse=True)
    names = "|".join([*(f"/{name}" for name in NAMES), *(rf"@{re.escape(login)}(?:\[bot\])?" for login in logins)])
    return re.compile(rf"^([^\S\t\n]{{0,3}})(?ai:{names})[:,]?(?!\S)", re.MULTILINE)


def _marked(found: re.Match[str]) -> str:
    """The name gives way to a mark, which means nothing to Markdown."""
    indent = len(found.group(1))
    return " " * indent + (INDENTED if indent else BEGIN) + " "


def _asking(text: str) -> Iterator[str]:
    """What stands behind the bot's name, with the lines that carry it on."""
    for paragraph in paragraphs(text):
        current: list[str] | None = None
        for line in paragraph:
            is_next = line.startswith((BEGIN, INDENTED))
            is_over = is_signature(line) or is_farewell(line) or _OTHER.match(line) or _RULE.match(line)
            if current is not None and (is_next or is_over):
                yield " ".join(current)
                current = None
            if is_signature(line):
                return
            if is_next:
                current = [line[1:]]
            elif current is not None:
                current.append(line)
        if current is not None:
            yield " ".join(current)


def _command(asking: str) -> Command:
    words: list[str] = []
    options: dict[str, str] = {}
    for word in _words(asking):
        option = _OPTION.fullmatch(word)
        if option is not None and option["key"].lower() not in options:
            options[option["key"].lower()] = option["value"]
        else:
            words.append(word)
    if words and words[0].lower().rstrip(",") in _PLEASE:
        del words[0]
    verb = words.pop(0).lower().strip(".,:;!?*_") if words else ""
    return Command(verb, tuple(words), options)


def _words(text: str) -> Iterator[str]:
    """Words as a shell has them: what stands in quotes or in a code span is kept together."""
    if len(text) > COMMAND_LIMIT:
        text = " ".join(text[:COMMAND_LIMIT].split()[:-1])
    for found in _WORD.finditer(text):
        quoted = found["quoted"]
        word = _ESCAPED_SPACE.sub(r"\1", found["plain"]) if quoted is None else quoted[1:-1]
        if found.group():
            yield (found["key"] or "") + word.translate(_UNSEEN)
