"""The first chart of the console's overview, beside those of the peers' pages over the same spans:
what came over the line until then, and when it stood, in a browser that has nothing cached."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser
from playwright.sync_api import Error as BrowserError

from tests.bench.peers import (
    FAILURES,
    PEERS,
    Peer,
    count_spans,
    install,
    post_to,
    serve_peer,
    wait_until,
)
from tests.bench.report import Row
from tests.bench.spans import SPANS, batches
from tests.support.server import Server

_ROUNDS, _BATCHES = 5, 10
_PATIENCE_MS = 60_000
_CHART = "svg[role=img] :is(rect, path)"


@dataclass(frozen=True, slots=True)
class _First:
    """The first chart of a page: bytes as they were sent, and milliseconds."""

    weight: float
    ms: float


def compare(browser: Browser) -> Iterator[Row]:
    """Ours, then each peer."""
    with TemporaryDirectory() as folder, Server(Path(folder)) as server:
        place = server.line["url"].removeprefix("http://")
        headers = {"x-api-key": server.line["meteringKey"]}
        send = post_to(place, "/meter/v2/otlp/v1/traces", headers)
        for body in batches(_BATCHES, seed=5):
            send(body)
        time.sleep(3)  # the lake is a second behind the ledger
        ours = _look(browser, server.line["console"], _CHART)
    note = f"median of {_ROUNDS} rounds over {_BATCHES * SPANS:,} spans, nothing cached"
    yield Row("console, first chart", _tell(ours), note=note)
    for peer in PEERS:
        yield _peer(browser, peer, ours)


def _look(browser: Browser, url: str, chart: str) -> _First:
    found = [_open(browser, url, chart) for _ in range(_ROUNDS)]
    weight, ms = (statistics.median(each) for each in zip(*found, strict=True))
    return _First(weight, ms)


def _open(browser: Browser, url: str, chart: str) -> tuple[float, float]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    session = context.new_cdp_session(page)
    came: list[float] = []
    session.on("Network.loadingFinished", lambda told: came.append(told["encodedDataLength"]))
    session.send("Network.enable")
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(chart, timeout=_PATIENCE_MS)
    ms = (time.perf_counter() - start) * 1_000
    weight = sum(came)
    context.close()
    return weight, ms


def _tell(first: _First) -> str:
    return f"{first.weight / 1_000:,.0f} KB, {first.ms:,.0f} ms"


def _peer(browser: Browser, peer: Peer, ours: _First) -> Row:
    try:
        install(peer)
        with TemporaryDirectory() as folder, serve_peer(peer, Path(folder)) as port:
            send = post_to(f"127.0.0.1:{port}", "/v1/traces", peer.headers)
            for body in batches(_BATCHES, seed=5):
                send(body)
            store = Path(folder) / peer.store
            wait_until(lambda: count_spans(store) >= _BATCHES * SPANS)
            theirs = _look(browser, f"http://127.0.0.1:{port}{peer.page}", peer.chart)
    except (*FAILURES, BrowserError) as error:
        told = str(error).splitlines()[0][:80] if str(error) else ""
        return Row(f"… {peer.name}", "not shown", note=f"{type(error).__name__}: {told}")
    ratios = f"{theirs.weight / ours.weight:.0f} times the bytes, {theirs.ms / ours.ms:.1f} times"
    return Row(f"… {peer.name}", f"{_tell(theirs)}: {ratios} the time", note=peer.package)
