"""review_app: people grade what an LLM product really did, and learn how far its LLM judges can be trusted.

Everything the tool does is a function of `review_app.actions`; the command line and the pages call nothing else. Your
own program needs two names at most: `log_trace`, and the decorator `logged`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

__all__ = ["__version__", "log_trace", "logged"]


def __getattr__(name: str) -> Any:
    # Loaded at the first use: `import review_app` is part of every command.
    if name in ("log_trace", "logged"):
        return getattr(import_module("review_app.traces.spool"), name)
    raise AttributeError(f"module 'review_app' has no attribute {name!r}")
