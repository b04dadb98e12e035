"""Price sources for tests: one price of tokens and some prices by unit, whatever is asked."""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.pricing.rates import Context, Price, Rates, Tariff
from chalicelib.pricing.units import Offer, Quote, Rule, quote_units
from chalicelib.pricing.usage import Facts, Source


def priced(rates: Rates, **changes: object) -> Price:
    """A price of tokens at a vendor nobody knows."""
    price = Price(version="v1", vendor="acme", model="m", reads_inside=False, tariff=Tariff(rates))
    return replace(price, **changes)  # type: ignore[arg-type]


def flat_rates(rate: int = 1, **others: int | None) -> Rates:
    """One rate for every kind of token, but for the named ones; nothing a call."""
    names = ("input", "output", "reasoning", "cache_read", "cache_write", "cache_write_1h")
    return Rates(**{**dict.fromkeys(names, rate), **others})  # type: ignore[arg-type]


def by_unit(percent: int = 100, **prices: int) -> Mapping[str, Quote]:
    """Quotes of nano-USD a million units, by unit and by every unit of its family."""
    rules = [Rule(unit, ((0, price, "v1"),), (), Source.BOOK) for unit, price in prices.items()]
    return quote_units(rules, {}, 0, percent)


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
