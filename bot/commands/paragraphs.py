"""The ordinary text of a comment: its paragraphs, without what a forge shows as quoted, code, folded or struck out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

BEGIN, INDENTED = "\ue000", "\ue003"
"""Marks that a caller sets before a name at the very beginning of a line, or behind some spaces. Markdown drops the
spaces, and the backslash or entity that may have stood there; the marks remain. No text but the caller's has them."""
CODE, END = "\ue001", "\ue002"
"""Around what stood in a code span."""
MARKS = BEGIN + INDENTED + CODE + END

_PARSER = MarkdownIt("commonmark", {"maxNesting": 20}).enable(["table", "strikethrough"]).disable("lheading")
"""GitHub, GitLab and Forgejo all read CommonMark with tables and strikethrough. A line below a text is no underline
to us: whoever writes a command and `---` below it draws a line."""
_TAG = re.compile(r"<(/?)(?:blockquote|code|del|details|pre|q|s|strike|table)\b", re.IGNORECASE)
_HTML_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_WITHOUT_MARKS = str.maketrans("", "", MARKS)


def paragraphs(text: str) -> Iterator[list[str]]:
    """The lines of each paragraph that its writer says in his own words.

    A line right behind a list or a table belongs to it in Markdown; it is given by itself where it bears `BEGIN`.
    """
    tokens = _PARSER.parse(text)
    quoted = _quoted_lines(tokens, text.split("\n"))
    depth: Counter[str] = Counter()
    folded = 0
    cells: list[Token] = []
    for token in tokens:
        depth[token.type.rpartition("_")[0]] += token.nesting
        if token.type == "html_block" and token.level == 0:
            folded = max(0, folded + _opened(token.content))
        elif token.type == "tr_open":
            cells = []
        elif token.type == "inline" and depth["tr"]:
            cells.append(token)
        if folded or depth["blockquote"] or (token.map is not None and token.map[0] in quoted):
            continue
        in_list = depth["bullet_list"] + depth["ordered_list"] > 0
        if token.type == "inline" and depth["paragraph"]:
            lines = _lines(token)
            yield [line.replace(INDENTED, "") for line in lines] if in_list else lines
        elif token.type == "tr_close" and not in_list and not any(cell.content for cell in cells[1:]):
            yield _lines(cells[0])


def _quoted_lines(tokens: Sequence[Token], source: Sequence[str]) -> set[int]:
    """The lines between two that hold `>>>` alone, which is a quotation on GitLab."""
    fences = []
    for token in tokens:
        if token.type == "blockquote_open" and token.level == 0 and token.map is not None:
            first, end = token.map
            if source[first].rstrip() == ">>>" and not any(line.strip() for line in source[first + 1 : end]):
                fences.append(first)
    return {line for start, end in zip(fences[::2], fences[1::2], strict=False) for line in range(start, end)}


def _lines(inline: Token) -> list[str]:
    lines: list[list[str]] = [[]]
    hidden = 0
    for child in inline.children or []:
        if child.type in {"softbreak", "hardbreak"}:
            lines.append([])
        elif child.type == "html_inline":
            hidden = max(0, hidden + _opened(child.content))
        elif child.type in {"s_open", "s_close"}:
            hidden += child.nesting
        elif hidden:
            continue
        elif child.type == "code_inline":
            # A code span may reach over a line's end: what follows in it is no line of its own.
            lines[-1] += [CODE, child.content.translate(_WITHOUT_MARKS).strip(), END]
        else:
            # Stars and underscores may be meant as they stand: `m/*.bin and n/*.bin`.
            lines[-1].append(child.markup if child.type.startswith(("em_", "strong_")) else child.content)
    return ["".join(line) for line in lines]


def _opened(html: str) -> int:
    """By how much these tags change the depth within which a browser shows text folded, struck or quoted."""
    return sum(-1 if tag.group(1) else 1 for tag in _TAG.finditer(_HTML_COMMENT.sub("", html)))
