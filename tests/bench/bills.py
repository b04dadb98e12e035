"""Bills: reading ninety days of a provider with 200 models and 500 keys, beside that provider's own
pace; and reconciling ninety days of the bench year, through the functions that an operation calls.
"""

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.kit.settings import Settings
from chalicelib.lake.tables import BILLING_DAYS
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.days import write_days
from chalicelib.providers.lines import BilledLine
from chalicelib.providers.periods import Period
from chalicelib.providers.records import CONNECTION, Connection
from chalicelib.providers.syncing import sync
from chalicelib.providers.vocabulary import BillingProvider
from chalicelib.reconciliation.gathering import gather_metered
from chalicelib.reconciliation.statement import reconcile
from infra.local.outbound import LocalOutbound
from infra.local.world import build
from tests.bench.generate_year import LAST, year
from tests.bench.report import Row
from tests.support.provider import Answer, Asked, FakeProvider

_MODELS, _KEYS, _DAYS = 200, 500, 90
_MODELS_OF_KEY = 2
_KINDS = ("uncached_input_tokens", "output_tokens", "cache_read_input_tokens")
_BASE = "/v1/organizations"
_TENANT, _TEAM = Scope("bench-tenant"), Scope("bench-team")
_SYNC_S, _SYNC_MIB, _RECONCILE_MS = 60.0, 300, 500
_ROUNDS = 20
_LIMIT = 1_000


def run() -> list[Row]:
    """Both; the reading in a process of its own, whose memory is its own."""
    command = [sys.executable, "-m", "tests.bench.bills"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])  # what is logged comes before
    own = told["seconds"] - told["provider_s"]
    rows = [
        Row(
            f"bill of {_DAYS} days, {_MODELS} models, {_KEYS} keys",
            f"{own:.1f} s",
            f"{_SYNC_S:g} s",
            own <= _SYNC_S,
            f"{told['lines']:,} lines, beside {told['provider_s']:.1f} s of the provider's",
        ),
        Row(
            "… memory",
            f"{told['mib']:.0f} MiB",
            f"{_SYNC_MIB} MiB",
            told["mib"] <= _SYNC_MIB,
            "peak of the process, the provider's answers of "
            f"{told['provider_mib']:.0f} MiB taken off",
        ),
    ]
    return [*rows, _reconcile_year()]


def _reconcile_year() -> Row:
    """The statement of ninety days, every model billed at what was metered of it."""
    made = year()
    world = replace(build(made.folder), now=lambda: LAST + DAY - 1)
    team = Scope(made.team)
    period = Period(day_of(LAST - (_DAYS - 1) * DAY), day_of(LAST))
    _bill_what_was_metered(world, team, period)
    times: list[float] = []
    rows = 0
    for _ in range(1 + _ROUNDS):
        begun = time.perf_counter()
        rows = len(reconcile(world, _TENANT, team, period).rows)
        times.append((time.perf_counter() - begun) * 1_000)
    first, *times = times
    p95 = statistics.quantiles(times, n=20)[-1]
    return Row(
        f"reconciliation of {_DAYS} days of the year, p95",
        f"{p95:.0f} ms",
        f"{_RECONCILE_MS} ms",
        p95 <= _RECONCILE_MS,
        f"{rows:,} rows; median of {_ROUNDS} {statistics.median(times):.0f} ms; before them one "
        f"that reads the sums of those days from files, {first:,.0f} ms",
    )


def _bill_what_was_metered(world: World, team: Scope, period: Period) -> None:
    from chalicelib.directory.exchange import Rates

    lines: dict[str, list[BilledLine]] = {}
    for key, cell in gather_metered(world, team, period).cells.items():
        if key.provider not in set(BillingProvider):
            continue
        counts: dict[str, Any] = {f"{kind}_tokens": count for kind, count in cell.tokens.items()}
        line = BilledLine(
            day=key.day, model=key.model, cost_type="tokens", amount_nano=cell.nano, **counts
        )
        lines.setdefault(key.provider, []).append(line)
    for provider, own in lines.items():
        source = _connection(BillingProvider(provider), team, "")
        write_days(world, source, period.days, own, Rates({}))


