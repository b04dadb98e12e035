"""`python -m tests.bench.soak [MINUTES [KILLS]]`: the local server at full rate, with
everything that could stop it, and what became of it in SOAK.md.

Writers post without a pause, readers ask for reports, connections stay open with half a body, and
the process that answers is killed twice. Nothing may hang, grow without end, be lost or double.

A day that grows is held in caches that grow with it, up to their bounds. So that this is not taken
for a leak, nor a leak for this, the writers send anew what they have sent in the last three fifths
of the time: as many requests, and nothing new to be held.
"""

import http.client
import json
import os
import signal
import socket
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from chalicelib.kit.clock import now_ms
from tests.support.bodies import completion
from tests.support.server import Server

RESULT = Path(__file__).with_name("SOAK.md")
_WRITERS, _READERS, _STALLED = 8, 2, 50
_REPORTS = ("cost-by-model-aggregated", "cost-by-agent", "top-movers", "response-time-by-model")
_LONGEST_ANSWER_S = 40.0
_SETTLE_S = 60.0
_GROWING = 0.4
"""The part of the time in which calls are new."""
_WARM_S, _FEWEST_SAMPLES, _IN_A_ROW = 30.0, 24, 12
_MOST_MIB, _MOST_FILES = 6.0, 5.0
"""A minute, while nothing new comes."""


class Sample(NamedTuple):
    """What the processes hold at a time (s since the begin): anonymous memory in MiB, of the parent
    and of the child that answers (its process id is `child`), and open files of all."""

    at_s: float
    parent: int
    child: int
    answering: int
    files: int


@dataclass
class Soak:
    """What is going on; `acknowledged` are the transaction ids that were answered with 201."""

    server: Server
    folder: Path
    begun: float
    minutes: float
    began_ms: int = field(default_factory=now_ms)
    acknowledged: set[str] = field(default_factory=set)
    answered: int = 0
    reports: int = 0
    retries: int = 0
    slowest_s: float = 0.0
    samples: list["Sample"] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def grows_until(self) -> float:
        return self.begun + self.minutes * 60 * _GROWING

    @property
    def is_growing(self) -> bool:
        return time.monotonic() < self.grows_until

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.begun + self.minutes * 60

    def connect(self) -> http.client.HTTPConnection:
        place = urlsplit(self.server.line["url"]).netloc
        return http.client.HTTPConnection(place, timeout=_LONGEST_ANSWER_S)


def write_calls(soak: Soak, writer: int) -> None:
    """Post until the time is over; what breaks off is sent again, as an SDK does."""
    connection, sent, new = soak.connect(), 0, 0
    headers = {"x-api-key": soak.server.line["writeKey"], "Content-Type": "application/json"}
    while not soak.is_over:
        is_new = soak.is_growing
        number = new if is_new else sent % max(new, 1)
        body = completion(number, soak.began_ms + number, agent=f"agent-{number % 20}")
        body["transactionId"] = f"soak-{writer}-{number}"
        begun = time.monotonic()
        try:
            connection.request("POST", "/meter/v2/ai/completions", json.dumps(body), headers)
            answer = connection.getresponse()
            answer.read()
            stored = answer.status == http.HTTPStatus.CREATED
        except (OSError, http.client.HTTPException):
            stored = False
            connection.close()
        with soak.lock:
            soak.slowest_s = max(soak.slowest_s, time.monotonic() - begun)
            soak.retries += not stored
            if stored:
                soak.answered += 1
                soak.acknowledged.add(body["transactionId"])
        if stored:
            sent += 1
            new += is_new
        else:
            time.sleep(0.1)
    connection.close()


def ask_reports(soak: Soak, reader: int) -> None:
    """Ask for one report after the other."""
    headers = {"x-api-key": soak.server.line["writeKey"]}
    while not soak.is_over:
        for report in _REPORTS:
            connection = soak.connect()
            with suppress(OSError, http.client.HTTPException):
                connection.request("GET", f"/api/v2/analytics/{report}", headers=headers)
                soak.reports += connection.getresponse().status == http.HTTPStatus.OK
            connection.close()
        time.sleep(0.2 * (reader + 1))


