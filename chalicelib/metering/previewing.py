"""Previewing: what re-rating would make of the calls of a model, by prices that are not set yet.

The same rules as re-rating (rerating.py), and no pyarrow: it answers a request. So the calls are
few enough to be read at once: the newest MOST_CALLS of them, in whole days.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.kit.clock import DAY, day_of, millis
from chalicelib.kit.days import list_days
from chalicelib.kit.errors import Invalid
from chalicelib.kit.windows import DayRange
from chalicelib.lake.damage import run
from chalicelib.lake.extent import find_missing_days
from chalicelib.lake.newest import read_newest, restrict_to, scan_of
from chalicelib.lake.sql import Sql
from chalicelib.lake.tables import AI_EVENTS
from chalicelib.metering.cost_changes import COSTS, CostChanges, differs, extras_of
from chalicelib.metering.rows import RATED, cost_columns, usage_of
from chalicelib.ports.engine import Statement
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.pricing.book import PriceSource
from chalicelib.pricing.rating import rate
from chalicelib.pricing.team import price_key

MOST_CALLS = 50_000
_COLUMNS = tuple(dict.fromkeys((*RATED, "event_id", "price_status", *COSTS)))


@dataclass(slots=True)
class Preview:
    """What would change, in all, by the UTC day of calls and by (provider, model). `first_day` is
    the first one that was looked at, `is_cut` when that is not the first one that was asked for.
    `incomplete` are days of which the lake misses something."""

    first_day: str
    last_day: str
    is_cut: bool = False
    whole: CostChanges = field(default_factory=CostChanges)
    days: dict[str, CostChanges] = field(default_factory=lambda: defaultdict(CostChanges))
    models: dict[tuple[str, str], CostChanges] = field(
        default_factory=lambda: defaultdict(CostChanges)
    )
    incomplete: Sequence[str] = ()

    def count(self, row: Mapping[str, Any], columns: Mapping[str, Any]) -> None:
        """Count a call and what it would cost."""
        name = (row["provider"] or "", row["model"] or "")
        still_unpriced = row["cost_nano"] is None and columns["cost_nano"] is None
        for changes in (self.whole, self.days[day_of(row["requested_at"])], self.models[name]):
            changes.events += 1
            if still_unpriced:
                # Its reason may be another one, or parts of its cost; nobody knows it all the same.
                changes.still_unpriced += 1
            elif differs(row, columns):
                changes.count(row, columns)


def preview(
    world: World, team: Scope, name: tuple[str, str], prices: PriceSource, days: int
) -> Preview:
    """Rate the calls of a model by these prices: those of so many full UTC days, and of today.
    `name` is its (provider, model).

    Raises Invalid when a single day has over MOST_CALLS, EngineBusy.
    """
    now = world.now()
    last = day_of(now)
    first = day_of(now - days * DAY)
    rows = _read(world, team, name[1], (first, last))
    found = Preview(first, last)
    if len(rows) > MOST_CALLS:
        found.is_cut = True
        oldest = day_of(rows[-1]["requested_at"])
        rows = [row for row in rows if day_of(row["requested_at"]) != oldest]
        if not rows:
            raise Invalid(
                f"days: the model has over {MOST_CALLS:,} calls on {oldest} alone: "
                "`meterlake re-rate --dry-run` reads any number, once the price is set",
                field="days",
            )
        found.first_day = day_of(rows[-1]["requested_at"])
    wanted = price_key(prices, *name)
    for row in rows:
        usage = usage_of(row, extras_of(row))
        if price_key(prices, usage.provider, usage.model) == wanted:
            found.count(row, cost_columns(rate(usage, prices)))
    looked_at = list_days(found.first_day, last)
    found.incomplete = find_missing_days(world, team, AI_EVENTS.name, looked_at)
    return found


def _read(world: World, team: Scope, model: str, days: DayRange) -> list[dict[str, Any]]:
    """The newest calls of a model, whatever its letters' case and the spaces around it, the newest
    first; one more than MOST_CALLS when there are more."""
    table = AI_EVENTS.name
    sql = Sql(f"select {', '.join(_COLUMNS)} from ")  # noqa: S608 - names of our own
    sql += read_newest(table, _COLUMNS, restrict_to(team, [days]))
    sql += Sql(" and lower(trim(model)) = ?", (model.strip().lower(),))
    sql += Sql(f" order by requested_at desc, event_id limit {MOST_CALLS + 1}")
    result = run(world, team, Statement(sql.text, sql.params, scan_of(table, [days])))
    rows: list[dict[str, Any]] = []
    for each in result.rows:
        row: dict[str, Any] = dict(zip(_COLUMNS, each, strict=True))
        if isinstance(row["requested_at"], datetime):
            row["requested_at"] = millis(row["requested_at"])
        rows.append(row)
    return rows
