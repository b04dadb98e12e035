"""Enforcement events, counted: by outcome, over time, by whom they are about."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from chalicelib.budgets.errors import Unprocessable
from chalicelib.budgets.events import EventFilter, is_about, is_of_kind, read_times, walk_back
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import iso, millis
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from chalicelib.resources.errors import TooMany
from chalicelib.resources.schemas import Wire

Json = dict[str, Any]
_MOST_READ = 100_000
_MOST_ROWS = 200
_OUTCOMES = {
    "BLOCKED": "blocked",
    "WARNED": "warned",
    "WOULD_BLOCK": "wouldBlock",
    "WOULD_WARN": "wouldWarn",
}
_REGION = re.compile(r"UTC|GMT|[A-Za-z]+(/[A-Za-z0-9_+-]+)+")
_Group = tuple[str, str]
"""A dimension and a value of it."""


class Bucket(StrEnum):
    """How long the bars of a history are; weeks begin on Monday."""

    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"


class EventHistoryQuery(EventFilter):
    """What the history of events may be asked."""

    bucket: Bucket = Bucket.DAY
    zone: str | None = Field(None, description="IANA name of a time zone; UTC for an unknown one")


class AffectedQuery(EventFilter):
    """What may be asked of those that events are about."""

    affectedSearch: str | None = Field(None, description="found in their names")


class OutcomeCounts(Wire):
    """Events by their outcome."""

    blocked: int
    warned: int
    wouldBlock: int
    wouldWarn: int


class EnforcementEventSummary(OutcomeCounts):
    """The events of a span, whatever their mode and level."""

    distinctAffected: int = Field(description="people or things that events name")
    resolvedSince: datetime
    resolvedUntil: datetime


class EventBucket(OutcomeCounts):
    """A bar of the history."""

    start: datetime
    count: int


class EnforcementEventHistory(Wire):
    """Events over time. Where there are none, there is no bar."""

    buckets: list[EventBucket]
    bucket: Bucket
    zone: str = Field(description="the time zone that the bars are cut in")


class AffectedRow(OutcomeCounts):
    """Somebody, or something, that events are about."""

    value: str
    label: str
    groupBy: str
    count: int
    lastEvent: datetime


class AffectedList(Wire):
    """Those whom most events are about."""

    rows: list[AffectedRow] = Field(description=f"at most {_MOST_ROWS}")
    total: int = Field(description="how many there are, whatever mode and level are asked for")


@dataclass(slots=True)
class _Tally:
    """Events of one kind: how many of each outcome, and when the last one was (UTC epoch ms)."""

    counts: Counter[str] = field(default_factory=Counter)
    last: int = 0

    def add(self, record: Record) -> None:
        self.counts[_OUTCOMES[record.doc["outcome"]]] += 1
        self.last = max(self.last, record.created_at)

    def shown(self) -> Json:
        return {name: self.counts[name] for name in _OUTCOMES.values()}


def summarize(world: World, principal: Principal, query: EventFilter) -> Json:
    """How many events of each outcome there are. Raises Unprocessable, TooMany."""
    since, until = read_times(query, world.now())
    tally, affected = _Tally(), set[_Group]()
    for record in _walk(world, principal, query, (since, until)):
        tally.add(record)
        if group := _group_of(record):
            affected.add(group)
    span = {"resolvedSince": iso(since), "resolvedUntil": iso(until)}
    return tally.shown() | {"distinctAffected": len(affected)} | span


def draw_history(world: World, principal: Principal, query: EventHistoryQuery) -> Json:
    """How many events there are in each hour, day or week. Raises Unprocessable, TooMany."""
    zone = _read_zone(query.zone)
    bars: dict[int, _Tally] = {}
    for record in _walk(world, principal, query, read_times(query, world.now())):
        if is_of_kind(record, query):
            start = _start_of(query.bucket, record.created_at, zone)
            bars.setdefault(start, _Tally()).add(record)
    rows: list[Json] = []
    for start in sorted(bars):
        shown = bars[start].shown()
        rows.append({"start": iso(start), "count": sum(shown.values()), **shown})
    return {"buckets": rows, "bucket": query.bucket, "zone": zone.key}


def list_affected(world: World, principal: Principal, query: AffectedQuery) -> Json:
    """Whom events are about, those with most events first. Raises Unprocessable, TooMany."""
    wanted = (query.affectedSearch or "").casefold()
    everybody, tallies = set[_Group](), dict[_Group, _Tally]()
    for record in _walk(world, principal, query, read_times(query, world.now())):
        group = _group_of(record)
        if group is None or wanted not in group[1].casefold():
            continue
        everybody.add(group)
        if is_of_kind(record, query):
            tallies.setdefault(group, _Tally()).add(record)
    ranked = sorted(tallies.items(), key=lambda pair: (-pair[1].counts.total(), pair[0]))
    rows = [_present_row(group, tally) for group, tally in ranked[:_MOST_ROWS]]
    return {"rows": rows, "total": len(everybody)}


def _walk(
    world: World, principal: Principal, query: EventFilter, span: tuple[int, int]
) -> Iterator[Record]:
    """The events of a span that are about what is asked for, of any mode and level."""
    for number, record in enumerate(walk_back(world, principal, *span)):
        if number == _MOST_READ:
            raise TooMany(f"there are over {_MOST_READ} events: narrow the time (since, until)")
        if is_about(record, query):
            yield record


def _group_of(record: Record) -> _Group | None:
    """Whom or what an event is about; None for a rule without groups."""
    doc = record.doc
    return (doc["groupBy"], doc["groupValue"]) if doc.get("groupBy") else None


def _present_row(group: _Group, tally: _Tally) -> Json:
    dimension, value = group
    return {
        "value": value,
        "label": value,
        "groupBy": dimension,
        "count": tally.counts.total(),
        **tally.shown(),
        "lastEvent": iso(tally.last),
    }


def _read_zone(name: str | None) -> ZoneInfo:
    """The zone of that name; UTC for a region that nobody knows. Raises Unprocessable for a text
    that names none."""
    if name and not _REGION.fullmatch(name):
        raise Unprocessable("zone: not the name of a time zone such as Europe/Berlin", field="zone")
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, OSError, ValueError):
        return ZoneInfo("UTC")


def _start_of(bucket: Bucket, at: int, zone: ZoneInfo) -> int:
    """The first instant of the bar that an instant is in (both UTC epoch ms)."""
    moment = datetime.fromtimestamp(at // 1_000, zone).replace(minute=0, second=0)
    if bucket is Bucket.HOUR:
        return millis(moment)
    day = moment.replace(hour=0, fold=0)
    if bucket is Bucket.WEEK:
        day -= timedelta(days=day.weekday())
    return millis(day.astimezone(UTC))
