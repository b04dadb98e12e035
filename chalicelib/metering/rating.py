"""Rating of tool events: by what the client states, else by the price of the registered tool."""

from collections.abc import Mapping
from typing import Any

from chalicelib.directory.tools import Tool
from chalicelib.kit.money import to_exact, to_nano
from chalicelib.pricing.tools import NoQuantity, charge
from chalicelib.pricing.usage import Reason, Source, Status


def rate_tool(tool: Tool | None, extras: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that the registry and the price give to a tool event.

    A tool that nobody registered, whose price is in a currency that cannot be converted, or whose
    call tells no number of what the price counts, has no known cost; one that was registered
    without a price costs nothing.
    """
    columns = _tool_columns(tool)
    stated = extras.get("totalCost")
    if stated is not None:
        return columns | _price(Status.PRICED, Source.CLIENT, "client", to_nano(to_exact(stated)))
    if tool is None:
        return _price(Status.UNPRICED, Source.NONE, "", None, Reason.NO_PRICE)
    version = f"tool:{tool.id}@{tool.version}"
    if tool.pricing is None:
        return columns | _price(Status.FREE, Source.TEAM, version, 0)
    try:
        cost = charge(tool.pricing, extras.get("usageMetadata") or {})
    except NoQuantity:
        return columns | _price(Status.UNPRICED, Source.NONE, version, None, Reason.NO_QUANTITY)
    if cost is None:
        return columns | _price(Status.UNPRICED, Source.NONE, version, None, Reason.NO_CURRENCY)
    return columns | _price(Status.PRICED, Source.TEAM, version, cost)


def _tool_columns(tool: Tool | None) -> dict[str, Any]:
    """What the registry knows of a tool."""
    if tool is None:
        return {}
    return {"tool": tool.name, "tool_type": tool.type, "tool_provider": tool.provider}


def _price(
    status: Status, source: Source, version: str, cost: int | None, reason: Reason | None = None
) -> dict[str, Any]:
    return {
        "price_status": status.value,
        "price_source": source.value,
        "price_version": version or None,
        "cost_nano": cost,
        "unpriced_reason": reason and reason.value,
    }
