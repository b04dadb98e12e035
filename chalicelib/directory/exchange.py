"""Exchange rates: USD for one of a currency, by day, each with its source. Amounts stay in their
own currency; what a rate makes of them stands beside."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.kit.errors import Invalid
from chalicelib.kit.money import to_nano, to_usd
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
        return to_nano(to_usd(amount) * self.rate) if self.rate != 1 else amount


class Rates:
    """The rates of a tenant."""

    def __init__(self, rates: Mapping[str, Mapping[str, tuple[str, str]]]) -> None:
        """By currency and day: the rate as text, and its source."""
        self._rates = {currency: sorted(days.items()) for currency, days in rates.items()}

    def __iter__(self) -> Iterator[tuple[str, Rate]]:
        """Every currency's rates by day."""
        for currency, days in sorted(self._rates.items()):
            yield from (
                (currency, Rate(Decimal(rate), date, source)) for date, (rate, source) in days
            )

    def on(self, currency: str, day: str) -> Rate | None:
        """The rate in force on a day: the newest one by then. None when there is none."""
        if currency == USD:
            return Rate(Decimal(1), day, "")
        days = self._rates.get(currency, [])
        place = bisect_right(days, day, key=lambda item: item[0])
        if not place:
            return None
        date, (rate, source) = days[place - 1]
        return Rate(Decimal(rate), date, source)


def rates_of(world: World, tenant: str) -> Rates:
    """All rates of a tenant."""
    page = world.documents.page(tenant, EXCHANGE_RATES)
    return Rates({record.id: record.doc["rates"] for record in page.records})


def set_rates(world: World, tenant: str, rates: Iterable[tuple[str, Rate]]) -> None:
    """Remember rates, each with its currency; charges that are rated later use them. One write a
    currency.

    Raises Invalid for a currency that would have more than 5,000 of them.
    """
    by_currency: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
    for currency, rate in rates:
        by_currency[currency][rate.date] = [format(rate.rate, "f"), rate.source]
    for currency, fresh in by_currency.items():

        def changed(
            doc: Doc, fresh: Mapping[str, list[str]] = fresh, currency: str = currency
        ) -> Doc:
            days = {**doc.get("rates", {}), **fresh}
            if len(days) > MOST_DAYS:
                raise Invalid(f"{currency} would have over {MOST_DAYS} rates", field="currency")
            return {"rates": days}

        amend(world.documents, tenant, EXCHANGE_RATES, currency, changed)
