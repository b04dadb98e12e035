"""Corrections: prices of ours before genai-prices', each dated and with its sources."""

import json
from datetime import date

import pytest
from genai_prices import types
from genai_prices.data import providers

from chalicelib.kit.clock import HOUR, day_start
from chalicelib.pricing.book import book
from chalicelib.pricing.rating import rate
from chalicelib.pricing.usage import Usage
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
