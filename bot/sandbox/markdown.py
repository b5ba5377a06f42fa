"""Comments as HTML: CommonMark with tables, and of HTML only what all forges let through that can do no harm."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

_TAGS = "details|summary|br|hr|sub|sup|kbd|b|i|em|strong|code|del|ins|p|ul|ol|li"
_PIECES = re.compile(
    rf"<!--.*?(?:-->|\Z)|<(?P<end>/?)(?P<tag>{_TAGS})(?P<rest>(?:\s[^<>]*)?)/?>", re.IGNORECASE | re.DOTALL
)
_OPEN = re.compile(r"\sopen\b", re.IGNORECASE)


def to_html(source: str) -> Markup:
    """A comment as HTML that is safe to put into a page: no script, no image, no attribute but `open` on details."""
    return Markup(_parser().render(source))  # noqa: S704 -- _permitted let nothing else through


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).disable("image")
    parser.add_render_rule("html_block", _render_html)
    parser.add_render_rule("html_inline", _render_html)
    parser.add_render_rule("link_open", _render_link)
    return parser


def _render_html(_: RendererHTML, tokens: Sequence[Token], index: int, __: Any, ___: Any) -> str:
    return _permitted(tokens[index].content)


def _render_link(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, _: Any) -> str:
    tokens[index].attrSet("rel", "nofollow noreferrer")
    return renderer.renderToken(tokens, index, options, {})


def _permitted(source: str) -> str:
    """HTML with the tags of `_TAGS` bare, comments gone, and everything else shown as text."""
    parts, position = [], 0
    for found in _PIECES.finditer(source):
        parts.append(_text(source[position : found.start()]))
        position = found.end()
        if found["tag"]:
            tag = found["tag"].lower()
            is_open = tag == "details" and not found["end"] and _OPEN.search(found["rest"])
            parts.append(f"<{found['end']}{tag}{' open' if is_open else ''}>")
    return "".join([*parts, _text(source[position:])])


def _text(source: str) -> str:
    return html.escape(html.unescape(source))