def _connection(provider: BillingProvider, team: Scope, url: str) -> Connection:
    return Connection(
        id=f"bench-{provider}",
        tenant=_TENANT,
        team=team,
        name="Bench",
        provider=provider,
        token="",
        base_url=url,
        account="",
    )


class _Provider:
    """Answers like Anthropic's analytics; what it takes itself is measured."""

    def __init__(self, provider: FakeProvider) -> None:
        self.seconds = 0.0
        provider.answer("GET", f"{_BASE}/workspaces", {"data": [], "has_more": False})
        provider.script("GET", f"{_BASE}/analytics/cost", self._timed)
        provider.script("GET", f"{_BASE}/analytics/usage", self._timed)

    def _timed(self, asked: Asked) -> Answer:
        begun = time.perf_counter()
        query = dict(asked.query)
        first, last = day_start(query["starting_at"][:10]), day_start(query["ending_at"][:10])
        pages = _pages(asked.path.endswith("cost"), first, last)
        answer = Answer(pages[int(query.get("page", 0))])
        self.seconds += time.perf_counter() - begun
        return answer


@lru_cache(maxsize=4)
def _pages(is_cost: bool, first: int, last: int) -> list[bytes]:
    """The pages of a report, as bytes."""
    rows = [row for day in range(first, last, DAY) for row in _rows(is_cost, day_of(day))]
    parts = [rows[begin : begin + _LIMIT] for begin in range(0, len(rows), _LIMIT)] or [[]]
    pages = []
    for number, part in enumerate(parts, 1):
        more = number < len(parts)
        page = {"data": part, "has_more": more, "next_page": str(number) if more else None}
        pages.append(json.dumps(page).encode())
    return pages


def _rows(is_cost: bool, day: str) -> Iterator[dict[str, Any]]:
    dice = Random(day)
    for key in range(_KEYS):
        for _ in range(_MODELS_OF_KEY):
            group = {
                "model": f"claude-bench-{dice.randrange(_MODELS)}",
                "workspace_id": f"wrkspc_{key % 20}",
                "api_key_id": f"apikey_{key}",
                "service_tier": "standard",
            }
            start = f"{day}T00:00:00Z"
            if not is_cost:
                usage = {kind: dice.randrange(10**7) for kind in _KINDS}
                yield {"starting_at": start, "group": group, "usage": {**usage, "requests": 9}}
                continue
            for kind in _KINDS:
                cost = {"amount": f"{dice.randrange(10**6)}.5", "currency": "USD"}
                told = {**group, "cost_type": "tokens", "token_type": kind}
                yield {"starting_at": start, "group": told, "cost": cost}


def _read() -> dict[str, float]:
    """Read the bill once, and say what it took."""
    with TemporaryDirectory() as folder, FakeProvider() as serving:
        provider = _Provider(serving)
        world = build(Path(folder) / "data", Settings(private_origins=serving.url))
        world = replace(world, outbound=LocalOutbound(Path(folder), {serving.url}))
        connection = _connection(BillingProvider.ANTHROPIC, _TEAM, serving.url)
        _store(world, connection)
        object.__setattr__(connection, "token", world.secrets.seal(_TEAM, "sk-bench"))
        begun = time.perf_counter()
        result = sync(world, connection, _DAYS)
        seconds = time.perf_counter() - begun
        held = sum(len(page) for page in _pages.__wrapped__(True, *_week())) * 2 / 2**20
        mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - held
        assert result.status == "SUCCESS", result.error
        files = len(list(world.lake.list(_TEAM, BILLING_DAYS.name)))
        assert files == _DAYS, files
        return {
            "seconds": seconds,
            "provider_s": provider.seconds,
            "lines": result.written.lines,
            "mib": mib,
            "provider_mib": held,
        }


def _week() -> tuple[int, int]:
    return LAST - 7 * DAY, LAST


def _store(world: World, connection: Connection) -> None:
    from chalicelib.ports.documents import Record

    world.documents.create(_TEAM, Record(CONNECTION, connection.id, {"provider": "anthropic"}))


if __name__ == "__main__":
    print(json.dumps(_read()))  # noqa: T201 - a command
