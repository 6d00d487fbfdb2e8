"""The traces of a session around one of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from review_app.store import traces
from review_app.store.engine import Store
from review_app.traces.trace import Trace

from ..builders import NOON, a_trace, keep


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "review.db")
    keep(made, [at_minute(n) for n in range(50)] + [a_trace("other", session_id="another", at=NOON)])
    return made


def at_minute(number: int) -> Trace:
    # Two traces share each minute; the id decides between them.
    return a_trace(f"t-{number:02d}", session_id="s", at=NOON + timedelta(minutes=number // 2))


def test_those_around_it_in_the_order_of_time(store: Store) -> None:
    found = [trace.trace_id for trace in traces.session(store, at_minute(25))]
    assert found == [f"t-{n:02d}" for n in range(25 - traces.EARLIER, 25 + traces.LATER + 1)]


@pytest.mark.parametrize(
    "trace",
    [
        pytest.param(a_trace("other", session_id="another", at=NOON), id="alone in its session"),
        pytest.param(a_trace("x", session_id=None, at=NOON), id="no session"),
        pytest.param(a_trace("x", session_id="s", at=None), id="no time"),
    ],
)
def test_a_trace_without_company(store: Store, trace: Trace) -> None:
    assert traces.session(store, trace) == []
