"""The compiled book answers as genai-prices does: the same model for every name, the same money for
every price."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from genai_prices import Usage as TheirUsage
from genai_prices import types
from genai_prices.data import providers

from chalicelib.kit.clock import millis
from chalicelib.pricing.book import book
from chalicelib.pricing.rates import Price, Rates
from infra.prices import compile as compiler

PROVIDERS = {provider.id: provider for provider in providers}
NOWHERE = (
    "",
    "gpt",
    "claude-",
    "model-nobody-made",
    "mistral",
    "us.",
    "o3",
    "whisper-2",
    "gemini",
    "a/b",
    "@cf/",
    "llama",
)
VARIANT = re.compile(
    r"fast|:batch|:free|tts|distill|qwen3|chimera|deep-research|:thinking|moderation-6b"
)
"""Words behind a model's name that genai-prices reads over, and that are another model or price."""
TAKEN = frozenset(
    name for provider in providers for name in compiler.Corrections().taken(provider.id)
)
"""Names that lines of ours take from genai-prices'."""
VENDORS = ("openai", "anthropic", "google", "azure", "aws", "mistral", "x-ai", "groq", "deepseek")


def texts(clause: Any) -> Iterator[str]:
    """Every text of a clause."""
    for part in [*getattr(clause, "or_", ()), *getattr(clause, "and_", ())]:
        yield from texts(part)
    yield from (text for text in clause.__dict__.values() if isinstance(text, str))


def names(provider: types.Provider) -> Iterator[str]:
    """Names that its tests by equality, prefix, suffix, part and pattern should see, and some that
    they should not."""
    yield from NOWHERE
    for model in provider.models:
        for name in {model.id, *texts(model.match)}:
            yield from (name, name.upper())
            if len(provider.models) < 500:
                yield from (f"{name}-20251211", f"{name}-2025-08-07", f"us.{name}", f"{name}:0")


def is_told_apart(name: str) -> bool:
    return name.lower() in TAKEN or VARIANT.search(name.lower()) is not None


def theirs(provider: types.Provider, name: str) -> str | None:
    found = provider.find_model(name, all_providers=all_of(provider))
    return found.id if found else None


def all_of(provider: types.Provider) -> list[types.Provider]:
    """The providers whose models it may sell at their owners' prices; see compile.RESOLD."""
    resold = {provider.id, *compiler.RESOLD.get(provider.id, ())}
    return [each for each in providers if each.id in resold]


@pytest.mark.parametrize("provider", providers, ids=lambda provider: provider.id)
def test_every_name_finds_the_same_model_in_its_providers_list(provider: types.Provider) -> None:
    different = {}
    for name in set(names(provider)):
        found = book().find(provider.id, name)
        if (found and found[1]) != theirs(provider, name) and not is_told_apart(name):
            different[name] = (found, theirs(provider, name))
    assert different == {}


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_name_of_all_providers_finds_the_same_model_at_a_vendor(vendor: str) -> None:
    different = {}
    for name in {model.id for provider in providers for model in provider.models}:
        found = book().find(vendor, name)
        other = theirs(PROVIDERS[vendor], name)
        if (found and found[1]) != other and not is_told_apart(name):
            different[name] = found
    assert different == {}


def test_provider_ids_and_names_mean_the_same_provider() -> None:
    for provider in providers:
        for label in (provider.id, provider.id.upper(), provider.name, f"{provider.id}.chat"):
            assert book().vendor(label) == provider.id, label


def instants(model: types.ModelInfo) -> Iterator[datetime]:
    """Today, and the hours around every change of price; prices that depend on the hour are asked
    at each."""
    yield datetime(2026, 11, 22, 12, tzinfo=UTC)
    constraints = (
        [price.constraint for price in model.prices] if isinstance(model.prices, list) else []
    )
    constraints += [variant.constraint for variant in model.price_variants or ()]
    for constraint in constraints:
        if isinstance(constraint, types.StartDateConstraint):
            start = datetime.combine(constraint.start_date, datetime.min.time(), UTC)
            yield from (
                start - timedelta(milliseconds=1),
                start,
                start + timedelta(days=1, hours=3),
            )
        elif constraint:
            for day in (date(2025, 1, 1), date(2026, 11, 22)):
                yield from (
                    datetime.combine(day, datetime.min.time(), UTC) + timedelta(minutes=30 * n)
                    for n in range(48)
                )


def their_price(
    model: types.ModelInfo, usage: TheirUsage, when: datetime, context: dict[str, str]
) -> Decimal:
    return model.get_prices(when, context).calc_price(usage)["total_price"]


def exact(rates: Rates, counts: tuple[int, int, int, int, int, int]) -> Decimal:
    fresh, output, reasoning, read, written, lasting = counts
    nano_per_million = (
        fresh * rates.input
        + (output - reasoning) * rates.output
        + reasoning * rates.reasoning
        + read * rates.cache_read
        + (written - lasting) * rates.cache_write
        + lasting * rates.cache_write_1h
    )
    return Decimal(nano_per_million + rates.call * 1_000_000).scaleb(-15)


