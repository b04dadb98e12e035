"""Tariffs: what the plan of a product asks for usage. Amounts are integer billionths of the plan's
currency."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from chalicelib.catalog.plan_elements import PlanTier
from chalicelib.catalog.plan_records import Plan, PlanFee
from chalicelib.invoicing.elements import unpriced_id
from chalicelib.invoicing.usage import ElementUsage, Measurement, aggregate
from chalicelib.kit.money import to_nano

CALLS = "calls"
"""The component of a plan that prices calls by its tiers."""
_EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)
_BY_NAME = {"DISTINCT_VALUE_BY_NAME": "DISTINCT", "COUNT_DISTINCT_VALUE_BY_NAME": "UNIQUE"}
"""Aggregations that plan elements call by another name."""
_OF_VALUES = frozenset({"UNIQUE", "DISTINCT"})
"""Aggregations that must know the different values."""
Doc = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TariffTier:
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
    tiers: Sequence[TariffTier]
    id: str | None = None

    @property
    def limit(self) -> Decimal | None:
        """The end of its largest tier that has one, in units; None without any."""
        ends = [tier.end for tier in self.tiers if tier.end is not None]
        return max(ends, default=None)

    @property
    def needs_values(self) -> bool:
        """Whether its usage must know the different values."""
        return self.distinct is not None or self.aggregation in _OF_VALUES

    def quantity(self, measured: Measurement) -> Decimal:
        """How many units of it were used."""
        if self.key == CALLS:
            return Decimal(measured.calls)
        usage = measured.elements.get(self.element, _NOTHING)
        return aggregate(usage, self.aggregation, self.distinct)

    def events(self, measured: Measurement) -> int:
        """How many events its quantity was made from."""
        if self.key == CALLS:
            return measured.calls
        usage = measured.elements.get(self.element, _NOTHING)
        if self.distinct is None:
            return usage.count
        return int(aggregate(usage, "COUNT", self.distinct))

    def count_unpriced(self, measured: Measurement) -> int:
        """How many calls its quantity, a cost, leaves out because nobody knows theirs."""
        usage = measured.elements.get(unpriced_id(self.element))
        return usage.count if usage else 0


@dataclass(frozen=True, slots=True)
class TierPrice:
    """What one tier asks: `flat` for its being entered, `amount` for `units`. Both in billionths of
    the currency."""

    tier: TariffTier
    units: Decimal
    amount: int
    flat: int


@dataclass(frozen=True, slots=True)
class PlanTariff:
    """A plan as rating needs it. `charge` is in billionths of the currency, `prepaid`: it is asked
    for at the beginning of a period."""

    name: str
    currency: str
    charge: int
    prepaid: bool
    components: Sequence[Component]
    fees: Sequence[PlanFee]


NO_PLAN = PlanTariff("", "USD", 0, prepaid=False, components=(), fees=())
"""Of a product without one: it asks nothing."""
_NOTHING = ElementUsage()


def tariff_of(plan: Plan | None) -> PlanTariff:
    """The tariff of a plan, NO_PLAN for none."""
    if plan is None:
        return NO_PLAN
    return PlanTariff(
        name=plan.name,
        currency=plan.currency,
        charge=to_billionths(plan.charge),
        prepaid=plan.prepaid,
        components=list(_components(plan)),
        fees=plan.fees,
    )


def to_billionths(amount: Decimal | None) -> int:
    """An amount in billionths, halves to even; nothing is 0."""
    return 0 if amount is None else to_nano(amount)


def price_tiers(component: Component, quantity: Decimal) -> list[TierPrice]:
    """What a quantity costs, tier by tier: only tiers that it enters, so nothing costs nothing.

    A tier holds its start and not its end. Graduated: the units within each tier at its price.
    Otherwise all units at the price of the tier that holds the quantity. Every amount is rounded
    once, halves to even.
    """
    if quantity <= 0 or not component.tiers:
        return []
    if not component.graduated:
        return [_price(_tier_of(component, quantity), quantity)]
    entered = [tier for tier in component.tiers if tier.start < quantity]
    return [_price(tier, _end_within(tier, quantity) - tier.start) for tier in entered]


def _tier_of(component: Component, quantity: Decimal) -> TariffTier:
    """The tier that holds a quantity; beyond the end of tiers that have one, the last."""
    for tier in component.tiers:
        if tier.end is None or quantity < tier.end:
            return tier
    return component.tiers[-1]


def total(component: Component, measured: Measurement) -> int:
    """What a component asks for usage, in billionths."""
    prices = price_tiers(component, component.quantity(measured))
    return sum(each.amount + each.flat for each in prices)


def prorate(amount: int, part: int, whole: int) -> int:
    """The share of an amount that a part of a time has, halves to even."""
    if part >= whole:
        return amount
    share = _EXACT.divide(Decimal(amount) * part, Decimal(whole))
    return int(share.quantize(Decimal(1), context=_EXACT))


def _price(tier: TariffTier, units: Decimal) -> TierPrice:
    amount = to_nano(_EXACT.multiply(units, tier.unit))
    return TierPrice(tier, units, amount, to_nano(tier.flat))


def _end_within(tier: TariffTier, quantity: Decimal) -> Decimal:
    return quantity if tier.end is None else min(tier.end, quantity)


def _components(plan: Plan) -> Iterator[Component]:
    if plan.tiers:
        yield Component(
            key=CALLS,
            name=plan.name,
            element="",
            aggregation="COUNT",
            distinct=None,
            graduated=plan.graduated,
            tiers=_tiers(plan.tiers),
        )
    for number, rating in enumerate(plan.aggregations):
        yield Component(
            key=f"aggregation-{number}",
            name=rating.name,
            element=rating.element_id,
            aggregation=rating.aggregation,
            distinct=rating.distinct,
            graduated=rating.graduated,
            tiers=_tiers(rating.tiers),
            id=rating.id,
        )
    for number, element in enumerate(plan.elements):
        yield Component(
            key=f"element-{number}",
            name=element.name,
            element=element.element_id,
            aggregation=_BY_NAME.get(element.type, element.type),
            distinct=element.distinct,
            graduated=True,
            tiers=_tiers([element.tier]),
        )


def _tiers(stored: Sequence[PlanTier]) -> list[TariffTier]:
    """Tiers in order; each begins where the one before ended. What lies beyond the last end costs
    what it says."""
    tiers: list[TariffTier] = []
    start = Decimal(0)
    for each in stored:
        unit, flat = each.unit_amount or Decimal(0), each.flat_amount or Decimal(0)
        tiers.append(TariffTier(start, each.up_to, unit, flat, each.doc))
        start = start if each.up_to is None else each.up_to
    return tiers
