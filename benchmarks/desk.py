"""How long a reviewer waits: from the submit key to the next item painted, and from opening the page to the first item.

    python benchmarks/desk.py [queued ...]

Real Chromium against the real server. An item is a trace of 20 messages with 5 documents of 2 kB, and a rubric of 6
criteria; the two items behind it are on their way or there, as for a person who reads before answering. The time runs
from the key event to the first moment after the frame with the next item was painted. Only the first traces of the
queue have that size, the others are a line each: nothing but the claim ever looks at them.
Targets: submit p50 at most 50 ms, p95 at most 120 ms; open at most 1.5 s; with ten times the queue at most 1.3 times
these figures.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson
from playwright.sync_api import Browser, Page, sync_playwright

from review_app import actions
from review_app.store.engine import Store
from tests.browser.conftest import BROWSERS, FLAGS
from tests.browser.serving import serving

P50_MS, P95_MS, OPEN_MS, RATIO = 50, 120, 1_500, 1.3
SUBMITS, OPENS = 40, 5
TEXT = "the kettle came without its lid and the courier left it at number nine although nobody there knew of it. "
RUBRIC = "name: Six questions\ncriteria:\n" + "".join(
    f"  - {{name: q{n}, question: 'Is point {n} right?', kind: binary, bad: ['no'], "
    "labels: [{value: 'yes', text: Yes}, {value: 'no', text: No}]}\n"
    for n in range(6)
)
# Set up before the key is pressed; resolves with milliseconds, or null where a pause came instead of an item.
TIMED = """() => new Promise((resolve) => {
  const main = document.querySelector(".rv-main"), was = main.querySelector(".rv-answer").textContent;
  document.addEventListener("keydown", (event) => {
    const painted = () => requestAnimationFrame(() => {
      if (main.querySelector(".rv-end")) return resolve(null);
      if ((main.querySelector(".rv-answer")?.textContent ?? was) === was) return painted();
      const after = new MessageChannel();
      after.port1.onmessage = () => resolve(performance.now() - event.timeStamp);
      after.port2.postMessage(0);
    });
    painted();
  }, { capture: true, once: true });
})"""


def main(depths: list[int]) -> int:
    """Print every figure beside its target; 1 where one is missed."""
    medians = []
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, BROWSERS)))
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for depth in depths:
            with tempfile.TemporaryDirectory() as folder:
                medians.append(measured(browser, Path(folder), depth))
        browser.close()
    missed = [name for one in medians for name, (value, most) in one.items() if value > most]
    for name in medians[0] if len(medians) > 1 else ():
        ratio = medians[-1][name][0] / medians[0][name][0]
        print(f"{name}: {depths[-1]:,} queued take {ratio:.2f} times what {depths[0]:,} take, at most {RATIO}")
        missed += [name] if ratio > RATIO else []
    return int(bool(missed))


def measured(browser: Browser, project: Path, depth: int) -> dict[str, tuple[float, float]]:
    """Figure -> (milliseconds, target)."""
    fill(project, depth)
    with serving(project) as address:
        first = opened(browser, address, "first")
        # The figure is the median: what each of many people meets, not the one who comes right after a restart.
        opens = [opened(browser, address, f"ida{n}") for n in range(OPENS)]
        times = sorted(submitted(browser, address))
    found = {
        "submit p50": (statistics.median(times), P50_MS),
        "submit p95": (times[int(len(times) * 0.95)], P95_MS),
        "open": (statistics.median(opens), OPEN_MS),
    }
    print(f"{depth:,} queued: longest submit {times[-1]:.0f} ms, first page of the server {first:.0f} ms")
    for name, (value, most) in found.items():
        print(f"  {name:<11}{value:>7.0f} ms, target at most {most:,}: {'met' if value <= most else 'MISSED'}")
    return found


def opened(browser: Browser, address: str, who: str) -> float:
    """Milliseconds from asking for the page to the first item, in a browser that has never been here."""
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        began = time.perf_counter()
        page.goto(f"{address}/?reviewer={who}", wait_until="commit")
        page.locator(".rv-answer").wait_for()
        return (time.perf_counter() - began) * 1000


def submitted(browser: Browser, address: str) -> list[float]:
    """Milliseconds of each submission."""
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.goto(f"{address}/?reviewer=zoe")
        page.locator(".rv-answer").wait_for()
        times = [one_more(page) for _ in range(SUBMITS)]
        return [one for one in times if one is not None]


def one_more(page: Page) -> float | None:
    page.wait_for_timeout(800)
    if page.locator(".rv-end").count():
        page.get_by_role("button", name="Go on").click()
    page.locator(".rv-answer").wait_for()
    for _ in range(6):
        page.keyboard.press("1")
    # Wrapped, or the answer would be waited for before the key is pressed.
    waiting = page.evaluate_handle(f"() => ({{ done: ({TIMED})() }})")
    page.keyboard.press("Enter")
    found: float | None = waiting.evaluate("waiting => waiting.done")
    return found


def fill(project: Path, depth: int) -> None:
    """A project with `depth` traces in its queue, those that come first of full size."""
    actions.init(project)
    (project / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    small = ({"trace_id": f"t-{n:07d}", "route": "returns", "output": f"Answer {n}."} for n in range(depth))
    ingest(project, small)
    actions.sample(project, reviews=depth)
    store = Store(project / "review.db")
    rows = store.rows("SELECT trace_id FROM slot ORDER BY draw_number, queue_order, slot_id LIMIT 150")
    store.close()
    ingest(project, (whole(row["trace_id"]) for row in rows))


def ingest(project: Path, found: Any) -> None:
    path = project / "traces.jsonl"
    path.write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in found))
    actions.ingest(project, [path])


def whole(trace_id: str) -> dict[str, Any]:
    """Twenty messages, five documents of 2 kB, two tool calls."""
    return {
        "trace_id": trace_id,
        "at": "2026-09-01T10:00:00Z",
        "session_id": trace_id,
        "route": "returns",
        "messages": [
            {"role": "user" if n % 2 == 0 else "assistant", "content": f"{trace_id} **{n}** {TEXT * 3}"}
            for n in range(20)
        ],
        "documents": [{"id": f"kb-{n}", "title": f"Rule {n}", "text": (TEXT * 20)[:2000]} for n in range(5)],
        "tool_calls": [
            {"name": "find_order", "arguments": {"order": n}, "result": {"state": "sent"}} for n in range(2)
        ],
        "output": f"{trace_id}: {TEXT * 4} [kb-1] [kb-3]",
    }


if __name__ == "__main__":
    sys.exit(main([int(depth) for depth in sys.argv[1:]] or [10_000, 100_000]))
