"""Reports over a year of ten million calls: rollups against chDB on the raw files, raw questions
against hand-written SQL on DuckDB, every operation through the local server, and what a rollup
costs.

All figures of one comparison are taken in turn in one run, on two threads each: ratios hold on any
machine.
"""

import http.client
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode, urlsplit

import duckdb

from chalicelib.kit.clock import DAY, day_of, iso
from chalicelib.lake.days import read_states
from chalicelib.lake.dimensions import CROWDED
from chalicelib.lake.rolling import roll_day
from chalicelib.lake.tables import AI_EVENTS, ROLLUP_DAILY, ROLLUP_HOURLY, TOOL_EVENTS, TRACE_DAILY
from chalicelib.ports.engine import Result, Statement
from chalicelib.ports.world import World
from chalicelib.reports.builder import build as build_statement
from chalicelib.reports.catalogue import REPORTS
from chalicelib.reports.declarations import Report
from chalicelib.reports.measures import Measure
from chalicelib.reports.parameters import query_of
from chalicelib.reports.planner import Question, plan
from chalicelib.reports.service import _terms, answer
from infra.local.lake import LocalLake
from infra.local.world import build
from tests.bench.generate_year import CALLS, DAYS, LAST, Year, put_day, raw_files, settle, year
from tests.bench.memory import peak_mib
from tests.bench.report import Row
from tests.bench.served import server
from tests.support.reports import BY_SLUG

_DAYS = 90
_START, _END = LAST - (_DAYS - 1) * DAY, LAST + DAY - 1
_FIRST_DAY, _LAST_DAY = day_of(_START), day_of(_END)
_SHARE, _RAW_SHARE, _P95_MS, _PLAN_MS = 0.1, 1.2, 150, 1.0
_BIG_DAY, _BIG_S, _BIG_MIB, _BIG_SHARE = 1_000_000, 10.0, 1_024, 0.05
_ROUNDS, _REQUESTS = 7, 20
_VENV = Path(__file__).parents[2] / ".bench-venv" / "peers" / "chdb"
_CHDB = "chdb==4.4.0"
_TIMES_MS = 1_000


def run() -> list[Row]:
    """Everything, on the year that is made on the first run."""
    made = year()
    world = _held(made)
    rows = [*_rolled(made, world), *_raw(made, world), *_planned(made, world)]
    return [*rows, *_served(made), *_big_day(), _share_of_year(made)]


def _held(made: Year) -> World:
    """The world of the year, at its end."""
    return replace(build(made.folder), now=lambda: _END)


def _median_ms(works: Sequence[Callable[[], object]]) -> list[float]:
    """Milliseconds of each, in turn, the median of some rounds after the first."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(1 + _ROUNDS):
        for work, taken in zip(works, times, strict=True):
            start = time.perf_counter()
            work()
            taken.append((time.perf_counter() - start) * _TIMES_MS)
    return [statistics.median(taken[1:]) for taken in times]


def _ask(world: World, team: str, report: Report, **more: str) -> object:
    given = {"startDate": iso(_START), "endDate": iso(_END), **more}
    return answer(world, team, report, query_of(report).model_validate(given))


class _Listening:
    """An engine that tells how long its statements took."""

    def __init__(self, world: World) -> None:
        self._engine = world.engine
        self.ms = 0.0
        self.statements: list[Statement] = []

    def run(self, team: str, statement: Statement) -> Result:
        """Run, and remember."""
        start = time.perf_counter()
        result = self._engine.run(team, statement)
        self.ms += (time.perf_counter() - start) * _TIMES_MS
        self.statements.append(statement)
        return result


# Rollups against chDB on the raw files.

_CHDB_ROWS = "from file('{files}', Parquet) where not deleted and assistant is null"
_CHDB_SQL = (
    "select {bucket}{name}, sum(cost_nano), count(), count(cost_nano), sum(total_tokens), "
    f"sumIf(total_tokens, cost_nano is null) {_CHDB_ROWS} group by {{keys}}"
)
_CHDB_NAMED = (
    f"if({{column}} in (select {{column}} {_CHDB_ROWS} group by 1 order by sum(cost_nano) desc, "
    f"1 limit {CROWDED}), "
    "{column}, 'Others')"
)
"""A series names the costliest customers and teams, and so must the peer's."""
_SLUGS = {
    "agent": "agent",
    "model": "model",
    "organization": "organization",
    "provider": "provider",
    "product": "product",
    "subscriber": "team",
}


