"""token add, list and revoke, as typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from review_app import actions
from review_app.actions.tokens import holder
from review_app.actions.workspace import opened
from review_app.cli import commands
from review_app.errors import WrongUsage


def test_a_token_is_shown_once_and_taken_back(tmp_path: Path) -> None:
    actions.init(tmp_path)

    def run(*words: str) -> str:
        ran = CliRunner().invoke(commands, ["token", *words, "--project", str(tmp_path)], catch_exceptions=False)
        assert ran.exit_code == 0
        return ran.output

    assert "token add NAME" in run("list")
    token, *told = run("add", "gateway", "--scope", "ingest").splitlines()
    assert "only time" in told[0]
    assert holder(opened(tmp_path).store, token, "ingest")
    listed = run("list")
    assert "gateway" in listed
    assert " good" in listed
    assert token.rpartition("_")[2] not in listed
    assert run("revoke", "gateway") == "gateway: revoked\n"
    assert "revoked 20" in run("list")
    with pytest.raises(WrongUsage, match="taken back"):
        run("revoke", "gateway")
