"""media.json: whole, and in agreement with the data sets that it names; its check finds what it
should."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from genai_prices import Usage as TheirUsage
from genai_prices import types
from genai_prices.data import providers

from chalicelib.kit.clock import day_start
from chalicelib.kit.money import to_usd
from chalicelib.pricing import media as media_module
from chalicelib.pricing.book import book
from chalicelib.pricing.media import media, nano
from chalicelib.pricing.media_check import check, faults
from chalicelib.pricing.rating import rate
from chalicelib.pricing.usage import Reason, Status, Usage

FILE = Path(media_module.__file__).with_name("media.json")
RAW: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
TODAY = day_start("2026-11-24")
SECONDS = {"PER_SECOND": 1, "PER_MINUTE": 60, "PER_HOUR": 3_600}


def test_the_file_is_sound_and_its_licence_goes_with_it() -> None:
    assert list(faults(RAW)) == []
    assert "MIT License" in FILE.with_name("media.json.LICENSE").read_text(encoding="utf-8")


def test_every_provider_is_one_of_the_books_or_has_labels() -> None:
    for line in RAW["models"]:
        for provider in line["providers"]:
            assert provider in RAW["providers"] or book().vendor(provider) == provider
    taken = {
        label: book().vendor(label) for labels in RAW["providers"].values() for label in labels
    }
    # Vertex has prices of its own for some models; for all else its label means Google, as in the
    # book.
    assert {label for label, vendor in taken.items() if vendor} == {
        *RAW["providers"]["vertex"],
        *(
            label
            for label in ("azurespeech", "azurecognitiveservices", "awspolly", "amazonpolly")
            if taken[label]
        ),
    }


def test_every_entry_is_found_by_its_own_name() -> None:
    for provider, model in media().models():
        assert media().find(provider, model.id) == model.rules, (provider, model.id)


# --- against the data sets at hand ---

THEIRS: dict[str, dict[str, Any]] = json.loads(
    Path(
        str(
            distribution("litellm").locate_file(
                "litellm/model_prices_and_context_window_backup.json"
            )
        )
    ).read_text(encoding="utf-8")
)


def their_prices(entry: dict[str, Any], key: str) -> set[tuple[str, Decimal]]:
    """(what is measured, USD a unit of it); a price a pixel is one of the picture that the key
    names."""
    found = set()
    for name, value in entry.items():
        if isinstance(value, int | float) and value and "_cost_per_" in name:
            price = Decimal(str(value))
            if "second" in name:
                found.add(("second", price))
            elif "character" in name:
                found.add(("character", price))
            elif "pixel" in name and "-x-" in key:
                width, height = next(part for part in key.split("/") if "-x-" in part).split("-x-")
                found.add(("image", price * int(width) * int(height)))
            elif "pixel" in name:
                found.add(("megapixel", price * 1_000_000))
            elif "image" in name and "token" not in name:
                found |= {("image", price), ("call", price)}  # they file songs under images
    return found


def our_prices(line: dict[str, Any]) -> set[tuple[str, Decimal]]:
    found = set()
    for price in line["prices"]:
        usd = Decimal(price["usd"][-1][1])
        if seconds := SECONDS.get(price["unit"]):
            found.add(("second", usd / seconds))
        else:
            found.add((price["unit"].removeprefix("PER_").lower(), usd))
    return found


@pytest.mark.parametrize(
    "line", RAW["models"], ids=lambda line: f"{line['providers'][0]}:{line['id']}"
)
def test_prices_are_those_of_litellm_where_it_has_them(line: dict[str, Any]) -> None:
    for key in line["against"].get("litellm-1.106.2", ()):
        theirs, ours = their_prices(THEIRS[key], key), our_prices(line)
        # They round prices a second to few digits.
        assert any(
            one == other and abs(mine - price) <= price * Decimal("0.003")
            for one, price in theirs
            for other, mine in ours
        ), (key, theirs, ours)
        for name, value in THEIRS[key].items():
            lines = name.removeprefix("output_cost_per_second_")
            for price in line["prices"]:
                if lines in price.get("when", {}).get("resolution", ()):
                    assert Decimal(price["usd"][-1][1]) == Decimal(str(value)), (key, name)


def genai_lines() -> Iterator[tuple[str, types.ModelInfo, types.ModelPrice]]:
    """Their models that are charged by the hour or the character and by nothing else."""
    for provider in providers:
        for model in provider.models:
            last = (
                model.prices
                if isinstance(model.prices, types.ModelPrice)
                else model.prices[-1].prices
            )
            named = {name for name, value in last.__dict__.items() if value is not None}
            if named & {"audio_hours", "input_mchars"} and not named & {
                "input_mtok",
                "output_mtok",
            }:
                yield provider.id, model, last


@pytest.mark.parametrize(("provider", "model", "price"), [*genai_lines()])
def test_what_genai_prices_charges_by_time_and_text_we_charge_alike(
    provider: str, model: types.ModelInfo, price: types.ModelPrice
) -> None:
    usage = Usage(provider, model.id, TODAY, kind="AUDIO")
    if price.audio_hours is not None:
        rating = rate(replace(usage, seconds=Decimal(3_600)), book())
        assert rating.cost == int(price.audio_hours * 10**9)
    else:
        rating = rate(replace(usage, characters=1_000_000), book())
        assert rating.cost == int(price.input_mchars * 10**9)
    # By tokens they would say 0.
    assert rate(replace(usage, kind="COMPLETION", input=1_000), book()).status is Status.UNPRICED


def both_lines() -> Iterator[tuple[str, types.ModelInfo]]:
    """Their models that are charged by the hour and by the token."""
    for provider in providers:
        for model in provider.models:
            prices = model.get_prices(datetime(2026, 11, 24, tzinfo=UTC), {})
            if prices.audio_hours is not None and prices.input_mtok is not None:
                yield provider.id, model


@pytest.mark.parametrize(("provider", "model"), [*both_lines()])
def test_what_genai_prices_charges_by_time_beside_tokens_we_charge_alike(
    provider: str, model: types.ModelInfo
) -> None:
    prices = model.get_prices(datetime(2026, 11, 24, tzinfo=UTC), {})
    total = prices.calc_price(
        TheirUsage(input_tokens=700, output_tokens=90, audio_seconds=36, input_audio_seconds=36)
    )
    usage = Usage(
        provider, model.id, TODAY, kind="AUDIO", input=700, output=90, seconds=Decimal(36)
    )
    rating = rate(usage, book())
    assert to_usd(rating.cost or 0) == total["total_price"]
    assert rating.cost == sum(leg or 0 for leg in rating.legs)
    assert rating.price_version == f"{book().version}+{media().version}"
    assert rate(replace(usage, input=0, output=0), book()).cost == rating.legs.media
    assert rate(replace(usage, seconds=None), book()).reason is Reason.NO_QUANTITY


# --- who is meant ---


@pytest.mark.parametrize(
    ("provider", "model", "vendor"),
    [
        ("GROQ", "whisper-large-v3", "groq"),
        ("LITELLM", "groq/whisper-large-v3", "groq"),
        ("LITELLM", "whisper-1", "openai"),
        ("vertex_ai", "veo-3.1-generate-preview", "vertex"),
        ("my-proxy", "whisper-1", ""),
        ("GROQ", "whisper-1", ""),
        ("TOGETHER", "openai/whisper-large-v3", ""),
        ("", "whisper-large-v3", ""),
    ],
)
def test_media_are_charged_by_their_host(provider: str, model: str, vendor: str) -> None:
    assert book().find_media(provider, model)[0] == vendor


def test_dimensions_are_distinct_and_name_each_condition() -> None:
    for provider, model in media().models():
        told = [
            (each.unit, each.modality, each.direction, each.cost_type, json.dumps(each.attributes))
            for each in media().dimensions(provider, model.id, TODAY)
        ]
        assert len(told) == len(set(told)) >= len(model.prices), model.id
    pro = media().dimensions("openai", "sora-2-pro", TODAY)
    assert {each.attributes["resolution"] for each in pro} == {
        "720p",
        "1280x720",
        "720x1280",
        "1792x1024",
        "1024x1792",
    }
    assert media().dimensions("openai", "gpt-4o", TODAY) == ()


def test_dimensions_are_those_of_the_day_and_by_the_minute() -> None:
    first, later = (
        media().dimensions("google", "veo-3.0-generate-001", day_start(day))[0].price
        for day in ("2025-09-08", "2025-09-09")
    )
    assert (first, later) == (nano("0.75"), nano("0.4"))
    hourly = media().dimensions("groq", "whisper-large-v3", TODAY)[0]
    assert (hourly.unit, hourly.price) == ("PER_MINUTE", nano("0.00185"))


# --- the check ---


def broken(**changes: Any) -> dict[str, Any]:
    return {**RAW, "models": [RAW["models"][0] | changes]}


def price(**changes: Any) -> dict[str, Any]:
    return {**RAW["models"][0]["prices"][0], **changes}


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (broken(source=""), "no source"),
        (broken(source="a price list"), "no source"),
        (broken(checked="last week"), "checked on no day"),
        (broken(against={}), "nothing compared with"),
        (broken(mode="song"), "unknown mode"),
        (broken(id=""), "no id"),
        (broken(match={}), "no test"),
        (broken(match={"equals": ["Whisper-1"]}), "lower case"),
        (broken(colour="blue"), "colour"),
        (broken(prices=[price(unit="PER_FORTNIGHT")]), "PER_FORTNIGHT is no unit"),
        (broken(prices=[price(unit="PER_TOKEN")]), "PER_TOKEN is no unit"),
        (broken(prices=[price(direction="UP")]), "UP is no direction"),
        (broken(prices=[price(usd=[])]), "no price"),
        (
            broken(prices=[price(usd=[["2025-01-01", "0.1"], ["2024-01-01", "0.2"]])]),
            "days do not rise",
        ),
        (broken(prices=[price(usd=[["2025-02-30", "0.1"]])]), "days do not rise"),
        (
            broken(prices=[price(usd=[["2025-01-01", "0.0000000000000001"]])]),
            "whole nano-USD a million",
        ),
        (broken(prices=[price(usd=[["2025-01-01", "-1"]])]), "whole nano-USD a million"),
        (broken(prices=[price(usd=[["2025-01-01", "NaN"]])]), "whole nano-USD a million"),
        (broken(prices=[price(usd=[["2025-01-01", "cheap"]])]), "whole nano-USD a million"),
        (broken(prices=[price(when={"mood": ["good"]})]), "unknown or empty condition"),
        (broken(prices=[price(when={"quality": [""]})]), "unknown or empty condition"),
        (broken(prices=[price(), price()]), "two prices"),
        (
            broken(prices=[price(when={"quality": ["a", "b"]}), price(when={"quality": ["B"]})]),
            "two prices",
        ),
        ({**RAW, "models": RAW["models"][:1] * 2}, "there twice"),
    ],
)
def test_the_check_finds(raw: dict[str, Any], fault: str) -> None:
    assert any(fault in text for text in faults(raw))
    with pytest.raises(ValueError, match=r"^media"):
        check(raw)


def test_conditions_that_exclude_each_other_are_no_ambiguity() -> None:
    check(broken(prices=[price(when={"quality": ["a"]}), price(when={"quality": ["b"]}), price()]))