def _rolled(made: Year, world: World) -> list[Row]:
    """Cost by six dimensions over 90 days, as totals and as series by day: what the engine takes,
    and what chDB takes for the same sums, the coverage of prices included, from the calls."""
    cases = [
        (column, series)
        for column in _SLUGS
        for series in (False, True)
        if series or column != "subscriber"
    ]
    listening = _Listening(world)
    heard = replace(world, engine=listening)
    ours: list[float] = []
    for column, series in cases:
        report = BY_SLUG[f"cost-by-{_SLUGS[column]}" + ("" if series else "-aggregated")]
        listening.statements.clear()
        _ask(heard, made.team, report)
        statement = listening.statements[-1]
        ours += _median_ms([lambda statement=statement: world.engine.run(made.team, statement)])
    folder = made.folder / "lake" / AI_EVENTS.name / f"team={made.team}"
    files = [
        path.relative_to(folder)
        for path in raw_files(made.folder, made.team, AI_EVENTS, _FIRST_DAY, _LAST_DAY)
    ]
    place = f"{folder}/{{{','.join(map(str, files))}}}"
    asked = [_chdb_sql(column, place, series=series) for column, series in cases]
    try:
        peer, theirs = "chDB", _chdb(asked)
    except (subprocess.SubprocessError, OSError) as error:
        return [Row("chDB", "not installed", note=f"{_CHDB}: {type(error).__name__}")]
    shares = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    worst = max(range(len(shares)), key=shares.__getitem__)
    column, series = cases[worst]
    note = (
        f"{len(cases)} sums of {_DAYS} days; ours {min(ours):.1f} to {max(ours):.1f} ms, {peer} "
        f"{min(theirs):.0f} to "
        f"{max(theirs):.0f} ms on the raw files; the worst is cost by {column}, "
        f"{'by day' if series else 'in total'}: "
        f"{ours[worst]:.1f} against {theirs[worst]:.0f} ms; "
        f"{sum(share <= _SHARE for share in shares)} meet the goal"
    )
    figure = f"{statistics.median(shares):.3f} of {peer}'s time, worst {max(shares):.3f}"
    return [Row("sums from rollups", figure, f"≤ {_SHARE} each", max(shares) <= _SHARE, note)]


def _chdb_sql(column: str, files: str, *, series: bool) -> str:
    (dimension,) = BY_SLUG[f"cost-by-{_SLUGS[column]}"].by
    name = (
        _CHDB_NAMED.format(column=column, files=files) if series and dimension.crowded else column
    )
    bucket, keys = ("toStartOfDay(requested_at), ", "1, 2") if series else ("", "1")
    return _CHDB_SQL.format(bucket=bucket, name=name, keys=keys, files=files)


def _chdb(asked: Sequence[str]) -> list[float]:
    """Median milliseconds of each statement in a session that stays open."""
    python = _VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(_VENV)], check=True, capture_output=True)
        pip = [str(python), "-m", "pip", "install", "-q", _CHDB]
        subprocess.run(pip, check=True, capture_output=True, timeout=900)
    script = Path(__file__).with_name("chdb_sums.py")
    given = json.dumps({"rounds": _ROUNDS, "statements": asked})
    done = subprocess.run(
        [str(python), str(script)], input=given, text=True, check=True, capture_output=True
    )
    times: list[float] = json.loads(done.stdout.splitlines()[-1])
    return times


# Raw questions against hand-written SQL.

