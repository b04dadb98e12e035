"""Tariffs: what the plan of a product asks for usage. Amounts are integer billionths of the plan's
currency."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from chalicelib.invoicing.usage import Measured, Usage, aggregated
from chalicelib.kit.money import to_nano

CALLS = "calls"
"""The component of a plan that prices calls by its tiers."""
_EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)
_BY_NAME = {"DISTINCT_VALUE_BY_NAME": "DISTINCT", "COUNT_DISTINCT_VALUE_BY_NAME": "UNIQUE"}
"""Aggregations that plan elements call by another name."""
_VALUED = frozenset({"UNIQUE", "DISTINCT"})
Doc = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tier:
    """What units cost from `start`, which is in it, up to `end`, which is not (None: no end).

    `unit` is the price of one, `flat` is added once for a tier that usage enters. `doc` is the tier
    as it is shown.
    """

    start: Decimal
    end: Decimal | None
    unit: Decimal
    flat: Decimal
    doc: Doc


@dataclass(frozen=True, slots=True)
class Component:
    """One quantity that a plan prices: calls, or an aggregate of an element.

    `graduated`: every unit costs what its tier says; else all units cost what the tier says that
    they reach.
    """

    key: str
    name: str
    element: str
    aggregation: str
    distinct: str | None
    graduated: bool
    tiers: Sequence[Tier]
    id: str | None = None

    @property
    def limit(self) -> Decimal | None:
        """The end of its largest tier that has one, in units; None without any."""
        ends = [tier.end for tier in self.tiers if tier.end is not None]
        return max(ends, default=None)

    @property
    def valued(self) -> bool:
        """Whether its usage must know the different values."""
        return self.distinct is not None or self.aggregation in _VALUED

    def quantity(self, measured: Measured) -> Decimal:
        """What it rates, in units."""
        if self.key == CALLS:
            return Decimal(measured.calls)
        return aggregated(
            measured.elements.get(self.element, _NOTHING), self.aggregation, self.distinct
        )

    def events(self, measured: Measured) -> int:
        """How many events that came from."""
        if self.key == CALLS:
            return measured.calls
        usage = measured.elements.get(self.element, _NOTHING)
        return (
            int(aggregated(usage, "COUNT", self.distinct))
            if self.distinct is not None
            else usage.count
        )


@dataclass(frozen=True, slots=True)
class Priced:
    """What one tier asks: `flat` for its being entered, `amount` for `units`. Both in billionths of
    the currency."""

    tier: Tier
    units: Decimal
    amount: int
    flat: int


@dataclass(frozen=True, slots=True)
class Tariff:
    """A plan as rating needs it. `charge` and fees are in billionths of the currency."""

    name: str
    currency: str
    unit: str
    count: int
    charge: int
    prepaid: bool
    components: Sequence[Component]
    fees: Sequence[Doc]


NO_PLAN = Tariff("", "USD", "NONE", 1, 0, prepaid=False, components=(), fees=())
"""Of a product without one: it asks nothing."""
_NOTHING = Usage()


def tariff_of(plan: Doc | None) -> Tariff:
    """The tariff of a stored plan, NO_PLAN for none."""
    if not plan:
        return NO_PLAN
    return Tariff(
        name=plan["name"],
        currency=plan["currency"],
        unit=plan.get("period") or "NONE",
        count=plan.get("periodCount") or 1,
        charge=nano(plan.get("charge")),
        prepaid=bool(plan.get("prePayAllFlatRates")),
        components=list(_components(plan)),
        fees=plan.get("setupFees") or (),
    )


def nano(amount: Any) -> int:  # noqa: ANN401 - a number or its text, as JSON has it
    """An amount in billionths, halves to even; nothing is 0."""
    return to_nano(Decimal(amount)) if amount is not None else 0


def priced(component: Component, quantity: Decimal) -> list[Priced]:
    """What a quantity costs, tier by tier: only tiers that it enters, so nothing costs nothing.

    A tier holds its start and not its end. Graduated: the units within each tier at its price.
    Otherwise all units at the price of the tier that holds the quantity. Every amount is rounded
    once, halves to even.
    """
    if quantity <= 0:
        return []
    if component.graduated:
        entered = [tier for tier in component.tiers if tier.start < quantity]
        return [_priced(tier, _least(tier.end, quantity) - tier.start) for tier in entered]
    reached = next(
        (tier for tier in component.tiers if tier.end is None or quantity < tier.end), None
    )
    if reached is None and component.tiers:
        reached = component.tiers[-1]  # beyond the end of tiers that have one, the last price holds
    return [_priced(reached, quantity)] if reached else []


def total(component: Component, measured: Measured) -> int:
    """What a component asks for usage, in billionths."""
    return sum(each.amount + each.flat for each in priced(component, component.quantity(measured)))


def prorated(amount: int, part: int, whole: int) -> int:
    """The share of an amount that a part of a time has, halves to even."""
    if part >= whole:
        return amount
    share = _EXACT.divide(Decimal(amount) * part, Decimal(whole))
    return int(share.quantize(Decimal(1), context=_EXACT))


def _priced(tier: Tier, units: Decimal) -> Priced:
    return Priced(tier, units, to_nano(_EXACT.multiply(units, tier.unit)), to_nano(tier.flat))


def _least(end: Decimal | None, quantity: Decimal) -> Decimal:
    return quantity if end is None else min(end, quantity)


def _components(plan: Doc) -> Iterator[Component]:
    if tiers := _tiers(plan.get("tiers")):
        yield Component(CALLS, plan["name"], "", "COUNT", None, bool(plan.get("graduated")), tiers)
    for number, rating in enumerate(plan.get("ratingAggregations") or ()):
        yield Component(
            f"aggregation-{number}",
            rating["name"],
            rating["elementDefinitionId"],
            rating["aggregationType"],
            rating.get("distinctValue") or None,
            bool(rating.get("graduated")),
            _tiers(rating.get("tiers")),
            rating.get("id"),
        )
    for number, element in enumerate(plan.get("elements") or ()):
        yield Component(
            f"element-{number}",
            element["name"],
            element["elementDefinitionId"],
            _BY_NAME.get(element["type"], element["type"]),
            element.get("distinctValue") or None,
            graduated=True,
            tiers=_tiers([element]),
        )


def _tiers(docs: Sequence[Doc] | None) -> list[Tier]:
    """Tiers in order; each begins where the one before ended. What lies beyond the last end costs
    what it says."""
    tiers, start = [], Decimal(0)
    for doc in docs or ():
        end = Decimal(doc["upTo"]) if doc.get("upTo") is not None else None
        unit, flat = (Decimal(doc.get(member) or 0) for member in ("unitAmount", "flatAmount"))
        tiers.append(Tier(start, end, unit, flat, doc))
        start = end if end is not None else start
    return tiers
