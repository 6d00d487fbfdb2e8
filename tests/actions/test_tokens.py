"""Tokens: shown once, stored as a hash, good until they are taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from review_app import actions
from review_app.actions.tokens import holder
from review_app.actions.workspace import opened
from review_app.errors import WrongUsage


@pytest.fixture
def project(tmp_path: Path) -> Path:
    actions.init(tmp_path)
    return tmp_path


def test_a_token_is_good_for_its_scope_until_it_is_taken_back(project: Path) -> None:
    text, store = actions.add_token(project, "gateway"), opened(project).store
    found = holder(store, text, "ingest")
    assert found
    assert found.name == "gateway"
    assert holder(store, text, "feedback") is None
    actions.revoke_token(project, "gateway")
    assert holder(store, text, "ingest") is None
    assert [one.revoked_at is None for one in actions.list_tokens(project)] == [False]
    assert holder(store, actions.add_token(project, "gateway"), "ingest")


def test_no_part_of_a_secret_is_stored(project: Path) -> None:
    secret = actions.add_token(project, "gateway").rpartition("_")[2]
    opened(project).store.close()
    for file in project.glob("review.db*"):
        assert secret.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: "", id="empty"),
        pytest.param(lambda text: text[:-1], id="a digit short"),
        pytest.param(lambda text: text + "0", id="a digit long"),
        pytest.param(lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"), id="another last digit"),
        pytest.param(lambda text: text.rpartition("_")[0] + "_", id="no secret"),
        pytest.param(lambda text: text.replace("ra_", "rb_"), id="another prefix"),
        pytest.param(lambda text: "ra__", id="nothing at all"),
        pytest.param(lambda text: "ra_\0_" + text, id="a NUL"),
        pytest.param(lambda text: "ra_\ud800_\ud800", id="half a surrogate pair"),
    ],
)
def test_what_is_not_the_token_is_nobodys(project: Path, change: object) -> None:
    text = actions.add_token(project, "gateway")
    assert holder(opened(project).store, change(text), "ingest") is None  # type: ignore[operator]


def test_two_tokens_do_not_share_a_name(project: Path) -> None:
    actions.add_token(project, "gateway")
    with pytest.raises(WrongUsage, match="already"):
        actions.add_token(project, " gateway ")
    with pytest.raises(WrongUsage, match="no token 'judge'"):
        actions.revoke_token(project, "judge")


@pytest.mark.parametrize(("name", "scope"), [("", "ingest"), ("gateway", "everything")])
def test_what_cannot_be_a_token(project: Path, name: str, scope: str) -> None:
    with pytest.raises(WrongUsage, match="cannot be made"):
        actions.add_token(project, name, scope)
