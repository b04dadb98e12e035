"""CallCost: hand-counted examples, then rules for all inputs: exact, additive, monotone, never an
unknown price as 0."""

from collections.abc import Mapping
from dataclasses import astuple, replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import genai_prices
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.clock import day_start
from chalicelib.kit.money import to_usd
from chalicelib.pricing.book import book
from chalicelib.pricing.rates import Price, Rates, Tariff
from chalicelib.pricing.rating import rate
from chalicelib.pricing.tokens import split_tokens
from chalicelib.pricing.usage import CallCost, Legs, Reason, Source, Status, Usage
from tests.pricing.pins import LITTLE_VERSION, little_book
from tests.pricing.prices import Fixed, flat_rates, priced

DAY = day_start("2026-11-22")
OPENAI = Usage("OPENAI", "gpt-4o", DAY)  # 2.50 in, 10 out, 1.25 cached; USD a million
CLAUDE = Usage("ANTHROPIC", "claude-opus-4-5", DAY)  # 5, 25, read 0.50, write 6.25, one hour 10
UNKNOWN = Usage("ANTHROPIC", "model-nobody-made", DAY)
PRICE = priced(flat_rates())


def rated(usage: Usage, **changes: object) -> CallCost:
    return rate(replace(usage, **changes), little_book())  # type: ignore[arg-type]


def test_openai_counts_cache_reads_inside_the_input() -> None:
    rating = rated(OPENAI, input=1_000, output=100, reasoning=40, cache_read=600)
    assert rating.legs == Legs(1_000_000, 1_000_000, 750_000, 0)
    assert rating == CallCost(Status.PRICED, Source.BOOK, LITTLE_VERSION, 2_750_000, rating.legs)


def test_more_cache_reads_than_input_leave_an_input_leg_of_zero() -> None:
    assert rated(OPENAI, input=100, cache_read=600).legs == Legs(0, 0, 750_000, 0)


def test_claude_counts_everything_beside_the_input() -> None:
    rating = rated(
        CLAUDE,
        input=10,
        output=4,
        cache_read=1_000,
        cache_creation=500,
        cache_creation_5m=200,
        cache_creation_1h=300,
    )
    assert rating.legs == Legs(50_000, 100_000, 500_000, 200 * 6_250 + 300 * 10_000)


@pytest.mark.parametrize("provider", ["AZURE", "GOOGLE", "LITELLM", "OPENAI", "AWS"])
def test_claude_is_never_netted_whoever_serves_it(provider: str) -> None:
    model = "anthropic.claude-opus-4-5-20251101-v1:0" if provider == "AWS" else "claude-opus-4-5"
    alone, cached = (
        rate(Usage(provider, model, DAY, input=1_000, cache_read=read), little_book()).legs.input
        for read in (0, 900)
    )
    assert alone == cached != 0


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("GROQ", "openai/gpt-oss-120b"),
        ("XAI", "grok-4.3"),
        ("AZURE", "gpt-4o"),
        ("GEMINI", "gemini-2.5-pro"),
        ("OPENAI", "gpt-4o"),
    ],
)
def test_gross_vendors_are_netted(provider: str, model: str) -> None:
    assert (
        rate(Usage(provider, model, DAY, input=900, cache_read=900), little_book()).legs.input == 0
    )


def test_parts_of_cache_writes() -> None:
    five, hour = 6_250, 10_000
    assert rated(CLAUDE, cache_creation=100).cost == 100 * five
    assert rated(CLAUDE, cache_creation=100, cache_creation_1h=60).cost == 40 * five + 60 * hour
    assert rated(CLAUDE, cache_creation_5m=30, cache_creation_1h=60).cost == 30 * five + 60 * hour
    assert (
        rated(CLAUDE, cache_creation=10, cache_creation_5m=30, cache_creation_1h=60).cost
        == 30 * five + 60 * hour
    )


def test_a_large_context_is_a_cliff_measured_over_all_input() -> None:
    sonnet = Usage("ANTHROPIC", "claude-sonnet-4-5", DAY, output=10)
    assert rate(replace(sonnet, input=200_000), little_book()).legs == Legs(
        200_000 * 3_000, 10 * 15_000, 0, 0
    )
    assert rate(replace(sonnet, input=1, cache_read=200_000), little_book()).legs == Legs(
        6_000, 10 * 22_500, 200_000 * 600, 0
    )


