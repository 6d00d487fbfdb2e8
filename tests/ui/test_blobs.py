"""Base64 is named with its type and size; nothing a person can read is taken for it."""

from __future__ import annotations

import base64
import hashlib

import pytest

from review_app.ui.review_pane import blobs, safe_markdown


def noise(size: int, start: bytes = b"") -> str:
    """Base64 of `size` bytes that begin with `start`."""
    made = start + b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(size // 32 + 1))
    return base64.b64encode(made[:size]).decode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(f"data:image/png;base64,{noise(34_002)}", "⟦image/png, 34 kB⟧", id="data URL"),
        pytest.param(f"data:text/plain;charset=utf-8;base64,{noise(900)}", "⟦text/plain, 900 B⟧", id="with a charset"),
        pytest.param(f"data:;base64,{noise(2_100_000)}", "⟦data, 2.1 MB⟧", id="without a type"),
        pytest.param(
            f"see {noise(600, b'%PDF-1.7')} here", "see ⟦application/pdf, 600 B⟧ here", id="a PDF by its start"
        ),
        pytest.param(noise(600, b"\x89PNG\r\n"), "⟦image/png, 600 B⟧", id="a PNG by its start"),
        pytest.param(noise(600), "⟦base64 data, 600 B⟧", id="unknown"),
    ],
)
def test_base64_is_named(text: str, shown: str) -> None:
    assert blobs.cut(text).replace("\N{NO-BREAK SPACE}", " ") == shown


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * 100_000, id="one letter"),
        pytest.param("-" * 900, id="a rule"),
        pytest.param("https://shop.example/" + "returns/kettles/" * 40, id="a long address"),
        pytest.param("0123456789abcdef" * 40, id="hex"),
        pytest.param("data:image/svg+xml,<svg onload=alert(1)>", id="a data URL one can read"),
        pytest.param("data:text/html;base64,PHNjcmlwdD4=", id="a short one"),
    ],
)
def test_what_can_be_read_stays(text: str) -> None:
    assert blobs.cut(text) == text


def test_an_image_in_markdown_is_one_chip() -> None:
    html = safe_markdown.render(f"![photo](data:image/png;base64,{noise(34_002)})")
    assert html.replace("&nbsp;", " ") == "<p> <kbd>image: photo ⟦image/png, 34 kB⟧</kbd></p>\n"
