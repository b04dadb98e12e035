"""Corrections: prices of ours before genai-prices', each dated and with its sources."""

import json
from datetime import date
from typing import Any

import pytest
from genai_prices import types
from genai_prices.data import providers

from chalicelib.kit.clock import HOUR, day_start
from chalicelib.pricing.book import book
from chalicelib.pricing.labels import MAKERS
from chalicelib.pricing.rating import rate
from chalicelib.pricing.usage import Reason, Usage
from infra.prices import compile as compiler

RAW = json.loads(compiler.CORRECTIONS.read_text(encoding="utf-8"))
MILLION = 10**6


def test_each_has_a_day_a_reason_and_two_sources() -> None:
    for each in RAW["corrections"]:
        assert date.fromisoformat(each["made"]) <= date.fromisoformat(RAW["version"][-10:])
        assert each["why"].endswith(".")
        assert len(set(each["sources"])) >= 2


def test_each_is_of_a_model_in_the_book_and_still_needed() -> None:
    listed: dict[tuple[str, str], types.ModelInfo] = {
        (provider.id, model.id): model for provider in providers for model in provider.models
    }
    for each in RAW["corrections"]:
        model = listed[each["provider"], each["model"]]
        (provider,) = [one for one in providers if one.id == each["provider"]]
        plain = compiler._model(provider, model)
        assert plain["prices"] != each["prices"]


@pytest.mark.parametrize("hour", [0, 8, 15, 17, 23])
@pytest.mark.parametrize("model", ["deepseek-chat", "deepseek-reasoner"])
def test_deepseek_has_no_cheap_hours_since_september_2025(model: str, hour: int) -> None:
    costs = []
    for day in ("2025-09-06", "2025-09-28", "2025-09-29", "2026-11-22"):
        instant = day_start(day) + hour * HOUR
        usage = Usage("DEEPSEEK", model, instant, input=MILLION, output=MILLION)
        cost = rate(usage, book())
        assert cost.price_version == RAW["version"]
        costs.append(cost.cost)
    assert costs == [2_240_000_000, 2_240_000_000, 700_000_000, 700_000_000]


def test_and_has_them_before() -> None:
    costs = []
    for hour in (8, 17):
        instant = day_start("2025-09-01") + hour * HOUR
        usage = Usage("DEEPSEEK", "deepseek-chat", instant, input=MILLION, output=MILLION)
        costs.append(rate(usage, book()).cost)
    assert costs == [1_370_000_000, 685_000_000]


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("ANTHROPIC", "claude-sonnet-4-20250514"),
        ("BEDROCK", "us.anthropic.claude-sonnet-4-20250514-v1:0"),
        ("BEDROCK", "global.anthropic.claude-sonnet-4-20250514-v1:0"),
    ],
)
def test_sonnet_4_costs_more_over_200_000_tokens(provider: str, model: str) -> None:
    day = day_start("2026-01-10")
    short = Usage(provider, model, day, input=200_000, output=1_000)
    assert rate(short, book()).cost == 600_000_000 + 15_000_000
    long = Usage(provider, model, day, input=200_001, output=1_000)
    assert rate(long, book()).cost == 1_200_006_000 + 22_500_000


@pytest.mark.parametrize("provider", ["OPENAI", "AZURE"])
@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("gpt-4o-audio-preview", 500_000 + 32_000_000 + 1_000_000 + 72_000_000),
        ("gpt-4o-mini-audio-preview-2024-12-17", 30_000 + 8_000_000 + 60_000 + 18_000_000),
    ],
)
def test_audio_tokens_of_gpt_4o_cost_more_than_text(
    provider: str, model: str, expected: int
) -> None:
    day = day_start("2026-01-10")
    usage = Usage(
        provider, model, day, input=1_000, output=1_000, audio_input=800, audio_output=900
    )
    assert rate(usage, book()).cost == expected


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("OPENAI", "gpt-oss-120b"),
        ("AZURE", "gpt-oss-20b"),
        ("", "gpt-oss-120b"),
        ("LITELLM", "azure/gpt-oss-120b"),
        ("OPENAI", "gpt-oss-safeguard-20b"),
        ("GOOGLE", "gemma-2-27b-it"),
        ("MISTRAL", "mistral-small-24b-instruct-2501"),
        ("MISTRAL", "mistral-nemo:free"),
        ("DEEPSEEK", "deepseek-v3.2"),
        ("", "kimi-k2"),
    ],
)
def test_what_its_owner_gives_away_and_does_not_sell_has_no_price_there(
    provider: str, model: str
) -> None:
    for day in ("2025-09-06", "2026-11-22"):
        usage = Usage(provider, model, day_start(day), input=MILLION, output=MILLION)
        cost = rate(usage, book())
        assert (cost.cost, cost.reason) == (None, Reason.NO_PRICE)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("GROQ", "openai/gpt-oss-120b"),
        ("BEDROCK", "openai.gpt-oss-120b-1:0"),
        ("OPENROUTER", "openai/gpt-oss-120b"),
        ("OPENROUTER", "openai/gpt-oss-120b:free"),
    ],
)
def test_and_keeps_its_price_where_it_is_sold(provider: str, model: str) -> None:
    usage = Usage(provider, model, day_start("2026-11-22"), input=MILLION, output=MILLION)
    cost = rate(usage, book()).cost
    assert cost is not None
    assert (cost == 0) == model.endswith(":free")


def test_no_maker_has_the_odd_price_of_a_router() -> None:
    """Rates of a maker's that OpenRouter has too, and that are no round number of cents, would be
    OpenRouter's; these are what the makers' own pages say."""
    routed: set[tuple[int, int]] = set()
    for (provider, _), line in book().lines.items():
        if provider == "openrouter":
            routed |= {pair for _, rates in line.get("prices", ()) if (pair := odd_pair(rates))}
    found = set()
    for (provider, name), line in book().lines.items():
        if provider in MAKERS:
            pairs = {odd_pair(rates) for _, rates in line.get("prices", ())}
            if pairs & routed:
                found.add(f"{provider}/{name}")
    makers_own = {"cohere/command-r7b", "deepseek/deepseek-v4-pro", "google/gemini-2.0-flash-lite"}
    assert found == makers_own


def odd_pair(rates: dict[str, Any] | None) -> tuple[int, int] | None:
    """Rates for input and output that a maker would hardly ask: thousandths of a USD."""
    if not rates or not isinstance(rates.get("in"), int) or not isinstance(rates.get("out"), int):
        return None
    is_odd = rates["in"] % 10_000_000 or rates["out"] % 10_000_000
    return (rates["in"], rates["out"]) if is_odd else None
