"""CallCost by other units than tokens: the recorded calls of the SDKs, the choice of the unit, and
exactness for all."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.clock import day_start
from chalicelib.pricing.rating import rate
from chalicelib.pricing.usage import CallCost, Legs, Reason, Source, Status, Usage
from tests.pricing.pins import little_book
from tests.pricing.prices import Fixed, by_unit, flat_rates, priced

DAY = day_start("2026-11-22")
MILLION, BILLION = 10**6, 10**9


def call(kind: str, provider: str = "OPENAI", model: str = "m", **members: Any) -> Usage:
    return Usage(provider, model, DAY, kind=kind, **members)


def listed(kind: str, provider: str, model: str, **members: Any) -> CallCost:
    return rate(call(kind, provider, model, **members), little_book())


def media(rating: CallCost) -> int | None:
    assert rating.legs == Legs(0, 0, 0, 0, rating.cost)
    return rating.cost


# --- the list, by hand: nano-USD ---


@pytest.mark.parametrize(
    ("usage", "nano"),
    [
        (
            call("AUDIO", model="whisper-1", seconds=Decimal("12.5"), subtype="transcription"),
            1_250_000,
        ),  # 0.006 a minute
        (call("AUDIO", model="whisper-1", seconds=Decimal(90), unit="PER_SECOND"), 9_000_000),
        (call("AUDIO", "LITELLM", "openai/whisper-1", seconds=Decimal(60)), 6_000_000),
        (call("AUDIO", "LITELLM", "whisper-1", seconds=Decimal(60)), 6_000_000),
        (
            call("AUDIO", model="tts-1", characters=11, unit="PER_CHARACTER", subtype="tts"),
            165_000,
        ),  # 15 a million
        (call("AUDIO", model="tts-1-hd", characters=1_000), 30_000_000),
        (call("AUDIO", "GROQ", "whisper-large-v3", seconds=Decimal(3_600)), 111_000_000),
        (call("AUDIO", "DEEPGRAM", "nova-3", seconds=Decimal(120)), 8_600_000),
        (
            call("IMAGE", model="dall-e-3", images=2, resolution="1024x1024", quality="hd"),
            160_000_000,
        ),
        (call("IMAGE", model="dall-e-3", images=1), 40_000_000),  # the provider's defaults
        (
            call("IMAGE", model="dall-e-3", images=1, resolution="1792 × 1024", quality="HD"),
            120_000_000,
        ),
        (
            call("IMAGE", model="gpt-image-1", images=1, resolution="1024x1536", quality="low"),
            16_000_000,
        ),
        (call("IMAGE", "FAL", "fal-ai/flux-pro/v1.1-ultra", images=3), 180_000_000),
        (
            call("IMAGE", "AZURE", "FLUX.2-flex", images=2, resolution="2048x1024"),
            209_715_200,
        ),  # 0.05 a megapixel
        (
            call("VIDEO", model="sora-2-pro", seconds=Decimal(8), resolution="1280x720"),
            2_400_000_000,
        ),
        (
            call("VIDEO", model="sora-2-pro", seconds=Decimal(8), resolution="1024x1792"),
            4_000_000_000,
        ),
        (
            call(
                "VIDEO", "GOOGLE", "veo-3.1-generate-preview", seconds=Decimal(8), resolution="4K"
            ),
            4_800_000_000,
        ),
        (call("VIDEO", "vertex_ai", "veo-2.0-generate-001", seconds=Decimal(8)), 4_000_000_000),
        (call("VIDEO", "RUNWAY", "gen4_turbo", seconds=Decimal(5)), 250_000_000),
        (call("VIDEO", "RUNWAY", "gen4_turbo", credits=Decimal(25), unit="CREDITS"), 250_000_000),
        (call("AUDIO", "GOOGLE", "lyria-3-pro-preview"), 80_000_000),  # by the song
    ],
)
def test_list_prices(usage: Usage, nano: int) -> None:
    rating = rate(usage, little_book())
    assert (media(rating), rating.status, rating.source) == (nano, Status.PRICED, Source.BOOK)
    assert rating.price_version.startswith("media-")


@pytest.mark.parametrize(
    "usage",
    [
        call(
            "AUDIO", model="gpt-4o-mini", seconds=Decimal("12.5"), unit="PER_MINUTE"
        ),  # 01_raw_sdk_audio
        call(
            "IMAGE",
            model="gpt-4o-mini",
            images=2,
            resolution="1024x1024",
            quality="hd",
            unit="PER_IMAGE",
        ),
        call(
            "VIDEO", model="gpt-4o-mini", seconds=Decimal(5), credits=Decimal(25), unit="PER_SECOND"
        ),
        call(
            "IMAGE", model="dall-e-3", images=1, resolution="999x999"
        ),  # nobody said what that size costs
        call("IMAGE", model="dall-e-3", images=1, quality="lavish"),
        call("VIDEO", model="sora-2-pro", seconds=Decimal(8), resolution="1080p"),
        call("AUDIO", "OLLAMA", "whisper-1", seconds=Decimal(8)),
        call("AUDIO", "AZURE", "nova-3", seconds=Decimal(8)),  # somebody else's
        call("AUDIO", model="whisper-1", input=500),  # genai-prices would say 0
        call(
            "AUDIO", model="whisper-1", seconds=Decimal(8), unit="PER_CHARACTER", subtype="speech"
        ),
    ],
)
def test_what_has_no_price_is_unpriced_and_never_0(usage: Usage) -> None:
    rating = rate(usage, little_book())
    assert (rating.status, rating.source, rating.cost) == (Status.UNPRICED, Source.NONE, None)
    assert rating.legs.media is None


def test_a_price_cut_of_a_video_model_holds_from_midnight_utc() -> None:
    usage = call("VIDEO", "GOOGLE", "veo-3.0-generate-001", seconds=Decimal(1))
    cut = day_start("2025-09-09")
    costs = [
        rate(replace(usage, instant=instant), little_book()).cost
        for instant in (0, cut - 1, cut, DAY)
    ]
    assert costs == [750_000_000, 750_000_000, 400_000_000, 400_000_000]


# --- which unit ---

TOKENS = flat_rates(
    0, input=2 * BILLION, output=8 * BILLION, reasoning=8 * BILLION
)  # USD 2 and 8 a million
MANY = Fixed(
    priced(TOKENS),
    by_unit(
        PER_MINUTE=60 * MILLION * MILLION,
        PER_CHARACTER=7 * MILLION,
        PER_IMAGE=5 * MILLION,
        CREDITS=3 * MILLION,
        PER_MEGABYTE=2 * MILLION,
    ),
)


@pytest.mark.parametrize(
    ("usage", "nano"),
    [
        (call("AUDIO", seconds=Decimal(2)), 2_000_000),
        (call("VIDEO", seconds=Decimal(2)), 2_000_000),
        (call("AUDIO", seconds=Decimal(2), characters=4), 28),
        (call("IMAGE", images=2), 10),
        (call("VIDEO", credits=Decimal("1.5")), 4),  # 4.5, half to even
        (call("VIDEO", credits=Decimal("1.5"), seconds=Decimal(2), unit="CREDITS"), 4),
        (call("VIDEO", credits=Decimal("1.5"), seconds=Decimal(2), unit="PER_SECOND"), 2_000_000),
        (call("IMAGE", input=3, output=2), 22_000),
        (call("IMAGE", input=3, output=2, images=1), 5),
        (call("IMAGE", input=3, output=2, images=1, unit="PER_TOKEN"), 22_000),
        (call("IMAGE", size_bytes=1_500_000), 3),
        # a stated unit without a quantity gives way to one that has it
        (call("AUDIO", input=3, output=2, unit="PER_MINUTE"), 22_000),
        (call("AUDIO", characters=4, unit="PER_TOKEN"), 28),
        (call("IMAGE", images=2, unit="PER_SECOND"), 10),
        (call("VIDEO", credits=Decimal(25), seconds=Decimal(0), unit="PER_SECOND"), 75),
        # but one that is told to be nothing does not, unless what was made must have some of it
        (call("VIDEO", credits=Decimal(0)), 0),
        (call("VIDEO", credits=Decimal(0), seconds=Decimal(0)), 0),
    ],
)
def test_the_unit_is_the_stated_one_or_what_was_used(usage: Usage, nano: int) -> None:
    rating = rate(usage, MANY)
    assert (rating.status, rating.cost) == (Status.PRICED, nano)
    assert sum(leg or 0 for leg in rating.legs) == nano


def test_a_stated_unit_without_a_price_gives_way_to_a_priced_one() -> None:
    source = Fixed(priced(TOKENS))
    transcription = call("AUDIO", seconds=Decimal(5), input=3, output=2, unit="PER_MINUTE")
    assert rate(transcription, source).legs == Legs(6_000, 16_000, 0, 0, 0)
    assert rate(replace(transcription, input=0, output=0), source).status is Status.UNPRICED
    nothing = call("IMAGE", unit="PER_IMAGE")
    assert rate(nothing, source).status is Status.UNPRICED  # the count may just be missing
    assert rate(replace(nothing, unit=""), source).status is Status.UNPRICED


def test_a_vendors_estimate_gives_way_to_the_tokens_unless_the_unit_is_stated() -> None:
    usage = call(
        "AUDIO",
        model="gpt-4o-transcribe",
        seconds=Decimal(60),
        input=100,
        audio_input=90,
        output=10,
    )
    tokens = rate(usage, little_book())
    assert tokens.legs == Legs(10 * 2_500 + 90 * 6_000, 10 * 10_000, 0, 0, 0)
    assert media(rate(replace(usage, unit="PER_MINUTE"), little_book())) == 6_000_000
    assert media(rate(replace(usage, input=0, audio_input=0, output=0), little_book())) == 6_000_000


def test_output_tokens_of_an_image_call_are_image_tokens() -> None:
    rating = listed("IMAGE", "OPENAI", "gpt-image-1.5", unit="PER_TOKEN", input=10, output=100)
    assert rating.legs == Legs(10 * 5_000, 100 * 32_000, 0, 0)
    assert listed("COMPLETION", "OPENAI", "gpt-image-1.5", output=100).cost == 100 * 10_000
    batch = listed(
        "IMAGE", "OPENAI", "gpt-image-1.5", unit="PER_TOKEN", output=100, pricing_tier="BATCH"
    )
    assert batch.cost == 100 * 16_000
    assert (
        listed("IMAGE", "GOOGLE", "gemini-2.5-flash-image", unit="PER_TOKEN", output=1_290).cost
        == 38_700_000
    )
    thought = listed(
        "IMAGE", "GOOGLE", "gemini-3-pro-image-preview", unit="PER_TOKEN", output=110, reasoning=10
    )
    assert thought.cost == 100 * 120_000 + 10 * 12_000
    assert (
        listed("VIDEO", "GOOGLE", "gemini-omni-1.1-flash", unit="PER_TOKEN", output=100).cost
        == 100 * 17_500
    )


def test_skipped_and_stated_costs_hold_for_media_too() -> None:
    usage = call("AUDIO", model="nobody-made-this", seconds=Decimal(1))
    skipped = rate(replace(usage, billing_skipped=True), little_book())
    assert (skipped.status, skipped.source) == (Status.FREE, Source.SKIPPED)
    stated = rate(replace(usage, total_cost=Decimal("0.02")), little_book())
    assert (stated.status, stated.source, stated.cost) == (Status.PRICED, Source.CLIENT, 20_000_000)


def test_stated_legs_and_the_computed_rest() -> None:
    usage = call(
        "AUDIO", "MISTRAL", "voxtral-small-latest", input=1_000, output=10, seconds=Decimal(60)
    )
    rating = rate(replace(usage, input_cost=Decimal("0.01")), little_book())
    assert (rating.source, rating.legs) == (Source.MIXED, Legs(10_000_000, 4_000, 0, 0, 4_000_000))
    whisper = call(
        "AUDIO", model="whisper-1", input=1_000, seconds=Decimal(60), input_cost=Decimal("0.01")
    )
    assert rate(whisper, little_book()).legs == Legs(10_000_000, 0, 0, 0, 6_000_000)
    unknown = rate(replace(whisper, model="nobody-made-this"), little_book())
    assert (unknown.status, unknown.legs) == (Status.UNPRICED, Legs(10_000_000, 0, 0, 0, None))


def test_batches_and_multipliers_apply_to_media() -> None:
    usage = call("AUDIO", "GROQ", "whisper-large-v3", seconds=Decimal(3_600), pricing_tier="BATCH")
    assert rate(usage, little_book()).cost == 55_500_000
    assert rate(replace(usage, cost_multiplier=Decimal("0.1")), little_book()).cost == 5_550_000
    deepgram = call("AUDIO", "DEEPGRAM", "nova-3", seconds=Decimal(60), pricing_tier="BATCH")
    cost = rate(deepgram, little_book())  # sells no batches
    assert (cost.cost, cost.reason) == (None, Reason.NO_TIER_PRICE)
    flex = replace(deepgram, pricing_tier="STANDARD", service_tier="flex")
    assert rate(flex, little_book()).reason is Reason.NO_TIER_PRICE
    assert rate(replace(flex, service_tier="default"), little_book()).cost == 4_300_000


def test_numbers_that_would_fill_the_memory_do_not() -> None:
    tiny, huge = Decimal("1e-99999999"), Decimal("1e99999999")
    assert rate(call("VIDEO", seconds=tiny), MANY).cost == 0
    assert rate(call("VIDEO", seconds=huge), MANY).cost is None
    assert rate(call("VIDEO", credits=huge, unit="CREDITS"), MANY).cost is None


def test_over_long_words_are_rated_as_if_nobody_had_said_them() -> None:
    long = "x" * 5_000
    usage = call(
        "AUDIO", model="whisper-1", seconds=Decimal(60), subtype=long, quality=long, resolution=long
    )
    assert rate(usage, little_book()).cost == 6_000_000
    assert (
        rate(Usage("OPENAI", "gpt-4o", DAY, input=1_000, subtype=long), little_book()).cost
        == 2_500_000
    )
    assert rate(replace(usage, model=long), little_book()).cost is None


def test_a_unit_of_which_there_was_nothing_does_not_price_what_nobody_prices() -> None:
    """Credits have no price here, and the film lasted 0 seconds: that is no cost of 0."""
    source = Fixed(None, by_unit(PER_SECOND=MILLION))
    usage = call("VIDEO", credits=Decimal(25), seconds=Decimal(0))
    cost = rate(usage, source)
    assert (cost.status, cost.cost, cost.legs.media) == (Status.UNPRICED, None, None)


# --- exact for every unit ---

COUNT = st.integers(1, 10**10)
SECONDS = st.decimals(min_value=Decimal("1e-9"), max_value=10**9, places=9, allow_nan=False)
PRICE = st.integers(0, 10**16)
MULTIPLIER = st.none() | st.decimals(min_value=0, max_value=1_000, places=12)
PERCENT = st.sampled_from([50, 100])
SHAPES = st.one_of(
    st.tuples(
        st.sampled_from(["PER_SECOND", "PER_MINUTE", "PER_HOUR"]),
        SECONDS.map(lambda n: {"seconds": n}),
    ),
    st.tuples(st.just("PER_CHARACTER"), COUNT.map(lambda n: {"characters": n})),
    st.tuples(st.just("PER_IMAGE"), COUNT.map(lambda n: {"images": n})),
    st.tuples(
        st.just("PER_MEGAPIXEL"),
        st.builds(
            lambda n, w, h: {"images": n, "resolution": f"{w}x{h}"},
            COUNT,
            st.integers(1, 9_999),
            st.integers(1, 9_999),
        ),
    ),
    st.tuples(st.just("CREDITS"), SECONDS.map(lambda n: {"credits": n})),
    st.tuples(st.just("PER_MEGABYTE"), COUNT.map(lambda n: {"size_bytes": n})),
    st.tuples(st.just("PER_CALL"), st.just({})),
)


def true_quantity(unit: str, members: dict[str, Any]) -> Fraction:
    """Written down from the meaning of the units, and not from the code."""
    if unit.startswith("PER_M") and "seconds" in members:
        return Fraction(members["seconds"]) / 60
    if unit == "PER_MEGAPIXEL":
        width, height = map(int, members["resolution"].split("x"))
        return Fraction(members["images"] * width * height, MILLION)
    if unit == "PER_MEGABYTE":
        return Fraction(members["size_bytes"], MILLION)
    if unit == "PER_CALL":
        return Fraction(1)
    return Fraction(next(iter(members.values()))) / (3_600 if unit == "PER_HOUR" else 1)


@given(SHAPES, PRICE, PERCENT, MULTIPLIER)
def test_price_times_count_is_exact_but_for_half_a_nano(
    shape: tuple[str, dict[str, Any]], price: int, percent: int, multiplier: Decimal | None
) -> None:
    unit, members = shape
    usage = call("VIDEO", cost_multiplier=multiplier, **members)
    rating = rate(usage, Fixed(None, by_unit(percent, **{unit: price})))
    factor = Fraction(percent, 100) * Fraction(1 if multiplier is None else multiplier)
    assert rating.status is Status.PRICED
    assert abs(
        (media(rating) or 0) - true_quantity(unit, members) * price / MILLION * factor
    ) <= Fraction(1, 2)


@given(SECONDS, PRICE)
def test_a_minute_costs_what_60_seconds_cost(seconds: Decimal, price: int) -> None:
    usage = call("AUDIO", seconds=seconds)
    costs = {
        rate(replace(usage, unit=stated), Fixed(None, by_unit(**{unit: price * times}))).cost
        for unit, times in (("PER_SECOND", 1), ("PER_MINUTE", 60), ("PER_HOUR", 3_600))
        for stated in ("PER_SECOND", "PER_MINUTE", "")
    }
    assert len(costs) == 1


@given(COUNT, COUNT, PRICE)
def test_two_calls_cost_what_one_of_both_costs(one: int, two: int, price: int) -> None:
    source = Fixed(None, by_unit(PER_CHARACTER=price))
    costs = [
        rate(call("AUDIO", characters=count), source).cost or 0 for count in (one, two, one + two)
    ]
    assert abs(costs[0] + costs[1] - costs[2]) <= 1


def test_every_unit_has_its_family() -> None:
    quotes = by_unit(PER_MINUTE=60, PER_MEGAPIXEL=1)
    assert {unit: quote.unit for unit, quote in quotes.items()} == {
        "PER_SECOND": "PER_MINUTE",
        "PER_MINUTE": "PER_MINUTE",
        "PER_HOUR": "PER_MINUTE",
        "PER_IMAGE": "PER_MEGAPIXEL",
        "PER_MEGAPIXEL": "PER_MEGAPIXEL",
    }


@pytest.mark.parametrize(
    "usage",
    [
        call("AUDIO"),
        call("AUDIO", unit="PER_SECOND"),
        call("AUDIO", seconds=Decimal(0)),
        call("AUDIO", seconds=Decimal(-3)),
        call("VIDEO"),
        call("VIDEO", seconds=Decimal(0)),
        call("VIDEO", seconds=Decimal(0), unit="PER_SECOND"),
        call("VIDEO", unit="PER_SECOND"),
        call("IMAGE"),
        call("IMAGE", unit="PER_IMAGE"),
        call("IMAGE", resolution="1024x1024", quality="hd"),
    ],
)
def test_what_was_made_and_not_counted_is_unpriced_unless_it_failed(usage: Usage) -> None:
    source = Fixed(None, by_unit(PER_SECOND=MILLION, PER_IMAGE=MILLION))
    cost = rate(usage, source)
    assert (cost.status, cost.cost, cost.reason) == (Status.UNPRICED, None, Reason.NO_QUANTITY)
    failed = rate(replace(usage, failed=True), source)
    assert (failed.status, failed.source, failed.cost) == (Status.FREE, Source.SKIPPED, 0)


def test_minutes_beside_tokens_that_nobody_counted_leave_the_cost_unknown() -> None:
    usage = call("AUDIO", "MISTRAL", "voxtral-small-latest", input=1_000, output=10)
    cost = rate(usage, little_book())
    assert (cost.status, cost.reason, cost.legs.media) == (
        Status.UNPRICED,
        Reason.NO_QUANTITY,
        None,
    )
    failed = rate(replace(usage, failed=True), little_book())
    assert failed.cost == sum(leg or 0 for leg in failed.legs) != 0


def test_a_medium_that_nobody_prices_says_so() -> None:
    cost = rate(call("VIDEO", model="nobody-made-this", seconds=Decimal(2)), little_book())
    assert (cost.status, cost.reason) == (Status.UNPRICED, Reason.NO_PRICE)
