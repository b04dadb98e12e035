"""Quotes of what calls would cost."""

from chalicelib.recommendations.cells import Cell
from chalicelib.recommendations.quoting import find_price
from tests.pricing.prices import Fixed, flat_rates, priced

CELL = Cell({"provider": "acme", "model": "m"}, *[1] * 11)


def test_advice_goes_by_no_price_of_which_a_rate_is_unknown() -> None:
    """A rate that nobody knows is 0 in a tariff: advice would take it for free."""
    known = priced(flat_rates())
    assert find_price(Fixed(known), CELL, 0, context=()) is known
    lacking = priced(flat_rates(cache_read=0), lacks=frozenset({"cache_read"}))
    assert find_price(Fixed(lacking), CELL, 0, context=()) is None
