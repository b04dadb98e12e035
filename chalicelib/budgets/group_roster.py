"""Rosters: whom a rule with groups measures, each with what was used and how near the line it
is."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import Field

from chalicelib.budgets.amounts import fraction
from chalicelib.budgets.compiling import counted_rule
from chalicelib.budgets.crossings import ENFORCEMENT_EVENT
from chalicelib.budgets.generations import read_counting
from chalicelib.budgets.readings import read_usages
from chalicelib.budgets.records import COST_CONTROL, CostControl
from chalicelib.budgets.schemas import Number
from chalicelib.kit.clock import iso
from chalicelib.ports.documents import walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.schemas import Wire

_SIZE, _MOST = 25, 200
Json = dict[str, Any]


class Band(StrEnum):
    """How near a group is to the line."""

    BLOCKED = "BLOCKED"
    WARNED = "WARNED"
    UNDER = "UNDER"
    ALL = "ALL"


class RosterQuery(Wire):
    """Which rule, and which of its groups."""

    ruleId: str = Field(min_length=1)
    page: int = Field(0, ge=0)
    size: int = Field(_SIZE, ge=1, le=_MOST)
    search: str | None = Field(None, description="found in the group's name, whatever its case")
    band: Band = Band.ALL


class RosterRow(Wire):
    """What one group has used, in the unit of the metric."""

    groupValue: str
    label: str
    spend: Number
    limit: Number
    percentUsed: Number = Field(description="a fraction of the limit")
    band: Band
    lastEvent: datetime | None = Field(None, description="when it last went over a line")


class RosterPayload(Wire):
    """A page of the groups of a rule, those first who used most. The counts are of all groups."""

    ruleId: str
    name: str
    groupBy: str
    metricType: str
    threshold: Number
    warnThreshold: Number | None = None
    windowKey: str
    windowStart: datetime
    windowEnd: datetime
    rows: list[RosterRow]
    blockedCount: int
    warnedCount: int
    underCount: int
    total: int
    page: int
    size: int


def read_roster(world: World, team: Scope, query: RosterQuery) -> Json | None:
    """The roster of a rule; None where it has no groups, or none of them has used anything. Raises
    EngineBusy."""
    record = world.documents.get(team, COST_CONTROL, query.ruleId)
    counting = read_counting(world, team)
    if record is None or record.deleted or query.ruleId not in counting.generations:
        return None
    rule = CostControl.of(record)
    (usage,) = read_usages(world, team, counting, [counted_rule(rule).id])
    if rule.group_by is None or not usage.groups:
        return None
    ranked = sorted(usage.groups.items(), key=lambda pair: (-pair[1], pair[0]))
    bands = {name: _band_of(rule, value) for name, value in ranked}
    shown = [
        (name, value)
        for name, value in ranked
        if query.band in (Band.ALL, bands[name]) and (query.search or "").lower() in name.lower()
    ]
    begin = query.page * query.size
    some = shown[begin : begin + query.size]
    last = _find_last_events(world, team, rule, usage.window.start) if some else {}
    rows = [_row(rule, name, value, bands[name], last.get(name)) for name, value in some]
    return {
        "ruleId": rule.id,
        "name": rule.name,
        "groupBy": rule.group_by,
        "metricType": rule.metric,
        "threshold": rule.threshold,
        "warnThreshold": rule.warn_threshold,
        **usage.window.times(),
        "rows": rows,
        **_count(bands),
        "total": len(shown),
        "page": query.page,
        "size": query.size,
    }


def _count(bands: Mapping[str, Band]) -> Json:
    found = list(bands.values())
    return {
        f"{band.lower()}Count": found.count(band)
        for band in (Band.BLOCKED, Band.WARNED, Band.UNDER)
    }


def _band_of(rule: CostControl, value: Decimal) -> Band:
    if value >= rule.threshold:
        return Band.BLOCKED
    is_warned = rule.warn_threshold is not None and value >= rule.warn_threshold
    return Band.WARNED if is_warned else Band.UNDER


def _row(rule: CostControl, name: str, value: Decimal, band: Band, last: int | None) -> Json:
    return {
        "groupValue": name,
        "label": name,
        "spend": value,
        "limit": rule.threshold,
        "percentUsed": fraction(value, rule.threshold),
        "band": band,
        "lastEvent": None if last is None else iso(last),
    }


def _find_last_events(
    world: World, team: Scope, rule: CostControl, since: int
) -> Mapping[str, int]:
    """When each group last went over a line since an instant (UTC epoch ms)."""
    found: dict[str, int] = {}
    for group, instant in _walk_events(world, team, rule, since):
        found.setdefault(group, instant)
    return found


def _walk_events(
    world: World, team: Scope, rule: CostControl, since: int
) -> Iterator[tuple[str, int]]:
    """The newest ones first."""
    for record in walk(world.documents, team, ENFORCEMENT_EVENT):
        if record.created_at < since:
            return
        if record.doc["ruleId"] == rule.id:
            yield record.doc.get("groupValue", ""), record.created_at
