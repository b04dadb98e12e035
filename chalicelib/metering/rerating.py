"""Re-rating: the costs of stored events by the prices that are known now. Batch functions only:
needs pyarrow.

A changed cost is a new version of the event; a cost that the client stated stays. Rollups follow by
themselves, since a new version makes its day dirty.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chalicelib.directory.prices import prices_of
from chalicelib.directory.tools import tool_of
from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.kit.ids import new_id
from chalicelib.kit.turns import in_turn
from chalicelib.lake.compaction import slices
from chalicelib.lake.tables import AI_EVENTS, TOOL_EVENTS, Table
from chalicelib.metering.queries import unpriced_days
from chalicelib.metering.rating import rate_tool
from chalicelib.metering.revisions import revise
from chalicelib.metering.rows import cost_columns, stored, usage_of
from chalicelib.ports.documents import Record
from chalicelib.ports.lake import NotInLake
from chalicelib.ports.world import World
from chalicelib.pricing.rating import rate
from chalicelib.pricing.usage import Status
from chalicelib.resources.roster import lake_teams

AUDIT = "RERATING"
TABLES = (AI_EVENTS, TOOL_EVENTS)
LOOK_BACK_DAYS = 400
"""How far back the scheduled function looks for events that a new price may reach: as far as the
ledger remembers."""
_AT_ONCE = 500
_ATTEMPTS = 4
_COSTS = tuple(
    name for name in AI_EVENTS.columns if name.endswith("cost_nano") and name != "stated_cost_nano"
)
_COMPARED = ("price_status", *_COSTS)
Price = Callable[[Mapping[str, Any]], dict[str, Any]]
"""From a row to the columns of its price."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to re-rate: events requested on UTC days between both, inclusive; of one model (or
    tool), or all; `unpriced` only those without a known cost."""

    first_day: str
    last_day: str
    model: str = ""
    unpriced: bool = False
    dry_run: bool = False

    def days(self) -> Iterator[str]:
        """Its days, oldest first."""
        first, last = date.fromisoformat(self.first_day), date.fromisoformat(self.last_day)
        yield from (
            (first + timedelta(back)).isoformat() for back in range((last - first).days + 1)
        )


@dataclass(slots=True)
class Line:
    """Of one model or tool: events looked at, and those whose cost changed, with the costs before
    and after in nano-USD (an unknown cost counts as 0) and how many were and are without a known
    one."""

    events: int = 0
    changed: int = 0
    before: int = 0
    after: int = 0
    unpriced_before: int = 0
    unpriced_after: int = 0


@dataclass(slots=True)
class Summary:
    """Lines by (provider, model), or by ("tool", tool id)."""

    lines: dict[tuple[str, str], Line] = field(default_factory=lambda: defaultdict(Line))

    @property
    def changed(self) -> int:
        """How many events changed."""
        return sum(line.changed for line in self.lines.values())


def rerate(
    world: World, team: str, order: Order, author: str, days: Iterable[str] | None = None
) -> Summary:
    """Re-rate a team's events. `days` are those of the order, for whoever wants to watch them go
    by. Leaves an audit record when anything changed.

    Raises NotInLake when a day keeps being rewritten meanwhile, Throttled.
    """
    summary = Summary()
    for day in order.days() if days is None else days:
        for table in TABLES:
            _rerate_day(world, team, table, day, order, summary)
    if summary.changed and not order.dry_run:
        _audit(world, team, order, author, summary)
    return summary


def rerate_due(world: World, *, until: int | None = None) -> int:
    """Price what was waiting for a price, in all teams; how many events changed. Begins no team
    after `until` (ms)."""
    last = day_of(world.now() + DAY)
    first = day_of(world.now() - LOOK_BACK_DAYS * DAY)
    changed = 0
    for team in in_turn(lake_teams(world.documents), world.now()):
        if until is not None and world.now() >= until:
            break
        for table in TABLES:
            price = _price(world, team, table)
            days = {
                day
                for day, group in unpriced_days(world, team, table, first, last)
                if _priceable(price, day, group)
            }
            for day in sorted(days):
                summary = rerate(world, team, Order(day, day, unpriced=True), "schedule")
                changed += summary.changed
    return changed


def _priceable(price: Price, day: str, group: Mapping[str, Any]) -> bool:
    found = price({**group, "requested_at": day_start(day)})
    return bool(found["price_status"] != Status.UNPRICED)


def _price(world: World, team: str, table: Table) -> Price:
    if table is TOOL_EVENTS:
        return lambda row: rate_tool(tool_of(world, team, row["tool_id"]), _extras(row))
    prices = prices_of(world, team)
    return lambda row: cost_columns(rate(usage_of(row, _extras(row)), prices))


def _extras(row: Mapping[str, Any]) -> dict[str, Any]:
    text = row.get("extras")
    return json.loads(text) if text else {}


def _rerate_day(
    world: World, team: str, table: Table, day: str, order: Order, summary: Summary
) -> None:
    """A day's files may be swapped by compaction while they are read: then the day is read again,
    and its events are counted again, but not their changes: what was appended by then no longer
    differs."""
    price = _price(world, team, table)
    for attempt in range(_ATTEMPTS):
        try:
            files = list(world.lake.list(team, table.name, day))
            for rows in slices(world, team, table, files):
                _rerate_rows(world, team, table, _chosen(rows, table, order), order, price, summary)
        except NotInLake:
            if attempt + 1 == _ATTEMPTS:
                raise
        else:
            return


def _chosen(rows: pa.Table, table: Table, order: Order) -> pa.Table:
    keep = pc.invert(rows["deleted"])
    if order.model:
        keep = pc.and_(
            keep,
            pc.equal(rows["tool_id" if table is TOOL_EVENTS else "model"], order.model).fill_null(
                False
            ),
        )
    if order.unpriced:
        keep = pc.and_(keep, pc.is_null(rows["cost_nano"]))
    rows = rows.filter(keep)
    # Rows of the ledger carry instants as numbers.
    whole = [
        rows[name].cast(pa.int64()) if pa.types.is_timestamp(rows[name].type) else rows[name]
        for name in rows.column_names
    ]
    return pa.table(whole, names=rows.column_names)


def _rerate_rows(
    world: World,
    team: str,
    table: Table,
    rows: pa.Table,
    order: Order,
    price: Price,
    summary: Summary,
) -> None:
    for batch in rows.to_batches(max_chunksize=_AT_ONCE):
        changes: dict[str, tuple[Mapping[str, Any], dict[str, Any]]] = {}
        for row in batch.to_pylist():
            found = price(row)
            summary.lines[_line(table, row)].events += 1
            if _differs(row, found):
                changes[row["event_id"]] = (row, found)
        kept = changes.keys() if order.dry_run else _append(world, team, table, changes, price)
        for event_id in kept:
            row, found = changes[event_id]
            _count(summary.lines[_line(table, row)], row, found)


def _line(table: Table, row: Mapping[str, Any]) -> tuple[str, str]:
    return (
        ("tool", row["tool_id"])
        if table is TOOL_EVENTS
        else (row["provider"] or "", row["model"] or "")
    )


def _differs(row: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether the money differs; another version of a price list that says the same is no
    change."""
    return any(row.get(name) != found[name] for name in _COMPARED if name in found)


