"""A list of names in a yaml, where a single one needs no brackets."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

Names = Annotated[tuple[str, ...], BeforeValidator(lambda given: [given] if isinstance(given, str) else given)]
