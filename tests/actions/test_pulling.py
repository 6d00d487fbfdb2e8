"""Pulling: recorded Langfuse answers from a real HTTP server, and Phoenix and MLflow themselves."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from review_app import actions
from review_app.actions.workspace import opened
from review_app.errors import BadInput, WrongUsage
from review_app.store import traces, verdicts
from review_app.store.traces import Saved
from review_app.traces.pull import mlflow_api, phoenix_api

from .. import peers
from ..api_server import ApiServer, Asked, api_server
from ..shared_data import shared

pytest.importorskip("httpx", reason="the extra `pull` is not installed")

SECRET = "sk-lf-a-key-that-nobody-else-may-see"
QUICK = actions.Wanted(rate=1000, overlap=timedelta(0))
START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "LANGFUSE_HOST",
        "LANGFUSE_BASE_URL",
        "PHOENIX_API_KEY",
        "MLFLOW_TRACKING_TOKEN",
        "MLFLOW_TRACKING_URI",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANGFUSE_PUBLIC_KEY", "pk-lf-1")
    monkeypatch.setenv("LANGFUSE_SECRET_KEY", SECRET)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    actions.init(tmp_path / "project")
    return tmp_path / "project"


class Langfuse:
    """What the API holds: traces with their observations and scores, as recorded."""

    def __init__(self, copies: int = 1) -> None:
        found = sorted((shared("native-traces") / "langfuse").glob("*.trace.json"))
        recorded = [orjson.loads(path.read_bytes()) for path in found]
        self.traces = [_copy(one, n) for n, one in enumerate(recorded * copies)]

    def answer(self, asked: Asked) -> tuple[int, object]:
        kind, _, trace_id = asked.path.removeprefix("/api/public/").partition("/")
        if kind == "v2":
            return 200, self._page(asked, [score for one in self.traces for score in one["scores"]])
        if not trace_id:
            return 200, self._page(asked, [_listed(one) for one in self.traces])
        return next(((200, one) for one in self.traces if one["id"] == trace_id), (404, {}))

    def _page(self, asked: Asked, records: list[dict[str, Any]]) -> dict[str, Any]:
        start, stop = (datetime.fromisoformat(asked.params[name][0]) for name in ("fromTimestamp", "toTimestamp"))
        inside = sorted(
            (one for one in records if start <= datetime.fromisoformat(one["timestamp"]) < stop),
            key=lambda one: one["timestamp"],
        )
        limit, page = (int(asked.params[name][0]) for name in ("limit", "page"))
        return {"data": inside[(page - 1) * limit : page * limit], "meta": {"page": page}}


def _copy(one: dict[str, Any], number: int) -> dict[str, Any]:
    """A recorded trace as `GET /traces/{id}` returns it, with an id of its own; three share each time."""
    trace_id, at = f"{one['trace']['id']}-{number}", (START + timedelta(minutes=number // 3)).isoformat()
    scores = [score | {"traceId": trace_id, "timestamp": at} for score in one["trace"].get("scores", [])]
    own = {"id": trace_id, "timestamp": at, "scores": scores, "corrections": [], "observations": one["observations"]}
    return one["trace"] | own


def _listed(one: dict[str, Any]) -> dict[str, Any]:
    return one | {name: [item["id"] for item in one[name]] for name in ("scores", "observations")}


@pytest.fixture
def langfuse() -> Langfuse:
    return Langfuse()


@pytest.fixture
def server(langfuse: Langfuse) -> Iterator[ApiServer]:
    with api_server(langfuse.answer) as found:
        yield found


def pull(project: Path, server: ApiServer, wanted: actions.Wanted = QUICK) -> actions.Pulled:
    return actions.pull(project, "langfuse", server.address, wanted)


def digest(project: Path) -> list[tuple[str, str]]:
    rows = opened(project).store.rows("SELECT trace_id, content_hash FROM trace_body ORDER BY trace_id, version")
    return [(row["trace_id"], row["content_hash"]) for row in rows]


def test_everything_comes_once_with_its_scores(project: Path, server: ApiServer, langfuse: Langfuse) -> None:
    done = pull(project, server)
    scores = sum(len(one["scores"]) for one in langfuse.traces)
    assert (done.ingested.saved, done.ingested.rejected) == (Saved(new=9), 0)
    assert (done.ingested.verdicts, len(verdicts.frame(opened(project).store))) == (scores, scores)
    again = pull(project, server)
    assert again.ingested.saved == Saved()
    assert again.through is not None
    assert done.through is not None
    assert again.through >= done.through


def test_a_look_shows_the_first_page_stores_nothing_and_moves_no_mark(project: Path) -> None:
    with api_server(Langfuse(13).answer) as server:  # 117 traces, in pages of 50
        seen = actions.preview_pull(project, "langfuse", server.address, QUICK)
        assert len(server.paths("/api/public/traces/")) == 50
        (about,) = seen.files
        assert (about.format, about.traces, about.rejected, len(seen.samples)) == ("langfuse", 50, 0, 3)
        assert about.verdicts > 0
        assert seen.raw["observations.id"] > 0
        store = opened(project).store
        assert (digest(project), len(verdicts.frame(store)), store.rows("SELECT * FROM pull_watermark")) == ([], 0, [])
        assert not (project / "rejects").exists()
        assert pull(project, server).ingested.saved == Saved(new=117)


def test_a_look_where_nothing_is_new_shows_nothing(project: Path) -> None:
    with api_server(lambda asked: (200, {"data": []})) as server:
        seen = actions.preview_pull(project, "langfuse", server.address, QUICK)
    assert (seen.files[0].traces, seen.samples, dict(seen.raw)) == (0, (), {})


def test_it_says_the_same_as_the_file(project: Path, server: ApiServer, langfuse: Langfuse, tmp_path: Path) -> None:
    pull(project, server)
    path = tmp_path / "langfuse.json"
    path.write_bytes(orjson.dumps(langfuse.traces))
    assert actions.ingest(project, [path]).saved == Saved(same=9)


def test_many_pages_with_equal_times(tmp_path: Path) -> None:
    # 9 recorded traces x 13 = 117, in pages of 50 and three to a minute
    with api_server(Langfuse(13).answer) as server:
        actions.init(tmp_path)
        assert pull(tmp_path, server).ingested.saved == Saved(new=117)
        details = server.paths("/api/public/traces/")
        assert len(details) == len(set(details)) == 117


def test_stopped_anywhere_it_goes_on_and_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    with api_server(Langfuse(13).answer) as server:
        clean, stopped = tmp_path / "clean", tmp_path / "stopped"
        for folder in (clean, stopped):
            actions.init(folder)
        pull(clean, server)
        server.asked.clear()

        def stop(read: int, through: datetime | None) -> None:
            raise KeyboardInterrupt

        # Each run is stopped after its first page, and there are three.
        for _ in range(6):
            try:
                actions.pull(stopped, "langfuse", server.address, QUICK, stop)
            except KeyboardInterrupt:
                continue
        pull(stopped, server)
        assert digest(stopped) == digest(clean)
        # What shares the time at which a run stopped is asked for again, nothing else: at most three of each page.
        assert len(server.paths("/api/public/traces/")) < 117 + 7 * 3


def test_what_came_late_is_found(project: Path, server: ApiServer, langfuse: Langfuse) -> None:
    pull(project, server)
    old, late = langfuse.traces[0], datetime.now(UTC) - timedelta(minutes=10)
    score = old["scores"][0] if old["scores"] else langfuse.traces[1]["scores"][0]
    old["scores"] = [
        *old["scores"],
        score | {"id": "late", "traceId": old["id"], "name": "late", "timestamp": late.isoformat()},
    ]
    langfuse.traces.append(old | {"id": "late-trace", "timestamp": late.isoformat(), "scores": []})
    done = pull(project, server, actions.Wanted(rate=1000, overlap=timedelta(hours=1)))
    assert (done.ingested.saved, done.ingested.verdicts) == (Saved(new=1, same=1), 1)
    # Only those two were asked for, of ten.
    assert server.paths("/api/public/traces/")[9:] == [
        f"/api/public/traces/{name}" for name in ("late-trace", old["id"])
    ]


def test_a_trace_of_the_very_time_at_which_a_pull_stopped_is_found(
    project: Path, server: ApiServer, langfuse: Langfuse
) -> None:
    through = pull(project, server).through
    assert through is not None
    fine = through + timedelta(microseconds=456)
    langfuse.traces.append(langfuse.traces[0] | {"id": "late", "timestamp": fine.isoformat(), "scores": []})
    time.sleep(0.01)  # a pull ends a millisecond before it begins
    with (project / "project.yaml").open("a") as file:
        file.write("\nsettle_seconds: 0\n")
    assert pull(project, server).ingested.saved == Saved(new=1)


def test_feedback_attached_here_outlives_a_change_there(project: Path, server: ApiServer, langfuse: Langfuse) -> None:
    pull(project, server)
    name = langfuse.traces[0]["id"]
    actions.attach_feedback(project, name, rating=-1)
    langfuse.traces[0]["output"] = "another answer"
    assert pull(project, server, actions.Wanted(rate=1000, since=START)).ingested.saved.changed == 1
    found = traces.body(opened(project).store, name).user_feedback
    assert found is not None
    assert found.rating == -1


def test_a_bad_record_is_listed_and_costs_itself_alone(project: Path, server: ApiServer, langfuse: Langfuse) -> None:
    langfuse.traces[0]["tags"] = 5
    langfuse.traces[1]["metadata"] = {"key": "sk-" + "proj-" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9b"}
    done = pull(project, server)
    assert (done.ingested.saved.new, done.ingested.rejected) == (8, 1)
    assert done.ingested.redacted == {"api_key": 1}
    assert done.ingested.rejects is not None


def test_a_busy_server_costs_nothing(project: Path, server: ApiServer) -> None:
    server.faults = [(429, {"retry-after": "0"}), None, "cut", (503, {"retry-after": "0"})]
    assert pull(project, server).ingested.saved == Saved(new=9)


def test_a_key_is_neither_stored_nor_said(project: Path, server: ApiServer) -> None:
    server.faults = [None, (401, {})]
    with pytest.raises(WrongUsage, match="refused the key") as raised:
        pull(project, server)
    assert SECRET not in str(raised.value)
    pull(project, server)
    everything = b"".join(file.read_bytes() for file in project.rglob("*") if file.is_file())
    assert SECRET.encode() not in everything
    assert all(one.key for one in server.asked)


def test_a_server_that_sorts_otherwise_is_told_from_one_that_does_not(project: Path, langfuse: Langfuse) -> None:
    def backwards(asked: Asked) -> tuple[int, object]:
        status, said = langfuse.answer(asked)
        return status, {"data": said["data"][::-1]} if isinstance(said, dict) and "data" in said else said

    with api_server(backwards) as server, pytest.raises(BadInput, match="order of time"):
        pull(project, server)


def test_a_gap_is_never_taken_for_pulled(project: Path, server: ApiServer, langfuse: Langfuse) -> None:
    middle = START + timedelta(minutes=1)
    pull(project, server, actions.Wanted(rate=1000, since=middle))
    assert len(digest(project)) == 6
    # Nothing before `since` was ever pulled; what is asked for explicitly comes.
    assert pull(project, server, actions.Wanted(rate=1000, since=START)).ingested.saved == Saved(new=3, same=6)


FILL_MLFLOW = """
import sys, mlflow
from mlflow.entities import AssessmentSource