CONTEXTS: tuple[dict[str, str], ...] = (
    {},
    {"processing": "batch"},
    {"service_tier": "priority"},
    {"service_tier": "flex"},
    {"speed": "fast"},
    {"processing": "batch", "speed": "fast"},
)
SIZES = (
    (900, 700, 50, 40, 20, 0),
    (31_000, 500, 0, 900, 99, 7),
    (150_000, 9, 3, 60_000, 1, 1),
    (300_000, 80, 0, 0, 0, 0),
)


@pytest.mark.parametrize("provider", providers, ids=lambda provider: provider.id)
def test_every_price_on_every_day_is_theirs(provider: types.Provider) -> None:
    for model in provider.models:
        # A few models of the data cannot be reached by their own id, because an earlier test takes
        # it.
        is_found = book().find(provider.id, model.id) == (provider.id, model.id)
        if is_found and "version" not in book().lines[provider.id, model.id]:
            contexts = CONTEXTS if model.price_variants else CONTEXTS[:1]
            for when, context in product(set(instants(model)), contexts):
                compare(provider, model, when, context)


def is_listed(model: types.ModelInfo, when: datetime, context: dict[str, str]) -> bool:
    """Whether variants of theirs hold for every property of the context."""
    listed: set[tuple[str, str]] = set()
    for variant in model.price_variants or ():
        active = variant.constraint is None or variant.constraint.active(when)
        if active and all(context.get(name) == value for name, value in variant.when.items()):
            listed |= set(variant.when.items())
    return set(context.items()) <= listed


def compare(
    provider: types.Provider, model: types.ModelInfo, when: datetime, context: dict[str, str]
) -> None:
    if not is_listed(model, when, context):
        # Theirs is the standard price there; ours is the tier's, or none.
        return
    price = book().price(provider.id, model.id, millis(when), tuple(context.items()))
    prices = model.get_prices(when, context)
    listed = {key for key, value in prices.__dict__.items() if value is not None}
    if price is None:
        assert "input_mtok" not in listed, model.id
        return
    if price.free:
        assert not listed
        return
    compare_audio(price, model, when, context)
    for counts in SIZES:
        fresh, output, reasoning, read, written, lasting = counts
        if "claude" in model.id and "cache_write_1h_mtok" not in listed:
            lasting = 0  # we charge Anthropic's published factor where the list is silent
        if "cache_write_1h_mtok" not in listed and "cache_write_mtok" not in listed:
            fresh, written, lasting = fresh + written, 0, 0
        total = fresh + read + written
        usage = TheirUsage(
            input_tokens=total,
            output_tokens=output,
            output_reasoning_tokens=reasoning,
            cache_read_tokens=read,
            cache_write_tokens=written,
            cache_write_1h_tokens=lasting,
        )
        rates = price.tariff_at(millis(when)).at(total)
        ours = exact(rates, (fresh, output, reasoning, read, written, lasting))
        tolerance = Decimal(total + output).scaleb(-15)
        assert abs(ours - their_price(model, usage, when, context)) <= tolerance, (
            model.id,
            when,
            context,
            counts,
        )


AUDIO = (
    (900, 700, 0, 0, 0),
    (900, 0, 400, 0, 0),
    (900, 700, 900, 700, 0),
    (900, 700, 300, 200, 250),
)
"""Input with cache reads, output, and of these: heard, spoken, heard and read from the cache."""


def compare_audio(
    price: Price, model: types.ModelInfo, when: datetime, context: dict[str, str]
) -> None:
    listed = {
        key for key, value in model.get_prices(when, context).__dict__.items() if value is not None
    }
    if not listed & {"input_audio_mtok", "output_audio_mtok"}:
        return
    rates = price.tariff_at(millis(when)).base
    for total, output, heard, spoken, reread in AUDIO:
        # Where they price no audio from the cache, they have no single answer for it.
        reread = reread if "cache_audio_read_mtok" in listed else 0
        usage = TheirUsage(
            input_tokens=total,
            output_tokens=output,
            input_audio_tokens=heard,
            output_audio_tokens=spoken,
            cache_read_tokens=reread,
            cache_audio_read_tokens=reread,
        )
        heard_rate, spoken_rate, reread_rate = (
            rates.audio_input,
            rates.audio_output,
            rates.audio_read,
        )
        nano_per_million = (
            (total - heard) * rates.input
            + (heard - reread) * (rates.input if heard_rate is None else heard_rate)
            + reread * (rates.cache_read if reread_rate is None else reread_rate)
            + (output - spoken) * rates.output
            + spoken * (rates.output if spoken_rate is None else spoken_rate)
        )
        ours = Decimal(nano_per_million).scaleb(-15)
        tolerance = Decimal(total + output).scaleb(-15)
        assert abs(ours - their_price(model, usage, when, context)) <= tolerance, (
            model.id,
            when,
            context,
        )


def test_audio_is_compared_at_all() -> None:
    today = datetime(2026, 11, 22, tzinfo=UTC)
    models = [model for provider in providers for model in provider.models]
    audio = {
        model.id for model in models if model.get_prices(today, {}).input_audio_mtok is not None
    }
    assert "gpt-audio" in audio
    assert len(audio) > 15
