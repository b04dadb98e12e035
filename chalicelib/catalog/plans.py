"""Plans: how their tiers follow each other, and how they are stored and shown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.catalog.plan_elements import Doc
from chalicelib.catalog.plan_schemas import ProductPlan
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.ids import new_id

Change = Callable[[str, Any], Any]
"""From the name and the value of a member to its new value."""
_AMOUNTS = ("charge", "flatAmount", "unitAmount", "upTo", "startingFrom")
_PRICES = ("tiers", "elements", "ratingAggregations", "setupFees")
_MADE_UP = ("id", "startingFrom")
"""Members that no client states."""


def build_plan(sent: Doc, stored: Doc | None, *, strict: bool) -> Doc:
    """The plan to store for one that was sent; the stored one when they say the same. Raises
    Invalid, with all faults.

    When it is `strict`, each tier needs a price for units or an end.
    """
    plan = ProductPlan.model_validate(sent).model_dump(mode="json")
    if plan["periodCount"] is None:
        plan["periodCount"] = 1
    faults = list(_find_faults(plan))
    if strict:
        faults += _find_priceless_tiers(plan["tiers"] or ())
    if faults:
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)
    if stored and _map_members(stored, _blank_made_up) == plan:
        return stored
    _join_tiers(plan["tiers"])
    for rating in plan["ratingAggregations"] or ():
        _join_tiers(rating["tiers"])
    identified: Doc = _map_members(plan, _draw_id)
    return identified


def find_rated_elements(plan: Doc | None) -> dict[str, str]:
    """The ids of the elements that a plan rates, and where in a product it names them."""
    places: dict[str, str] = {}
    for member in ("elements", "ratingAggregations"):
        for number, rated in enumerate((plan or {}).get(member) or ()):
            places[rated["elementDefinitionId"]] = f"plan.{member}.{number}.elementDefinitionId"
    return places


def present_amounts(plan: Doc) -> Doc:
    """A stored plan, or a part of one, with numbers for the texts that its amounts are kept as."""
    row: Doc = _map_members(plan, _read_amount)
    return row


def _join_tiers(tiers: Sequence[dict[str, Any]] | None) -> None:
    """Have each tier begin where the one before ends, the first one at 0."""
    begin = "0"
    for tier in tiers or ():
        tier["startingFrom"], begin = begin, tier["upTo"]


def _find_faults(plan: Doc) -> Iterator[Fault]:
    if not plan["period"]:
        yield Fault("plan.period", "a SUBSCRIPTION plan needs a period")
    if plan["charge"] is None and not any(plan[member] for member in _PRICES):
        yield Fault(
            "plan.charge",
            f"a plan needs a price: a charge (0 if it is free), or {', '.join(_PRICES)}",
        )
    yield from _find_tier_faults(plan["tiers"], "plan.tiers")
    for number, rating in enumerate(plan["ratingAggregations"] or ()):
        yield from _find_tier_faults(rating["tiers"], f"plan.ratingAggregations.{number}.tiers")


def _find_tier_faults(tiers: Sequence[Doc] | None, path: str) -> Iterator[Fault]:
    """Tiers begin where the one before ended."""
    begin: Decimal | None = Decimal(0)
    for number, tier in enumerate(tiers or ()):
        end = None if tier["upTo"] is None else Decimal(tier["upTo"])
        if begin is None:
            yield Fault(f"{path}.{number}.upTo", "only the last tier may be without an end")
        elif end is not None and end <= begin:
            yield Fault(f"{path}.{number}.upTo", f"must be above {begin:f}, where the tier begins")
        begin = end


def _find_priceless_tiers(tiers: Sequence[Doc]) -> Iterator[Fault]:
    for number, tier in enumerate(tiers):
        if tier["unitAmount"] is None and tier["upTo"] is None:
            yield Fault(f"plan.tiers.{number}.unitAmount", "a tier needs a unitAmount or an upTo")


def _blank_made_up(member: str, value: Any) -> Any:  # noqa: ANN401 - any member
    return None if member in _MADE_UP else value


def _draw_id(member: str, value: Any) -> Any:  # noqa: ANN401 - any member
    return new_id() if member == "id" else value


def _read_amount(member: str, value: Any) -> Any:  # noqa: ANN401 - any member
    return Decimal(value) if value and member in _AMOUNTS else value


def _map_members(value: Any, change: Change, member: str = "") -> Any:  # noqa: ANN401 - any member
    """A copy of nested members, of which each plain one is what `change` makes of its name and its
    value."""
    if isinstance(value, Mapping):
        return {name: _map_members(inner, change, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_map_members(inner, change) for inner in value]
    return change(member, value)
