"""Every call of LiteLLM, SDK or gateway, into the spool folder, where `review-app ingest` finds it.

    import litellm
    from review_app.traces.litellm_callback import callback
    litellm.callbacks.append(callback)

In a gateway's config: `litellm_settings: {callbacks: review_app.traces.litellm_callback.callback}`. Nobody but the
program that uses LiteLLM imports this module: loading LiteLLM takes seconds.
"""

from __future__ import annotations

import os
from typing import Any

from litellm.integrations.custom_logger import CustomLogger

from review_app.traces.spool import UNREPORTED, Spool

_HIDDEN = "redacted-by-litellm"  # what LiteLLM puts in place of messages where it is told to log none


class SpoolCallback(CustomLogger):
    """Writes what LiteLLM knows of a call, its StandardLoggingPayload, as one line. LiteLLM makes it in the background,
    beside the call; so that a program killed before that loses nothing, the bare answer is a line before it.

    It never raises; `lost` says how many reports could not be written."""

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        super().__init__()
        self._folder, self._spool = folder, Spool("litellm")

    @property
    def lost(self) -> int:
        """Reports of this process that are not in the spool."""
        return self._spool.lost

    def log_post_api_call(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """The answer is here, and LiteLLM has not reported it yet. Of a stream only the beginning is."""
        if isinstance(kwargs, dict) and not kwargs.get("stream"):
            self._spool.append(_unreported(kwargs), self._folder, counted=False)

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
        payload = kwargs.get("standard_logging_object") if isinstance(kwargs, dict) else None
        if payload is None:
            self._spool.note_loss("LiteLLM gave no standard_logging_object")
        else:
            self._spool.append(payload, self._folder)


def _unreported(about: dict[str, Any]) -> dict[str, Any]:
    """The part of a StandardLoggingPayload that is known before LiteLLM has made it."""
    kept = {name: about.get(name) for name in ("litellm_call_id", "call_type", "model", "messages")}
    answer = about.get("original_response")
    # Where messages are hidden, the answer is not, and must be. What is no JSON object is an error's words.
    is_answer = isinstance(answer, str) and answer.lstrip().startswith("{") and _HIDDEN not in str(kept["messages"])
    return kept | {
        UNREPORTED: True,
        "status": "success",
        "startTime": about.get("start_time"),
        "response": answer if is_answer else None,
    }


callback = SpoolCallback()
