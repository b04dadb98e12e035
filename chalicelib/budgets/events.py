"""Enforcement events, listed: when rules stopped or warned, or would have."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import Field

from chalicelib.budgets.crossings import ENFORCEMENT_EVENT
from chalicelib.budgets.errors import Unprocessable
from chalicelib.budgets.records import COST_CONTROL
from chalicelib.budgets.schemas import Number
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import SECOND, iso, parse_instant
from chalicelib.kit.errors import Fault
from chalicelib.kit.http.messages import Request
from chalicelib.kit.ids import number_of
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.world import World
from chalicelib.resources.errors import TooMany
from chalicelib.resources.hal import build_page, parse_sort, sort_rows
from chalicelib.resources.listing import MOST, read_many
from chalicelib.resources.schemas import HalLinks, PageQuery, TeamQuery, Wire, build_page_model

_SPAN = int(timedelta(days=30).total_seconds()) * SECOND
_EMBEDDED = "enforcementEventResourceList"
_SORTED = ("created", "updated", "ruleName", "currentValue", "usagePercent", "level", "tier")
_DATE_ONLY = 10


class EventMode(StrEnum):
    """Whether rules in shadow mode are listed."""

    ENFORCED = "ENFORCED"
    SHADOW = "SHADOW"
    ALL = "ALL"


class EventLevel(StrEnum):
    """Whether warnings are listed."""

    HARD = "HARD"
    WARN = "WARN"
    ALL = "ALL"


class EventFilter(TeamQuery):
    """Which events. Times are instants, no bare dates."""

    query: str | None = Field(None, description="found in the details")
    since: str | None = Field(None, description="inclusive; 30 days before until when absent")
    until: str | None = Field(None, description="inclusive; now when absent or later")
    ruleId: str | None = None
    mode: EventMode = EventMode.ALL
    level: EventLevel = EventLevel.HARD
    groupBy: str | None = None
    groupValue: str | None = None
    transactionId: str | None = None


class EnforcementEventQuery(EventFilter, PageQuery):
    """What the list of events may be asked."""


class EnforcementEventResource(Wire):
    """A rule whose usage moved over a line. usagePercent is in percent."""

    id: str
    label: str | None = None
    resourceType: str
    operation: str
    outcome: str | None = None
    level: str | None = None
    tier: str | None = None
    isShadow: bool
    action: str | None = None
    ruleId: str | None = None
    ruleName: str | None = None
    ruleDeleted: bool
    metricType: str | None = None
    currentValue: Number | None = None
    threshold: Number | None = None
    usagePercent: Number | None = None
    groupBy: str | None = None
    groupValue: str | None = None
    groupLabel: str | None = None
    subscriberEmail: str | None = None
    tenantId: str | None = None
    apiKeyHint: str | None = None
    transactionId: str | None = None
    model: str | None = None
    provider: str | None = None
    rawDetails: str | None = None
    created: datetime
    updated: datetime
    links: HalLinks | None = Field(None, alias="_links")


EnforcementEventResourcePage = build_page_model(
    "EnforcementEventResourcePage", _EMBEDDED, EnforcementEventResource
)


def page_enforcement_events(
    world: World, principal: Principal, query: EnforcementEventQuery, asked: Request
) -> dict[str, Any]:
    """A page of events, the newest first. Raises Unprocessable, all faults at once, Invalid,
    TooMany."""
    since, until = read_times(query, world.now())
    orders = parse_sort(query.sort, _SORTED, "enforcement event")
    records: list[Record] = []
    for record in walk_back(world, principal, since, until):
        if passes(record, query):
            records.append(record)
        if len(records) > MOST:
            raise TooMany(f"there are over {MOST} events: narrow the time (since, until)")
    rules = read_many(
        world, principal.team, COST_CONTROL, [record.doc["ruleId"] for record in records]
    )
    gone = {rule.id for rule in rules.values() if rule.deleted}
    rows = [_present(principal, record, gone) for record in records]
    ordered = sort_rows(rows, orders, lambda row, member: row.get(member))
    page = query.request.cut(ordered)
    return build_page(asked, query.request, _EMBEDDED, page, len(ordered))


def walk_back(world: World, principal: Principal, since: int, until: int) -> Iterator[Record]:
    """The events of a span (UTC epoch ms, both ends inclusive), the newest first."""
    for record in walk(world.documents, principal.team, ENFORCEMENT_EVENT):
        if record.created_at < since:
            return
        if record.created_at <= until:
            yield record


def read_times(query: EventFilter, now: int) -> tuple[int, int]:
    """The span that is asked for: 30 days at most. One that begins earlier and has no end is cut
    where it begins."""
    faults: list[Fault] = []
    asked = _instant(query.until, "until", faults)
    # Nothing happened before 1970, and there is no way to write the year 0.
    until = max(_SPAN, now if asked is None else min(asked, now))
    given = _instant(query.since, "since", faults)
    since = until - _SPAN if given is None else given
    if given is not None and until - given > _SPAN:
        if query.until and until < now:
            faults.append(Fault("since", "at most 30 days before until", "RANGE", query.since))
        since = until - _SPAN
    if (query.groupBy is None) is not (query.groupValue is None):
        lone = "groupBy" if query.groupValue is None else "groupValue"
        faults.append(Fault(lone, "groupBy and groupValue are given together", "PAIR"))
    if query.ruleId is not None and number_of(query.ruleId) is None:
        faults.append(Fault("ruleId", "not an id", "INVALID_ID", query.ruleId))
    if faults:
        raise Unprocessable(f"{faults[0].field}: {faults[0].message}", faults=faults)
    return since, until


def _instant(text: str | None, field: str, faults: list[Fault]) -> int | None:
    if text is None:
        return None
    try:
        if len(text) <= _DATE_ONLY:
            raise ValueError(text)
        return parse_instant(text)
    except ValueError:
        faults.append(Fault(field, "not an instant such as 2026-01-31T00:00:00Z", "DATE", text))
        return None


def passes(record: Record, query: EventFilter) -> bool:
    """Whether an event is asked for."""
    return is_of_kind(record, query) and is_about(record, query)


def is_of_kind(record: Record, query: EventFilter) -> bool:
    """Whether an event is of the mode and level that are asked for."""
    doc = record.doc
    if query.mode is not EventMode.ALL and doc["isShadow"] is not (query.mode is EventMode.SHADOW):
        return False
    return query.level is EventLevel.ALL or bool(doc["level"] == query.level)


def is_about(record: Record, query: EventFilter) -> bool:
    """Whether an event is about what is asked for, whatever its mode and level. No event names a
    single call."""
    doc = record.doc
    if query.transactionId is not None:
        return False
    if query.ruleId is not None and doc["ruleId"] != query.ruleId:
        return False
    if query.groupBy is not None and (
        doc.get("groupBy") != query.groupBy or doc.get("groupValue") != query.groupValue
    ):
        return False
    return (query.query or "").lower() in doc["rawDetails"].lower()


def _present(principal: Principal, record: Record, gone: set[str]) -> dict[str, Any]:
    doc = record.doc
    created = iso(record.created_at)
    return {
        "id": record.id,
        "label": doc["ruleName"],
        "resourceType": "enforcement_event",
        **{name: doc.get(name) for name in _SHOWN},
        **{name: Decimal(doc[name]) for name in _AMOUNTS},
        "groupLabel": doc.get("groupValue"),
        "ruleDeleted": doc["ruleId"] in gone,
        "tenantId": principal.tenant,
        "created": created,
        "updated": created,
        "_links": {},
    }


_SHOWN = (
    "operation outcome level tier isShadow action ruleId ruleName metricType groupBy groupValue "
    "subscriberEmail rawDetails"
).split()
_AMOUNTS = ("currentValue", "threshold", "usagePercent")