_RAW: Sequence[tuple[str, str, dict[str, str], str]] = (
    (
        "raw: 90th percentile of cost by agent",
        "cost-by-agent-aggregated",
        {"metricType": "p90"},
        "select coalesce(agent, 'UNCLASSIFIED'), quantile_disc(cost_nano, 0.9), count(*), "
        "count(cost_nano), "
        "sum(total_tokens), sum(total_tokens) filter (cost_nano is null) from {calls} "
        "where not deleted and assistant is null group by 1",
    ),
    (
        "raw: median duration by model",
        "response-time-by-model",
        {"metricType": "median"},
        "select coalesce(model, 'UNCLASSIFIED'), quantile_disc(duration_ms, 0.5) from {calls} "
        "where not deleted "
        "group by 1",
    ),
    (
        "raw: 95th percentile of cost by customer",
        "customer-cost-aggregated",
        {"metricType": "p95"},
        "select coalesce(organization, 'UNCLASSIFIED'), quantile_disc(cost_nano, 0.95), "
        "count(*), count(cost_nano), "
        "sum(total_tokens), sum(total_tokens) filter (cost_nano is null) from {calls} "
        "where not deleted and assistant is null group by 1",
    ),
    (
        "traces by cost, summed by day",
        "trace-cost-distribution",
        {},
        "select trace_id, sum(cost_nano) as cost, max(agent), sum(calls), min(begun), max(ended), "
        "count(distinct tool_id), count(calls), sum(tokens), sum(tokens) filter (calls = 1 and "
        "cost_nano is null), "
        "count(cost_nano) from ("
        "select trace_id, cost_nano, agent, 1 as calls, requested_at as begun, "
        "coalesce(responded_at, requested_at) as ended, null as tool_id, total_tokens as tokens "
        "from {calls} "
        "where not deleted and assistant is null and trace_id is not null union all "
        "select trace_id, cost_nano, null, null, null, null, tool_id, null from {tools} "
        "where not deleted and trace_id is not null) group by 1 order by 2 desc, 1 limit 500",
    ),
)


def _raw(made: Year, world: World) -> Iterator[Row]:
    """Questions that sums by dimension cannot answer, against what one would write by hand on the
    files of calls. All but the last are answered from these too."""
    lists = {
        name: str(
            [str(path) for path in raw_files(made.folder, made.team, table, _FIRST_DAY, _LAST_DAY)]
        )
        for name, table in (("calls", AI_EVENTS), ("tools", TOOL_EVENTS))
    }
    with duckdb.connect() as hand:
        hand.execute("set global threads = 2")
        for what, slug, more, sql in _RAW:
            told = sql.format(**{name: f"read_parquet({files})" for name, files in lists.items()})

            def ours(slug: str = slug, more: dict[str, str] = more) -> object:
                return _ask(world, made.team, BY_SLUG[slug], **more)

            def theirs(told: str = told) -> object:
                return hand.execute(told).fetchall()

            mine, other = _median_ms([ours, theirs])
            note = f"{slug}, the whole answer {mine:.0f} ms, hand-written DuckDB {other:.0f} ms"
            yield Row(
                what,
                f"{mine / other:.2f} of DuckDB's time",
                f"≤ {_RAW_SHARE}",
                mine / other <= _RAW_SHARE,
                note,
            )


def _planned(made: Year, world: World) -> Iterator[Row]:
    """Planner and builder alone, the slowest report."""
    window = (
        query_of(REPORTS[0])
        .model_validate({"startDate": iso(_START), "endDate": iso(_END)})
        .window(_END)
    )
    known = {
        table.name: read_states(world, made.team, table.name, window.days())
        for table in (AI_EVENTS, TOOL_EVENTS)
    }

    def plan_all(report: Report) -> object:
        question = Question(
            report.by,
            _terms(report, report.asked or Measure.SUM),
            window.interval(48, 366),
            assistants=[] if report.is_money else None,
        )
        facts = [(fact, known.get(fact.table.name, {})) for fact in question.facts]
        parts = [part for fact, days in facts for part in plan(window, question, fact, days)]
        return build_statement(made.team, question, parts)

    times = {
        report.slug: _median_ms([lambda report=report: plan_all(report)])[0] for report in REPORTS
    }
    slowest = max(times, key=times.__getitem__)
    note = (
        f"{_DAYS} days, all {len(REPORTS)} reports; median "
        f"{statistics.median(times.values()):.2f} ms"
    )
    yield Row(
        "planner and builder",
        f"{times[slowest]:.2f} ms, {slowest}",
        f"≤ {_PLAN_MS} ms",
        times[slowest] <= _PLAN_MS,
        note,
    )


# Through the local server.


