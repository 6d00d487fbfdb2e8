"""A provider's batch: many questions in one file, answered within a day for less, in any order, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import orjson

from review_app.errors import BadConfig, ReviewAppError
from review_app.grading.judges.reply import Answer
from review_app.grading.judges.spec import ModelSpec
from review_app.grading.model_call import (
    Failure,
    Question,
    answer_from,
    by_filter,
    failure,
    key_of,
    known_price,
    library,
)

ENDED = ("completed", "failed", "expired", "cancelled")
_TIMEOUT = 120.0


@dataclass(frozen=True, kw_only=True)
class BatchState:
    """status: in the protocol's words; one of ENDED once nothing more will come. done, failed, total: its lines."""

    status: str
    done: int
    failed: int
    total: int
    files: tuple[str, ...] = ()


def submit(model: ModelSpec, questions: Sequence[Question]) -> str:
    """Send questions, each named by its key, as one batch; the provider's id of it. Raises BadConfig for a provider
    without batches, ReviewAppError where it does not take them."""
    if not model.model.startswith("openai/"):
        raise BadConfig(f"{model.model} has no batches we know.", do="Use `judge run`, or an address like openai's.")
    lines = b"".join(orjson.dumps(_line(model, one)) + b"\n" for one in questions)
    with _endpoint(model) as api:
        file = api.files.create_file(create_file_data={"file": ("q.jsonl", lines), "purpose": "batch"}, **api.where)
        about = {"completion_window": "24h", "endpoint": "/v1/chat/completions", "input_file_id": file.id}
        return str(api.batches.create_batch(create_batch_data=about, **api.where).id)


def state(model: ModelSpec, batch_id: str) -> BatchState:
    """How far a batch is."""
    with _endpoint(model) as api:
        found = api.batches.retrieve_batch(retrieve_batch_data={"batch_id": batch_id}, **api.where)
    counts = found.request_counts
    return BatchState(
        status=found.status,
        done=counts.completed if counts else 0,
        failed=counts.failed if counts else 0,
        total=counts.total if counts else 0,
        files=tuple(file for file in (found.output_file_id, found.error_file_id) if file),
    )


def results(model: ModelSpec, batch: BatchState) -> Iterator[tuple[str, Answer | Failure]]:
    """(key, reply) of every line the provider wrote, in its order. What is not among them was not answered. A batch
    costs half of the listed price; a price declared in the judge's file is taken as it stands."""
    price = known_price(model)
    if price is not None and model.price is None:
        price = replace(price, input=price.input / 2, output=price.output / 2)
    for file in batch.files:
        with _endpoint(model) as api:
            content = api.files.file_content(file_content_request={"file_id": file}, **api.where).content
        for text in content.splitlines():
            line = _json(text)
            if isinstance(line.get("custom_id"), str):
                yield line["custom_id"], _reply(line, price)


def _reply(line: Mapping[str, Any], price: Any) -> Answer | Failure:
    response = line.get("response") or {}
    if response.get("status_code") == 200 and isinstance(response.get("body"), dict):
        return answer_from(library().ModelResponse(**response["body"]), None, price)
    error = (response.get("body") or {}).get("error") or line.get("error") or {}
    said = str(error.get("message", "no reason given"))[:300] if isinstance(error, dict) else str(error)[:300]
    status = response.get("status_code")
    again = status in (408, 409, 429) or (status or 500) >= 500
    return Failure(reason=f"batch: {status}: {said}", again=again, declined=by_filter(status, str(error)))


def _line(model: ModelSpec, question: Question) -> dict[str, Any]:
    library()  # before anything of litellm is loaded: it would fetch a price list
    from litellm.utils import type_to_response_format_param  # type: ignore[attr-defined]

    wanted: dict[str, Any] = {
        "temperature": question.temperature,
        "top_p": question.top_p,
        "seed": question.seed,
        "max_tokens": question.max_tokens,
        "response_format": type_to_response_format_param(question.schema),
        "logprobs": True if question.logprobs else None,
        "top_logprobs": 5 if question.logprobs else None,
    }
    body = {name: value for name, value in wanted.items() if value is not None}
    body |= {"model": model.model.removeprefix("openai/"), "messages": question.messages}
    return {"custom_id": question.key, "method": "POST", "url": "/v1/chat/completions", "body": body}


class _Api(NamedTuple):
    """litellm's two interfaces, and the arguments that bind them to one address and key."""

    files: Any
    batches: Any
    where: dict[str, Any]


@contextmanager
def _endpoint(model: ModelSpec) -> Iterator[_Api]:
    """For one address and key. What a provider refuses is raised as ReviewAppError, without the key."""
    library()
    import httpx
    import openai
    from litellm.llms.openai.openai import OpenAIBatchesAPI, OpenAIFilesAPI

    key = key_of(model)
    # litellm's front door takes no client for files and batches, and its own would follow a redirect.
    with httpx.Client(follow_redirects=False, timeout=_TIMEOUT, trust_env=not model.is_local) as http:
        same: Any = http  # openai 3 declares a client of httpx2, and takes one of httpx as well
        client = openai.OpenAI(api_key=key or "none", base_url=model.api_base, http_client=same, max_retries=0)
        where = {"api_base": model.api_base, "api_key": key, "timeout": _TIMEOUT, "max_retries": 0}
        try:
            yield _Api(
                OpenAIFilesAPI(),
                OpenAIBatchesAPI(),
                where | {"_is_async": False, "organization": None, "client": client},
            )
        except ReviewAppError:
            raise
        except Exception as fault:  # noqa: BLE001  a provider may fail in any way
            said = failure(fault, key)
        else:
            return
    raise ReviewAppError(f"{model.name}: {said.reason}", do="Run the command again; nothing is sent twice.")


def _json(text: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
