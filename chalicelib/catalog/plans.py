"""Plans: how their tiers follow each other, and how they are stored and shown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.catalog.plan_schemas import ProductPlan
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.kit.ids import new_id

_AMOUNTS = ("charge", "flatAmount", "unitAmount", "upTo", "startingFrom")
_PRICES = ("tiers", "elements", "ratingAggregations", "setupFees")
_MADE = ("id", "startingFrom")
"""Members that we make up ourselves."""


def build_plan(
    sent: Mapping[str, Any], stored: Mapping[str, Any] | None, *, strict: bool
) -> Mapping[str, Any]:
    """The plan to store for one that was sent; the stored one when they say the same. Raises
    Invalid, with all faults.

    When it is `strict`, each tier needs a price for units or an end.
    """
    plan = ProductPlan.model_validate(sent).model_dump(mode="json")
    if plan["periodCount"] is None:
        plan["periodCount"] = 1
    if faults := list(_faults(plan, strict)):
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)
    if stored and _mapped(stored, _blank) == plan:
        return stored
    for tiers in (plan["tiers"], *(each["tiers"] for each in plan["ratingAggregations"] or ())):
        begin = "0"
        for tier in tiers or ():
            tier["startingFrom"], begin = begin, tier["upTo"]
    made: Mapping[str, Any] = _mapped(
        plan, lambda member, value: new_id() if member == "id" else value
    )
    return made


def find_rated_elements(plan: Mapping[str, Any] | None) -> dict[str, str]:
    """The ids of the elements that a plan rates, and where in a product it names them."""
    return {
        each["elementDefinitionId"]: f"plan.{member}.{number}.elementDefinitionId"
        for member in ("elements", "ratingAggregations")
        for number, each in enumerate((plan or {}).get(member) or ())
    }


def present_amounts(plan: Mapping[str, Any]) -> Mapping[str, Any]:
    """A stored plan with numbers for the texts that its amounts are kept as."""
    row: Mapping[str, Any] = _mapped(
        plan, lambda member, value: Decimal(value) if value and member in _AMOUNTS else value
    )
    return row


def _faults(plan: Mapping[str, Any], strict: bool) -> Iterator[Fault]:
    if not plan["period"]:
        yield Fault("plan.period", "a SUBSCRIPTION plan needs a period")
    if plan["charge"] is None and not any(plan[member] for member in _PRICES):
        yield Fault(
            "plan.charge",
            f"a plan needs a price: a charge (0 if it is free), or {', '.join(_PRICES)}",
        )
    yield from _tier_faults(plan["tiers"], "plan.tiers")
    for number, each in enumerate(plan["ratingAggregations"] or ()):
        yield from _tier_faults(each["tiers"], f"plan.ratingAggregations.{number}.tiers")
    for number, tier in enumerate(plan["tiers"] or () if strict else ()):
        if tier["unitAmount"] is None and tier["upTo"] is None:
            yield Fault(f"plan.tiers.{number}.unitAmount", "a tier needs a unitAmount or an upTo")


def _tier_faults(tiers: Sequence[Mapping[str, Any]] | None, path: str) -> Iterator[Fault]:
    """Tiers begin where the one before ended."""
    begin: Decimal | None = Decimal(0)
    for number, tier in enumerate(tiers or ()):
        end = None if tier["upTo"] is None else Decimal(tier["upTo"])
        if begin is None:
            yield Fault(f"{path}.{number}.upTo", "only the last tier may be without an end")
        elif end is not None and end <= begin:
            yield Fault(f"{path}.{number}.upTo", f"must be above {begin:f}, where the tier begins")
        begin = end


def _blank(member: str, value: Any) -> Any:  # noqa: ANN401 - any member
    return None if member in _MADE else value


def _mapped(value: Any, change: Callable[[str, Any], Any], member: str = "") -> Any:  # noqa: ANN401 - any member
    """A copy of nested members, each plain one changed."""
    if isinstance(value, Mapping):
        return {name: _mapped(each, change, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_mapped(each, change) for each in value]
    return change(member, value)
