"""Days of a bill in the lake: one file a connection and UTC day, replaced whole. Batch functions
only: needs pyarrow.

A file is put atomically, so that whoever dies in the middle leaves the old day; the same lines make
the same bytes, so that reading a bill twice changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from chalicelib.directory.exchange import Rates
from chalicelib.lake.limits import first_day
from chalicelib.lake.parquet import encode, schema_of
from chalicelib.lake.tables import BILLING_DAYS
from chalicelib.ports.lake import LakePath, NotInLake
from chalicelib.ports.world import World
from chalicelib.providers.lines import BilledLine
from chalicelib.providers.records import Connection

_ORDER = ("model", "token_kind", "workspace_id", "api_key_id", "user_email", "description")
_MOST_NANO = 2**63


@dataclass(frozen=True, slots=True)
class Written:
    """What writing some days did: lines that stand in them, days that changed, lines whose currency
    has no exchange rate."""

    lines: int = 0
    changed: int = 0
    without_rate: int = 0

    def __add__(self, other: "Written") -> "Written":
        return Written(
            self.lines + other.lines,
            self.changed + other.changed,
            self.without_rate + other.without_rate,
        )


def write_days(
    world: World,
    connection: Connection,
    days: Sequence[str],
    lines: Iterable[BilledLine],
    rates: Rates,
) -> Written:
    """Replace some days (YYYY-MM-DD) by the lines that are theirs; a day without lines is emptied,
    and lines of other days are left out, as are days that retention has emptied."""
    by_day: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        row = line.row(connection.provider, connection.source or connection.id)
        by_day[line.day].append({**row, **_in_usd(line, rates)})
    first = first_day(world.documents, connection.team)
    written = Written()
    for day in days:
        if day >= first:
            written += _write_day(world, connection, day, by_day[day])
    return written


def file_of(source: str, day: str) -> LakePath:
    """Where the lines of a source of bills of a day stand."""
    return LakePath(BILLING_DAYS.name, day, f"{source}.parquet")


def _write_day(
    world: World, connection: Connection, day: str, rows: Sequence[dict[str, Any]]
) -> Written:
    path = file_of(connection.source or connection.id, day)
    before = _stored(world, connection, path)
    unrated = sum(row["amount_nano"] is not None and row["usd_nano"] is None for row in rows)
    if not rows:
        if before is not None:
            world.lake.delete(connection.team, [path])
        return Written(changed=before is not None)
    table = pa.Table.from_pylist(list(rows), schema=schema_of(BILLING_DAYS))
    data = encode(table.sort_by([(name, "ascending") for name in _ORDER]))
    if data != before:
        world.lake.put(connection.team, path, data)
    return Written(len(rows), data != before, unrated)


def _stored(world: World, connection: Connection, path: LakePath) -> bytes | None:
    try:
        return world.lake.get(connection.team, path)
    except NotInLake:
        return None


def _in_usd(line: BilledLine, rates: Rates) -> dict[str, int | None]:
    """The amounts of a line at the exchange rate of its day; None without one."""
    rate = rates.on(line.currency, line.day)

    def convert(amount: int | None) -> int | None:
        usd = rate.usd(amount) if rate and amount is not None else None
        return usd if usd is None or abs(usd) < _MOST_NANO else None

    return {
        "usd_nano": convert(line.amount_nano),
        "list_nano": convert(line.list_nano),
        "credits_nano": convert(line.credits_nano),
    }
