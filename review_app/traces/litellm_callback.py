"""Every call of LiteLLM, SDK or gateway, into the spool folder, where `review-app ingest` finds it.

    import litellm
    from review_app.traces.litellm_callback import callback
    litellm.callbacks.append(callback)

In a gateway's config: `litellm_settings: {callbacks: review_app.traces.litellm_callback.callback}`. Nobody but the
program that uses LiteLLM imports this module: loading LiteLLM takes seconds.
"""

from __future__ import annotations

import atexit
import os
from contextlib import suppress
from typing import Any

from litellm.integrations.custom_logger import CustomLogger
from litellm.litellm_core_utils.logging_worker import GLOBAL_LOGGING_WORKER

from review_app.traces.spool import Spool

MOST_WAITING = 10_000
"""Answers whose report may be outstanding at a time; beyond that we rely on LiteLLM alone."""


class SpoolCallback(CustomLogger):
    """Writes what LiteLLM knows of a call, its StandardLoggingPayload, as one line. LiteLLM runs it beside the call,
    and it never raises; `lost` says how many calls could not be written."""

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        super().__init__()
        self._folder, self._spool = folder, Spool("litellm")
        self._waiting: dict[str, dict[str, Any]] = {}  # answered, and not yet reported to us
        atexit.register(self._last_call)

    @property
    def lost(self) -> int:
        """Calls of this process that are not in the spool."""
        return self._spool.lost

    def log_post_api_call(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """The answer is here; LiteLLM reports it later, in the background."""
        if isinstance(kwargs, dict) and len(self._waiting) < MOST_WAITING:
            self._waiting[str(kwargs.get("litellm_call_id"))] = kwargs

    # LiteLLM passes these by name: under other names it would never call us, and say nothing.
    def log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """A call that was answered."""
        self._keep(kwargs)

    def log_failure_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """A call that failed."""
        self._keep(kwargs)

    async def async_log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """An awaited call that was answered."""
        self._keep(kwargs)

    async def async_log_failure_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """An awaited call that failed."""
        self._keep(kwargs)

    def _keep(self, kwargs: Any) -> None:
        about = kwargs if isinstance(kwargs, dict) else {}
        self._waiting.pop(str(about.get("litellm_call_id")), None)
        payload = about.get("standard_logging_object")
        if payload is None:
            self._spool.note_loss("LiteLLM gave no standard_logging_object")
        else:
            self._spool.append(payload, self._folder)

    def _last_call(self) -> None:
        """When the event loop closes, LiteLLM drops the reports it was just making; what it knows of them is written
        here, after those it still has in its queue."""
        with suppress(Exception):
            getattr(GLOBAL_LOGGING_WORKER, "_flush_on_exit", _nothing)()
        while self._waiting:
            _, about = self._waiting.popitem()
            self._spool.append(about.get("standard_logging_object") or _payload(about), self._folder)


def _payload(about: dict[str, Any]) -> dict[str, Any]:
    """The part of a StandardLoggingPayload that is known before LiteLLM has made it."""
    kept = {name: about.get(name) for name in ("litellm_call_id", "call_type", "model", "messages")}
    return kept | {
        "status": "success",
        "startTime": about.get("start_time"),
        "response": about.get("original_response"),
    }


def _nothing() -> None:
    """Where a LiteLLM has no such method."""


callback = SpoolCallback()
