"""review_app: people grade what an LLM product really did, and learn how far its LLM judges can be trusted.

Everything the tool does is a function of `review_app.actions`; the command line and the pages call nothing else.
"""

from __future__ import annotations

__version__ = "0.1.0"

__all__ = ["__version__"]
