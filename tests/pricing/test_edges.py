"""Corners of rating, each held by a test of its own: mutants lived here, see
tests/mutants/rating.toml."""

from decimal import Decimal
from typing import Any

from chalicelib.kit.clock import DAY as DAY_MS
from chalicelib.kit.clock import day_start
from chalicelib.pricing.rates import Tariff
from chalicelib.pricing.rating import rate
from chalicelib.pricing.team import TeamPrices, UnitPrice
from chalicelib.pricing.tokens import split_tokens
from chalicelib.pricing.traits import traits_of
from chalicelib.pricing.units import Offer, Quote, Rule, UsageSelector, quote_units
from chalicelib.pricing.usage import CallCost, Facts, Legs, Source, Status, Usage
from tests.pricing.prices import Fixed, by_unit, flat_rates, priced

DAY = day_start("2026-11-22")
MILLION, BILLION = 10**6, 10**9
MINUTE = Quote("PER_MINUTE", 60 * MILLION * MILLION, "v2", Source.BOOK, 100, beside=True)


def call(kind: str, **members: Any) -> Usage:
    return Usage("acme", "m", DAY, kind=kind, **members)


def rate_beside(usage: Usage, rates: int | None) -> CallCost:
    """The cost where the vendor bills minutes on top of tokens; `rates` None: nobody knows what
    its tokens cost."""
    price = None if rates is None else priced(flat_rates(rates))
    source = Fixed(price)
    source.answer = Offer(price, {"PER_MINUTE": MINUTE}, MINUTE)
    return rate(usage, source)


def test_minutes_beside_tokens_need_no_price_of_tokens_when_there_are_none() -> None:
    cost = rate_beside(call("AUDIO", seconds=Decimal(2)), rates=None)
    assert (cost.status, cost.cost, cost.price_version) == (Status.PRICED, 2_000_000, "v2")


def test_minutes_beside_tokens_without_a_price_leave_the_cost_unknown() -> None:
    cost = rate_beside(call("AUDIO", seconds=Decimal(2), input=5), rates=None)
    assert (cost.status, cost.source, cost.cost) == (Status.UNPRICED, Source.NONE, None)
    assert cost.legs == Legs(None, None, None, None, 2_000_000)
    known = rate_beside(call("AUDIO", seconds=Decimal(2), input=5), rates=BILLION)
    assert (known.cost, known.price_version) == (2_005_000, "v1+v2")


def test_nothing_of_a_stated_unit_without_a_price_is_not_free_by_another_unit() -> None:
    cost = rate(call("IMAGE", unit="PER_IMAGE"), Fixed(None, by_unit(PER_CHARACTER=7)))
    assert (cost.status, cost.cost) == (Status.UNPRICED, None)


def test_bytes_that_nobody_prices_are_unpriced() -> None:
    cost = rate(call("IMAGE", size_bytes=5), Fixed(priced(flat_rates())))
    assert (cost.status, cost.cost) == (Status.UNPRICED, None)


def test_nothing_of_a_stated_unit_is_not_charged_by_another_one() -> None:
    told = call("AUDIO", unit="PER_IMAGE", seconds=Decimal(0))
    cost = rate(told, Fixed(None, by_unit(PER_CHARACTER=7)))
    assert (cost.status, cost.cost) == (Status.UNPRICED, None)


def test_bytes_of_no_length_that_nobody_prices_are_unpriced() -> None:
    cost = rate(call("AUDIO", seconds=Decimal(0), size_bytes=5), Fixed(priced(flat_rates())))
    assert (cost.status, cost.cost) == (Status.UNPRICED, None)


def test_a_negative_part_of_the_cache_writes_takes_nothing_from_the_other() -> None:
    usage = call("COMPLETION", input=100, cache_creation_5m=-5, cache_creation_1h=10)
    split = split_tokens(usage, reads_inside=False)
    assert (split.cache_write, split.cache_write_1h) == (0, 10)


def test_a_call_that_only_wrote_to_the_cache_used_tokens() -> None:
    source = Fixed(priced(flat_rates(BILLION)))
    for lifetime in ("cache_creation", "cache_creation_5m", "cache_creation_1h"):
        assert rate(call("AUDIO", **{lifetime: 5}), source).cost == 5_000


def rule(price: int, *conditions: tuple[str, frozenset[str]]) -> Rule:
    return Rule("PER_MINUTE", ((0, price, f"v{price}"),), conditions, Source.TEAM)


def test_a_price_that_says_what_a_batch_costs_is_not_discounted_again() -> None:
    batch = rule(1, ("processing", frozenset({"batch"})))
    facts = Facts(kind="AUDIO", pricing_tier="BATCH")
    quotes = quote_units([batch], traits_of(facts), DAY, percent=50)
    assert quotes["PER_MINUTE"].percent == 100
    assert quote_units([rule(1)], traits_of(facts), DAY, percent=50)["PER_MINUTE"].percent == 50


def test_of_two_prices_as_specific_as_each_other_the_first_stands() -> None:
    quotes = quote_units([rule(1), rule(2)], traits_of(Facts(kind="AUDIO")), DAY)
    assert quotes["PER_MINUTE"].price == 1


def test_the_kind_of_work_that_a_price_is_for_is_a_condition() -> None:
    pictures = UsageSelector(unit="PER_CALL", modality="TEXT", cost_type="IMAGE_GENERATION")
    assert pictures.conditions() == (("kind", frozenset({"IMAGE"})),)


def test_a_teams_price_holds_in_every_hour_of_the_day() -> None:
    by_night = (0, DAY_MS // 2, Tariff(flat_rates(2 * BILLION)))
    listed = Fixed(priced(flat_rates(BILLION), windows=(by_night,)))
    own = UnitPrice(
        id="d",
        version=1,
        provider="acme",
        name="m",
        unit="PER_TOKEN",
        modality="TEXT",
        cost_type="TEXT_TOKEN_INPUT",
        price=7 * BILLION,
    )
    team = TeamPrices(listed, [], [own])
    legs = [
        rate(Usage("acme", "m", instant, input=1, output=1), team).legs
        for instant in (DAY, DAY + DAY_MS // 2)
    ]
    assert [(leg.input, leg.output) for leg in legs] == [(7_000, 2_000), (7_000, 1_000)]
