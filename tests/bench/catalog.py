"""The catalog: CPU time of each verb on the server, and pages of a long list beside pages of a
short one."""

import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from chalicelib.directory.registry import ORGANIZATION
from chalicelib.kit.http.dispatch import Dispatcher
from chalicelib.kit.http.messages import Request, Response
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record
from functions import table
from functions.seam import Seam
from infra.installation import installation
from infra.local.world import build
from tests.bench.report import Row

_PATH = "/profitstream/v2/api/organizations"
_GOAL_MS, _TIMES_GOAL = 2.0, 3.0
_WARM, _ROUNDS, _ROUND = 100, 5, 200
_SHORT, _LONG = 100, 100_000
_AT_ONCE = 20


def run() -> list[Row]:
    """One organization after the other; then a page of a hundred out of as many, and out of a
    hundred thousand."""
    with TemporaryDirectory() as folder:
        os.environ["METERLAKE_LOG"] = str(Path(folder) / "access.log")  # as `meterlake up` does
        return [*_verbs(Path(folder) / "verbs"), _pages(Path(folder) / "pages")]


class _Caller:
    """Sends requests of one tenant, and tells what they cost."""

    def __init__(self, folder: Path) -> None:
        self.world = build(folder)
        self.first = installation(self.world)
        self.dispatch: Dispatcher = Seam(self.world).dispatcher(table.routers())

    def send(
        self,
        method: str,
        path: str = "",
        body: dict[str, Any] | None = None,
        query: Sequence[Any] = (),
    ) -> Response:
        data = json.dumps(body).encode() if body else b""
        headers = {"content-type": "application/json", "x-api-key": self.first.write_key or ""}
        answer = self.dispatch(Request(method, _PATH + path, headers, query, data, "bench"))
        assert answer.status == 200, answer.body
        return answer


def _verbs(folder: Path) -> list[Row]:
    caller, ids = _Caller(folder), list[str]()

    def create(number: int) -> None:
        answer = caller.send(
            "POST", "", {"name": f"Customer {number}", "city": "Bonn", "externalId": f"c-{number}"}
        )
        ids.append(json.loads(answer.body)["id"])

    def update(number: int) -> None:
        caller.send(
            "PUT",
            f"/{ids[number]}",
            {"name": f"Customer {number}", "city": f"Town {time.perf_counter_ns()}"},
        )

    verbs: dict[str, Callable[[int], object]] = {
        "create": create,
        "get": lambda number: caller.send("GET", f"/{ids[number]}"),
        "update": update,
        "list, a page of 10": lambda number: caller.send(
            "GET", "", query=[("page", str(number % 10))]
        ),
    }
    rows = []
    for verb, work in verbs.items():
        first = len(ids) if verb == "create" else 0
        _ms(work, range(first, first + _WARM))
        starts = range(first + _WARM, first + _WARM + _ROUNDS * _ROUND, _ROUND)
        rounds = [_ms(work, range(start, start + _ROUND)) for start in starts]
        median = statistics.median(rounds)
        note = (
            f"median of {_ROUNDS} rounds of {_ROUND} ({min(rounds):.2f} to {max(rounds):.2f}), "
            "organizations"
        )
        rows.append(
            Row(
                f"catalog: {verb}",
                f"{median:.2f} ms CPU",
                f"≤ {_GOAL_MS} ms",
                median <= _GOAL_MS,
                note,
            )
        )
    return rows


def _ms(work: Callable[[int], object], numbers: Sequence[int]) -> float:
    """CPU milliseconds of one."""
    start = time.process_time()
    for number in numbers:
        work(number)
    return (time.process_time() - start) * 1_000 / len(numbers)


def _pages(folder: Path) -> Row:
    """Wall-clock time: what grows is work of the database, in whatever thread."""
    short, long = _page_ms(folder / "short", _SHORT), _page_ms(folder / "long", _LONG)
    times = long / short
    note = (
        f"by name, {short:.1f} ms out of {_SHORT}, {long:.1f} ms out of {_LONG:,}, the total "
        "counted"
    )
    return Row(
        f"… a page of 100 of {_LONG:,}",
        f"{times:.1f} times one of {_SHORT}",
        f"≤ {_TIMES_GOAL:.0f}",
        times <= _TIMES_GOAL,
        note,
    )


def _page_ms(folder: Path, count: int) -> float:
    caller = _Caller(folder)
    _fill(caller, count)
    query = [("size", "100")]
    total = json.loads(caller.send("GET", "", query=query).body)["page"]["totalElements"]
    assert total == count, total
    spent = []
    for _ in range(20):
        start = time.perf_counter()
        caller.send("GET", "", query=query)
        spent.append((time.perf_counter() - start) * 1_000)
    return statistics.median(spent)


def _fill(caller: _Caller, count: int) -> None:
    """Store as many organizations as there shall be, some a transaction."""
    documents, tenant = caller.world.documents, caller.first.tenant
    rows = [
        Record(ORGANIZATION, new_id(), {"city": "Bonn"}, f"Customer {number:06d}")
        for number in range(count)
    ]

    def store(first: int) -> None:
        documents.create(tenant, rows[first], rows[first + 1 : first + _AT_ONCE])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(store, range(0, count, _AT_ONCE)))
