"""Showing fired alerts: the stored ones with the rules that fired them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.alerts.records import AI_ANOMALY
from chalicelib.alerts.rules import ANOMALIES, show_written
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import iso
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.hal import self_link
from chalicelib.resources.listing import read_many
from chalicelib.resources.store import Store

PATH = "/profitstream/v2/api/sources/ai/alert"
Json = dict[str, Any]
_AMOUNTS = ("triggeredValue", "threshold", "previousValue", "expectedValue")
_TIMES = ("resolvedTimestamp", "acknowledgedTimestamp", "snoozedUntil")
_PLAIN = ("createdBy", "metricType", "resolvedBy", "acknowledgedBy", "note")


def nobody(tenant: Scope, team: Scope) -> Principal:
    """Whoever looks for the house itself."""
    return Principal(tenant, team, "", frozenset())


def show_alerts(world: World, principal: Principal, records: Sequence[Record]) -> list[Json]:
    """Up to 100 alerts as they are shown, each with its rule, deleted ones too."""
    store = Store(world, principal, ANOMALIES)
    ids = {record.doc["ruleId"] for record in records}
    rules = list(read_many(world, principal.team, AI_ANOMALY, ids).values())
    shown = {row["id"]: show_written(row) for row in store.rows(rules)}
    now = world.now()
    return [_show(record, shown.get(record.doc["ruleId"]), now) for record in records]


def _show(record: Record, rule: Json | None, now: int) -> Json:
    doc = record.doc
    end = doc["resolvedTimestamp"] if doc["resolved"] else now
    return {
        "id": record.id,
        "label": doc["ruleName"],
        "resourceType": "ai_alert_metadata",
        "anomaly": rule,
        "groupDisplayName": doc["group"] or None,
        "triggeredTimestamp": iso(record.created_at),
        "resolved": doc["resolved"],
        "duration": max(0, end - record.created_at),
        "includesPreRuleActivity": doc["includesPreRuleActivity"],
        "acknowledged": bool(doc.get("acknowledgedTimestamp")),
        **{name: _exact(doc.get(name)) for name in _AMOUNTS},
        **{name: _time(doc.get(name)) for name in _TIMES},
        **{name: doc.get(name) for name in _PLAIN},
        "crossedThresholds": [_show_line(line) for line in doc["lines"]] or None,
        "team": rule["team"] if rule else None,
        "created": iso(record.created_at),
        "updated": iso(record.updated_at),
        "_links": self_link(f"{PATH}/{record.id}"),
    }


def _show_line(line: Mapping[str, Any]) -> Json:
    return {
        "threshold": Decimal(line["threshold"]),
        "value": Decimal(line["value"]),
        "timestamp": iso(line["at"]),
    }


def _exact(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _time(instant: int | None) -> str | None:
    return None if instant is None else iso(instant)
