"""Keys for other tools' APIs. They stand in the environment, under the names those tools' own clients use."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from review_app.errors import WrongUsage


@dataclass(frozen=True, kw_only=True)
class Access:
    """Where to ask and what to prove oneself with. header: of every request, empty where no key is needed. asked: the
    variables a key may stand in, for messages."""

    base: str
    header: Mapping[str, str] = field(repr=False)
    asked: str


@dataclass(frozen=True, kw_only=True)
class _Names:
    """pair: user and password; token: a bearer's; homes: where the tool's own client says which host its key is for."""

    pair: tuple[str, str] | None = None
    token: str | None = None
    homes: tuple[str, ...] = ()
    needed: bool = False


_TOOLS = {
    "langfuse": _Names(
        pair=("LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"), homes=("LANGFUSE_HOST", "LANGFUSE_BASE_URL"), needed=True
    ),
    "phoenix": _Names(token="PHOENIX_API_KEY", homes=("PHOENIX_COLLECTOR_ENDPOINT",)),
    "mlflow": _Names(
        pair=("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"),
        token="MLFLOW_TRACKING_TOKEN",
        homes=("MLFLOW_TRACKING_URI",),
    ),
}
TOOLS = tuple(_TOOLS)
"""The tools that can be pulled from."""


def access(tool: str, url: str, environment: Mapping[str, str]) -> Access:
    """Where and how to ask a tool at `url`. Raises WrongUsage for an address that is none or has a key in it, for a key
    that is missing, and for one that the environment says is another host's."""
    names, base = _TOOLS[tool], _base(url)
    header = _header(names, environment)
    asked = " and ".join(names.pair) if names.pair else ""
    asked = " or ".join(filter(None, (names.token, asked)))
    if names.needed and not header:
        raise WrongUsage(f"{tool} wants a key, and the environment has none.", where=base, do=f"Set {asked}.")
    for home in names.homes if header else ():
        other = urlsplit(environment.get(home, "")).hostname
        if other and other != urlsplit(base).hostname:
            raise WrongUsage(
                f"The key belongs to {other}, as {home} says, and would go to {urlsplit(base).hostname}.",
                where=base,
                do=f"Set the key of this host and its {home}, or unset {home}.",
            )
    return Access(base=base, header=header, asked=asked)


def _base(url: str) -> str:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound:
        raise WrongUsage(f"{url[:200]!r} is no address.", do="Give one that begins with https:// or http://.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise WrongUsage(
            "The address holds a name, a password or a query.",
            where=f"{parts.scheme}://{parts.hostname}",
            do="Give the plain address, and keys in the environment.",
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _header(names: _Names, environment: Mapping[str, str]) -> dict[str, str]:
    if names.token and (token := environment.get(names.token, "").strip()):
        return {"authorization": f"Bearer {token}"}
    pair = [environment.get(name, "").strip() for name in names.pair or ()]
    if pair and all(pair):
        return {"authorization": "Basic " + b64encode(":".join(pair).encode()).decode()}
    return {}