def test_a_fee_per_call_rides_on_the_input_leg() -> None:
    sonar = Usage("PERPLEXITY", "sonar-pro", DAY)
    assert rate(replace(sonar, input=1), little_book()).legs.input == 14_000_000 + 3_000
    assert rate(sonar, little_book()).cost == 0


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (OPENAI, 1_250_000),  # by the book's batch price
        (
            replace(OPENAI, instant=day_start("2025-01-01")),
            1_250_000,
        ),  # by the table: the book's begins later
        (replace(OPENAI, provider="AZURE"), 1_250_000),
        # sells no batches that anybody could price
        (Usage("PERPLEXITY", "sonar-deep-research", DAY), None),
        (replace(OPENAI, instant=day_start("2024-04-14")), None),  # before there were any
    ],
)
def test_batches(usage: Usage, expected: int | None) -> None:
    assert rate(replace(usage, input=1_000, pricing_tier="BATCH"), little_book()).cost == expected


def test_service_tiers_have_their_own_price_where_the_vendor_has_one() -> None:
    assert rated(OPENAI, input=1_000, service_tier="PRIORITY").cost == 4_250_000
    assert rated(OPENAI, input=1_000, service_tier="default").cost == 2_500_000
    assert rated(OPENAI, input=1_000, service_tier="AUTO", speed="normal").cost == 2_500_000


def test_a_resellers_silence_on_one_hour_writes_means_anthropics_factor() -> None:
    model = "us.anthropic.claude-3-7-sonnet-20250219-v1:0"
    assert (
        rate(Usage("BEDROCK", model, DAY, cache_creation_1h=1_000), little_book()).cost == 6_000_000
    )
    assert rate(Usage("BEDROCK", model, DAY, cache_creation=1_000), little_book()).cost == 3_750_000


def test_a_vendors_service_tiers_are_not_its_resellers() -> None:
    assert (
        rate(
            Usage("AZURE", "gpt-4.1", DAY, input=1_000, service_tier="priority"), little_book()
        ).reason
        is Reason.NO_TIER_PRICE
    )
    assert (
        rate(
            Usage("OPENAI", "gpt-4.1", DAY, input=1_000, service_tier="priority"), little_book()
        ).cost
        == 3_500_000
    )


def test_the_multiplier_applies_to_what_is_computed() -> None:
    assert rated(OPENAI, input=1_000, cost_multiplier=Decimal("0.85")).cost == 2_125_000
    assert rated(OPENAI, input=1_000, cost_multiplier=Decimal(0)).cost == 0
    assert rated(
        OPENAI, input=1_000, output=10, input_cost=Decimal("0.01"), cost_multiplier=Decimal(2)
    ).legs == Legs(10_000_000, 200_000, 0, 0)


def test_a_multiplier_counts_to_twelve_decimals_however_it_is_written() -> None:
    for tiny in ("1e-99999999", "0." + "0" * 40 + "7"):
        assert rated(OPENAI, input=1_000, cost_multiplier=Decimal(tiny)).cost == 0
    third = Decimal("0.3333333333333333333333333333")
    assert rated(OPENAI, input=1_000_000, cost_multiplier=third).cost == 833_333_333


def test_nothing_but_a_reported_cost_is_an_unknown_one() -> None:
    for failed in (False, True):
        cost = rated(OPENAI, stated=5, failed=failed)
        assert (cost.status, cost.cost, cost.reason) == (
            Status.UNPRICED,
            None,
            Reason.NO_QUANTITY,
        )
    assert rated(OPENAI, stated=0).cost == 0
    assert rated(OPENAI, stated=5, input=1_000).cost == rated(OPENAI, input=1_000).cost


def test_a_stated_total_is_the_cost_and_leaves_the_legs_alone() -> None:
    rating = rated(CLAUDE, input=9, total_cost=Decimal("0.0123"), output_cost=Decimal("0.01"))
    assert rating == CallCost(
        Status.PRICED, Source.CLIENT, "client", 12_300_000, Legs(None, 10_000_000, None, None)
    )
    assert rated(UNKNOWN, total_cost=Decimal(0)).status is Status.PRICED


