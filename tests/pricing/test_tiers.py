"""Tiers: flex, priority, fast and batch in all vendors' words; without a known price they are
unpriced, never at the standard price."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kit.clock import day_start
from chalicelib.pricing.batches import DISCOUNTS
from chalicelib.pricing.book import PriceBook, book
from chalicelib.pricing.rating import rate
from chalicelib.pricing.traits import tier_word
from chalicelib.pricing.usage import CallCost, Reason, Status, Usage

DAY = day_start("2026-11-22")
MILLION = 10**6


def cost_of(provider: str, model: str, day: str = "2026-11-22", **members: Any) -> CallCost:
    members = {"input": MILLION, **members}
    return rate(Usage(provider, model, day_start(day), **members), book())


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("", ""),
        ("default", ""),
        ("Standard", ""),
        ("auto", ""),
        ("on_demand", ""),
        ("ON_DEMAND", ""),
        ("on-demand", ""),
        ("SERVICE_TIER_STANDARD", ""),
        ("SERVICE_TIER_UNSPECIFIED", ""),
        ("TRAFFIC_TYPE_UNSPECIFIED", ""),
        ("standard_only", ""),
        ("flex", "flex"),
        ("SERVICE_TIER_FLEX", "flex"),
        ("ON_DEMAND_FLEX", "flex"),
        ("ON_DEMAND_PRIORITY", "priority"),
        ("Priority", "priority"),
        ("PROVISIONED_THROUGHPUT", "provisioned_throughput"),
        ("reserved", "reserved"),
        ("scale", "scale"),
        ("optimized", "optimized"),
    ],
)
def test_vendors_words_for_tiers(text: str, tier: str) -> None:
    assert tier_word(text) == tier


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("GEMINI", "gemini-2.5-flash"),
        ("vertex_ai", "gemini-2.5-flash"),
        ("AZURE", "gpt-4.1"),
        ("BEDROCK", "us.anthropic.claude-sonnet-4-6"),
        ("FIREWORKS", "accounts/fireworks/models/deepseek-v4-pro"),
        ("ANTHROPIC", "claude-sonnet-4-5"),
        ("GROQ", "openai/gpt-oss-120b"),
    ],
)
@pytest.mark.parametrize(
    "tier",
    [
        {"service_tier": "flex"},
        {"service_tier": "PRIORITY"},
        {"service_tier": "ON_DEMAND_PRIORITY"},
        {"service_tier": "reserved"},
        {"service_tier": "scale"},
        {"speed": "fast"},
        {"speed": "optimized"},
    ],
)
def test_a_tier_without_a_known_price_is_unpriced(
    provider: str, model: str, tier: Mapping[str, str]
) -> None:
    assert cost_of(provider, model, service_tier="default").status is Status.PRICED
    cost = cost_of(provider, model, **tier)
    assert (cost.status, cost.cost, cost.reason) == (
        Status.UNPRICED,
        None,
        Reason.NO_TIER_PRICE,
    )


@pytest.mark.parametrize("tier", ["flex", "PRIORITY", "scale", "service_tier_flex"])
def test_a_tier_that_was_asked_for_and_not_confirmed_is_never_charged_as_standard(
    tier: str,
) -> None:
    cost = cost_of("OPENAI", "gpt-5", asked_tier=tier)
    assert (cost.status, cost.cost, cost.reason) == (
        Status.UNPRICED,
        None,
        Reason.TIER_NOT_TOLD,
    )
    for word in ("default", "priority"):
        told = cost_of("OPENAI", "gpt-5", asked_tier=tier, service_tier=word)
        assert told == cost_of("OPENAI", "gpt-5", service_tier=word)
        assert told.cost is not None


def test_a_request_for_no_tier_or_for_one_that_costs_the_same_is_standard() -> None:
    standard = cost_of("OPENAI", "gpt-5")
    for word in ("auto", "default", "", "standard_only"):
        assert cost_of("OPENAI", "gpt-5", asked_tier=word) == standard
    free = cost_of("GEMINI", "gemma-3-27b-it", asked_tier="flex")
    assert free == cost_of("GEMINI", "gemma-3-27b-it")
    batch = cost_of("OPENAI", "gpt-5", pricing_tier="BATCH", asked_tier="flex")
    assert batch == cost_of("OPENAI", "gpt-5", pricing_tier="BATCH")
    assert cost_of("OPENAI", "nobody-made-this", asked_tier="flex").reason is Reason.NO_PRICE
    stated = cost_of("OPENAI", "gpt-5", asked_tier="flex", total_cost=Decimal("0.5"))
    assert stated.cost == 500_000_000


def test_a_model_that_nobody_prices_lacks_a_price_in_every_tier() -> None:
    assert cost_of("OPENAI", "nobody-made-this", service_tier="flex").reason is Reason.NO_PRICE


@pytest.mark.parametrize(
    ("day", "members", "usd_cents"),
    [
        ("2026-11-22", {"service_tier": "flex"}, 62.5),
        ("2025-09-01", {"service_tier": "flex"}, 62.5),  # before the list was checked
        ("2026-11-22", {"service_tier": "priority"}, 250),
        ("2025-09-01", {"service_tier": "priority"}, 250),
        ("2026-11-22", {"service_tier": "batch"}, 62.5),
    ],
)
def test_a_variant_reaches_back_to_when_the_tier_began(
    day: str, members: dict[str, str], usd_cents: float
) -> None:
    assert cost_of("OPENAI", "gpt-5", day, **members).cost == int(usd_cents * 10**7)


def test_but_not_beyond_it_nor_beyond_another_standard_price() -> None:
    assert cost_of("OPENAI", "o3", "2025-04-16", service_tier="flex").cost is None
    # o3 cost five times as much until June 2025
    assert cost_of("OPENAI", "o3", "2025-06-09", service_tier="flex").cost is None
    assert cost_of("OPENAI", "o3", "2025-06-10", service_tier="flex").cost == 10**9
    assert cost_of("OPENAI", "o3", "2025-06-09", pricing_tier="BATCH").cost == 5 * 10**9
    assert cost_of("OPENAI", "o3", "2024-04-14", pricing_tier="BATCH").cost is None


def test_of_a_variant_that_changes_only_the_first_price_reaches_back() -> None:
    line = {
        "id": "m",
        "match": {"equals": ["m"]},
        "prices": [[None, {"in": 10}]],
        "variants": [
            [{"speed": "fast"}, "2026-06-01", {"in": 30}],
            [{"speed": "fast"}, "2026-03-01", {"in": 20}],
        ],
    }
    prices = PriceBook({"version": "v", "providers": [{"id": "acme", "models": [line]}]})
    fast = (("speed", "fast"),)
    rates = []
    for day in ("2025-01-01", "2026-03-01", "2026-05-31", "2026-06-01"):
        price = prices.price("acme", "m", day_start(day), fast)
        assert price is not None
        rates.append(price.tariff.base.input)
    assert rates == [20, 20, 20, 30]


@pytest.mark.parametrize(
    ("provider", "model", "share"),
    [
        ("ANTHROPIC", "claude-sonnet-4-5", 2),
        ("OPENAI", "gpt-4o", 1),
        ("OPENAI", "gpt-5", 2),
        ("GEMINI", "gemini-2.5-flash", 1),
        ("GEMINI", "gemini-3.1-flash-lite", 2),
        ("GROQ", "openai/gpt-oss-120b", 1),
        ("AZURE", "gpt-4o", 1),
        ("BEDROCK", "amazon.nova-pro-v1:0", 1),
    ],
)
def test_batches_halve_cached_tokens_where_the_vendor_does(
    provider: str, model: str, share: int
) -> None:
    """Also on days before the list was checked."""
    for day in ("2026-11-22", "2026-09-01"):
        used = {"input": MILLION, "cache_read": MILLION, "output": MILLION}
        plain = cost_of(provider, model, day, **used)
        batch = cost_of(provider, model, day, **used, pricing_tier="BATCH")
        assert plain.legs.output == 2 * (batch.legs.output or 0)
        assert plain.legs.cache_read == share * (batch.legs.cache_read or 0)


def test_only_vendors_that_sell_batches_price_them() -> None:
    priced = set()
    for provider, name in book().lines:
        instant_price = book().price(provider, name, DAY, (("processing", "batch"),))
        if instant_price and not instant_price.free:
            priced.add(provider)
    assert priced == {*DISCOUNTS, "x-ai"}
