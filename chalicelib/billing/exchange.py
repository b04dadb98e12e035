"""Exchange rates: USD for one of a currency, by day, each with its source. Amounts stay in their own currency; what a
rate makes of them stands beside."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.billing.records import EXCHANGE_RATES
from chalicelib.kit.money import NANO, to_nano
from chalicelib.lake.amend import Doc, amend
from chalicelib.ports.world import World

USD = "USD"


@dataclass(frozen=True, slots=True)
class Rate:
    """USD for one of the currency, in force from `date` (YYYY-MM-DD)."""

    rate: Decimal
    date: str
    source: str

    def usd(self, amount: int) -> int:
        """Billionths of the currency as nano-USD, halves to even."""
        return to_nano(Decimal(amount) / NANO * self.rate) if self.rate != 1 else amount


class Rates:
    """The rates of a tenant."""

    def __init__(self, rates: Mapping[str, Mapping[str, tuple[str, str]]]) -> None:
        """By currency and day: the rate as text, and its source."""
        self._rates = {currency: sorted(days.items()) for currency, days in rates.items()}

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


def set_rate(world: World, tenant: str, currency: str, rate: Rate) -> None:
    """Remember a rate; charges that are rated later use it."""

    def changed(doc: Doc) -> Doc:
        return {"rates": {**doc.get("rates", {}), rate.date: [format(rate.rate, "f"), rate.source]}}

    amend(world.documents, tenant, EXCHANGE_RATES, currency, changed)