def test_skipped_billing_beats_everything() -> None:
    rating = rated(UNKNOWN, input=5, total_cost=Decimal(7), billing_skipped=True)
    assert (rating.status, rating.source, rating.cost, rating.legs) == (
        Status.FREE,
        Source.SKIPPED,
        0,
        Legs(0, 0, 0, 0),
    )


def test_stated_legs_need_a_price_only_for_the_rest() -> None:
    stated = {"input_cost": Decimal("0.001"), "output_cost": Decimal("0.002")}
    rating = rated(UNKNOWN, input=5, output=6, **stated)
    assert (rating.status, rating.source, rating.price_version) == (
        Status.PRICED,
        Source.CLIENT,
        "client",
    )
    assert rating.legs == Legs(1_000_000, 2_000_000, 0, 0)
    rating = rated(CLAUDE, input=5, output=6, cache_read=10, **stated)
    assert (rating.source, rating.cost) == (Source.MIXED, 3_005_000)
    rating = rated(UNKNOWN, input=5, output=6, cache_read=10, **stated)
    assert (rating.status, rating.source, rating.cost) == (Status.UNPRICED, Source.NONE, None)
    assert rating.legs == Legs(1_000_000, 2_000_000, None, 0)


def test_unknown_is_not_zero_and_a_failed_call_is() -> None:
    assert rated(UNKNOWN, input=5) == rated(UNKNOWN)
    assert rated(UNKNOWN).cost is None
    failed = rated(CLAUDE)
    assert (failed.status, failed.cost) == (Status.PRICED, 0)
    assert (
        rate(Usage("OPENAI", "whisper-1", DAY, input=500), little_book()).status is Status.UNPRICED
    )
    free = rate(Usage("openrouter", "qwen/qwq-32b:free", DAY, input=500), little_book())
    assert (free.status, free.source) == (Status.FREE, Source.BOOK)


AUDIO = Usage("OPENAI", "gpt-audio", DAY)  # text 2.50 and 10, audio 32 and 64
REALTIME = Usage(
    "OPENAI", "gpt-realtime", DAY
)  # text 4, 16 and 0.40 cached; audio 32, 64 and 0.40 cached


@pytest.mark.parametrize(
    ("usage", "legs"),
    [
        (replace(AUDIO, input=500, audio_input=400), (100 * 2_500 + 400 * 32_000, 0, 0)),
        (replace(AUDIO, output=500, audio_output=400), (0, 100 * 10_000 + 400 * 64_000, 0)),
        (
            replace(AUDIO, output=500, audio_output=400, reasoning=60),
            (0, 100 * 10_000 + 400 * 64_000, 0),
        ),
        (
            replace(AUDIO, audio_input=400, audio_output=300),
            (400 * 32_000, 300 * 64_000, 0),
        ),  # sent without totals
        # fresh: 300 of audio and nothing else; the cache held 600 of text and 100 of audio
        (
            replace(REALTIME, input=1_000, audio_input=400, cache_read=700),
            (300 * 32_000, 0, 700 * 400),
        ),
        (
            replace(REALTIME, input=1_000, audio_input=400, cache_read=200),
            (400 * 4_000 + 400 * 32_000, 0, 200 * 400),
        ),
        (
            replace(REALTIME, input=5, output=5, audio_input=-4, audio_output=-4),
            (20_000, 80_000, 0),
        ),
    ],
)
def test_audio_tokens_are_a_part_of_the_totals(usage: Usage, legs: tuple[int, int, int]) -> None:
    rating = rate(usage, little_book())
    assert rating.legs == Legs(*legs, 0, 0)
    assert rating.cost == sum(legs)


def test_audio_that_neither_prompt_nor_cache_can_hold_is_not_read_again() -> None:
    """Cache reads beside the input: all audio is fresh. Inside: no more is read than was cached."""
    heard = Usage("acme", "m", DAY, input=100, audio_input=100, cache_read=30)
    beside = split_tokens(heard, reads_inside=False)
    assert (beside.audio_input, beside.audio_read, beside.cache_read) == (100, 0, 30)
    inside = split_tokens(heard, reads_inside=True)
    assert (inside.audio_input, inside.audio_read, inside.cache_read) == (70, 30, 0)
    assert beside.total() == 130
    assert inside.total() == 100


