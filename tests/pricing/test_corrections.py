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
    for each in (*RAW["corrections"], *RAW["cached"]):
        assert date.fromisoformat(each["made"]) <= date.fromisoformat(RAW["version"][-10:])
        assert each["why"].endswith(".")
        assert len(set(each["sources"])) >= 2


def test_each_is_of_a_model_in_the_book_and_still_needed() -> None:
    listed: dict[tuple[str, str], types.ModelInfo] = {
        (provider.id, model.id): model for provider in providers for model in provider.models
    }
    for each in RAW["corrections"]:
        (provider,) = [one for one in providers if one.id == each["provider"]]
        if "names" in each:
            models = [provider.find_model(name) for name in each["names"]]
        else:
            models = [listed[each["provider"], each["model"]]]
        for model in filter(None, models):
            assert compiler._model(provider, model)["prices"] != each["prices"]


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


@pytest.mark.parametrize(
    ("model", "dearer"),
    [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", 110),
        ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", 110),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", 110),
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", 100),
    ],
)
def test_sonnet_4_5_at_bedrock_costs_more_over_200_000_tokens(model: str, dearer: int) -> None:
    """`dearer`: percent of the global endpoint's price. Cached tokens count for the step."""
    million = {"input": MILLION, "output": MILLION}
    assert cost_of("BEDROCK", model, "2026-01-10", input=200_000) == 6_000_000 * dearer
    assert cost_of("BEDROCK", model, "2026-01-10", **million) == 285_000_000 * dearer
    cached = {"input": 1, "cache_read": 100_000, "cache_creation": 100_000}
    expected = (6_000 + 60_000_000 + 750_000_000) * dearer // 100
    assert cost_of("BEDROCK", model, "2026-01-10", **cached) == expected


@pytest.mark.parametrize(
    ("provider", "model", "day", "expected"),
    [
        ("BEDROCK", "openai.gpt-5.5", "2026-09-12", 38_500_000_000),
        ("BEDROCK", "openai.gpt-5.5", "2026-09-13", 60_500_000_000),
        ("BEDROCK", "openai.gpt-5.4", "2026-10-03", 19_250_000_000),
        ("BEDROCK", "openai.gpt-5.4", "2026-10-04", 30_250_000_000),
        ("OPENAI", "gpt-5.6-cyber", "2026-11-22", 137_500_000_000),
    ],
)
def test_long_prompts_of_gpt_cost_twice_the_input(
    provider: str, model: str, day: str, expected: int
) -> None:
    assert cost_of(provider, model, day, input=MILLION, output=MILLION) == expected


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


def cost_of(provider: str, model: str, day: str, **tokens: int) -> int | Reason | None:
    cost = rate(Usage(provider, model, day_start(day), **tokens), book())
    return cost.reason or cost.cost


@pytest.mark.parametrize(
    ("provider", "model", "day", "expected"),
    [
        ("MISTRAL", "mistral-large-latest", "2025-12-01", 8_000_000_000),
        ("MISTRAL", "mistral-large-latest", "2025-12-02", 2_000_000_000),
        ("MISTRAL", "mistral-large-2411", "2026-11-22", 8_000_000_000),
        ("MISTRAL", "mistral-medium", "2026-08-26", 2_400_000_000),
        ("MISTRAL", "mistral-medium", "2026-08-27", 9_000_000_000),
        ("MISTRAL", "mistral-medium-2508", "2026-11-22", 2_400_000_000),
        ("MISTRAL", "magistral-small-latest", "2026-08-26", 2_000_000_000),
        ("MISTRAL", "magistral-small-latest", "2026-08-27", 750_000_000),
        ("XAI", "grok-code-fast-1", "2026-05-15", 1_700_000_000),
        ("AZURE", "grok-code-fast-1", "2026-11-22", 1_700_000_000),
        ("TOGETHER", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "2026-10-08", 1_760_000_000),
        ("TOGETHER", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "2026-10-09", 2_080_000_000),
        ("TOGETHER", "mistralai/Mixtral-8x7B-Instruct-v0.1", "2026-01-01", 1_200_000_000),
        ("NOVITA", "mistralai/mistral-nemo", "2026-11-22", 210_000_000),
        ("CLOUDFLARE", "@cf/meta/llama-3.2-11b-vision-instruct", "2026-11-22", 724_933_000),
    ],
)
def test_a_corrected_price_holds_from_its_day_for_its_names(
    provider: str, model: str, day: str, expected: int
) -> None:
    assert cost_of(provider, model, day, input=MILLION, output=MILLION) == expected


@pytest.mark.parametrize("model", ["grok-code-fast", "grok-code-fast-1", "grok-code-fast-1-0825"])
@pytest.mark.parametrize(("tokens", "expected"), [(199_999, 199_999_000), (200_000, 400_000_000)])
def test_retired_names_of_grok_cost_what_they_mean_now(
    model: str, tokens: int, expected: int
) -> None:
    assert cost_of("XAI", model, "2026-11-22", input=tokens) == expected


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        ("OPENAI", "ft:gpt-4o-2024-08-06:acme::Ab12", 1_875_000_000),
        ("OPENAI", "ft:gpt-4o-mini-2024-07-18:acme::Ab12", 150_000_000),
        ("OPENAI", "gpt-4o-search-preview", 2_500_000_000),
        ("MISTRAL", "codestral-latest", 30_000_000),
        ("MISTRAL", "open-mistral-nemo", 15_000_000),
        ("MISTRAL", "mistral-large-latest", 50_000_000),
        ("FIREWORKS", "accounts/fireworks/models/glm-4p7", 300_000_000),
        ("FIREWORKS", "accounts/fireworks/models/gemma-3-27b-it", Reason.NO_RATE),
        ("FIREWORKS", "accounts/fireworks/models/minimax-m2p1", Reason.NO_RATE),
        ("BEDROCK", "us.anthropic.claude-3-opus-20240229-v1:0", Reason.NO_RATE),
        ("OPENROUTER", "anthropic/claude-3-haiku", Reason.NO_RATE),
    ],
)
def test_what_is_read_from_the_cache_costs_what_is_known_of_its_host(
    provider: str, model: str, expected: int | Reason
) -> None:
    """A million tokens, all from the cache."""
    beside = 0 if "claude" in model else MILLION
    cost = cost_of(provider, model, "2026-11-22", input=beside, cache_read=MILLION)
    assert cost == expected


def test_a_tenth_of_a_batch_is_charged_in_batches() -> None:
    day = day_start("2026-11-22")
    usage = Usage(
        "MISTRAL",
        "codestral-latest",
        day,
        input=MILLION,
        cache_read=MILLION,
        pricing_tier="BATCH",
    )
    assert rate(usage, book()).cost == 15_000_000


def test_where_a_rate_is_unknown_the_rest_of_the_call_is_rated() -> None:
    day, model = day_start("2026-11-22"), "us.anthropic.claude-3-opus-20240229-v1:0"
    plain = rate(Usage("BEDROCK", model, day, input=MILLION, output=MILLION), book())
    assert plain.cost == 90_000_000_000
    cached = Usage("BEDROCK", model, day, input=MILLION, output=MILLION, cache_read=1)
    cost = rate(cached, book())
    assert (cost.cost, cost.reason) == (None, Reason.NO_RATE)
    assert (cost.legs.input, cost.legs.output) == (15_000_000_000, 75_000_000_000)
    assert (cost.legs.cache_read, cost.legs.cache_creation) == (None, 0)
