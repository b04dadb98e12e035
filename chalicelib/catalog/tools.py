"""Tools: what agents call besides models, and what a call of each costs."""

import re
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from chalicelib.directory.tools import TOOL, forget_tool
from chalicelib.kit.clock import iso
from chalicelib.kit.errors import Invalid
from chalicelib.kit.ids import new_id
from chalicelib.kit.jsonschema import choices
from chalicelib.ports.documents import Record
from chalicelib.pricing.tools import faults
from chalicelib.resources.filters import build_text_filter
from chalicelib.resources.hal import self_link
from chalicelib.resources.references import Doc
from chalicelib.resources.resource import Resource
from chalicelib.resources.schemas import (
    READ_ONLY,
    Currency,
    Name,
    PageQuery,
    RecordMembers,
    ResourceReference,
    Wire,
    build_page_model,
)
from chalicelib.resources.store import Store

_DATABASE = "DATABASE"
_INDEX = re.compile(r"\[(\d+)\]")
"""Positions in a list, which the faults of a body write with a dot."""


class ToolType(StrEnum):
    """What kind of thing is called."""

    SDK = "SDK"
    MCP_SERVER = "MCP_SERVER"
    AI_SERVICE = "AI_SERVICE"
    REST_API = "REST_API"
    LOCAL_FUNCTION = "LOCAL_FUNCTION"
    HUMAN = "HUMAN"
    CUSTOM = "CUSTOM"


class ConfigSource(StrEnum):
    """Where a tool was registered."""

    DATABASE = "DATABASE"
    YAML = "YAML"
    MERGED = "MERGED"


class Aggregation(StrEnum):
    """How the usage of a price element adds up."""

    SUM = "SUM"
    COUNT = "COUNT"
    AVERAGE = "AVERAGE"
    MAXIMUM = "MAXIMUM"
    DISTINCT = "DISTINCT"


_NUMERIC = r"^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,9})?$"


def _price(value: Any) -> Any:  # noqa: ANN401 - whatever the caller sent
    """A number as plain text; a text as it is, when it is a number."""
    if value is None or isinstance(value, bool):
        return value
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError("not a number") from error
    if not number.is_finite():
        raise ValueError("not a finite number")
    return value if isinstance(value, str) else format(number, "f")


Price = Annotated[
    str,
    BeforeValidator(_price),
    WithJsonSchema({"type": ["string", "number"], "pattern": _NUMERIC}),
]
"""Text on read; a number or a numeric text on write."""


class ToolPricingTier(Wire):
    """What a unit costs up to a quantity; without `upTo` it has no end."""

    unitPrice: Price | None = None
    upTo: int | None = None


class ToolPricingElement(Wire):
    """The price of one usage figure."""

    aggregationType: Annotated[Aggregation | None, choices(Aggregation)] = None
    name: str | None = None
    tiers: list[ToolPricingTier] | None = None
    unitPrice: Price | None = None


class ToolPrice(Wire):
    """What a call costs, by its usage figures."""

    currency: Currency | None = "USD"
    elements: list[ToolPricingElement] | None = None


class ToolResource(RecordMembers):
    """A registered tool."""

    name: Name
    toolId: Name = Field(
        description="what metered tool events carry; unique in the team, whatever the case"
    )
    toolType: Annotated[ToolType, choices(ToolType)]
    toolProvider: str | None = Field(None, max_length=255)
    description: str | None = Field(None, max_length=4_000)
    enabled: bool | None = True
    pricing: ToolPrice | None = None
    teamId: str | None = None
    configSource: Annotated[ConfigSource | None, READ_ONLY, choices(ConfigSource)] = None
    plan: Annotated[ResourceReference | None, READ_ONLY] = None
    team: Annotated[ResourceReference | None, READ_ONLY] = None


class ToolQuery(PageQuery):
    """What the list of tools may be asked."""

    query: str | None = Field(None, description="found in the name or the description")
    name: str | None = Field(None, description="older name of query")
    type: str | None = Field(None, description="found in the type")


ToolResourcePage = build_page_model("ToolResourcePage", "toolResourceList", ToolResource)


def _apply_rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    """A new price makes a new plan; none keeps what there was. A tool that does not say so is
    enabled."""
    old = before.doc if before else {}
    stated = doc.get("pricing")
    pricing = old.get("pricing")
    if stated:
        pricing = ToolPrice.model_validate(stated).model_dump(mode="json")
    _check_price(pricing)
    plan = old.get("plan")
    if pricing != old.get("pricing"):
        plan = {"id": new_id(), "created": store.world.now()}
    return {
        **doc,
        "enabled": doc.get("enabled") is not False,
        "configSource": _DATABASE,
        "pricing": pricing,
        "plan": plan,
    }


def _check_price(pricing: Doc | None) -> None:
    """Raises Invalid with all faults of a price; a tool may have none."""
    if not pricing:
        return
    found = [replace(fault, field=_INDEX.sub(r".\1", fault.field)) for fault in faults(pricing)]
    if found:
        raise Invalid(f"{found[0].field}: {found[0].message}", faults=found)


def _present(_store: Store, record: Record, row: dict[str, Any]) -> dict[str, Any]:
    plan = record.doc.get("plan")
    if plan is None:
        return row
    made = iso(plan["created"])
    shown = {
        "id": plan["id"],
        "label": record.name,
        "resourceType": "plan",
        "created": made,
        "updated": made,
    }
    return row | {"plan": shown | {"_links": self_link(f"{TOOLS.path}/{record.id}")}}


def _audit_view(doc: Doc) -> Doc:
    return {member: value for member, value in doc.items() if member != "plan"}


def _after_write(store: Store, before: Record | None, after: Record) -> None:
    """Have rating read the tool again, under its old id too."""
    for record in filter(None, (before, after)):
        forget_tool(store.world, store.scope, record.doc["toolId"])


TOOLS = Resource(
    kind=TOOL,
    name="Tool",
    resource_type="tool",
    path="/profitstream/v2/api/tools",
    embedded="toolResourceList",
    model=ToolResource,
    unique={"toolId": ("toolId",)},
    filters={
        "query": build_text_filter("name", "description"),
        "name": build_text_filter("name", "description"),
        "type": build_text_filter("toolType"),
    },
    apply_rules=_apply_rules,
    present=_present,
    audit_view=_audit_view,
    after_write=_after_write,
)
