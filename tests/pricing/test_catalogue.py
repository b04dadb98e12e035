"""The catalogue: every model once, by a name that the book finds, with the prices of the day."""

from dataclasses import astuple, replace
from decimal import Decimal

import pytest

from chalicelib.pricing import catalogue
from chalicelib.pricing.book import book
from chalicelib.pricing.catalogue import (
    ListedModel,
    ListPrices,
    label_of,
    list_catalogue,
    prices_on,
)
from tests.pricing.pins import little_book

DAY = "2026-11-24"


def one(provider: str, name: str) -> ListedModel:
    (found,) = (
        model for model in list_catalogue() if (model.provider, model.name) == (provider, name)
    )
    return found


def test_every_model_is_listed_once_and_can_be_named() -> None:
    names = [(model.provider, model.name) for model in list_catalogue()]
    assert len(names) == len(set(names)) > 2_000
    for provider, name in names:
        assert book().find(provider, name) or book().find_media(provider, name)[1], (provider, name)


def test_a_label_finds_its_provider() -> None:
    for provider in {model.provider for model in list_catalogue()}:
        known = book().vendor(label_of(provider)) or book().find_media(label_of(provider), "")[0]
        own = next(model for model in list_catalogue() if model.provider == provider)
        assert known == provider or book().find_media(label_of(provider), own.name)[0] == provider


def test_models_that_another_takes_the_id_of_are_listed_by_a_name_of_theirs() -> None:
    assert book().find("aws", "regional.zai.glm-5.3") is None
    assert prices_on(one("aws", "us.zai.glm-5.3"), DAY).input is not None


@pytest.mark.parametrize(
    ("provider", "name", "mode"),
    [
        ("openai", "gpt-4o", "chat"),
        ("openai", "text-embedding-3-small", "embedding"),
        ("openai", "moderation", "moderation"),
        ("openai", "whisper-1", "audio_transcription"),
        ("openai", "gpt-4o-transcribe", "audio_transcription"),
        ("openai", "tts-1", "audio_speech"),
        ("openai", "gpt-realtime", "realtime"),
        ("openai", "gpt-image-1", "image_generation"),
        ("openai", "dall-e-3", "image_generation"),
        ("openai", "sora-2", "video_generation"),
        ("google", "gemini-2.5-flash-tts", "audio_speech"),
        ("cloudflare", "@cf/baai/bge-reranker-base", "rerank"),
        ("mistral", "mistral-ocr-latest", "ocr"),
        ("runway", "gen4_turbo", "video_generation"),
    ],
)
def test_modes(provider: str, name: str, mode: str) -> None:
    assert one(provider, name).mode == mode


def test_prices_are_usd_a_token_and_absent_where_the_list_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(catalogue, "book", little_book)
    prices = prices_on(one("openai", "gpt-4o"), DAY)
    assert prices == ListPrices(
        input=Decimal("0.0000025"),
        output=Decimal("0.00001"),
        cache_read=Decimal("0.00000125"),
        cache_write=None,
        cache_write_1h=None,
        units=(),
    )
    claude = prices_on(one("anthropic", "claude-opus-4-5"), DAY)
    assert claude == ListPrices(
        input=Decimal("0.000005"),
        output=Decimal("0.000025"),
        cache_read=Decimal("0.0000005"),
        cache_write=Decimal("0.00000625"),
        cache_write_1h=Decimal("0.00001"),
        units=(),
    )
    free = prices_on(one("openrouter", "qwen/qwq-32b:free"), DAY)
    assert (free.input, free.output, free.cache_read) == (0, 0, None)
    assert prices_on(one("anthropic", "claude-sonnet-4-5"), DAY).input == Decimal(
        "0.000003"
    )  # the lowest step


def test_prices_are_those_of_the_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(catalogue, "book", little_book)
    o3 = one("openai", "o3")
    assert [prices_on(o3, day).input for day in ("2025-06-09", "2025-06-10")] == [
        Decimal("0.00001"),
        Decimal("0.000002"),
    ]


def test_models_by_other_units_have_those_prices_and_none_by_the_token() -> None:
    prices = prices_on(one("openai", "whisper-1"), DAY)
    assert set(astuple(replace(prices, units=()))) == {None, ()}
    (minute,) = prices.units
    assert (minute.unit, minute.modality, minute.cost_type, minute.price) == (
        "PER_MINUTE",
        "AUDIO",
        "AUDIO_TRANSCRIPTION",
        6 * 10**12,
    )
