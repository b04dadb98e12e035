"""Budgets: calls that reserve, beside LiteLLM's proxy; calls that are counted; what rules cost the
ingest; polls.

All of one comparison is taken in turn in one run. The proxy answers a made-up completion, so what
it takes is its own; it keeps no budget meanwhile, and ours commits to a disk.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from chalicelib.budgets.compiling import SOURCE
from chalicelib.budgets.counting import count_batch
from chalicelib.budgets.generations import CountedRule, keep_counting
from chalicelib.budgets.records import RuleFilter
from chalicelib.budgets.vocabulary import AlertDimension, AlertMetricType, CostControlWindowType
from chalicelib.kit.clock import HOUR, SECOND, day_of, now_ms
from chalicelib.kit.http.dispatch import Dispatcher
from chalicelib.kit.http.messages import Request
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.ports.events import EventRecord
from chalicelib.ports.feed import FeedBatch
from chalicelib.ports.scope import Scope
from functions import table
from functions.seam import Seam
from infra.installation import Installation, installation
from infra.local.world import build
from tests.bench.proxy import Proxy, litellm_proxy
from tests.bench.report import Row
from tests.bench.served import post, server

_ROOT = Path(__file__).parents[2]
_RULES = 100
_RESERVE_MS, _CROWDED_MS, _POLL_MS, _KEPT, _COUNTED = 5.0, 10.0, 5.0, 0.9, 10_000
_CROWD, _PACE_S = 32, 0.2
_WARM, _CALLS, _ROUNDS = 200, 1_000, 3
_EVENTS, _COUNT_ROUNDS = 5_000, 5
_POSTS, _POST_ROUNDS, _CALM_S = 2_000, 4, 2.0
_PEER = "LiteLLM's proxy"


def run() -> list[Row]:
    """All of them."""
    return [*_reserving(), *_counting(), _ingest(), *_polling()]


@dataclass(frozen=True)
class _Target:
    """A server that is asked the same again and again."""

    url: str
    path: str
    headers: dict[str, str]

    def ask(self, bodies: Sequence[Any], connections: int, pause_s: float = 0.0) -> list[float]:
        """Milliseconds of each answer."""
        given = {
            "address": [urlsplit(self.url).hostname, urlsplit(self.url).port],
            "connections": connections,
            "pause_s": pause_s,
            "requests": [self._request(body) for body in bodies],
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.callers"],
            cwd=_ROOT,
            check=True,
            input=json.dumps(given),
            capture_output=True,
            text=True,
        )
        taken: list[float] = json.loads(done.stdout)["ms"]
        return taken

    def _request(self, body: Any) -> str:
        data = "" if body is None else json.dumps(body)
        told = {
            "Host": urlsplit(self.url).netloc,
            "Content-Type": "application/json",
            "Content-Length": str(len(data)),
            **self.headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        return f"{'GET' if body is None else 'POST'} {self.path} HTTP/1.1\r\n{head}\r\n{data}"


def _p95(taken: Sequence[float]) -> float:
    return statistics.quantiles(taken, n=20)[-1]


# Reserving.


def _reservations(first: int, count: int) -> list[dict[str, Any]]:
    return [
        {
            "transactionId": f"bench-{number}",
            "provider": "openai",
            "model": "gpt-4o",
            "inputTokenCount": 1_000,
            "maxOutputTokenCount": 500,
            "agent": f"agent-{number % 10}",
            "organizationName": f"Customer {number % 20}",
        }
        for number in range(first, first + count)
    ]


def _completions(_first: int, count: int) -> list[dict[str, Any]]:
    return [{"model": "m", "messages": [{"role": "user", "content": "Hello"}]}] * count


def _reserving() -> Iterator[Row]:
    """One budget that all calls fall under, at one client and at many; the peer in turn."""
    with TemporaryDirectory() as folder, litellm_proxy() as proxy:
        made = _prepare(Path(folder), 1)
        with server(Path(folder)) as served:
            headers = {"x-api-key": made.metering_key or ""}
            ours = _Target(served.url, "/v2/api/ai/reservations", headers)
            theirs = proxy and _Target(proxy.url, "/chat/completions", proxy.headers)
            yield from _compare(ours, theirs, proxy)


def _compare(ours: _Target, theirs: _Target | None, proxy: Proxy) -> Iterator[Row]:
    taken: dict[str, list[float]] = {}
    first = _WARM
    ours.ask(_reservations(0, _WARM), 1)
    if theirs:
        theirs.ask(_completions(0, _WARM), 1)
    shapes = {"one": (1, 0.0), "crowd": (_CROWD, 0.0), "paced": (_CROWD, _PACE_S), "8": (8, 0.0)}
    for _ in range(_ROUNDS):
        for shape, (connections, pause_s) in shapes.items():
            for name, target, make in (
                ("ours", ours, _reservations),
                ("theirs", theirs, _completions),
            ):
                if target:
                    some = make(first, _CALLS)
                    first += _CALLS
                    p95 = _p95(target.ask(some, connections, pause_s))
                    taken.setdefault(f"{name} {shape}", []).append(p95)
    ms = {name: statistics.median(each) for name, each in taken.items()}
    rounds = f"median of the p95 of {_ROUNDS} rounds of {_CALLS:,}"
    alone, crowd, paced = ms["ours one"], ms["ours crowd"], ms["ours paced"]
    yield Row("reserve", f"p95 {alone:.1f} ms", f"< {_RESERVE_MS} ms", alone < _RESERVE_MS,
              f"one client, one budget, over HTTP; {rounds}")  # fmt: skip
    yield Row(
        f"… {_CROWD} clients on one budget",
        f"p95 {crowd:.1f} ms, {crowd / alone:.1f} times one client's",
        f"≤ {_CROWDED_MS} ms",
        crowd <= _CROWDED_MS,
        f"each asks again at once: the server is never idle; 8 clients {ms['ours 8']:.1f} ms",
    )
    yield Row(
        f"… {_CROWD} clients that make calls",
        f"p95 {paced:.1f} ms, {paced / alone:.1f} times one client's",
        f"≤ {_CROWDED_MS} ms",
        paced <= _CROWDED_MS,
        f"each waits for its call, {_PACE_S} s in the mean, before it asks again: 160 a second",
    )
    yield _peer_row(ms, proxy)


def _peer_row(ms: dict[str, float], proxy: Proxy) -> Row:
    if "theirs one" not in ms:
        return Row(f"… {_PEER}", "not started", note=proxy.note)
    figure = ", ".join(
        f"{ms[f'theirs {shape}']:.1f} ms at {told}"
        for shape, told in (("one", "1 client"), ("8", "8"), ("crowd", str(_CROWD)))
    )
    ratios = [ms[f"ours {shape}"] / ms[f"theirs {shape}"] for shape in ("one", "8", "crowd")]
    note = (
        f"{proxy.note}; p95 of a made-up completion, no budget kept; ours takes "
        f"{', '.join(f'{ratio:.2f}' for ratio in ratios)} of its time"
    )
    return Row(f"… {_PEER}", figure, note=note)


# Counting.


def _counting() -> Iterator[Row]:
    """Versions a second of CPU time through `count_batch`, on SQLite."""
    for rules in (1, 10, _RULES):
        with TemporaryDirectory() as folder:
            rate = _count_rate(Path(folder), rules)
        goal = rules == _RULES
        yield Row(
            "counting" if rules == 1 else "…",
            f"{rate:,.0f} events a second",
            f"≥ {_COUNTED:,}" if goal else "",
            rate >= _COUNTED if goal else None,
            f"{rules} rules, filters and groups mixed; one core, batches of {_EVENTS:,}, calls "
            f"that differ; best of {_COUNT_ROUNDS}",
        )


def _count_rate(folder: Path, rules: int) -> float:
    world = build(folder)
    made = installation(world)
    team = Scope(made.team)
    keep_counting(world, team, SOURCE, [_counted(number) for number in range(rules)])
    soon = now_ms() + 60 * SECOND
    world = replace(world, now=lambda: soon)
    seconds: list[float] = []
    for number in range(_COUNT_ROUNDS):
        batch = _batch(team, soon, number)
        start = time.process_time()
        found = count_batch(world, batch)
        seconds.append(time.process_time() - start)
        assert len(found[team]) == _EVENTS
    return _EVENTS / min(seconds)


_SELECTIONS: Sequence[tuple[AlertDimension | None, str, str]] = (
    (None, "", ""),
    (AlertDimension.AGENT, "IS", "agent-{}"),
    (AlertDimension.ORGANIZATION, "IS", "Customer {}"),
    (AlertDimension.MODEL, "CONTAINS", "gpt"),
    (AlertDimension.PRODUCT, "IS_NOT", "Product {}"),
    (AlertDimension.SUBSCRIBER, "IS", "user-{}"),
)
_GROUPS = (
    None,
    AlertDimension.ORGANIZATION,
    None,
    AlertDimension.AGENT,
    AlertDimension.MODEL,
    None,
    AlertDimension.SUBSCRIBER,
)
_METRICS = (
    AlertMetricType.TOTAL_COST,
    AlertMetricType.TOKEN_COUNT,
    AlertMetricType.TOTAL_COST,
    AlertMetricType.OUTPUT_TOKEN_COUNT,
)
_KINDS = (
    CostControlWindowType.DAILY,
    CostControlWindowType.MONTHLY,
    CostControlWindowType.HOURLY,
)


def _counted(number: int) -> CountedRule:
    """One of many rules; all of them together are a fair mixture."""
    dimension, operator, value = _SELECTIONS[number % len(_SELECTIONS)]
    filters = (
        [RuleFilter.parse(dimension, operator, value.format(number % 10))] if dimension else []
    )
    return CountedRule(
        f"rule{number}",
        _METRICS[number % len(_METRICS)],
        _KINDS[number % len(_KINDS)],
        _GROUPS[number % len(_GROUPS)],
        filters,
    )


def _batch(team: Scope, now: int, number: int) -> FeedBatch:
    """Calls as they are stored, each with names of its own choice."""
    rng = Random(number)
    events: list[EventRecord] = []
    for at in range(_EVENTS):
        identity = f"{number:04}{at:08}"
        requested, user = now - rng.randrange(HOUR), f"user-{rng.randrange(200)}"
        row = {
            "event_id": identity, "version": 1, "deleted": False, "kind": "COMPLETION",
            "transaction_id": f"bench-{identity}", "trace_id": f"trace-{at // 4}",
            "agent": f"agent-{rng.randrange(10)}", "organization": f"Customer {rng.randrange(20)}",
            "product": f"Product {rng.randrange(5)}", "subscriber": user,
            "subscriber_email": f"{user}@bench.example",
            "task_type": "bench", "environment": "bench", "channel": "REST",
            "model": rng.choice(("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5")),
            "provider": "OPENAI", "requested_at": requested, "responded_at": requested + 1_500,
            "received_at": now, "duration_ms": 1_500, "cost_nano": rng.randrange(10**7),
            "input_tokens": 1_000, "output_tokens": 200, "total_tokens": 1_200,
        }  # fmt: skip
        body = json.dumps(row)
        events.append(EventRecord(team, identity, 1, AI_EVENTS.name, day_of(requested), body))
    positions = [f"{number:04}{at:08}" for at in range(_EVENTS)]
    return FeedBatch("bench", positions[0], positions[-1], events, positions)


# The ingest.


def _ingest() -> Row:
    """Posts a second to a server whose team has many rules, and to one whose team has none."""
    with TemporaryDirectory() as folder:
        plain, ruled = Path(folder) / "plain", Path(folder) / "ruled"
        keys = [_prepare(plain, 0).metering_key or "", _prepare(ruled, _RULES).metering_key or ""]
        rates: list[list[float]] = [[], []]
        with server(plain) as first, server(ruled) as second:
            for number in range(_POST_ROUNDS + 1):
                for served, key, told in zip((first, second), keys, rates, strict=True):
                    done, seconds = post(served.url, key, number * _POSTS, _POSTS)
                    told.append(done / seconds)
                    time.sleep(_CALM_S)
    without, under = (statistics.median(told[1:]) for told in rates)
    return Row(
        f"ingest with {_RULES} rules",
        f"{under / without:.0%} of the rate without",
        f"≥ {_KEPT:.0%}",
        under / without >= _KEPT,
        f"{under:,.0f} and {without:,.0f} posts a second, medians of {_POST_ROUNDS} rounds of "
        f"{_POSTS:,} in turn; the counting included",
    )


# Polls.


def _polling() -> Iterator[Row]:
    """The compiled set of many rules, over HTTP."""
    with TemporaryDirectory() as folder:
        made = _prepare(Path(folder), _RULES)
        with server(Path(folder)) as served:
            key = {"x-api-key": made.metering_key or ""}
            path = f"/v2/api/ai/enforcement-rules/{made.team}"
            whole = _Target(served.url, path, key)
            whole.ask([None] * _WARM, 1)
            # Nothing is metered, so the tag stays what any set of these rules has.
            known = replace(whole, headers={**key, "If-None-Match": _tag(whole)})
            taken = [_p95(whole.ask([None] * _CALLS, 1)) for _ in range(_ROUNDS)]
            bare = [_p95(known.ask([None] * _CALLS, 1)) for _ in range(_ROUNDS)]
    for what, each, note in (
        (f"poll of {_RULES} rules", taken, "the whole set"),
        ("… when nothing has changed", bare, "with If-None-Match: 304"),
    ):
        p95 = statistics.median(each)
        yield Row(what, f"p95 {p95:.1f} ms", f"≤ {_POLL_MS} ms", p95 <= _POLL_MS,
                  f"one client, over HTTP; {note}")  # fmt: skip


def _tag(target: _Target) -> str:
    import http.client

    connection = http.client.HTTPConnection(urlsplit(target.url).netloc)
    connection.request("GET", target.path, headers=target.headers)
    answer = connection.getresponse()
    answer.read()
    tag = answer.getheader("ETag")
    assert tag
    return tag


def _prepare(folder: Path, rules: int) -> Installation:
    """A folder with a team that has so many cost controls, none of which any call reaches."""
    world = build(folder)
    made = installation(world)
    dispatch = Seam(world).dispatcher(table.routers())
    for number in range(rules):
        dimension, operator, value = _SELECTIONS[number % len(_SELECTIONS)]
        selected = {
            "dimension": dimension,
            "operator": operator,
            "value": value.format(number % 10),
        }
        body = {
            "name": f"rule {number}",
            "metricType": _METRICS[number % len(_METRICS)],
            "windowType": _KINDS[number % len(_KINDS)],
            "action": "BLOCK",
            "hardLimit": 10**9,
            "groupBy": _GROUPS[number % len(_GROUPS)],
            "filters": [selected] if dimension else [],
        }
        _post(dispatch, made.write_key or "", body)
    return made


def _post(dispatch: Dispatcher, key: str, body: dict[str, Any]) -> None:
    data = json.dumps(body).encode()
    headers = {
        "content-type": "application/json",
        "x-api-key": key,
        "content-length": str(len(data)),
    }
    path = "/profitstream/v2/api/ai/cost-controls"
    answer = dispatch(Request("POST", path, headers, (), data, "bench"))
    assert answer.status == 200, answer.body
