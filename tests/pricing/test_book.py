"""The book's own rules: free text to providers, what is unknown, free or ambiguous, days and
hours."""

import json
from pathlib import Path

import pytest

from chalicelib.kit.clock import HOUR, MINUTE, day_start
from chalicelib.pricing import book as book_module
from chalicelib.pricing.book import PriceBook, book
from infra.prices import compile as compiler
from tests.pricing.pins import little_book

DAY = day_start("2026-11-22")


def vendor(provider: str, model: str) -> tuple[str, str] | None:
    price = book().price(provider, model, DAY)
    return (price.vendor, price.model) if price else None


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        ("OPENAI", "gpt-4o", ("openai", "gpt-4o")),
        ("OpenAI ", "GPT-4o-2024-08-06", ("openai", "gpt-4o")),
        ("ANTHROPIC", "claude-sonnet-4-5-20250929", ("anthropic", "claude-sonnet-4-5")),
        ("ClaudeCode", "claude-opus-4-5-20251101", ("anthropic", "claude-opus-4-5")),
        ("FOUNDRY", "claude-opus-4-5", ("anthropic", "claude-opus-4-5")),
        ("Google", "gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        ("GEMINI", "gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        ("vertex_ai", "claude-sonnet-4-5", ("google", "claude-sonnet-4-5")),
        ("AZURE", "gpt-4o", ("azure", "gpt-4o")),
        ("azure_openai", "gpt-4o", ("azure", "gpt-4o")),
        (
            "AWS",
            "us.anthropic.claude-opus-4-5-20251101-v1:0",
            ("aws", "regional.anthropic.claude-opus-4-5-v1:0"),
        ),
        (
            "BEDROCK",
            "us.anthropic.claude-opus-4-5-20251101-v1:0",
            ("aws", "regional.anthropic.claude-opus-4-5-v1:0"),
        ),
        ("PERPLEXITY", "sonar-pro", ("perplexity", "sonar-pro")),
        ("XAI", "grok-4.3", ("x-ai", "grok-4.3")),
        ("GROQ", "openai/gpt-oss-120b", ("groq", "openai/gpt-oss-120b")),
        ("MISTRAL", "mistral-large-latest", ("mistral", "mistral-large-latest")),
        # routers: a provider before the slash, else the vendor that the name gives away
        ("LITELLM", "openai/gpt-4o", ("openai", "gpt-4o")),
        ("LITELLM", "azure/gpt-4o", ("azure", "gpt-4o")),
        (
            "LITELLM",
            "openrouter/anthropic/claude-opus-4.5",
            ("openrouter", "anthropic/claude-opus-4.5"),
        ),
        ("LITELLM", "gpt-4o", ("openai", "gpt-4o")),
        # What frameworks call themselves in `gen_ai.system` is no host.
        ("strands-agents", "gpt-4o", ("openai", "gpt-4o")),
        ("gcp.vertex.agent", "azure/gpt-4o", ("azure", "gpt-4o")),
        ("Langchain", "gpt-4o", ("openai", "gpt-4o")),
        ("microsoft.agent_framework", "gpt-4o", ("openai", "gpt-4o")),
        ("LITELLM", "vertex_ai/gemma-4-26b-a4b-it-maas", ("google", "gemma-4-26b-a4b-it-maas")),
        # labels fold: APIs, conventions, releases
        ("openai.chat", "gpt-4o", ("openai", "gpt-4o")),
        ("openai.responses", "gpt-4o", ("openai", "gpt-4o")),
        ("anthropic.messages", "claude-opus-4-5", ("anthropic", "claude-opus-4-5")),
        ("google.generative-ai", "models/gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        ("google.vertex.chat", "gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        ("gcp.vertex_ai", "publishers/google/models/gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        ("azure.ai.openai", "gpt-4o", ("azure", "gpt-4o")),
        ("az.ai.openai", "gpt-4o", ("azure", "gpt-4o")),
        ("az.ai.inference", "gpt-4o", ("azure", "gpt-4o")),
        ("google-gla", "gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        ("azure", "azure/global/gpt-4o", ("azure", "gpt-4o")),
        ("mistral_ai", "mistral-large-latest", ("mistral", "mistral-large-latest")),
        ("x_ai", "grok-4.3", ("x-ai", "grok-4.3")),
        ("openai", "openai/gpt-4o", ("openai", "gpt-4o")),
        # Claude's own clients call it elsewhere under their label
        (
            "ClaudeCode",
            "us.anthropic.claude-sonnet-4-6",
            ("aws", "regional.anthropic.claude-sonnet-4-6-v1:0"),
        ),
        (
            "ClaudeCode",
            "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-sonnet-4-6",
            ("aws", "regional.anthropic.claude-sonnet-4-6-v1:0"),
        ),
        (
            "anthropic",
            "bedrock/global.anthropic.claude-haiku-4-5-20251001-v1:0",
            ("aws", "global.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ),
        ("ClaudeCode", "claude-sonnet-4-5@20250929", ("google", "claude-sonnet-4-5")),
        # by its maker's name, with its date or without, it costs at a cloud what its maker asks
        ("BEDROCK", "claude-haiku-4-5", ("anthropic", "claude-haiku-4-5")),
        ("BEDROCK", "claude-haiku-4-5-20251001", ("anthropic", "claude-haiku-4-5")),
        ("BEDROCK", "claude-opus-4-5", ("anthropic", "claude-opus-4-5")),
        ("google", "claude-sonnet-4-5", ("google", "claude-sonnet-4-5")),
    ],
)
def test_labels_and_names_of_the_wire(provider: str, model: str, expected: tuple[str, str]) -> None:
    assert vendor(provider, model) == expected


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("OPENAI", "nobody-made-this"),
        ("OPENAI", "whisper-1"),  # by the second
        ("OPENAI", "tts-1"),  # by the character
        (
            "openrouter",
            "google/lyria-3-pro-preview",
        ),  # by the song; its price in tokens is listed as empty
        ("cerebras", "qwen-3-coder-480b"),  # delisted
        ("OLLAMA", "llama-3.3-70b"),  # on the caller's own machine
        ("LITELLM", "ollama/mistral-large-latest"),
        ("some-router", "llama-3.3-70b-instruct"),
        # a label that nobody knows is a host that nobody knows
        ("ADSFDSAF", "gpt-4o"),
        ("my-gateway", "claude-opus-4-5"),
        ("my-gateway", "openai/gpt-4o"),
        ("my-openai-proxy", "gpt-4o"),
        ("openai-compatible", "gpt-4o"),
        ("not-anthropic", "claude-opus-4-5"),
        # a known host without the model in its list
        ("OPENAI", "claude-opus-4-5"),
        ("OPENAI", "azure/gpt-4o"),
        ("GROQ", "gpt-4o"),
        ("TOGETHER", "google/gemma-3-27b-it"),
        ("FIREWORKS", "deepseek/deepseek-chat"),
        ("LITELLM", "together_ai/google/gemma-3-27b-it"),
        ("LITELLM", "deepinfra/google/gemma-3-27b-it"),
        ("AZURE", "deepseek-reasoner"),
        # given away by the owner at its own API alone
        ("vertex_ai", "gemma-3-27b-it"),
        ("LITELLM", "google/lyria-3"),
        ("LITELLM", "omni-moderation-latest"),
        ("", "gpt-4o-but-not-really/x"),
        # Gemini's own API serves no Claude
        ("gemini", "claude-sonnet-4-5"),
        ("gcp.gemini", "claude-opus-4-5"),
        # regions whose prices no list gives
        ("BEDROCK", "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("BEDROCK", "bedrock/us-gov-west-1/anthropic.claude-3-5-sonnet-20240620-v1:0"),
        ("BEDROCK", "eu.amazon.nova-pro-v1:0"),
        ("BEDROCK", "apac.amazon.nova-lite-v1:0"),
        ("BEDROCK", "bedrock/eu-west-2/meta.llama3-70b-instruct-v1:0"),
        ("AZURE", "azure/us/o4-mini"),
        ("AZURE", "eu/o4-mini"),
        ("some-router", ""),
        ("ANTHROPIC", "claude-opus-4-5" + "-x" * 150),
    ],
)
def test_what_is_not_known_is_none(provider: str, model: str) -> None:
    assert book().price(provider, model, DAY) is None


def hosts(*prices: int) -> PriceBook:
    """An open model at some hosts, and a provider that has none."""
    model = {"id": "open-model", "match": {"equals": ["open-model"]}}
    listed = [[model | {"prices": [[None, {"in": price}]]}] for price in prices]
    return PriceBook(
        {
            "version": "v",
            "providers": [
                {"id": f"host{n}", "models": models} for n, models in enumerate([*listed, []])
            ],
        }
    )


def test_an_unknown_route_has_no_price_even_if_all_hosts_agree() -> None:
    assert hosts(5, 5).price("route", "open-model", DAY) is None
    assert hosts(5, 5).price("", "open-model", DAY) is None
    assert hosts(5, 6).price("LITELLM", "host1/open-model", DAY) is not None


def test_a_known_provider_without_the_model_does_not_get_another_hosts_price() -> None:
    assert hosts(5).price("host0", "open-model", DAY) is not None
    assert hosts(5).price("host1", "open-model", DAY) is None


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openrouter", "qwen/qwq-32b:free"),
        ("github-copilot", "gpt-4o"),
        ("google", "gemma-3-27b-it"),
        ("openai", "omni-moderation-latest"),
    ],
)
def test_free_models_are_free(provider: str, model: str) -> None:
    price = book().price(provider, model, DAY)
    assert price is not None
    assert price.free


def test_a_price_cut_holds_from_midnight_utc() -> None:
    before = little_book().price("openai", "o3", day_start("2025-06-10") - 1)
    after = little_book().price("openai", "o3", day_start("2025-06-10"))
    assert before is not None
    assert after is not None
    assert (before.tariff.base.input, after.tariff.base.input) == (10 * 10**9, 2 * 10**9)


def test_prices_by_the_hour_change_inside_a_remembered_day() -> None:
    inputs = []
    for minute in (0, 29, 30, 16 * 60 + 29, 16 * 60 + 30, 23 * 60 + 59):
        instant = DAY + minute * MINUTE
        price = little_book().price("deepseek", "deepseek-reasoner", instant)
        assert price is not None
        inputs.append(price.tariff_at(instant).base.input)
    assert inputs == [135_000_000, 135_000_000, 550_000_000, 550_000_000, 135_000_000, 135_000_000]


def test_a_window_over_midnight_holds_on_both_sides() -> None:
    raw = {
        "version": "v",
        "providers": [
            {
                "id": "night",
                "models": [
                    {
                        "id": "owl",
                        "match": {"equals": ["owl"]},
                        "prices": [[None, {"in": 8}], [[22 * HOUR, 2 * HOUR], {"in": 3}]],
                    }
                ],
            }
        ],
    }
    price = PriceBook(raw).price("night", "owl", DAY)
    assert price is not None
    assert [price.tariff_at(DAY + hour * HOUR).base.input for hour in (0, 1, 2, 21, 22, 23)] == [
        3,
        3,
        8,
        8,
        3,
        3,
    ]


def test_the_checked_in_book_is_the_compiled_one() -> None:
    text = Path(book_module.__file__).with_name("book.json").read_text(encoding="utf-8")
    assert text == compiler.render(), "run `python -m infra.prices.compile`"
    assert len(text.encode()) < 1_000_000


def test_the_books_variants_are_of_the_properties_that_a_call_can_have() -> None:
    from chalicelib.pricing.traits import context_of, tier_word
    from chalicelib.pricing.usage import Facts

    raw = json.loads(compiler.render())
    for provider in raw["providers"]:
        for model in provider["models"]:
            for wanted, _, _ in model.get("variants", ()):
                facts = Facts(
                    pricing_tier=wanted.get("processing", "STANDARD").upper(),
                    service_tier=wanted.get("service_tier", ""),
                    speed=wanted.get("speed", ""),
                )
                told = {name: value for name, value in wanted.items() if tier_word(value)}
                assert dict(context_of(facts)) == told
