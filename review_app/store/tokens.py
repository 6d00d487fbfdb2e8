"""Tokens of programs: what is stored of one cannot be used as one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from review_app.errors import WrongUsage
from review_app.store.clock import instant, microseconds
from review_app.store.engine import Row, Store

_COLUMNS = "token_id, name, scope, digest, made_at, revoked_at"


@dataclass(frozen=True, kw_only=True)
class StoredToken:
    """digest: SHA-256 of the secret, as hex. revoked_at: None while the token is good."""

    token_id: str
    name: str
    scope: str
    digest: str
    made_at: datetime
    revoked_at: datetime | None = None


def add(store: Store, token: StoredToken) -> None:
    """Store a token. Raises WrongUsage where a good one has its name."""
    with store.write() as write:
        if write.run("SELECT 1 AS n FROM access_token WHERE name = :name AND revoked_at IS NULL", name=token.name):
            raise WrongUsage(
                f"There is a token {token.name!r} already.",
                do=f"Take another name, or take it back first: review-app token revoke {token.name}",
            )
        write.run(
            "INSERT INTO access_token (token_id, name, scope, digest, made_at) "
            "VALUES (:token_id, :name, :scope, :digest, :made_at)",
            token_id=token.token_id,
            name=token.name,
            scope=token.scope,
            digest=token.digest,
            made_at=microseconds(token.made_at),
        )


def revoke(store: Store, name: str, now: datetime) -> None:
    """From now on the token is refused. Raises WrongUsage where no good one has that name."""
    with store.write() as write:
        done = write.run(
            "UPDATE access_token SET revoked_at = :now WHERE name = :name AND revoked_at IS NULL RETURNING token_id",
            name=name,
            now=microseconds(now),
        )
    if not done:
        raise WrongUsage(f"There is no token {name!r} that could be taken back.", do="Look at `review-app token list`.")


def every(store: Store) -> list[StoredToken]:
    """All tokens there ever were, the oldest first."""
    return [_token(row) for row in store.rows(f"SELECT {_COLUMNS} FROM access_token ORDER BY made_at, token_id")]


def good(store: Store, token_id: str) -> StoredToken | None:
    """The token with this id, unless it was taken back."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM access_token WHERE token_id = :token_id AND revoked_at IS NULL", token_id=token_id
    )
    return _token(rows[0]) if rows else None


def _token(row: Row) -> StoredToken:
    made = instant(row["made_at"])
    assert made is not None
    return StoredToken(**row | {"made_at": made, "revoked_at": instant(row["revoked_at"])})
