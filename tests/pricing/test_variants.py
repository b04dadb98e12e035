"""Names that lists know by their beginning only: what follows must leave the model what it is."""

import pytest

from chalicelib.kit.clock import day_start
from chalicelib.pricing.book import book
from chalicelib.pricing.matching import parse_clause
from chalicelib.pricing.rating import rate
from chalicelib.pricing.usage import Reason, Usage

DAY = day_start("2026-11-22")


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("GOOGLE", "gemini-3.8-flash-cyber"),
        ("VERTEX_AI", "gemini-3.8-flash-cyber"),
        ("LITELLM", "vertex_ai/gemini-3.8-flash-cyber"),
        ("GOOGLE", "gemini-3.6-flash-cyber"),
        ("GOOGLE", "gemini-2.5-pro-nobody-made"),
        ("ANTHROPIC", "claude-opus-4-6-fast"),
        ("", "claude-opus-4-8-fast"),
        ("VERTEX_AI", "claude-haiku-4-5-lite@20251001"),
        ("DEEPSEEK", "deepseek-r1-distill-llama-70b"),
        ("DEEPSEEK", "deepseek-chat:free"),
        ("BEDROCK", "custom-model/anthropic.claude-3-haiku-20240307-v1:0/abcd1234"),
        ("MISTRAL", "magistral-medium-turbo"),
    ],
)
def test_a_variant_is_not_charged_as_the_model_that_its_name_begins_with(
    provider: str, model: str
) -> None:
    cost = rate(Usage(provider, model, DAY, input=1_000, output=10), book())
    assert (cost.cost, cost.reason) == (None, Reason.NO_PRICE)


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        ("ANTHROPIC", "claude-opus-4-6[1m]", "claude-opus-4-6"),
        ("ANTHROPIC", "claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("ANTHROPIC", "claude-3-7-sonnet-latest", "claude-3-7-sonnet-latest"),
        ("VERTEX_AI", "claude-haiku-4-5@20251001", "claude-haiku-4-5"),
        ("VERTEX_AI", "claude-3-5-sonnet-v2@20241022", "claude-3-5-sonnet"),
        ("BEDROCK", "amazon.nova-pro-v1:0:24k", "amazon.nova-pro-v1:0"),
        ("GOOGLE", "gemini-2.5-pro-preview-05-06", "gemini-2.5-pro"),
        ("GOOGLE", "gemini-2.0-flash-lite-001", "gemini-2.0-flash-lite"),
        ("GOOGLE", "gemini-3.1-pro-preview-customtools", "gemini-3.1-pro-preview"),
        ("GOOGLE", "gemini-live-2.5-flash-preview-native-audio-09-2025", "gemini-live-2.5-flash"),
        ("DEEPSEEK", "deepseek-v4-flash-vision-exp", "deepseek-v4-flash"),
        ("OPENAI", "ft:gpt-4o-2024-08-06:acme:my-lite-model:Ab12", "ft:gpt-4o"),
        ("OPENAI", "gpt-4o-mini-2024-07-18.ft-0e20cafe", "gpt-4o-mini-2024-07-18.ft-"),
        ("OPENAI", "gpt-5-nano-2025-08-07", "gpt-5-nano"),
        ("OPENAI", "gpt-4o-audio-preview-2025-06-03", "gpt-4o-audio-preview"),
        # a variant with a line of its own is found there
        ("GOOGLE", "gemini-2.5-pro-preview-tts", "gemini-2.5-pro-tts"),
        ("AZURE", "o4-mini-deep-research", "o4-mini-deep-research"),
    ],
)
def test_dates_versions_and_stages_are_the_model_itself(
    provider: str, model: str, expected: str
) -> None:
    price = book().price(provider, model, DAY)
    assert price is not None
    assert price.model == expected


def test_who_owns_a_name_is_told_by_its_beginning_alone() -> None:
    clause = parse_clause({"starts_with": ["gpt-"]})
    assert clause.matches("gpt-nobody-made")
    assert not parse_clause({"starts_with": ["gpt-5"]}).names("gpt-5-nobody-made")


@pytest.mark.parametrize("name", ["m-7", "xm-1", "m", "m-2026-01-01"])
def test_every_group_must_know_the_name(name: str) -> None:
    clause = parse_clause({"all": [[{"starts_with": ["m"]}, {"regex": ["^(?!.*-7)"]}]]})
    assert clause.names(name) == (name in {"m", "m-2026-01-01"})


@pytest.mark.parametrize("rest", ["1" * 200, "-1" * 100, "-" * 200, "v1" * 100])
def test_a_long_name_is_told_at_once(rest: str) -> None:
    clause = parse_clause({"starts_with": ["m"]})
    assert clause.names(f"m{rest}")
    assert not clause.names(f"m{rest}-lite")
