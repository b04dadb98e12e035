"""The console in headless Chromium, over the demo's calls on the local server: what the first load
weighs, when it paints, when a page is complete, and a trace of 30,000 spans."""

import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.first_chart import compare
from tests.bench.report import Row
from tests.console.conftest import CHROMIUM
from tests.support.server import COMMAND, Server

_ROUNDS = 5
_SPANS, _BATCH = 30_000, 500
_FIRST_BYTES, _PAINT_MS, _OVERVIEW_MS, _PAGE_MS, _TRACE_MS = 60_000, 400, 1_500, 1_000, 1_500
_PAGES = {
    "explorer": "Explorer",
    "records": "Records",
    "traces": "Traces",
    "jobs": "Jobs and ROI",
    "customers": "Customers",
    "budgets": "Budgets and alerts",
    "bills": "Bills",
    "advice": "Advice",
    "models": "Models and prices",
    "settings": "Settings",
    "reference": "Reference",
    "start": "Start",
}
_WEIGHT = """() => [...performance.getEntriesByType("navigation"),
    ...performance.getEntriesByType("resource").filter((each) => each.name.includes("/console/"))]
    .reduce((sum, each) => sum + each.encodedBodySize, 0)"""
_PAINT = """() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime"""
_NOTE = f"median of {_ROUNDS}, demo data, local server and browser on this machine"


def run() -> list[Row]:
    """All of them; nothing where there is no Chromium."""
    if not CHROMIUM:
        return [Row("console", "no Chromium here")]
    with TemporaryDirectory() as folder, Server(Path(folder), "--demo") as server:
        _send_trace(server)
        # As upkeep leaves the lake a while after a bulk load.
        command = [COMMAND, "compact", "--data", folder]
        subprocess.run(command, check=True, capture_output=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            rows = [*_measure(browser, server), *compare(browser)]
            browser.close()
    return rows


def _measure(browser: Browser, server: Server) -> Iterator[Row]:
    loads = [_load(browser, server) for _ in range(1 + _ROUNDS)][1:]
    weight, paint, complete = (statistics.median(each) for each in zip(*loads, strict=True))
    yield _row("console, first load", weight, "bytes", _FIRST_BYTES, "page, styles and scripts")
    yield _row("console, first paint", paint, "ms", _PAINT_MS, _NOTE)
    yield _row("console, overview complete", complete, "ms", _OVERVIEW_MS, _NOTE)
    page = _open(browser, server)
    for name, title in _PAGES.items():
        taken = statistics.median(_visit(page, name, title) for _ in range(_ROUNDS))
        yield _row(f"console, {name} after a click", taken, "ms", _PAGE_MS, _NOTE)
    taken = statistics.median(_visit(page, "trace/" + "ab" * 16, "") for _ in range(_ROUNDS))
    note = f"{_SPANS:,} spans, of which the API draws the first 10,000"
    yield _row("console, large trace after a click", taken, "ms", _TRACE_MS, note)


def _row(what: str, figure: float, unit: str, goal: int, note: str) -> Row:
    return Row(what, f"{figure:,.0f} {unit}", f"≤ {goal:,}", figure <= goal, note)


def _open(browser: Browser, server: Server) -> Page:
    """The overview in a tab that has nothing cached yet."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(server.line["console"], wait_until="commit")
    _await(page, "Overview")
    return page


def _await(page: Page, title: str) -> None:
    """Until the page stands and nothing of it is loading."""
    page.wait_for_selector(f"h1:has-text('{title}')")
    page.wait_for_selector(".loading", state="detached")


def _load(browser: Browser, server: Server) -> tuple[float, float, float]:
    page = _open(browser, server)
    complete = page.evaluate("performance.now()")
    weight, paint = page.evaluate(_WEIGHT), page.evaluate(_PAINT)
    page.context.close()
    return weight, paint, complete


def _visit(page: Page, route: str, title: str) -> float:
    """Milliseconds from the click to the whole page; the way there is from a page without any
    answers to wait for."""
    page.evaluate("location.hash = '#/nowhere'")
    page.wait_for_selector("text=There is no such page")
    start = time.perf_counter()
    page.evaluate("route => { location.hash = route; }", f"#/{route}")
    _await(page, title)
    return (time.perf_counter() - start) * 1_000


def _send_trace(server: Server) -> None:
    """One trace of many spans, by OpenTelemetry."""
    begun = time.time_ns() - 600 * 10**9
    for first in range(0, _SPANS, _BATCH):
        spans = [_span(number, begun + number * 10**7) for number in range(first, first + _BATCH)]
        body = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
        status, answer = server.call(
            "POST", "/meter/v2/otlp/v1/traces", server.line["writeKey"], body
        )
        assert status == 200, answer
    path = f"/profitstream/v2/api/sources/metrics/ai/traces/{'ab' * 16}"
    while _count(server, path) < _SPANS:
        time.sleep(0.5)


def _count(server: Server, path: str) -> int:
    status, answer = server.call(
        "GET", f"{path}?teamId={server.line['teamId']}", server.line["writeKey"]
    )
    return int(answer["spanCount"]) if status == 200 else 0


def _span(number: int, start: int) -> dict[str, Any]:
    told = {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.agent.name": f"agent-{number % 7}",
    }
    attributes: list[dict[str, Any]] = [
        {"key": key, "value": {"stringValue": text}} for key, text in told.items()
    ]
    attributes += [
        {"key": f"gen_ai.usage.{kind}_tokens", "value": {"intValue": str(100 + number)}}
        for kind in ("input", "output")
    ]
    return {
        "traceId": "ab" * 16,
        "spanId": f"{number + 1:016x}",
        "parentSpanId": f"{number // 10:016x}" if number >= 10 else "",
        "name": "chat gpt-4o-mini",
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 8 * 10**6),
        "attributes": attributes,
    }
