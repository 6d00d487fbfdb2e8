"""Foreign Markdown made into HTML that cannot load, link to or run anything.

Two walls: the parser never sees HTML (it comes out as the text it is), and the result is cut down to a list of tags
without a single attribute. The browser side copies the tags once more, one by one. An image becomes its address, a
link its text and its address, both as a `kbd` chip to read.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from urllib.parse import quote, unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from review_app.ui.review_pane import blobs

_STRUCTURE = ("p", "br", "hr", "ul", "ol", "li", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6")
_TABLE = ("table", "thead", "tbody", "tr", "th", "td")
TAGS = frozenset((*_STRUCTURE, *_TABLE, "strong", "em", "s", "code", "kbd"))
# Beyond this a text is shown as it is: Markdown of this length is a dump, and nested brackets take the parser long.
LONGEST_MARKDOWN = 40_000
LONGEST_TEXT = 400_000
_CUT = quote("⟦")


def render(text: str) -> str:
    """HTML of TAGS only, without attributes. Base64 is named, not shown; a text above LONGEST_TEXT characters is cut,
    and says so."""
    text = blobs.cut(text)
    if len(text) > LONGEST_TEXT:
        rest = len(text) - LONGEST_TEXT
        text = f"{text[:LONGEST_TEXT]}\n\n… cut here: {rest:,} more characters"
    raw = _PARSER.render(text) if len(text) <= LONGEST_MARKDOWN else f"<pre>{html.escape(text)}</pre>"
    return nh3.clean(raw, tags=set(TAGS), attributes={}, link_rel=None, strip_comments=True)


def _addresses_as_text(state: StateCore) -> None:
    for token in state.tokens:
        if token.children:
            token.children = _without_links(token.children)


def _without_links(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with each image and each link replaced by what it says and where it points."""
    kept: list[Token] = []
    href, start = "", 0
    for token in tokens:
        if token.type == "image":
            kept.append(_chip(f"image: {' '.join(filter(None, [token.content, _address(token, 'src')]))}"))
        elif token.type == "link_open":
            href, start = _address(token, "href"), len(kept)
        elif token.type == "link_close":
            said = "".join(part.content for part in kept[start:])
            kept += [_chip(href)] if href and said != href else []
        else:
            kept.append(token)
    return kept


def _address(token: Token, name: str) -> str:
    """Where it points, as the parser encoded it; base64 that was cut is no address and reads better plain."""
    address = str(token.attrGet(name) or "")
    return unquote(address) if address.startswith(_CUT) else address


def _chip(address: str) -> Token:
    return Token("address", "", 0, content=address)


def _draw_chip(_: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    return f" <kbd>{html.escape(tokens[place].content)}</kbd>"


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    parser.core.ruler.push("addresses_as_text", _addresses_as_text)
    parser.add_render_rule("address", _draw_chip)
    return parser


_PARSER = _parser()
