"""What the page fetches ahead exists, and is all the desk needs: a new Streamlit may name its parts otherwise."""

from __future__ import annotations

import re
from pathlib import Path

from review_app import server

from ..browser.serving import serving
from .projects import make_project, needs_installed
from .test_server import ask


def test_every_module_fetched_ahead_is_served(tmp_path: Path) -> None:
    needs_installed()
    with serving(make_project(tmp_path / "served", n=1)) as address:
        _, headers, _ = ask(f"{address}/trace")
        ahead = re.findall(r"<([^>]+)>; rel=modulepreload", headers["link"])
        assert {path.rsplit("/", 1)[1].split(".")[0] for path in ahead} >= {
            "Html", "BidiComponent", "serialization", "recordbatch", "review_pane", "trace_view", "desk",
        }  # fmt: skip
        for path in ahead:
            status, found, _ = ask(address + path)
            assert (status, "javascript" in found["content-type"]) == (200, True), path
        assert "link" not in ask(f"{address}/healthz")[1]
    # A proxy in front keeps 4 kB for all headers.
    assert len(server.PRELOADS) + sum(map(len, server.HEADERS.values())) < 3_800
