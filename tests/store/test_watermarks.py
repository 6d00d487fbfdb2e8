"""How far pulls have come."""

from __future__ import annotations

from review_app.store import watermarks
from review_app.store.engine import Store

from ..builders import NOON, after


def test_it_goes_forward_only_and_each_source_has_its_own(store: Store) -> None:
    assert watermarks.through(store, "mlflow http://a desk") is None
    watermarks.advance(store, "mlflow http://a desk", after(hours=1), NOON)
    watermarks.advance(store, "mlflow http://a desk", NOON, NOON)
    watermarks.advance(store, "mlflow http://a other", NOON, NOON)
    assert watermarks.through(store, "mlflow http://a desk") == after(hours=1)
    assert watermarks.through(store, "mlflow http://a other") == NOON