@mlflow.trace(span_type="TOOL")
def find_order(order):
    return "shipped"

@mlflow.trace(span_type="CHAIN")
def answer(question):
    return "It is " + find_order("A-17")

mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment("desk")
judge = AssessmentSource(source_type="LLM_JUDGE", source_id="judge-1")
ana = AssessmentSource(source_type="HUMAN", source_id="ana")
for number in range(int(sys.argv[2])):
    answer(f"Where is it, {number}?")
    trace = mlflow.get_last_active_trace_id()
    mlflow.flush_trace_async_logging()
    mlflow.log_feedback(trace_id=trace, name="good_enough", value="pass", source=judge, rationale="fine")
mlflow.log_expectation(trace_id=trace, name="expected_response", value="On its way", source=ana)
"""


def test_mlflow_itself(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow_api, "_TRACES", 10)  # two pages, without so many traces
    with peers.mlflow(tmp_path) as address:
        peers.run(FILL_MLFLOW, address, "13")
        wanted = actions.Wanted(name="desk", rate=1000)
        done = _pulled(project, "mlflow", address, wanted, 13)
        again = actions.pull(project, "mlflow", address, wanted)
        with pytest.raises(BadInput):
            actions.pull(project, "mlflow", address, actions.Wanted(name="nothing", rate=1000))
    store = opened(project).store
    assert (done.verdicts, done.rejected, again.ingested.saved) == (13, 0, Saved(same=13))
    # Two pages, each with its spans, and the experiment's number.
    assert again.requests == 5
    found = [traces.body(store, name) for name in traces.frame(store)["trace_id"]]
    assert {one.output for one in found} == {"It is shipped"}
    assert {call.name for one in found for call in one.tool_calls} == {"find_order"}
    assert {one.messages[0].text for one in found} == {f"Where is it, {number}?" for number in range(13)}
    assert [one.correction for one in found if one.correction] == ["On its way"]


FILL_PHOENIX = """
import json, sys, time, urllib.request
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

