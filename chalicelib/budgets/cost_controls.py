"""Cost controls: the records, and what must hold of them."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from chalicelib.budgets.records import COST_CONTROL
from chalicelib.budgets.schemas import CostControlResource
from chalicelib.budgets.vocabulary import (
    AlertDimension,
    AlertFilterOperator,
    CostControlMetricType,
    UnpricedCalls,
)
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.notices.service import find_faults, parse_channels
from chalicelib.ports.documents import Record
from chalicelib.resources.filters import build_text_filter
from chalicelib.resources.resource import Resource
from chalicelib.resources.store import Store

PATH = "/profitstream/v2/api/ai/cost-controls"
_CLEARED_BY_NULL = frozenset(
    (
        "description",
        "warnThreshold",
        "hardLimit",
        "groupBy",
        "denyMessage",
        "unpricedCalls",
        "fallbackPrice",
    )
)
"""Members of a patch that null makes empty; a null of any other keeps what is there."""
NOT_IN_CALLS = {
    AlertDimension.DEPARTMENT: "there are no departments here",
    AlertDimension.WORKSPACE: "calls name no workspace: providers' bills do",
    AlertDimension.API_KEY: "calls name no provider's key: providers' bills do",
}
"""Dimensions that no call has, and why."""


def _apply_rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    """Defaults, and what no rule may be. All faults at once."""
    doc["enabled"] = doc.get("enabled") is not False
    doc["shadowMode"] = bool(doc.get("shadowMode"))
    for name in ("filters", "notificationChannelIds"):
        doc[name] = doc.get(name) or []
    if doc.get("notificationEmails") is not None:
        emails = [email.strip().lower() for email in doc["notificationEmails"]]
        doc["notificationEmails"] = list(dict.fromkeys(emails))
    author = store.principal.user or store.principal.key_id
    doc["createdBy"] = (before.doc if before else {}).get("createdBy") or author
    doc["modifiedBy"] = author
    faults = [
        *_limit_faults(doc),
        *_unpriced_faults(doc),
        *_dimension_faults(doc),
        *_channel_faults(store, doc, before),
    ]
    if faults:
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)
    return doc


def _limit_faults(doc: Mapping[str, Any]) -> list[Fault]:
    warn, hard = doc.get("warnThreshold"), doc.get("hardLimit")
    if warn is None and hard is None:
        return [Fault("hardLimit", "name hardLimit, warnThreshold or both", "MISSING")]
    if warn is not None and hard is not None and Decimal(str(warn)) > Decimal(str(hard)):
        return [Fault("warnThreshold", "must not be above hardLimit", "RANGE")]
    return []


def _unpriced_faults(doc: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with how calls of unknown cost count."""
    counts, price = doc.get("unpricedCalls"), doc.get("fallbackPrice")
    if counts is not None and doc["metricType"] != CostControlMetricType.TOTAL_COST:
        yield Fault(
            "unpricedCalls", "only a limit of TOTAL_COST has calls of unknown cost", "UNUSED"
        )
    if counts == UnpricedCalls.FALLBACK and price is None:
        yield Fault("fallbackPrice", "FALLBACK needs a price: USD a million tokens", "MISSING")
    if counts != UnpricedCalls.FALLBACK and price is not None:
        yield Fault("fallbackPrice", "is for unpricedCalls FALLBACK alone", "UNUSED")


def _dimension_faults(doc: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with filters and groups: a rule that counts what no call says would never
    act."""
    faults: list[Fault] = []
    if doc.get("groupBy") in NOT_IN_CALLS:
        reason = NOT_IN_CALLS[AlertDimension(doc["groupBy"])]
        faults.append(Fault("groupBy", reason, "UNSUPPORTED", doc["groupBy"]))
    for number, each in enumerate(doc["filters"]):
        if each["dimension"] in NOT_IN_CALLS:
            reason = NOT_IN_CALLS[AlertDimension(each["dimension"])]
            field = f"filters[{number}].dimension"
            faults.append(Fault(field, reason, "UNSUPPORTED", each["dimension"]))
    return faults


def _channel_faults(store: Store, doc: Mapping[str, Any], before: Record | None) -> list[Fault]:
    """New channels of the form slack:<id> or webhook:<id> that lead nowhere; any other text is
    stored as it is, and nobody is told by it."""
    former = (before.doc if before else {}).get("notificationChannelIds") or ()
    fresh = [each for each in doc["notificationChannelIds"] if each not in former]
    named = parse_channels(fresh)
    return find_faults(
        store.world,
        store.principal.tenant,
        named.slack,
        named.webhooks,
        field="notificationChannelIds",
    )


def _present(_store: Store, _record: Record, row: dict[str, Any]) -> dict[str, Any]:
    """Of IN, the value is null on reads."""
    for each in row["filters"]:
        if each["operator"] == AlertFilterOperator.IN:
            each["value"] = None
    return row


COST_CONTROLS = Resource(
    kind=COST_CONTROL,
    name="CostControl",
    resource_type="cost_control",
    path=PATH,
    embedded="costControlResourceList",
    model=CostControlResource,
    filters={"query": build_text_filter("name", "description")},
    apply_rules=_apply_rules,
    present=_present,
)


def patch_members(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The members that a patch changes."""
    nulls = {name for name, value in sent.items() if value is None}
    kept = nulls - _CLEARED_BY_NULL
    return {name: value for name, value in sent.items() if name not in kept}