def _count(line: Line, row: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    line.changed += 1
    line.before += row["cost_nano"] or 0
    line.after += found["cost_nano"] or 0
    line.unpriced_before += row["cost_nano"] is None
    line.unpriced_after += found["cost_nano"] is None


def _append(
    world: World,
    team: str,
    table: Table,
    changes: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]],
    price: Price,
) -> set[str]:
    """Append the versions; the ids of what was appended. Where the ledger has a newer version than
    the lake has shown us, that one is re-rated."""
    if not changes:
        return set()
    wanted = [
        stored(team, table, {**row, **found, "version": row["version"] + 1})
        for row, found in changes.values()
    ]
    done = world.events.append(team, wanted)
    overtaken = [event.event_id for event, new in zip(wanted, done, strict=True) if not new]

    def change(row: dict[str, Any]) -> dict[str, Any] | None:
        found = price(row)
        return None if row["deleted"] or not _differs(row, found) else found

    return changes.keys() - set(overtaken) | revise(world, team, overtaken, change).keys()


def _audit(world: World, team: str, order: Order, author: str, summary: Summary) -> None:
    doc = {
        "author": author,
        "at": world.now(),
        "firstDay": order.first_day,
        "lastDay": order.last_day,
        "model": order.model or None,
        "lines": [
            {"provider": provider, "model": model, "changed": line.changed, "beforeNano": line.before,
             "afterNano": line.after}
            for (provider, model), line in sorted(summary.lines.items())
            if line.changed
        ][:1_000],
    }  # fmt: skip
    now = world.now()
    world.documents.create(
        team, Record(AUDIT, new_id(), doc, f"{now:016d}", created_at=now, updated_at=now)
    )
