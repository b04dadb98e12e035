"""Lists of single calls and the older reports, over the year of seven million calls: pages through
the local server, and one call by its transaction id right after it was sent."""

import http.client
import json
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlencode, urlsplit

from chalicelib.kit.clock import DAY, iso
from chalicelib.reports.older import OLDER_REPORTS
from tests.bench.generate_year import LAST, year
from tests.bench.report import Row
from tests.bench.served import server
from tests.support.bodies import completion

_AI = "/profitstream/v2/api/sources/metrics/ai"
_START, _END = LAST - 29 * DAY, LAST + DAY - 1
_SPAN = {"startDate": iso(_START), "endDate": iso(_END)}
_NINETY = {"startDate": iso(LAST - 89 * DAY), "endDate": iso(_END)}
_REQUESTS = 20
_FIRST_MS, _DEEP_MS, _ONE_MS, _REPORT_MS = 150, 400, 15, 150
_PAGES: Mapping[str, tuple[Mapping[str, str], int]] = {
    "newest 20": ({"size": "20"}, _FIRST_MS),
    "newest 100": ({"size": "100"}, _FIRST_MS),
    "by agent": ({"agent": "support-copilot"}, _FIRST_MS),
    "by model": ({"model": "gpt-4o"}, _FIRST_MS),
    "by cost": ({"totalCostMin": "0.05"}, _FIRST_MS),
    "by environment": ({"environment": "production"}, _FIRST_MS),
    "page 50": ({"size": "100", "page": "50"}, _DEEP_MS),
    "page 50 by agent": ({"page": "50", "agent": "support-copilot"}, _DEEP_MS),
}
"""Lists over 30 days, and what they may take, ms."""
_TIMES_MS = 1_000


def run() -> list[Row]:
    """All of them; one connection."""
    made = year()
    with server(made.folder) as served:
        client = _Client(served.url, made.key, made.team)
        return [*_pages(client), _one_call(client), _older(client)]


class _Client:
    """Asks the server, and tells how long it took to read the answer."""

    def __init__(self, url: str, key: str, team: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc)
        self._headers = {"x-api-key": key, "content-type": "application/json"}
        self.team = team

    def get_ms(self, path: str, query: Mapping[str, str]) -> float:
        """Milliseconds of one question."""
        start = time.perf_counter()
        self.get(path, query)
        return (time.perf_counter() - start) * _TIMES_MS

    def get(self, path: str, query: Mapping[str, str]) -> bytes:
        """The answer to one question."""
        asked = urlencode({"teamId": self.team, **query})
        self._connection.request("GET", f"{_AI}/{path}?{asked}", headers=self._headers)
        return self._read(http.client.OK)

    def post(self, body: Mapping[str, object]) -> None:
        """Send one completion."""
        data = json.dumps(body).encode()
        self._connection.request("POST", "/meter/v2/ai/completions", data, self._headers)
        self._read(http.client.CREATED)

    def _read(self, status: int) -> bytes:
        answer = self._connection.getresponse()
        data = answer.read()
        assert answer.status == status, data
        return data


def _p95(ask: Callable[[], float]) -> float:
    times = [ask() for _ in range(1 + _REQUESTS)][1:]
    return statistics.quantiles(times, n=20)[-1]


def _pages(client: _Client) -> Iterator[Row]:
    for name, (query, most) in _PAGES.items():
        answer = json.loads(client.get("completions", {**_SPAN, **query}))
        total = answer["page"]["totalElements"]
        assert answer["_embedded"]["aICompletionMetricResourceList"]
        taken = _p95(lambda query=query: client.get_ms("completions", {**_SPAN, **query}))
        yield Row(
            f"calls, {name}",
            f"p95 {taken:.0f} ms",
            f"≤ {most} ms",
            taken <= most,
            f"of {total:,} in 30 days",
        )


def _one_call(client: _Client) -> Row:
    """A call by its transaction id, right after it was acknowledged."""
    times: list[float] = []
    for number in range(_REQUESTS):
        sent = completion(number, transactionId=f"bench-{time.time_ns()}-{number}")
        client.post(sent)
        times.append(client.get_ms("completions", {"transactionId": str(sent["transactionId"])}))
    taken = statistics.quantiles(times, n=20)[-1]
    return Row(
        "a call by its transaction id",
        f"p95 {taken:.1f} ms",
        f"≤ {_ONE_MS} ms",
        taken <= _ONE_MS,
        "right after its acknowledgement",
    )


def _older(client: _Client) -> Row:
    """Every older report over 90 days."""
    times: dict[str, float] = {}
    for older in OLDER_REPORTS:
        times[older.slug] = _p95(lambda slug=older.slug: client.get_ms(slug, _NINETY))
    slow = {slug: ms for slug, ms in times.items() if ms > _REPORT_MS}
    told = ", ".join(f"{slug} {ms:.0f} ms" for slug, ms in slow.items())
    note = f"over 90 days, median of the p95 {statistics.median(times.values()):.0f} ms"
    return Row(
        "older reports through the server",
        f"{len(times) - len(slow)} of {len(times)} reports",
        f"p95 ≤ {_REPORT_MS} ms each",
        not slow,
        note + (f"; slower: {told}" if told else ""),
    )