def _served(made: Year) -> list[Row]:
    """Every operation over 90 days, its answers read whole; one connection."""
    slow: dict[str, float] = {}
    every: list[float] = []
    with server(made.folder) as served:
        connection = http.client.HTTPConnection(urlsplit(served.url).netloc)
        for report in (*REPORTS, None):
            slug = report.slug if report else "jobs/roi-summary"
            times = [_get(connection, made.key, slug) for _ in range(1 + _REQUESTS)][1:]
            every.append(statistics.quantiles(times, n=20)[-1])
            if every[-1] > _P95_MS:
                slow[slug] = every[-1]
    told = ", ".join(
        f"{slug} {ms:,.0f} ms" for slug, ms in sorted(slow.items(), key=lambda each: -each[1])
    )
    note = (
        f"p95 of {_REQUESTS} requests each over {_DAYS} days, median of them "
        f"{statistics.median(every):.0f} ms"
    )
    figure = f"{len(every) - len(slow)} of {len(every)} operations"
    return [
        Row(
            "reports through the server",
            figure,
            f"p95 ≤ {_P95_MS} ms each",
            not slow,
            note + (f"; slower: {told}" if told else ""),
        )
    ]


def _get(connection: http.client.HTTPConnection, key: str, slug: str) -> float:
    query = urlencode({"startDate": iso(_START), "endDate": iso(_END)})
    start = time.perf_counter()
    connection.request("GET", f"/api/v2/analytics/{slug}?{query}", headers={"x-api-key": key})
    answered = connection.getresponse()
    data = answered.read()
    taken = (time.perf_counter() - start) * _TIMES_MS
    assert answered.status == http.client.OK, data
    return taken


# A large day.


def _big_day() -> list[Row]:
    """Roll up a day of a million calls, in a process of its own."""
    with TemporaryDirectory() as folder:
        code = f"from tests.bench.analytics import make_big; make_big({folder!r})"
        subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
        code = f"from tests.bench.analytics import roll_big; roll_big({folder!r})"
        done = subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        told = json.loads(done.stdout.splitlines()[-1])
        raw, share, traces = _sizes(Path(folder), "big")
    seconds, mib = told["seconds"], told["mib"]
    return [
        Row(
            "rollup of a day of a million calls",
            f"{seconds:.1f} s",
            f"≤ {_BIG_S:.0f} s",
            seconds <= _BIG_S,
        ),
        Row(
            "… its memory",
            f"{mib:,.0f} MiB",
            f"≤ {_BIG_MIB:,} MiB",
            mib <= _BIG_MIB,
            "largest resident set",
        ),
        Row(
            "… its size",
            f"{share:.1%} of the calls' bytes",
            f"≤ {_BIG_SHARE:.0%}",
            share <= _BIG_SHARE,
            f"daily and hourly, {raw / 2**20:,.0f} MiB of calls; those of single traces: "
            f"{traces:.1%}",
        ),
    ]


def make_big(folder: str) -> None:
    """The day, in two files as compaction makes them."""
    world = build(Path(folder))
    put_day(LocalLake(Path(folder) / "lake"), "big", LAST, _BIG_DAY)
    settle(world, "big", [day_of(LAST)])


def roll_big(folder: str) -> None:
    """Prints how long and how much memory it took."""
    world = build(Path(folder))
    start = time.perf_counter()
    assert roll_day(world, "big", day_of(LAST))
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "mib": peak_mib()}), flush=True)  # noqa: T201


def _share_of_year(made: Year) -> Row:
    raw, share, traces = _sizes(made.folder, made.team)
    note = (
        f"{CALLS // DAYS:,} calls a day of 1,600 people, {raw / 2**20:,.0f} MiB of calls: a row "
        "a person and day; "
        f"those of single traces, a row for 3.3 calls: {traces:.1%}"
    )
    return Row("… their size in the year", f"{share:.1%} of the calls' bytes", note=note)


def _sizes(folder: Path, team: str) -> tuple[int, float, float]:
    """Bytes of a team's calls; by each of them those of their rollups, and those of their
    traces."""
    calls, daily, hourly, traces = (
        sum(
            path.stat().st_size
            for path in (folder / "lake" / table.name / f"team={team}").glob("*/*.parquet")
        )
        for table in (AI_EVENTS, ROLLUP_DAILY, ROLLUP_HOURLY, TRACE_DAILY)
    )
    return calls, (daily + hourly) / calls, traces / calls
