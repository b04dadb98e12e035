"""Exchange rates: USD for one of a currency, by day, each with its source. Amounts stay in their
own currency; what a rate makes of them stands beside."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from chalicelib.kit.errors import Invalid
from chalicelib.kit.money import to_nano, to_usd
from chalicelib.ports.documents import walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend

EXCHANGE_RATES = "EXCHANGE_RATES"
"""Kind: one record a currency, `rates` by day: [rate as text, source]."""
USD = "USD"
MOST_DAYS = 5_000
"""Rates of one currency: they stand in one document."""


@dataclass(frozen=True, slots=True)
class Rate:
    """USD for one of the currency, in force from `date` (YYYY-MM-DD)."""

    rate: Decimal
    date: str
    source: str

    def usd(self, amount: int) -> int:
        """Billionths of the currency as nano-USD, halves to even."""
        if self.rate == 1:
            return amount
        return to_nano(to_usd(amount) * self.rate)


class Rates:
    """The rates of a tenant."""

    def __init__(self, rates: Mapping[str, Mapping[str, tuple[str, str]]]) -> None:
        """By currency and day (YYYY-MM-DD): the rate as text, and its source."""
        self._rates = {currency: sorted(days.items()) for currency, days in rates.items()}

    def __iter__(self) -> Iterator[tuple[str, Rate]]:
        """Every currency's rates by day."""
        for currency, days in sorted(self._rates.items()):
            for date, (rate, source) in days:
                yield currency, Rate(Decimal(rate), date, source)

    def on(self, currency: str, day: str) -> Rate | None:
        """The rate in force on a day: the newest one by then. None when there is none."""
        if currency == USD:
            return Rate(Decimal(1), day, "")
        days = self._rates.get(currency, [])
        place = bisect_right(days, day, key=lambda item: item[0])
        if place == 0:
            return None
        date, (rate, source) = days[place - 1]
        return Rate(Decimal(rate), date, source)


def rates_of(world: World, tenant: Scope) -> Rates:
    """All rates of a tenant."""
    records = walk(world.documents, tenant, EXCHANGE_RATES)
    return Rates({record.id: record.doc["rates"] for record in records})


def set_rates(world: World, tenant: Scope, rates: Iterable[tuple[str, Rate]]) -> None:
    """Remember rates, each with its currency; charges that are rated later use them. One write a
    currency.

    Raises Invalid for a currency that would have more than 5,000 of them.
    """
    by_currency: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
    for currency, rate in rates:
        by_currency[currency][rate.date] = [format(rate.rate, "f"), rate.source]
    for currency, fresh in by_currency.items():
        add = partial(_add_rates, currency, fresh)
        amend(world.documents, tenant, EXCHANGE_RATES, currency, add)


def _add_rates(currency: str, fresh: Mapping[str, list[str]], doc: Doc) -> Doc:
    """The stored rates of a currency with fresh ones. Raises Invalid when they become too many."""
    days = {**doc.get("rates", {}), **fresh}
    if len(days) > MOST_DAYS:
        raise Invalid(f"{currency} would have over {MOST_DAYS} rates", field="currency")
    return {"rates": days}
