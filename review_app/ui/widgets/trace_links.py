"""Traces by id, each one click from its page."""

from __future__ import annotations

import html
from collections.abc import Iterable
from urllib.parse import urlencode


def note(trace_ids: Iterable[str], person: str, before: str = "For example") -> str:
    """A remark for `sheet.show`, every foreign word escaped; "" without a trace. The page of a trace asks again who
    may see what."""
    links = [
        f'<a href="/trace?{html.escape(urlencode({"reviewer": person, "trace_id": one}))}" target="_blank" '
        f'rel="noopener">{html.escape(one)}</a>'
        for one in trace_ids
    ]
    return f'<p class="note">{html.escape(before)} {", ".join(links)}</p>' if links else ""