def test_audio_without_a_rate_is_charged_as_text() -> None:
    assert rated(OPENAI, input=10, audio_input=10, output=5, audio_output=5).legs == Legs(
        25_000, 50_000, 0, 0
    )


# --- rules for all inputs ---

TOKENS = st.integers(min_value=0, max_value=10**10)
RATE = st.integers(min_value=0, max_value=10**12)
RATES = st.builds(
    Rates,
    input=RATE,
    output=RATE,
    reasoning=RATE,
    cache_read=RATE,
    cache_write=RATE,
    cache_write_1h=RATE,
    call=st.integers(0, 10**9),
)
KINDS = (
    "input",
    "output",
    "reasoning",
    "cache_read",
    "cache_creation",
    "cache_creation_5m",
    "cache_creation_1h",
)
COUNTS = st.fixed_dictionaries(dict.fromkeys(KINDS, TOKENS))
MULTIPLIER = st.none() | st.decimals(min_value=0, max_value=1_000, places=12)
PRICES = st.builds(
    lambda rates, gross, percent: replace(
        PRICE, tariff=Tariff(rates), reads_inside=gross, percent=percent
    ),
    RATES,
    st.booleans(),
    st.sampled_from([50, 100]),
)


def usage_of(counts: Mapping[str, int], multiplier: Decimal | None = None) -> Usage:
    return Usage("acme", "m", DAY, **counts, cost_multiplier=multiplier)


def exact(usage: Usage, price: Price) -> list[Fraction]:
    """The legs in exact arithmetic, USD, written down from the rules and not from the code."""
    rates = price.tariff.base
    factor = Fraction(price.percent, 100) * Fraction(
        usage.cost_multiplier if usage.cost_multiplier is not None else 1
    )
    lasting = usage.cache_creation_1h
    writes = max(usage.cache_creation, usage.cache_creation_5m + lasting)
    fresh = max(usage.input - usage.cache_read, 0) if price.reads_inside else usage.input
    reasoning = min(usage.reasoning, usage.output)
    fee = rates.call if fresh + usage.output + usage.cache_read + writes else 0
    millionth = Fraction(1, 10**6)
    legs = [
        fresh * rates.input * millionth + fee,
        ((usage.output - reasoning) * rates.output + reasoning * rates.reasoning) * millionth,
        usage.cache_read * rates.cache_read * millionth,
        ((writes - lasting) * rates.cache_write + lasting * rates.cache_write_1h) * millionth,
    ]
    return [leg * factor for leg in legs]


@given(COUNTS, PRICES, MULTIPLIER)
def test_each_leg_is_exact_but_for_half_a_nano_and_they_add_up(
    counts: dict[str, int], price: Price, multiplier: Decimal | None
) -> None:
    usage = usage_of(counts, multiplier)
    rating = rate(usage, Fixed(price))
    legs = [leg for leg in rating.legs if leg is not None]
    assert rating.cost == sum(legs)
    for leg, true in zip(legs, (*exact(usage, price), 0), strict=True):
        assert abs(leg - true) <= Fraction(1, 2)


@given(
    COUNTS,
    PRICES,
    MULTIPLIER,
    st.sampled_from(["input", "output", "cache_creation", "cache_creation_1h"]),
    TOKENS,
)
def test_more_tokens_never_cost_less(
    counts: dict[str, int], price: Price, multiplier: Decimal | None, name: str, more: int
) -> None:
    rates = price.tariff.base
    price = replace(
        price,
        tariff=Tariff(replace(rates, cache_write_1h=rates.cache_write + rates.cache_write_1h)),
    )
    less, much = (
        rate(usage_of(counts | {name: counts[name] + extra}, multiplier), Fixed(price)).cost
        for extra in (0, more)
    )
    assert less is not None
    assert much is not None
    assert much >= less


def _consistent(counts: dict[str, int]) -> dict[str, int]:
    """The counts with parts inside their wholes: else a sum is not the same call."""
    parts = counts["cache_creation_5m"] + counts["cache_creation_1h"]
    return counts | {
        "reasoning": min(counts["reasoning"], counts["output"]),
        "cache_creation": counts["cache_creation"] + parts,
    }