address = sys.argv[1]
provider = TracerProvider(resource=Resource({"openinference.project.name": "desk"}))
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(address + "/v1/traces")))
tracer = provider.get_tracer("test")
for number in range(int(sys.argv[2])):
    with tracer.start_as_current_span("answer") as root:
        asked = {"openinference.span.kind": "CHAIN", "input.value": f"Where is it, {number}?", "output.value": "Here"}
        root.set_attributes(asked)
        with tracer.start_as_current_span("find_order") as tool:
            tool.set_attributes({"openinference.span.kind": "TOOL", "tool.name": "find_order", "output.value": "x"})
provider.shutdown()

def post(path, **about):
    body = json.dumps({"data": [about | {"annotator_kind": "LLM"}]}).encode()
    request = urllib.request.Request(address + path, body, {"content-type": "application/json"})
    for tried in range(60):
        try:
            return urllib.request.urlopen(request).read()
        except urllib.error.HTTPError as fault:
            if fault.code != 404:
                raise
            time.sleep(0.5)  # it stores spans in the background

about = root.get_span_context()
good = {"label": "pass", "score": 1, "explanation": "fine"}
post("/v1/span_annotations?sync=true", span_id=f"{about.span_id:016x}", name="good_enough", result=good)
post("/v1/trace_annotations?sync=true", trace_id=f"{about.trace_id:032x}", name="tone", result={"label": "warm"})
print(f"{about.trace_id:032x}")
"""


def test_phoenix_itself(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phoenix_api, "_TRACES", 10)  # two pages, without so many traces
    with peers.phoenix(tmp_path) as address:
        last = peers.run(FILL_PHOENIX, address, "13").strip()
        wanted = actions.Wanted(name="desk", rate=1000)
        done = _pulled(project, "phoenix", address, wanted, 13)
        again = actions.pull(project, "phoenix", address, wanted)
        with pytest.raises(BadInput):
            actions.pull(project, "phoenix", address, actions.Wanted(name="nothing/../desk", rate=1000))
    store = opened(project).store
    assert (done.rejected, again.ingested.saved) == (0, Saved(same=13))
    found = [traces.body(store, name) for name in traces.frame(store)["trace_id"]]
    assert {one.output for one in found} == {"Here"}
    assert {call.name for one in found for call in one.tool_calls} == {"find_order"}
    assert sorted((one.criterion, one.label) for one in verdicts.of_trace(store, last)) == [
        ("good_enough", "pass"),
        ("tone", "warm"),
    ]


def _pulled(project: Path, tool: str, address: str, wanted: actions.Wanted, count: int) -> actions.Ingested:
    """What a pull brings once it has everything: what began a moment ago is left for the next."""
    with (project / "project.yaml").open("a") as file:
        file.write("\nsettle_seconds: 0\n")
    done = actions.pull(project, tool, address, wanted).ingested
    assert done.saved.new == count
    return done


def test_killed_anywhere_a_rerun_ends_in_the_same_state(tmp_path: Path) -> None:
    held, clean, killed = Langfuse(13), tmp_path / "clean", tmp_path / "killed"
    running: list[subprocess.Popen[bytes]] = []
    deadly: set[int] = set()

    def answer(asked: Asked) -> tuple[int, object]:
        if len(server.asked) in deadly:
            running[-1].kill()
        return held.answer(asked)

    with api_server(answer) as server:
        for folder in (clean, killed):
            actions.init(folder)
        pull(clean, server)
        command = [sys.executable, "-c", "from review_app.cli import main; main()", "pull", "langfuse", server.address]
        options = ["--rate", "1000", "--overlap", "0", "--project", str(killed)]
        # In the first page, on the border of two, and in the last; then once to the end.
        for deaths in (7, 52, 60, None):
            server.asked.clear()
            deadly = {deaths} if deaths else set()
            with subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
                running.append(process)
                said = process.communicate(timeout=120)[1]
            assert process.returncode == (-9 if deaths else 0), said
    assert digest(killed) == digest(clean)
    assert len(verdicts.frame(opened(killed).store)) == len(verdicts.frame(opened(clean).store))
