"""Base64 inside a text, which nobody can read, cut down to what it is: ⟦image/png, 34 kB⟧."""

from __future__ import annotations

import base64
import re

# A data URL names its type; text alone must be long and use most of the alphabet, so that no word or row of dashes
# is taken for data.
_DATA_URL = re.compile(
    r"data:(?P<type>[\w/+.-]{0,80})(?:;[\w=.-]{1,40}){0,3};base64,(?P<data>[A-Za-z0-9+/_-]{64,}={0,2})"
)
_BARE = re.compile(r"[A-Za-z0-9+/]{400,}={0,2}|[A-Za-z0-9_-]{400,}={0,2}")
_FEWEST_LETTERS = 40
_BEGINNINGS = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
    b"%PDF": "application/pdf",
    b"PK\x03\x04": "application/zip",
}
_SOFT_SPACE = "\N{NO-BREAK SPACE}"


def cut(text: str) -> str:
    """The text with each piece of base64 replaced by its type and size. No blanks inside, so that Markdown still takes
    it for an address."""
    if len(text) < 64:
        return text
    text = _DATA_URL.sub(lambda found: _chip(found["type"] or "data", found["data"]), text)
    return _BARE.sub(_bare, text) if len(text) >= 400 else text


def _bare(found: re.Match[str]) -> str:
    text = found.group()
    return _chip(_kind(text), text) if len(set(text)) >= _FEWEST_LETTERS else text


def _chip(kind: str, data: str) -> str:
    size = len(data) * 3 // 4
    amount = f"{size} B" if size < 1000 else f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1e6:.1f} MB"
    return f"⟦{kind}, {amount}⟧".replace(" ", _SOFT_SPACE)


def _kind(data: str) -> str:
    start = base64.b64decode(data[:8], altchars="-_" if {"-", "_"} & set(data) else None)
    return next((kind for begins, kind in _BEGINNINGS.items() if start.startswith(begins)), "base64 data")