def stall(soak: Soak, _: int) -> None:
    """Keep connections open whose bodies never end; those that are closed are opened anew."""
    parts = urlsplit(soak.server.line["url"])
    address = (str(parts.hostname), int(parts.port or 0))
    head = b"POST /meter/v2/ai/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"
    while not soak.is_over:
        held: list[socket.socket] = []
        for _ in range(_STALLED):
            with suppress(OSError):
                held.append(socket.create_connection(address, timeout=5))
                held[-1].sendall(head)
        for _ in range(40):
            if not soak.is_over:
                time.sleep(1)
        for each in held:
            each.close()


def children_of(process: int) -> list[int]:
    """The processes that a process has started."""
    found: list[int] = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        found += map(int, path.read_text().split())
    return found


def find_answering(soak: Soak) -> int:
    """The process that answers; 0 while there is none."""
    for child in children_of(soak.server.process_id):
        with suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                return child
    return 0


def measure_memory(process: int) -> int:
    """The anonymous memory of a process, MiB: what it holds for itself."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) // 1024
    return 0


def watch(soak: Soak, _: int) -> None:
    """A sample every five seconds."""
    begun = time.monotonic()
    parent = soak.server.process_id
    while not soak.is_over:
        answering = find_answering(soak)
        with suppress(OSError):
            files = 0
            for process in (parent, answering):
                files += len(os.listdir(f"/proc/{process}/fd"))
            memory = (measure_memory(parent), measure_memory(answering))
            soak.samples.append(Sample(time.monotonic() - begun, *memory, answering, files))
        time.sleep(5)


def kill(soak: Soak, times: int) -> None:
    """Kill the process that answers, some times, evenly while calls are new: what a new one needs
    until it is warm is no growth."""
    part = soak.minutes * 60 * _GROWING / (times + 1)
    for _ in range(times):
        time.sleep(part)
        if answering := find_answering(soak):
            os.kill(answering, signal.SIGKILL)


def run(minutes: float, kills: int) -> str:
    """Soak, then count; the text for SOAK.md."""
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "data"
        with Server(folder) as server:
            soak = Soak(server, folder, time.monotonic(), minutes)
            jobs: list[tuple[Callable[[Soak, int], None], int]] = [
                *((write_calls, number) for number in range(_WRITERS)),
                *((ask_reports, number) for number in range(_READERS)),
                (stall, 0),
                (watch, 0),
                (kill, kills),
            ]
            threads = [threading.Thread(target=job, args=(soak, at)) for job, at in jobs]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(minutes * 60 + 2 * _LONGEST_ANSWER_S)
            hung = [thread.name for thread in threads if thread.is_alive()]
            in_lake = await_lake(soak)
        return describe(soak, (minutes, kills), hung, in_lake)


def await_lake(soak: Soak) -> int:
    """How many calls the reports tell of, once they tell of all or the time is over."""
    end = time.monotonic() + _SETTLE_S
    told = -1
    while time.monotonic() < end:
        connection = soak.connect()
        headers = {"x-api-key": soak.server.line["writeKey"]}
        path = "/api/v2/analytics/transaction-count-by-team"
        connection.request("GET", path, headers=headers)
        body = json.loads(connection.getresponse().read())
        connection.close()
        items = body.get("_embedded", {}).get("items", ())
        told = sum(int(item["metrics"][0]["metricResult"]) for item in items)
        if told >= len(soak.acknowledged):
            break
        time.sleep(1)
    return told


def tell_minutes(samples: list[Sample]) -> str:
    """The most of each minute, as rows of a table."""
    minutes: dict[int, list[Sample]] = {}
    for sample in samples:
        minutes.setdefault(int(sample.at_s // 60), []).append(sample)
    rows = []
    for minute, these in sorted(minutes.items()):
        parent, child, files = (max(sample[place] for sample in these) for place in (1, 2, 4))
        rows.append(f"| {minute + 1} | {parent:,} | {child:,} | {files:,} |")
    return "\n".join(rows)


def judge_growth(samples: list[Sample], since_s: float) -> str:
    """By how much memory (MiB a minute) and open files grow from `since_s` on, once what came with
    the last new calls is settled; and whether that is growth."""
    late = [sample for sample in samples if sample.at_s >= since_s + _WARM_S]
    if len(late) < _FEWEST_SAMPLES:
        return "too short to tell"
    minutes = [sample.at_s / 60 for sample in late]
    slopes = []
    for place in (1, 2, 4):
        # The least of a minute: what a compaction or a statement needs while it runs is no growth.
        least = [
            min(sample[place] for sample in late[at : at + _IN_A_ROW])
            for at in range(len(late) - _IN_A_ROW + 1)
        ]
        slopes.append(find_slope(minutes[: len(least)], least))
    parent, child, files = slopes
    is_level = max(parent, child) < _MOST_MIB and files < _MOST_FILES
    verdict = "level" if is_level else "GROWS"
    return (
        f"{verdict}: parent {parent:+.1f} and child {child:+.1f} MiB a minute, open files "
        f"{files:+.1f} a minute, over the last {minutes[-1] - minutes[0]:.1f} minutes"
    )


def find_slope(places: Sequence[float], values: Sequence[float]) -> float:
    """The slope of Theil and Sen: the median over all pairs, which a few that lie far off do not
    move (Sen 1968, doi:10.1080/01621459.1968.10480934)."""
    return statistics.median(
        (values[later] - values[at]) / (places[later] - places[at])
        for at in range(len(places))
        for later in range(at + 1, len(places))
    )


def describe(soak: Soak, asked: tuple[float, int], hung: list[str], in_lake: int) -> str:
    """The result, in words and figures, of a soak of so many minutes and kills."""
    minutes, kills = asked
    with sqlite3.connect(soak.folder / "ledger.sqlite") as ledger:
        rows = ledger.execute("SELECT count(*), count(DISTINCT event_id) FROM events").fetchone()
        stored = {
            json.loads(body)["transaction_id"]
            for (body,) in ledger.execute("SELECT body FROM events WHERE version = 1")
        }
    lost = len(soak.acknowledged - stored)
    growing_s = soak.minutes * 60 * _GROWING
    return f"""# Soak

