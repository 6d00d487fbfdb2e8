"""Tokens with which programs send us something: made, listed, taken back, and asked for."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from review_app.actions.workspace import opened
from review_app.errors import WrongUsage
from review_app.store import tokens as token_table
from review_app.store.engine import Store
from review_app.store.tokens import StoredToken

SCOPES = ("ingest", "feedback")
"""What a token may be good for: sending spans, or telling what users said."""

_BEGINS = "ra"
_NOBODY = sha256(b"").hexdigest()


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token as it may be shown. revoked_at: None while it is good."""

    name: str
    scope: str
    made_at: datetime
    revoked_at: datetime | None = None


def add_token(project: Path, name: str, scope: str = "ingest") -> str:
    """Make a token and return its text, which is stored nowhere. Raises WrongUsage for a name in use, an empty name
    and an unknown scope."""
    if scope not in SCOPES or not name.strip():
        raise WrongUsage(
            f"A token {name!r} with the scope {scope!r} cannot be made.",
            do=f"Give it a name, and one of the scopes: {', '.join(SCOPES)}.",
        )
    token_id, secret = secrets.token_hex(8), secrets.token_hex(32)
    made = StoredToken(
        token_id=token_id, name=name.strip(), scope=scope, digest=_digest(secret), made_at=datetime.now(UTC)
    )
    token_table.add(opened(project).store, made)
    return f"{_BEGINS}_{token_id}_{secret}"


def list_tokens(project: Path) -> list[Token]:
    """All tokens there ever were, the oldest first."""
    return [
        Token(name=one.name, scope=one.scope, made_at=one.made_at, revoked_at=one.revoked_at)
        for one in token_table.every(opened(project).store)
    ]


def revoke_token(project: Path, name: str) -> None:
    """Take a token back: the next request with it is refused. Raises WrongUsage where there is none of that name."""
    token_table.revoke(opened(project).store, name.strip(), datetime.now(UTC))


def holder(store: Store, text: str, scope: str) -> Token | None:
    """Whose token this is; None where it is nobody's, was taken back, or is not good for `scope`.

    The secret has 256 random bits, so one round of SHA-256 is as good as many; the comparison takes the same time
    wherever the two differ."""
    begins, _, rest = text.partition("_")
    token_id, _, secret = rest.partition("_")
    stored = token_table.good(store, token_id) if begins == _BEGINS and token_id.isalnum() else None
    same = hmac.compare_digest(_digest(secret), stored.digest if stored else _NOBODY)
    if stored is None or not same or stored.scope != scope:
        return None
    return Token(name=stored.name, scope=stored.scope, made_at=stored.made_at)


def _digest(secret: str) -> str:
    return sha256(secret.encode(errors="replace")).hexdigest()
