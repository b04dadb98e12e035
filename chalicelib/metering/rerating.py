"""Re-rating: the costs of stored events by the prices that are known now. Batch functions only:
needs pyarrow.

A changed cost is a new version of the event; a cost that the client stated stays. Rollups follow by
themselves, since a new version makes its day dirty.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chalicelib.directory.prices import prices_of
from chalicelib.directory.tools import tool_of
from chalicelib.kit.clock import DAY, day_of, day_start
from chalicelib.kit.turns import in_turn
from chalicelib.lake.compaction import slices
from chalicelib.lake.reading import read_steadily
from chalicelib.lake.tables import AI_EVENTS, TOOL_EVENTS, Table
from chalicelib.metering.cost_changes import CostChanges, differs, extras_of
from chalicelib.metering.queries import unpriced_days
from chalicelib.metering.rating import rate_tool
from chalicelib.metering.revisions import revise
from chalicelib.metering.rows import cost_columns, event_record, usage_of
from chalicelib.metering.settling import settle
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.pricing.rating import rate
from chalicelib.pricing.usage import Status
from chalicelib.resources.audit import RE_RATE, note_change
from chalicelib.resources.roster import lake_teams

TABLES = (AI_EVENTS, TOOL_EVENTS)
LOOK_BACK_DAYS = 400
"""How far back the scheduled function looks for events that a new price may reach: as far as the
ledger remembers."""
_AT_ONCE = 500
_MOST_AUDITED = 1_000
"""Models that an audit entry names."""
_AUDITED_AT_ONCE = 5_000
"""Changes of which one audit entry tells: a process that is killed leaves no more without one."""
Row = Mapping[str, Any]
RateRow = Callable[[Row], dict[str, Any]]
"""From a row to the columns of its cost."""


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
        for offset in range((last - first).days + 1):
            yield (first + timedelta(offset)).isoformat()


@dataclass(slots=True)
class Summary:
    """What re-rating changed, by (provider, model), or by ("tool", tool id)."""

    models: dict[tuple[str, str], CostChanges] = field(
        default_factory=lambda: defaultdict(CostChanges)
    )

    def add(self, other: "Summary") -> None:
        """Add what was found on another day."""
        for name, changes in other.models.items():
            self.models[name].add(changes)

    @property
    def number_changed(self) -> int:
        """How many events changed."""
        return sum(changes.changed for changes in self.models.values())


def rerate(
    world: World, team: Scope, order: Order, author: str, days: Iterable[str] | None = None
) -> Summary:
    """Re-rate a team's events. `days` are those of the order, for whoever wants to watch them go
    by. Leaves audit entries of each day of which anything changed, also when it fails on that day
    or on a later one.

    Raises NotInLake when a day keeps being rewritten meanwhile, Throttled.
    """
    summary = Summary()
    for day in order.days() if days is None else days:
        run = _Run(world, team, replace(order, first_day=day, last_day=day), author)
        try:
            for table in TABLES:
                run.rerate_day(table, day)
        finally:
            run.audit()
        summary.add(run.summary)
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
        for day in _priceable_days(world, team, first, last):
            summary = rerate(world, team, Order(day, day, unpriced=True), "schedule")
            changed += summary.number_changed
    return changed


def _priceable_days(world: World, team: Scope, first: str, last: str) -> list[str]:
    """The days between both, oldest first, of which some event without a cost has a price now."""
    days: set[str] = set()
    for table in TABLES:
        rate_row = _row_rater(world, team, table)
        for day, group in unpriced_days(world, team, table, first, last):
            if _is_priceable(rate_row, day, group):
                days.add(day)
    return sorted(days)


def _is_priceable(rate_row: RateRow, day: str, group: Row) -> bool:
    columns = rate_row({**group, "requested_at": day_start(day)})
    return bool(columns["price_status"] != Status.UNPRICED)


def _row_rater(world: World, team: Scope, table: Table) -> RateRow:
    """What rates the rows of a table by the team's prices of now."""
    if table is TOOL_EVENTS:
        return lambda row: rate_tool(tool_of(world, team, row["tool_id"]), extras_of(row))
    prices = prices_of(world, team)
    return lambda row: cost_columns(rate(usage_of(row, extras_of(row)), prices))


