"""Fees and minimums: web searches, grounded prompts, the least seconds of a transcription, and
cache writes whose lifetime only the reported cost tells."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kit.clock import day_start
from chalicelib.metering.rows import usage_of
from chalicelib.metering.searches import count_searches
from chalicelib.pricing.book import book
from chalicelib.pricing.rating import rate
from chalicelib.pricing.usage import Reason, Source, Status, Usage

DAY = day_start("2026-11-22")
CLAUDE = Usage("ANTHROPIC", "claude-sonnet-4-6", DAY)  # 3, 15, write 3.75, one hour 6


@pytest.mark.parametrize(
    ("provider", "model", "searches", "nano"),
    [
        ("ANTHROPIC", "claude-sonnet-4-6", 3, 30_000_000),
        ("OPENAI", "gpt-5", 2, 20_000_000),
        ("GEMINI", "gemini-2.5-flash", 3, 35_000_000),  # a prompt
        ("GEMINI", "gemini-3-flash-preview", 3, 42_000_000),  # a query
    ],
)
def test_searches_are_charged_beside_the_tokens(
    provider: str, model: str, searches: int, nano: int
) -> None:
    plain = Usage(provider, model, DAY, input=1_000, output=100)
    cost, without = rate(replace(plain, searches=searches), book()), rate(plain, book())
    assert cost.legs.media == nano
    assert cost.cost == nano + (without.cost or 0)
    halved = replace(plain, searches=searches, pricing_tier="BATCH")
    assert rate(halved, book()).legs.media == nano
    tripled = replace(plain, searches=searches, cost_multiplier=Decimal(3))
    assert rate(tripled, book()).legs.media == 3 * nano


def test_searches_that_nobody_prices_make_the_cost_unknown() -> None:
    cost = rate(Usage("MISTRAL", "mistral-large-2512", DAY, input=5, searches=1), book())
    assert (cost.status, cost.cost, cost.reason) == (Status.UNPRICED, None, Reason.NO_RATE)
    stated = replace(CLAUDE, input=1_000, searches=1, input_cost=Decimal("0.5"))
    assert rate(stated, book()).cost == 500_000_000 + 10_000_000


@pytest.mark.parametrize(
    ("extras", "count"),
    [
        ({"attributes": {"web_search_requests": 2}}, 2),
        ({"attributes": {"webSearchRequests": 2}}, 2),
        ({"attributes": {"server_tool_use": {"web_search_requests": 4}}}, 4),
        ({"webSearches": 1}, 1),
        ({"attributes": {"web_searches": True, "server_tool_use": 7}}, 0),
        ({"attributes": {"web_searches": "2"}}, 2),
        ({"attributes": {"web_searches": 2.0}}, 2),
        ({"attributes": {"web_searches": " 2.0 "}}, 2),
        ({"attributes": {"web_searches": "2e0"}}, 2),
        ({"webSearches": "many", "attributes": {"web_searches": 2}}, 2),
        ({"webSearches": "", "attributes": {"web_searches": "0"}}, 0),
        ({"attributes": {"web_searches": 1.5}}, None),
        ({"attributes": {"web_searches": "many"}}, None),
        ({"attributes": {"web_searches": ["weather"]}}, None),
        ({"attributes": {"web_searches": -2}}, None),
        ({"attributes": {"web_searches": 10**30}}, None),
        ({"attributes": {"web_searches": "1e999999999"}}, None),
        ({"attributes": {"web_searches": "nan"}}, None),
        ({"attributes": None}, 0),
        ({}, 0),
    ],
)
def test_where_a_client_counts_searches(extras: dict[str, Any], count: int | None) -> None:
    assert count_searches(extras) == count
    assert usage_of({"requested_at": DAY}, extras).searches == count


def test_searches_without_a_number_make_the_cost_unknown() -> None:
    for price in (CLAUDE, Usage("GOOGLE", "gemini-3-pro-preview", DAY, input=5)):
        cost = rate(replace(price, searches=None), book())
        assert (cost.status, cost.cost, cost.reason) == (
            Status.UNPRICED,
            None,
            Reason.NO_QUANTITY,
        )


@pytest.mark.parametrize(
    ("seconds", "unit", "nano"),
    [
        ("3", "", 308_333),
        ("0.001", "", 308_333),
        ("10", "", 308_333),
        ("10", "PER_SECOND", 308_333),
        ("3", "PER_MINUTE", 308_333),
        ("3600", "", 111_000_000),
        ("0", "", None),
    ],
)
def test_groq_charges_ten_seconds_at_least(seconds: str, unit: str, nano: int | None) -> None:
    usage = Usage(
        "GROQ", "whisper-large-v3", DAY, kind="AUDIO", seconds=Decimal(seconds), unit=unit
    )
    assert rate(usage, book()).cost == nano


def test_nobody_else_does() -> None:
    usage = Usage("OPENAI", "whisper-1", DAY, kind="AUDIO", seconds=Decimal(3))
    assert rate(usage, book()).cost == 300_000


WRITTEN = replace(CLAUDE, input=1_000, output=100, cache_creation=10_000)
BESIDE = 3_000_000 + 1_500_000
FIVE, HOUR = BESIDE + 37_500_000, BESIDE + 60_000_000


@pytest.mark.parametrize(
    ("stated", "nano", "told"),
    [
        (HOUR, HOUR, True),
        (HOUR - 900, HOUR, True),
        (HOUR - 1_100, FIVE, False),
        (FIVE, FIVE, False),
        (7, FIVE, False),
        (None, FIVE, False),
    ],
)
def test_writes_lived_an_hour_where_only_that_explains_the_stated_cost(
    stated: int | None, nano: int, told: bool
) -> None:
    cost = rate(replace(WRITTEN, stated=stated), book())
    assert (cost.status, cost.source, cost.cost) == (Status.PRICED, Source.BOOK, nano)
    assert cost.price_version == book().version + ("+1h-as-stated" if told else "")
    assert sum(leg or 0 for leg in cost.legs) == nano


@pytest.mark.parametrize(
    ("provider", "host", "model", "vendor"),
    [
        ("ClaudeCode", "bedrock", "global.anthropic.claude-sonnet-4-6", "bedrock"),
        ("ClaudeCode", "vertex", "claude-sonnet-4-6", "vertex"),
        ("ClaudeCode", "foundry", "claude-sonnet-4-6", "ClaudeCode"),
        ("ClaudeCode", "anthropic", "claude-sonnet-4-6", "ClaudeCode"),
        ("OPENAI", "bedrock", "gpt-4o", "OPENAI"),
    ],
)
def test_claudes_clients_tell_who_charges(
    provider: str, host: str, model: str, vendor: str
) -> None:
    row = {
        "requested_at": DAY,
        "provider": provider,
        "model": model,
        "model_host": host,
        "input_tokens": 1_000,
    }
    usage = usage_of(row, {})
    assert usage.provider == vendor
    assert rate(usage, book()).status is Status.PRICED


def test_media_tell_their_tier_by_another_name() -> None:
    row = {"requested_at": DAY, "kind": "IMAGE", "images": 1, "model": "dall-e-3"}
    usage = usage_of({**row, "provider": "OPENAI"}, {"priorityTier": "priority"})
    assert rate(usage, book()).reason is Reason.NO_TIER_PRICE
    assert rate(replace(usage, service_tier="standard"), book()).cost == 40_000_000


def test_told_lifetimes_are_believed_whatever_the_stated_cost() -> None:
    told = replace(WRITTEN, cache_creation_5m=10_000, stated=HOUR)
    assert rate(told, book()).cost == FIVE
    elsewhere = replace(WRITTEN, provider="OPENAI", model="gpt-4o", stated=HOUR)
    assert rate(elsewhere, book()).price_version == book().version


def test_the_stated_cost_of_a_row_is_read_where_it_is_not_the_cost() -> None:
    row = {"requested_at": DAY, "cache_creation_tokens": 5, "stated_cost_nano": 9}
    assert usage_of(row, {}).stated == 9
    assert usage_of(row, {"totalCost": Decimal(1)}).stated is None
