"""The schema, as the steps that made it. A released step is never edited: the next one changes what it made."""

from __future__ import annotations

from review_app.store.schema import (
    m001_first,
    m002_desk,
    m003_queue,
    m004_team,
    m005_again,
    m006_sampling,
    m007_traffic,
    m008_strata,
    m009_spans,
    m010_pull,
    m011_judging,
    m012_runs,
    m013_golden,
    m014_lists,
    m015_outside,
    m016_release_traffic,
    m017_beside,
)

MIGRATIONS = (
    m001_first.SQL,
    m002_desk.SQL,
    m003_queue.SQL,
    m004_team.SQL,
    m005_again.SQL,
    m006_sampling.SQL,
    m007_traffic.SQL,
    m008_strata.SQL,
    m009_spans.SQL,
    m010_pull.SQL,
    m011_judging.SQL,
    m012_runs.SQL,
    m013_golden.SQL,
    m014_lists.SQL,
    m015_outside.SQL,
    m016_release_traffic.SQL,
    m017_beside.SQL,
)
"""Step n brings a store from version n - 1 to n; statements are separated by a semicolon at the end of a line."""