@given(COUNTS, COUNTS, RATES)
def test_two_calls_cost_what_one_call_of_both_costs(
    one: dict[str, int], two: dict[str, int], rates: Rates
) -> None:
    one, two = _consistent(one), _consistent(two)
    source = Fixed(replace(PRICE, tariff=Tariff(replace(rates, call=0))))
    costs = [
        rate(usage_of(counts), source).cost
        for counts in (one, two, {name: one[name] + two[name] for name in one})
    ]
    assert None not in costs
    # Twelve roundings of half a nano.
    assert abs(costs[0] + costs[1] - costs[2]) <= 6


@given(COUNTS)
def test_kinds_of_tokens_sum_to_the_providers_total(counts: dict[str, int]) -> None:
    """At one nano a token for every kind, a gross vendor's cost is input + output + writes, the
    others' adds reads."""
    million = 10**6
    rates = flat_rates(million)
    counts = counts | {
        "cache_creation": counts["cache_creation"]
        + counts["cache_creation_5m"]
        + counts["cache_creation_1h"]
    }
    usage = usage_of(counts)
    beside = rate(usage, Fixed(replace(PRICE, tariff=Tariff(rates)))).cost
    gross = rate(usage, Fixed(replace(PRICE, tariff=Tariff(rates), reads_inside=True))).cost
    assert beside == usage.input + usage.output + usage.cache_read + usage.cache_creation
    assert gross == max(usage.input, usage.cache_read) + usage.output + usage.cache_creation


@given(COUNTS, TOKENS, TOKENS, st.booleans())
def test_with_audio_too_the_kinds_sum_to_the_providers_total(
    counts: dict[str, int], heard: int, spoken: int, gross: bool
) -> None:
    usage = replace(usage_of(counts), audio_input=heard, audio_output=spoken)
    tokens = split_tokens(usage, gross)
    written = max(usage.cache_creation, usage.cache_creation_5m + usage.cache_creation_1h)
    prompt, output = max(usage.input, heard), max(usage.output, spoken)
    read = usage.cache_read
    assert min(astuple(tokens)) >= 0
    assert tokens.total() == sum(astuple(tokens))
    assert tokens.total() == (max(prompt, read) if gross else prompt + read) + output + written
    assert tokens.audio_output == spoken
    assert tokens.audio_input + tokens.audio_read == heard


@given(
    COUNTS,
    st.sampled_from(
        ["gpt-4o", "gpt-5", "claude-opus-4-5", "claude-sonnet-4-5", "gemini-2.5-pro", "grok-4.3"]
    ),
)
def test_a_call_costs_what_genai_prices_says(counts: dict[str, int], model: str) -> None:
    """Their input holds every cached token; ours is what clients send, net for Claude and gross of
    reads for others."""
    read, lasting = counts["cache_read"], counts["cache_creation_1h"]
    writes = counts["cache_creation_5m"] + lasting if "claude" in model else 0
    theirs = genai_prices.calc_price(
        genai_prices.Usage(
            input_tokens=counts["input"] + read + writes,
            output_tokens=counts["output"],
            cache_read_tokens=read,
            cache_write_tokens=writes,
            cache_write_1h_tokens=lasting if writes else 0,
        ),
        model,
        genai_request_timestamp=datetime(2026, 11, 22, tzinfo=UTC),
    )
    sent = counts["input"] if "claude" in model else counts["input"] + read
    usage = Usage(
        "LITELLM",
        model,
        DAY,
        input=sent,
        output=counts["output"],
        cache_read=read,
        cache_creation=writes,
        cache_creation_1h=lasting if writes else 0,
    )
    rating = rate(usage, book())
    assert rating.cost is not None
    assert abs(to_usd(rating.cost) - theirs.total_price) <= Decimal("2e-9")
    assert abs(to_usd(rating.legs.output or 0) - theirs.output_price) <= Decimal("0.5e-9")


@given(COUNTS.map(lambda counts: {name: -count for name, count in counts.items()}))
def test_negative_counts_are_rated_as_none(counts: dict[str, int]) -> None:
    assert rate(usage_of(counts), Fixed(PRICE)).cost == 0
