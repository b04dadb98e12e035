"""Fired alerts: listed, and one of them."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from chalicelib.alerts.alert_schemas import ALERT_ROWS, AlertQuery
from chalicelib.alerts.records import AI_ALERT
from chalicelib.alerts.showing import show_alerts
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import millis
from chalicelib.kit.http.messages import Request
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.world import World
from chalicelib.resources.checks import check_id
from chalicelib.resources.errors import TooMany, UnknownRecord
from chalicelib.resources.hal import build_page, parse_sort, sort_rows
from chalicelib.resources.listing import MOST

NAME = "Alert"
_SORTED: Mapping[str, Callable[[Record], Any]] = {
    "id": lambda record: record.id,
    "label": lambda record: record.doc["ruleName"],
    "created": lambda record: record.created_at,
    "updated": lambda record: record.updated_at,
    "triggeredTimestamp": lambda record: record.created_at,
    "triggeredValue": lambda record: Decimal(record.doc["triggeredValue"]),
    "resolved": lambda record: record.doc["resolved"],
    "resolvedTimestamp": lambda record: record.doc.get("resolvedTimestamp"),
    "groupDisplayName": lambda record: record.doc["group"],
    "metricType": lambda record: record.doc["metricType"],
}
"""What alerts can be sorted by."""


def page(world: World, principal: Principal, query: AlertQuery, asked: Request) -> dict[str, Any]:
    """A page of alerts, the newest first unless asked otherwise. Raises Invalid, TooMany."""
    orders = parse_sort(query.sort, _SORTED, "alert")
    for field in ("anomalyId", "ownerId"):
        if wanted := getattr(query, field):
            check_id(wanted, field)
    records: list[Record] = []
    for record in _walk(world, principal, query):
        if _passes(record, query):
            records.append(record)
        if len(records) > MOST:
            raise TooMany(f"there are over {MOST} alerts: narrow the time (start, end)")
    ordered = sort_rows(records, orders, lambda record, member: _SORTED[member](record))
    rows = show_alerts(world, principal, query.request.cut(ordered))
    return build_page(asked, query.request, ALERT_ROWS, rows, len(ordered))


def _walk(world: World, principal: Principal, query: AlertQuery) -> Iterator[Record]:
    """The alerts that may be asked for, the newest first."""
    documents, team = world.documents, principal.team
    if query.anomalyId:
        found = walk(documents, team, AI_ALERT, by="reference", prefix=query.anomalyId)
        yield from sorted(found, key=lambda record: record.created_at, reverse=True)
        return
    since = millis(query.start) if query.start else 0
    for record in walk(documents, team, AI_ALERT):
        if record.created_at < since:
            return
        yield record


def _passes(record: Record, query: AlertQuery) -> bool:
    doc = record.doc
    if query.start and record.created_at < millis(query.start):
        return False
    if query.end and record.created_at > millis(query.end):
        return False
    wanted = {"metricType": query.type, "ruleId": query.anomalyId, "ownerId": query.ownerId}
    if any(value and doc.get(name) != value for name, value in wanted.items()):
        return False
    return query.resolved is None or doc["resolved"] is query.resolved


def get(world: World, principal: Principal, alert_id: str) -> dict[str, Any]:
    """An alert. Raises UndecodableId, UnknownRecord."""
    return show_alerts(world, principal, [read_alert(world, principal, alert_id)])[0]


def read_alert(world: World, principal: Principal, alert_id: str) -> Record:
    """The record of an alert. Raises UndecodableId, UnknownRecord."""
    check_id(alert_id)
    record = world.documents.get(principal.team, AI_ALERT, alert_id)
    if record is None or record.deleted:
        raise UnknownRecord(NAME, alert_id)
    return record
