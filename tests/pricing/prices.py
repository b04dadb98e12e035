"""Price sources for tests: one price of tokens and some prices by unit, whatever is asked."""

from collections.abc import Mapping

from chalicelib.pricing.rates import Context, Price, Rates, Tariff
from chalicelib.pricing.traits import Facts
from chalicelib.pricing.units import Offer, Quote, Rule, quotes
from chalicelib.pricing.usage import Source


def priced(rates: Rates, **changes: object) -> Price:
    """A price of tokens at a vendor nobody knows."""
    price = Price("v1", "acme", "m", False, False, 100, Tariff(rates))
    return Price(
        **{name: changes.get(name, getattr(price, name)) for name in Price.__dataclass_fields__}
    )  # type: ignore[arg-type]


def by_unit(percent: int = 100, **prices: int) -> Mapping[str, Quote]:
    """Quotes of nano-USD a million units, by unit and by every unit of its family."""
    rules = [Rule(unit, ((0, price, "v1"),), (), Source.BOOK) for unit, price in prices.items()]
    return quotes(rules, {}, 0, percent)


class Fixed:
    """A price source of one answer."""

    version = "v1"

    def __init__(self, price: Price | None, units: Mapping[str, Quote] | None = None) -> None:
        self.answer = Offer(price, units or {})

    def price(self, provider: str, model: str, instant: int, context: Context = ()) -> Price | None:
        return self.answer.price

    def offer(self, provider: str, model: str, instant: int, facts: Facts) -> Offer:
        return self.answer

    def vendor(self, provider: str) -> str:
        return "acme"
