"""md5 as lower-case hex text, as each engine spells it.

Ibis' own `hexdigest` is not known on half of them, and its `hash` gives another number on each.
"""

from __future__ import annotations

from typing import Any

import ibis


def _builtin(name: str, takes: str, gives: str) -> Any:
    """A function the engine has under this name; the types are those of Ibis."""

    def function(value: Any) -> Any:
        """Never called: only its name reaches the engine."""

    return ibis.udf.scalar.builtin(function, name=name, signature=((takes,), gives))


_HEX_OF_TEXT = _builtin("md5", "string", "string")
_BYTES_OF_TEXT = _builtin("md5", "string", "binary")
_BYTES_OF_BYTES = _builtin("md5", "binary", "binary")
_CLICKHOUSE = _builtin("MD5", "string", "binary")  # where capitals count
_TO_UTF8 = _builtin("to_utf8", "string", "binary")
_TO_HEX = _builtin("to_hex", "binary", "string")
_HEX = _builtin("hex", "binary", "string")


def md5_hex(engine: str, text: Any) -> Any:
    """The expression for one of lake_address.ENGINES."""
    if engine == "bigquery":
        return _TO_HEX(_BYTES_OF_TEXT(text))
    if engine == "clickhouse":
        return _HEX(_CLICKHOUSE(text)).lower()
    if engine == "trino":
        return _TO_HEX(_BYTES_OF_BYTES(_TO_UTF8(text))).lower()
    return _HEX_OF_TEXT(text)
