"""Alert rules: the resource, and what is stored of what clients send."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.alerts.faults import find_faults
from chalicelib.alerts.records import AI_ANOMALY, ALERT_STATE
from chalicelib.alerts.rule_states import find_states
from chalicelib.alerts.schemas import AiAnomalyResource
from chalicelib.alerts.vocabulary import DataSource
from chalicelib.budgets.vocabulary import AlertFilterOperator
from chalicelib.kit.errors import Invalid
from chalicelib.notices import service as notices
from chalicelib.ports.documents import Record, fold
from chalicelib.resources.filters import build_text_filter
from chalicelib.resources.listing import read_many
from chalicelib.resources.resource import Resource
from chalicelib.resources.revisions import name_author
from chalicelib.resources.store import Store

PATH = "/profitstream/v2/api/sources/ai/anomaly"
_LISTS = ("filters", "notificationAddresses", "slackConfigurations", "webhookConfigurations")
_KEPT_BY_NULL = ("dataSource", "isPercentage", "minSampleCount", "enabled")
"""Members of which a null keeps what is stored; of any other optional one it clears it."""


def _apply_rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    """Defaults, and what no rule may be. All faults at once."""
    former = before.doc if before else {}
    _take_other_word(doc, former)
    doc["enabled"] = doc.get("enabled") is not False
    doc["dataSource"] = doc.get("dataSource") or DataSource.SDK
    for name in _LISTS:
        doc[name] = doc.get(name) or []
    author = name_author(store.world, store.principal)
    doc["createdBy"] = former.get("createdBy") or author
    doc["ownerId"] = former["ownerId"] if before else store.principal.user
    doc["modifiedBy"] = author
    if former.get("periodDuration") != doc["periodDuration"]:
        doc["resetAt"] = None
    faults = list(find_faults(doc))
    slack, webhooks = doc["slackConfigurations"], doc["webhookConfigurations"]
    faults += notices.find_faults(store.world, store.principal.tenant, slack, webhooks)
    if faults:
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)
    return doc


def _take_other_word(doc: dict[str, Any], former: Mapping[str, Any]) -> None:
    """A client that changes a budget's `budgetThreshold` alone means its threshold."""
    other = doc.pop("budgetThreshold", None)
    if other is None or "threshold" not in former:
        return
    if Decimal(str(doc["threshold"])) == Decimal(str(former["threshold"])):
        doc["threshold"] = other


def keep_stored(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The members that a replacement changes."""
    return {
        name: value for name, value in sent.items() if not (value is None and name in _KEPT_BY_NULL)
    }


def _present(_store: Store, _record: Record, row: dict[str, Any]) -> dict[str, Any]:
    """Of IN, the value is null on reads."""
    for each in row["filters"] or ():
        if each["operator"] == AlertFilterOperator.IN:
            each["value"] = None
    if row.get("thresholds"):
        row["thresholds"] = [Decimal(str(each)) for each in row["thresholds"]]
    return row


def _gather(store: Store, records: Sequence[Record]) -> Mapping[str, dict[str, Any]]:
    """Whether each rule fires now."""
    ids = [record.id for record in records]
    states = find_states(read_many(store.world, store.scope, ALERT_STATE, ids), ids)
    return {
        rule_id: {"firing": state.is_firing, "firingState": state.firing_state}
        for rule_id, state in states.items()
    }


def _is_of_type(doc: Mapping[str, Any], text: str) -> bool:
    """Whether a rule is of a type of rules, or watches a metric."""
    return fold(text) in (doc["alertType"].casefold(), doc["metricType"].casefold())


ANOMALIES = Resource(
    kind=AI_ANOMALY,
    name="Anomaly",
    resource_type="ai_anomaly_metadata",
    path=PATH,
    embedded="aIAnomalyResourceList",
    model=AiAnomalyResource,
    filters={"query": build_text_filter("name"), "type": _is_of_type},
    apply_rules=_apply_rules,
    present=_present,
    gather=_gather,
)


def show_written(row: dict[str, Any]) -> dict[str, Any]:
    """A rule as a write, or an alert, shows it: its state is told on reads alone."""
    return {**row, "firingState": None}
