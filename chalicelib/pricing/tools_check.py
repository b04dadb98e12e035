"""The check of a tool's pricing: everything that is wrong with it, at once, for whoever stores
it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.kit.errors import Fault

AGGREGATIONS = ("SUM", "COUNT", "AVERAGE", "MAXIMUM", "DISTINCT")
_MOST = 20
"""Elements of a pricing, and tiers of an element."""
_DIGITS = 15
"""Of a number before the point and behind it: beyond that, 1e99999999 would fill the memory."""


def faults(stored: Mapping[str, Any], field: str = "pricing") -> list[Fault]:
    """Everything that is wrong with a pricing as it comes in; numbers may be numeric texts."""
    elements = stored.get("elements") or []
    if not isinstance(elements, list):
        return [Fault(f"{field}.elements", "must be a list", received=elements)]
    found = []
    if len(elements) > _MOST:
        found.append(Fault(f"{field}.elements", f"at most {_MOST} elements"))
    if not isinstance(stored.get("currency") or "", str):
        found.append(Fault(f"{field}.currency", "must be a text", received=stored["currency"]))
    for position, element in enumerate(elements):
        found += _element_faults(element, f"{field}.elements[{position}]")
    return found


def _element_faults(element: object, field: str) -> Iterator[Fault]:
    if not isinstance(element, Mapping):
        yield Fault(field, "must be an object", received=element)
        return
    aggregation = element.get("aggregationType")
    if aggregation is not None and str(aggregation).upper() not in AGGREGATIONS:
        yield Fault(
            f"{field}.aggregationType", "unknown", received=aggregation, options=AGGREGATIONS
        )
    has_name = bool(str(element.get("name") or "").strip())
    if str(aggregation or "COUNT").upper() != "COUNT" and not has_name:
        yield Fault(f"{field}.name", "names the metric of the usage that is priced", "REQUIRED")
    tiers = element.get("tiers") or []
    if not isinstance(tiers, list):
        yield Fault(f"{field}.tiers", "must be a list", received=tiers)
        return
    if element.get("unitPrice") is not None or not tiers:
        yield from _price_faults(element, field)
    yield from _tier_faults(tiers, f"{field}.tiers")


def _tier_faults(tiers: list[Any], field: str) -> Iterator[Fault]:
    if len(tiers) > _MOST:
        yield Fault(field, f"at most {_MOST} tiers")
    before: Decimal | None = Decimal(0)
    for position, tier in enumerate(tiers):
        here = f"{field}[{position}]"
        if not isinstance(tier, Mapping):
            yield Fault(here, "must be an object", received=tier)
            continue
        yield from _price_faults(tier, here)
        limit = number(tier.get("upTo"))
        if tier.get("upTo") is None:
            if position < len(tiers) - 1:
                yield Fault(f"{here}.upTo", "only the last tier is without end", "REQUIRED")
        elif limit is None:
            yield Fault(f"{here}.upTo", "must be a number", received=tier["upTo"])
        elif before is not None and limit <= before:
            yield Fault(f"{here}.upTo", "must be above the tier before it", received=tier["upTo"])
        before = limit


def _price_faults(holder: Mapping[str, Any], field: str) -> Iterator[Fault]:
    price = holder.get("unitPrice")
    found = number(price)
    if price is None:
        yield Fault(f"{field}.unitPrice", "is needed", "REQUIRED")
    elif found is None or found < 0:
        yield Fault(f"{field}.unitPrice", "must be a number of at least 0", received=price)


def number(raw: object) -> Decimal | None:
    """A finite number from a number or a numeric text, None from anything else."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        return None
    try:
        found = Decimal(str(raw).strip())
    except InvalidOperation:
        return None
    # A float prints the shortest text that means it, so 0.1 is a tenth here.
    if not found.is_finite() or found.adjusted() >= _DIGITS:
        return None
    return found if found.adjusted() >= -_DIGITS else Decimal(0)