`python -m tests.bench.soak {minutes:g} {kills}`: {_WRITERS} writers without a pause,
{_READERS} readers of reports, {_STALLED} connections with half a body, the child killed {kills}
times. For {growing_s / 60:g} minutes all calls are new and fall on one day; then the writers send
them anew.

| what | figure |
|---|---|
| calls acknowledged | {len(soak.acknowledged):,} |
| … a second, in which all were new | {len(soak.acknowledged) / growing_s:,.0f} |
| posts acknowledged, with those sent anew | {soak.answered:,} |
| posts that were sent again | {soak.retries:,} |
| reports answered | {soak.reports:,} |
| slowest post | {soak.slowest_s:.1f} s |
| acknowledged and not in the ledger | {lost} |
| rows and distinct events in the ledger | {rows[0]:,}, {rows[1]:,} |
| calls in the reports afterwards | {in_lake:,} |
| threads of the test that hung | {len(hung)} |
| memory and open files, while nothing new comes | {judge_growth(soak.samples, growing_s)} |

Anonymous memory in MiB and open files, the most of each minute:

| minute | parent | child | open files |
|---|---|---|---|
{tell_minutes(soak.samples)}
"""


if __name__ == "__main__":
    told = sys.argv[1:]
    length, times = float(told[0]) if told else 10.0, int(told[1]) if len(told) > 1 else 2
    RESULT.write_text(run(length, times))
    print(RESULT.read_text())  # noqa: T201 - a command
