"""Cost controls: the records, and what must hold of them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from chalicelib.budgets.records import COST_CONTROL
from chalicelib.budgets.schemas import CostControlResource
from chalicelib.budgets.vocabulary import AlertDimension, AlertFilterOperator
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.ports.documents import Record
from chalicelib.resources.filters import build_text_filter
from chalicelib.resources.resource import Resource
from chalicelib.resources.store import Store

PATH = "/profitstream/v2/api/ai/cost-controls"
_CLEARED_BY_NULL = frozenset(
    ("description", "warnThreshold", "hardLimit", "groupBy", "denyMessage")
)
"""Members of a patch that null makes empty; a null of any other keeps what is there."""
_OF_PROVIDER_BILLS = frozenset((AlertDimension.WORKSPACE, AlertDimension.API_KEY))
_NO_CALLS = {
    AlertDimension.DEPARTMENT: "there are no departments here",
    AlertDimension.WORKSPACE: "calls name no workspace: providers' bills do",
    AlertDimension.API_KEY: "calls name no provider's key: providers' bills do",
}


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
    faults = [*_limit_faults(doc), *_dimension_faults(doc)]
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


def _dimension_faults(doc: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with filters and groups: a rule that counts what no call says would never
    act."""
    faults: list[Fault] = []
    if doc.get("groupBy") in _NO_CALLS:
        reason = _NO_CALLS[AlertDimension(doc["groupBy"])]
        faults.append(Fault("groupBy", reason, "UNSUPPORTED", doc["groupBy"]))
    for number, each in enumerate(doc["filters"]):
        if each["dimension"] in _NO_CALLS:
            reason = _NO_CALLS[AlertDimension(each["dimension"])]
            field = f"filters[{number}].dimension"
            faults.append(Fault(field, reason, "UNSUPPORTED", each["dimension"]))
    return faults


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
