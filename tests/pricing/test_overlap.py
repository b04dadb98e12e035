"""Overlap: which counts hold which others; no token is charged twice, and none is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.clock import day_start
from chalicelib.pricing.overlap import (
    CONVENTIONS,
    CacheCount,
    Channel,
    TokenCounts,
    cache_count,
    has_reads_inside,
    kept_tokens,
)
from chalicelib.pricing.tokens import split_tokens
from chalicelib.pricing.usage import Usage

DAY = day_start("2026-11-22")
COUNT = st.integers(0, 10**12)
SMALL = st.integers(0, 9)
"""So small that counts are often the same, and one might be taken for another."""
PROVIDERS = st.sampled_from(
    ["ANTHROPIC", "openai", "aws.bedrock", "moonshotai", "OPENROUTER", "GOOGLE", "acme", "deepseek"]
)
MODELS = st.sampled_from(["claude-sonnet-4-5", "gpt-5", "amazon.nova-pro-v1:0", "m"])
SCOPES = st.sampled_from([*sorted({row.instrumentation for row in CONVENTIONS}), "test"])


def usage(provider: str, model: str, **counts: int) -> Usage:
    return Usage(provider, model, DAY, **counts)


@given(COUNT, COUNT, COUNT, COUNT, PROVIDERS, MODELS, SCOPES)
def test_what_comes_by_otlp_is_charged_once_and_whole(
    given_: int, made: int, read: int, written: int, provider: str, model: str, scope: str
) -> None:
    """The kinds that are charged add up to the input as reported, or to it and the cache tokens,
    as the instrumentation counts; one that is smaller than the cache tokens cannot hold them."""
    told = TokenCounts(input=given_, output=made, cache_read=read, cache_written=written)
    kept = kept_tokens(told, provider, model, scope)
    split = split_tokens(
        usage(
            provider,
            model,
            input=kept.input,
            output=made,
            cache_read=read,
            cache_creation=written,
            total=kept.total,
        ),
        has_reads_inside(provider.lower(), model),
    )
    counts = cache_count(Channel.OTLP, provider, model, scope)
    inside = counts is CacheCount.ALL_INSIDE and read + written <= given_
    assert split.total() == given_ + made + (0 if inside else read + written)
    assert (split.cache_read, split.cache_write, split.output) == (read, written, made)


@given(COUNT, COUNT, COUNT, COUNT, PROVIDERS, MODELS)
def test_over_rest_a_total_of_all_kinds_says_that_they_stand_beside_each_other(
    given_: int, made: int, read: int, written: int, provider: str, model: str
) -> None:
    call = usage(
        provider,
        model,
        input=given_,
        output=made,
        cache_read=read,
        cache_creation=written,
        total=given_ + made + read + written,
    )
    if read + written:
        assert split_tokens(call, has_reads_inside(provider.lower(), model)).total() == call.total


@pytest.mark.parametrize(
    "provider",
    "DEEPSEEK moonshotai MISTRAL mistral_ai OPENROUTER TOGETHER together_ai FIREWORKS fireworks_ai "
    "OPENAI azure.ai.openai GROQ x_ai XAI GEMINI gcp.vertex_ai".split(),
)
def test_vendors_that_copy_openais_usage_count_reads_inside(provider: str) -> None:
    call = usage(provider, "some-model", input=1_000, output=1, cache_read=900)
    assert split_tokens(call, reads_inside=False).input == 100


@pytest.mark.parametrize("provider", ["ANTHROPIC", "AWS", "VERTEX", "AZURE"])
@pytest.mark.parametrize("total", [0, 1_001, 1_901])
def test_claudes_reads_stand_beside_whoever_serves_it(provider: str, total: int) -> None:
    call = usage(provider, "claude-opus-4-5", input=1_000, output=1, cache_read=900, total=total)
    assert split_tokens(call, reads_inside=False).input == 1_000


@pytest.mark.parametrize("provider", ["OPENROUTER", "LITELLM"])
def test_a_gateways_total_says_that_claudes_cache_is_inside(provider: str) -> None:
    call = usage(
        provider,
        "anthropic/claude-opus-4-5",
        input=1_000,
        output=1,
        cache_read=700,
        cache_creation=200,
        total=1_001,
    )
    split = split_tokens(call, reads_inside=False)
    assert (split.input, split.cache_read, split.cache_write) == (100, 700, 200)


def test_of_a_vendor_without_a_rule_the_total_tells() -> None:
    inside = usage("acme", "m", input=1_000, output=10, cache_read=400, total=1_010)
    silent = usage("acme", "m", input=1_000, output=10, cache_read=400)
    assert split_tokens(inside, reads_inside=False).input == 600
    assert split_tokens(silent, reads_inside=False).input == 1_000


def test_nova_counts_inside_and_bedrocks_converse_beside() -> None:
    assert cache_count(Channel.VENDOR, "aws.bedrock", "amazon.nova-pro") is CacheCount.ALL_INSIDE
    assert cache_count(Channel.VENDOR, "aws.bedrock", "anthropic.claude-3") is CacheCount.BESIDE
    assert cache_count(Channel.VENDOR, "aws.bedrock", "meta.llama") is CacheCount.BESIDE


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("opentelemetry.instrumentation.botocore.bedrock-runtime", 5_001),
        ("opentelemetry.instrumentation.bedrock", 5_001),
        ("strands.telemetry.tracer", 5_001),
        ("openlit.otel.tracing", 5_001),
        ("opentelemetry.instrumentation.anthropic", 2_901),
        ("openinference.instrumentation.bedrock", 2_901),
        ("pydantic-ai", 2_901),
    ],
)
def test_an_instrumentation_counts_as_its_line_says(scope: str, expected: int) -> None:
    told = TokenCounts(input=5_001, output=31, cache_read=2_000, cache_written=100)
    kept = kept_tokens(told, "aws.bedrock", "anthropic.claude-3-5-sonnet", scope)
    assert (kept.input, kept.is_assumed) == (expected, False)


def test_where_size_alone_would_decide_the_convention_holds_and_it_is_said() -> None:
    told = TokenCounts(input=5_001, output=31, cache_read=2_000, cache_written=100)
    assert kept_tokens(told, "anthropic", "claude-3-5-sonnet", "my-own").is_assumed
    assert not kept_tokens(told, "openai", "gpt-5", "my-own").is_assumed
    small = TokenCounts(input=50, output=31, cache_read=2_000, cache_written=100)
    assert not kept_tokens(small, "anthropic", "claude-3-5-sonnet", "my-own").is_assumed


def test_openais_writes_are_inside_by_the_convention() -> None:
    told = TokenCounts(input=10_000, output=100, cache_read=0, cache_written=8_000)
    kept = kept_tokens(told, "openai", "gpt-5.6", "test")
    assert (kept.input, kept.total) == (2_000, 10_100)


@given(SMALL, SMALL, SMALL, SMALL, SMALL, PROVIDERS, MODELS, SCOPES)
def test_no_token_of_the_total_is_lost(
    given_: int,
    made: int,
    read: int,
    written: int,
    more: int,
    provider: str,
    model: str,
    scope: str,
) -> None:
    """What a total says beyond the parts is in the total that is kept, for rating to explain; and
    whatever it says, no more is charged than it or the parts say."""
    told = TokenCounts(input=given_, output=made, cache_read=read, cache_written=written)
    told.total = more
    kept = kept_tokens(told, provider, model, scope)
    split = split_tokens(
        usage(
            provider,
            model,
            input=kept.input,
            output=made,
            cache_read=read,
            cache_creation=written,
            total=kept.total,
        ),
        has_reads_inside(provider.lower(), model),
    )
    assert max(kept.total, split.total()) >= told.total
    assert split.total() <= max(told.total, given_ + made + read + written)


def test_a_total_can_say_that_writes_stood_beside_the_input() -> None:
    told = TokenCounts(input=1_000, output=100, cache_read=400, cache_written=200, total=1_300)
    kept = kept_tokens(told, "openai", "gpt-5", "test")
    assert (kept.input, kept.total) == (1_000, 1_300)