@dataclass(slots=True)
class _Run:
    """One run over a team's events of a day. `summary` is what it did, `recent` the part of which
    no audit entry tells yet; `unsure` counts changes that are being made just now."""

    world: World
    team: Scope
    order: Order
    author: str
    summary: Summary = field(default_factory=Summary)
    recent: Summary = field(default_factory=Summary)
    unsure: int = 0

    def audit(self) -> None:
        """Leave an entry of what changed since the last one."""
        if (self.recent.number_changed or self.unsure) and not self.order.dry_run:
            facts = {**_tell(self.order, self.recent), **self._tell_unsure()}
            note_change(self.world, self.team, RE_RATE, self.author, facts)
        self.summary.add(self.recent)
        self.recent = Summary()

    def _tell_unsure(self) -> dict[str, int]:
        """Of a run that broke off: how many more changes may have been made."""
        if not self.unsure:
            return {}
        return {"perhapsChanged": self.unsure}

    def rerate_day(self, table: Table, day: str) -> None:
        """Re-rate the events of a table and a day (YYYY-MM-DD).

        A day's files may be swapped by compaction while they are read: then the day is read again,
        and its events are counted again, but not their changes: what was appended by then no longer
        differs. Raises NotInLake when that keeps happening.
        """
        rate_row = _row_rater(self.world, self.team, table)

        def rerate() -> None:
            files = list(self.world.lake.list(self.team, table.name, day))
            for rows in slices(self.world, self.team, table, files):
                self._rerate_rows(table, _choose_rows(rows, table, self.order), rate_row)

        read_steadily(self.world, self.team, rerate)

    def _rerate_rows(self, table: Table, rows: pa.Table, rate_row: RateRow) -> None:
        for batch in rows.to_batches(max_chunksize=_AT_ONCE):
            models = self.recent.models
            changes: dict[str, tuple[Row, Row]] = {}
            for row in batch.to_pylist():
                columns = rate_row(row)
                models[_model_of(table, row)].events += 1
                if differs(row, columns):
                    changes[row["event_id"]] = (row, columns)
            done = set(changes)
            if not self.order.dry_run:
                self.unsure = len(changes)
                done = self._append(table, changes, rate_row)
            for event_id in done:
                before, after = changes[event_id]
                models[_model_of(table, before)].count(before, after)
            self.unsure = 0
            if self.recent.number_changed >= _AUDITED_AT_ONCE:
                self.audit()

    def _append(
        self, table: Table, changes: Mapping[str, tuple[Row, Row]], rate_row: RateRow
    ) -> set[str]:
        """Append the versions; the ids of what was appended. Where the ledger has a newer version
        than the lake has shown us, that one is re-rated."""
        if not changes:
            return set()
        wanted = []
        for row, columns in changes.values():
            version = {"version": row["version"] + 1, "revised_at": self.world.now()}
            changed = {**row, **columns, **settle(row), **version}
            wanted.append(event_record(self.team, table, changed))
        appended = self.world.events.append(self.team, wanted)
        overtaken = [
            event.event_id for event, is_new in zip(wanted, appended, strict=True) if not is_new
        ]

        def change(row: dict[str, Any]) -> dict[str, Any] | None:
            columns = rate_row(row)
            if row["deleted"] or not differs(row, columns):
                return None
            return columns | settle(row)

        revised = revise(self.world, self.team, overtaken, change)
        return changes.keys() - set(overtaken) | revised.keys()


def _choose_rows(rows: pa.Table, table: Table, order: Order) -> pa.Table:
    """The rows that an order is about, as rows of the ledger, which carry instants as numbers."""
    keep = pc.invert(rows["deleted"])
    if order.model:
        name = "tool_id" if table is TOOL_EVENTS else "model"
        keep = pc.and_(keep, pc.equal(rows[name], order.model).fill_null(False))
    if order.unpriced:
        keep = pc.and_(keep, pc.is_null(rows["cost_nano"]))
    chosen = rows.filter(keep)
    columns = []
    for name in chosen.column_names:
        column = chosen[name]
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.int64())
        columns.append(column)
    return pa.table(columns, names=chosen.column_names)


def _model_of(table: Table, row: Row) -> tuple[str, str]:
    """What an event is counted under."""
    if table is TOOL_EVENTS:
        return "tool", row["tool_id"]
    return row["provider"] or "", row["model"] or ""


def _tell(order: Order, summary: Summary) -> dict[str, Any]:
    """What an audit entry says of changes."""
    lines = []
    for (provider, model), changes in sorted(summary.models.items()):
        if changes.changed:
            lines.append(
                {
                    "provider": provider,
                    "model": model,
                    "changed": changes.changed,
                    "beforeNano": changes.before,
                    "afterNano": changes.after,
                    "unpricedBefore": changes.unpriced_before,
                    "unpricedAfter": changes.unpriced_after,
                }
            )
    facts: dict[str, Any] = {
        "firstDay": order.first_day,
        "lastDay": order.last_day,
        "model": order.model or None,
        "lines": lines[:_MOST_AUDITED],
    }
    if len(lines) > _MOST_AUDITED:
        facts["modelsLeftOut"] = len(lines) - _MOST_AUDITED
    return facts
