"""Prices of a team's own: which goes before which, from when on, for which usage, and what stays
unknown."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kit.clock import day_start
from chalicelib.pricing.rating import rate
from chalicelib.pricing.team import TeamModel, TeamPrices, TokenPrices, UnitPrice
from chalicelib.pricing.usage import CallCost, Legs, Source, Status, Usage
from tests.pricing.pins import LITTLE_VERSION, little_book

DAY = day_start("2026-11-22")
NOON = DAY + 43_200_000
BILLION = 10**9
LIST = LITTLE_VERSION
PLAIN = TokenPrices(None, BILLION, 4 * BILLION, None, None, None)  # USD 1 and 4 a million


def model(*prices: TokenPrices, provider: str = "OpenAI", name: str = "GPT-4o") -> TeamModel:
    return TeamModel("m1", 3, provider, name, prices or (PLAIN,))


def unit(
    price: int,
    billed: str = "PER_MINUTE",
    modality: str = "AUDIO",
    cost_type: str = "AI",
    **changes: Any,
) -> UnitPrice:
    base = UnitPrice(
        id="d1",
        version=7,
        provider="OPENAI",
        name="whisper-1",
        unit=billed,
        modality=modality,
        cost_type=cost_type,
        price=price,
    )
    return replace(base, **changes)


def rated(usage: Usage, *said: TeamModel | UnitPrice) -> CallCost:
    models = [each for each in said if isinstance(each, TeamModel)]
    units = [each for each in said if isinstance(each, UnitPrice)]
    return rate(usage, TeamPrices(little_book(), models, units))


CHAT = Usage("OPENAI", "gpt-4o", NOON, input=1_000, output=100)  # 2.50 and 10 by the list
SPOKEN = Usage(
    "OPENAI", "whisper-1", NOON, kind="AUDIO", seconds=Decimal(60), subtype="transcription"
)


# --- models ---


def test_a_teams_model_goes_before_the_list_whatever_the_case() -> None:
    rating = rated(CHAT, model())
    assert rating == CallCost(
        Status.PRICED, Source.TEAM, "team:m1@3", 1_400_000, Legs(1_000_000, 400_000, 0, 0, 0)
    )
    assert rated(replace(CHAT, provider=" openai", model="GPT-4O"), model()).cost == 1_400_000


def test_a_providers_label_folds_and_a_teams_own_does_not() -> None:
    for label in ("openai.chat", "OpenAI responses", "open-ai"):
        assert rated(replace(CHAT, provider=label), model()).cost == 1_400_000
    own = model(provider="acme chat", name="m")
    assert rated(replace(CHAT, provider="Acme Chat", model="m"), own).cost == 1_400_000
    assert rated(replace(CHAT, provider="acme", model="m"), own).cost is None


@pytest.mark.parametrize(
    "usage", [replace(CHAT, model="gpt-4o-mini"), replace(CHAT, provider="AZURE")]
)
def test_everything_else_costs_what_the_list_says(usage: Usage) -> None:
    assert rated(usage, model()) == rate(usage, little_book())


def test_a_model_that_only_the_team_has() -> None:
    own = model(provider="in-house", name="Llama Tuned")
    assert rated(Usage("In-House", "llama tuned", NOON, input=1_000_000), own).cost == BILLION
    assert rated(Usage("In-House", "llama", NOON, input=1_000_000), own).status is Status.UNPRICED


@pytest.mark.parametrize(
    "counts", [{"cache_read": 10}, {"cache_creation": 10}, {"cache_creation_1h": 10}]
)
def test_without_a_cache_price_a_call_with_cache_tokens_is_unpriced(counts: dict[str, int]) -> None:
    rating = rated(replace(CHAT, **counts), model())
    assert (rating.status, rating.source, rating.cost, rating.price_version) == (
        Status.UNPRICED,
        Source.NONE,
        None,
        "team:m1@3",
    )
    priced = model(TokenPrices(None, BILLION, 4 * BILLION, 0, 0, 0))
    assert rated(replace(CHAT, **counts), priced).status is Status.PRICED


def test_a_stated_leg_needs_no_price_of_the_cache() -> None:
    usage = replace(CHAT, cache_read=10, cache_read_cost=Decimal("0.001"))
    rating = rated(usage, model())
    assert (rating.status, rating.source, rating.legs.cache_read) == (
        Status.PRICED,
        Source.MIXED,
        1_000_000,
    )


def test_cache_prices_of_a_model() -> None:
    priced = model(TokenPrices(None, 0, 0, 1 * BILLION, 2 * BILLION, 3 * BILLION))
    usage = replace(CHAT, cache_read=10, cache_creation_5m=20, cache_creation_1h=30)
    assert rated(usage, priced).legs == Legs(0, 0, 10_000, 20 * 2_000 + 30 * 3_000, 0)


def test_overlap_is_the_vendors_for_a_teams_model_too() -> None:
    cached = TokenPrices(None, BILLION, 0, 0, 0, 0)
    usage = replace(CHAT, cache_read=400)
    assert rated(usage, model(cached)).legs.input == 600_000
    claude = model(cached, provider="ANTHROPIC", name="claude-opus-4-5")
    assert (
        rated(replace(usage, provider="ANTHROPIC", model="claude-opus-4-5"), claude).legs.input
        == 1_000_000
    )
    routed = model(cached, provider="LITELLM", name="gpt-4o")
    assert rated(replace(usage, provider="LITELLM"), routed).legs.input == 600_000


def test_a_model_costs_what_was_in_force_and_its_first_price_reaches_back() -> None:
    dated = model(
        TokenPrices(NOON + 5, 3 * BILLION, 0, None, None, None),
        TokenPrices(None, BILLION, 0, None, None, None),
    )
    usage = replace(CHAT, output=0)
    for instant, cost in (
        (0, 1_000_000),
        (NOON + 4, 1_000_000),
        (NOON + 5, 3_000_000),
        (NOON + 6, 3_000_000),
    ):
        assert rated(replace(usage, instant=instant), dated).cost == cost
    late = model(TokenPrices(NOON, 3 * BILLION, 0, None, None, None))
    assert rated(replace(usage, instant=NOON - 1), late).cost == 3_000_000


def test_batches_and_multipliers_apply_to_a_teams_prices() -> None:
    assert rated(replace(CHAT, pricing_tier="BATCH"), model()).cost == 700_000
    assert rated(replace(CHAT, cost_multiplier=Decimal("0.5")), model()).cost == 700_000
    assert (
        rated(replace(SPOKEN, pricing_tier="BATCH"), unit(9 * BILLION * 1_000_000)).cost
        == 4_500_000_000
    )


def test_without_a_cache_price_audio_from_the_cache_is_unpriced_too() -> None:
    """All that was read from the cache is audio, for which the team has no price either."""
    heard = replace(CHAT, input=1_000, audio_input=1_000, cache_read=400)
    cost = rated(heard, model())
    assert (cost.status, cost.cost, cost.legs.cache_read) == (Status.UNPRICED, None, None)
    known = model(TokenPrices(None, BILLION, 4 * BILLION, BILLION, 0, 0))
    assert rated(heard, known).cost == 1_400_000


# --- dimensions by the token ---

TOKEN: Mapping[str, Any] = {"billed": "PER_TOKEN", "modality": "TEXT", "name": "gpt-4o"}


def test_a_dimension_replaces_one_rate_of_the_list() -> None:
    rating = rated(CHAT, unit(BILLION, cost_type="TEXT_TOKEN_OUTPUT", **TOKEN))
    assert rating.legs == Legs(2_500_000, 100_000, 0, 0, 0)
    assert (rating.source, rating.price_version) == (Source.TEAM, f"team:d1@7+{LIST}")


@pytest.mark.parametrize(
    ("changes", "legs"),
    [
        ({"cost_type": "TEXT_TOKEN_INPUT"}, (600_000, 1_000_000, 500_000, 25_000)),
        ({"cost_type": "TEXT_TOKEN_CACHE_READ"}, (1_500_000, 1_000_000, 400_000, 25_000)),
        ({"cost_type": "TEXT_TOKEN_CACHE_CREATION"}, (1_500_000, 1_000_000, 500_000, 10_000)),
        (
            {"cost_type": "TEXT_TOKEN_CACHE_CREATION", "attributes": {"ttl": "1h"}},
            (1_500_000, 1_000_000, 500_000, 22_000),
        ),
        ({"direction": "INPUT"}, (600_000, 1_000_000, 500_000, 25_000)),
        ({"direction": "OUTPUT"}, (1_500_000, 100_000, 500_000, 25_000)),
        ({"subtype": "input"}, (600_000, 1_000_000, 500_000, 25_000)),
        ({}, (600_000, 100_000, 500_000, 25_000)),
        ({"direction": "BIDIRECTIONAL"}, (600_000, 100_000, 500_000, 25_000)),
        ({"modality": "IMAGE"}, (1_500_000, 1_000_000, 500_000, 25_000)),  # the call makes none
        (
            {"modality": "AUDIO"},
            (1_500_000, 1_000_000, 500_000, 25_000),
        ),  # nor is there audio in it
        ({"subtype": "summary"}, (1_500_000, 1_000_000, 500_000, 25_000)),
        ({"attributes": {"region": "eu"}}, (1_500_000, 1_000_000, 500_000, 25_000)),
    ],
)
def test_which_tokens_a_dimension_is_for(
    changes: dict[str, Any], legs: tuple[int, int, int, int]
) -> None:
    usage = replace(CHAT, cache_read=400, cache_creation_5m=8, cache_creation_1h=2)
    assert rated(usage, unit(BILLION, **{**TOKEN, **changes})).legs == (*legs, 0)


def test_a_dimension_for_audio_tokens_replaces_those_alone() -> None:
    usage = Usage("OPENAI", "gpt-audio", NOON, input=10, audio_input=6, output=5, audio_output=4)
    assert rate(usage, little_book()).legs == Legs(
        4 * 2_500 + 6 * 32_000, 1 * 10_000 + 4 * 64_000, 0, 0
    )
    heard = unit(BILLION, "PER_TOKEN", name="gpt-audio", direction="INPUT")
    assert rated(usage, heard).legs == Legs(4 * 2_500 + 6 * 1_000, 1 * 10_000 + 4 * 64_000, 0, 0)
    transcribed = replace(
        heard, name="gpt-4o-transcribe", cost_type="AUDIO_TRANSCRIPTION", direction="OUTPUT"
    )
    call = replace(usage, model="gpt-4o-transcribe", kind="AUDIO", audio_output=0)
    assert rated(call, transcribed).legs.output == 5_000


def test_a_dimension_for_the_tokens_of_images_is_for_image_calls_alone() -> None:
    said = unit(BILLION, "PER_TOKEN", "IMAGE", "IMAGE_GENERATION", name="gpt-image-1.5")
    usage = Usage(
        "OPENAI", "gpt-image-1.5", NOON, kind="IMAGE", unit="PER_TOKEN", input=10, output=100
    )
    assert rated(usage, said).legs == Legs(50_000, 100_000, 0, 0, 0)
    assert rated(replace(usage, kind="COMPLETION"), said).source is Source.BOOK


def test_a_dimension_goes_before_the_teams_own_model() -> None:
    rating = rated(CHAT, model(), unit(5 * BILLION, cost_type="TEXT_TOKEN_INPUT", **TOKEN))
    assert rating.legs == Legs(5_000_000, 400_000, 0, 0)
    assert rating.price_version == "team:d1@7+team:m1@3"


def test_dimensions_alone_price_only_the_tokens_that_they_are_for() -> None:
    own = unit(BILLION, cost_type="TEXT_TOKEN_INPUT", **{**TOKEN, "name": "nobody-made-this"})
    usage = replace(CHAT, model="nobody-made-this")
    assert rated(usage, own).status is Status.UNPRICED
    assert rated(replace(usage, output=0), own).cost == 1_000_000
    assert (
        rated(replace(usage, output=0, audio_input=900), own).cost == 1_000_000
    )  # audio is text without a rate


def test_the_most_specific_dimension_wins_in_any_order() -> None:
    any_text = unit(BILLION, cost_type="TEXT_TOKEN_INPUT", **TOKEN)
    summary = replace(any_text, id="d2", price=2 * BILLION, subtype="summary")
    for said in ((any_text, summary), (summary, any_text)):
        assert rated(replace(CHAT, subtype="Summary"), *said).legs.input == 2_000_000
        assert rated(replace(CHAT, subtype="other"), *said).legs.input == 1_000_000
        assert rated(CHAT, *said).legs.input == 1_000_000


def test_batches_of_replaced_rates() -> None:
    own = unit(BILLION, cost_type="TEXT_TOKEN_INPUT", **TOKEN)
    for day in (
        "2025-01-01",
        "2026-11-22",
    ):  # by the vendor's percentage, and by the list's own batch price
        usage = replace(CHAT, pricing_tier="BATCH", instant=day_start(day))
        assert rated(usage, own).legs == Legs(500_000, 500_000, 0, 0)
        itself = replace(own, attributes={"processing": "batch"})
        assert rated(usage, itself).legs == Legs(1_000_000, 500_000, 0, 0)
    assert rated(CHAT, replace(own, attributes={"processing": "batch"})).legs.input == 2_500_000


def test_replaced_rates_hold_behind_a_threshold_too() -> None:
    own = unit(
        BILLION,
        cost_type="TEXT_TOKEN_INPUT",
        **{**TOKEN, "provider": "ANTHROPIC", "name": "claude-sonnet-4-5"},
    )
    usage = Usage("ANTHROPIC", "claude-sonnet-4-5", NOON, input=300_000, output=10)
    assert rated(usage, own).legs == Legs(300_000_000, 10 * 22_500, 0, 0)


# --- dimensions by other units ---


def test_a_dimension_goes_before_the_lists_price_of_the_same_usage() -> None:
    rating = rated(SPOKEN, unit(10**12))
    assert (rating.cost, rating.source, rating.price_version) == (
        1_000_000,
        Source.TEAM,
        "team:d1@7",
    )
    assert (
        rated(SPOKEN, unit(10**12, "PER_SECOND")).cost == 60_000_000
    )  # shuts out the list's minutes
    assert (
        rated(SPOKEN, unit(10**12, "PER_CHARACTER")).source is Source.BOOK
    )  # but not for another usage


@pytest.mark.parametrize(
    ("changes", "applies"),
    [
        ({"direction": "INPUT"}, True),
        ({"direction": "OUTPUT"}, False),
        ({"direction": "BIDIRECTIONAL"}, True),
        ({"cost_type": "AUDIO_TRANSCRIPTION"}, True),
        ({"cost_type": "AUDIO_GENERATION"}, False),
        ({"modality": "VIDEO"}, False),
        ({"modality": "TEXT"}, True),
        ({"subtype": "Transcription"}, True),
        ({"subtype": "translation"}, False),
        ({"attributes": {"quality": "HD"}}, False),
        ({"attributes": {"region": "eu"}}, False),
        ({"name": "whisper-2"}, False),
        ({"provider": "AZURE"}, False),
    ],
)
def test_a_dimension_that_names_what_the_usage_is_not_does_not_apply(
    changes: dict[str, Any], applies: bool
) -> None:
    assert (rated(SPOKEN, unit(10**12, **changes)).source is Source.TEAM) is applies


def test_resolution_and_quality_of_a_dimension() -> None:
    picture = unit(
        10**12, "PER_IMAGE", "IMAGE", "IMAGE_GENERATION", name="in-house", subtype="generation"
    )
    large = replace(picture, id="d2", price=2 * 10**12, attributes={"imageSize": "2048 x 2048"})
    best = replace(
        large, id="d3", price=3 * 10**12, attributes={"resolution": "2048×2048", "quality": "HD"}
    )
    usage = Usage("OPENAI", "in-house", NOON, kind="IMAGE", images=1)
    for changes, cost in (
        ({}, 1),
        ({"resolution": "1024x1024"}, 1),
        ({"resolution": "2048x2048"}, 2),
        ({"resolution": "2048x2048", "quality": "hd"}, 3),
        ({"quality": "hd"}, 1),
    ):
        assert rated(replace(usage, **changes), best, picture, large).cost == cost * 1_000_000
    assert rated(usage, large).status is Status.UNPRICED


def test_an_edit_is_no_generation() -> None:
    made = unit(10**12, "PER_IMAGE", "IMAGE", name="in-house", subtype="generation")
    usage = Usage("OPENAI", "in-house", NOON, kind="IMAGE", images=1)
    assert rated(replace(usage, subtype="edit"), made).status is Status.UNPRICED
    assert rated(usage, made).status is Status.PRICED


def test_credits_cost_what_the_tenant_pays_for_one() -> None:
    film = Usage("RUNWAY", "gen4_turbo", NOON, kind="VIDEO", credits=Decimal("2.5"), unit="CREDITS")
    said = unit(10**13, "CREDITS", "VIDEO", "CREDITS", provider="runway", name="gen4_turbo")
    assert rated(film, said).cost == 25_000_000
    assert rated(film, replace(said, credit_rate=8 * 10**12)).cost == 20_000_000
    assert rated(film, replace(said, credit_rate=0)).cost == 0


def test_a_dimension_is_dated_to_the_millisecond() -> None:
    said = (
        unit(10**12, since=None),
        unit(2 * 10**12, since=NOON + 5, version=8),
        unit(3 * 10**12, since=NOON + 9, version=9),
    )
    for instant, cost, version in (
        (0, 1, 7),
        (NOON + 4, 1, 7),
        (NOON + 5, 2, 8),
        (NOON + 9, 3, 9),
        (NOON * 2, 3, 9),
    ):
        rating = rated(replace(SPOKEN, instant=instant), *reversed(said))
        assert (rating.cost, rating.price_version) == (cost * 1_000_000, f"team:d1@{version}")
    assert rated(replace(SPOKEN, instant=0), said[1]).cost == 2_000_000


def test_tokens_of_an_audio_call_cost_what_the_teams_model_says() -> None:
    usage = Usage(
        "OPENAI",
        "gpt-4o-transcribe",
        NOON,
        kind="AUDIO",
        unit="PER_TOKEN",
        input=10,
        audio_input=9,
        output=1,
    )
    own = model(name="gpt-4o-transcribe")
    assert rated(usage, own).legs == Legs(10_000, 4_000, 0, 0, 0)


def test_a_teams_minutes_stand_alone_where_the_list_bills_minutes_and_tokens() -> None:
    usage = Usage(
        "MISTRAL", "voxtral-small-latest", NOON, kind="AUDIO", input=1_000, seconds=Decimal(60)
    )
    assert rate(usage, little_book()).legs == Legs(100_000, 0, 0, 0, 4_000_000)
    said = unit(10**12, provider="mistral", name="voxtral-small-latest")
    assert rated(usage, said).legs == Legs(0, 0, 0, 0, 1_000_000)
    tokens = unit(
        BILLION,
        "PER_TOKEN",
        "TEXT",
        "TEXT_TOKEN_INPUT",
        provider="mistral",
        name="voxtral-small-latest",
    )
    assert rated(usage, tokens).legs == Legs(1_000_000, 0, 0, 0, 4_000_000)


def test_a_source_without_a_teams_prices_is_the_little_book() -> None:
    prices = TeamPrices(little_book(), (), ())
    for usage in (
        CHAT,
        SPOKEN,
        replace(CHAT, provider="x" * 999),
        replace(SPOKEN, quality="x" * 999),
    ):
        assert rate(usage, prices) == rate(usage, little_book())
    assert prices.vendor("azure_openai") == "azure"


# --- for all ---

PRICE = st.integers(0, 10**13)


@given(st.integers(0, 10**9), st.integers(0, 10**9), PRICE, PRICE, st.integers(0, 10**9), PRICE)
def test_tokens_of_a_team_are_exact(
    fresh: int, output: int, input_price: int, output_price: int, read: int, read_price: int
) -> None:
    own = model(
        TokenPrices(None, input_price, output_price, read_price, 0, 0),
        provider="in-house",
        name="m",
    )
    rating = rated(Usage("in-house", "m", NOON, input=fresh, output=output, cache_read=read), own)
    for leg, count, price in zip(
        (rating.legs.input, rating.legs.output, rating.legs.cache_read),
        (fresh, output, read),
        (input_price, output_price, read_price),
        strict=True,
    ):
        assert abs((leg or 0) - Fraction(count * price, 10**6)) <= Fraction(1, 2)


@given(
    st.lists(
        st.tuples(st.integers(0, 100), PRICE),
        min_size=1,
        max_size=6,
        unique_by=lambda each: each[0],
    ),
    st.integers(0, 120),
)
def test_the_price_in_force_is_the_last_that_began(
    steps: list[tuple[int, int]], instant: int
) -> None:
    said = [unit(price * 1_000_000, since=since) for since, price in steps]
    begun = [step for step in sorted(steps) if step[0] <= instant] or [min(steps)]
    assert rated(replace(SPOKEN, instant=instant), *said).cost == begun[-1][1]


# --- dimensions of listed models ---


def input_price(price: int, **changes: Any) -> UnitPrice:
    return unit(
        price,
        "PER_TOKEN",
        "TEXT",
        "TEXT_TOKEN_INPUT",
        name=changes.pop("name", "gpt-4o"),
        **changes,
    )


@pytest.mark.parametrize(
    ("instant", "nano"),
    [(NOON - 1, 2_500_000), (NOON, 7_000_000), (NOON + 9, 7_000_000), (NOON + 10, 2_500_000)],
)
def test_one_of_a_listed_model_begins_when_made_and_ends_when_deleted(
    instant: int, nano: int
) -> None:
    own = input_price(7 * BILLION, made=NOON, ended=NOON + 10)
    usage = replace(CHAT, output=0, instant=instant)
    cost = rated(usage, own)
    assert cost.cost == nano
    version = f"team:d1@7+{LIST}" if nano == 7_000_000 else LIST
    assert cost.price_version == version


@pytest.mark.parametrize("instant", [0, NOON - 1, NOON])
def test_it_reaches_back_for_what_had_no_price(instant: int) -> None:
    own = input_price(7 * BILLION, name="nobody-made-this", made=NOON)
    usage = replace(CHAT, model="nobody-made-this", output=0, instant=instant)
    assert rated(usage, own).cost == 7_000_000
    ended = rated(replace(usage, instant=NOON + 10), replace(own, ended=NOON + 10))
    assert ended.status is Status.UNPRICED


@pytest.mark.parametrize(
    ("instant", "nano"), [(NOON - 1, 6_000_000), (NOON, 9_000_000), (NOON + 10, 6_000_000)]
)
def test_so_does_one_by_another_unit(instant: int, nano: int) -> None:
    own = unit(9_000_000 * 10**6, made=NOON, ended=NOON + 10)
    assert rated(replace(SPOKEN, instant=instant), own).cost == nano


def test_one_by_another_unit_reaches_back_for_what_had_no_price() -> None:
    own = unit(9_000_000 * 10**6, name="nobody-made-this", made=NOON)
    usage = replace(SPOKEN, model="nobody-made-this", instant=DAY)
    assert rated(usage, own).cost == 9_000_000
    # gpt-4o has a price of its tokens: what it cost before is not this
    heard = replace(SPOKEN, model="gpt-4o", instant=DAY)
    assert rated(heard, replace(own, name="gpt-4o")).cost is None


def test_two_after_each_other_hold_each_in_its_time() -> None:
    first = input_price(7 * BILLION, made=NOON, ended=NOON + 10)
    second = input_price(9 * BILLION, made=NOON + 20, id="d2")
    calls = [
        replace(CHAT, output=0, instant=instant)
        for instant in (NOON - 1, NOON, NOON + 10, NOON + 20)
    ]
    costs = [rated(call, first, second).cost for call in calls]
    assert costs == [2_500_000, 7_000_000, 2_500_000, 9_000_000]
