"""The check of media.json: a wrong price in it would be charged for months before anybody
notices."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import combinations
from typing import Any

from chalicelib.pricing.units import UNITS, condition

MODES = frozenset(
    {
        "audio_transcription",
        "audio_speech",
        "audio_generation",
        "image_generation",
        "video_generation",
        "realtime",
    }
)
_MODEL = frozenset({"providers", "id", "mode", "match", "source", "checked", "against", "prices"})
_PRICE = frozenset({"unit", "modality", "direction", "type", "usd"})
_WHEN = frozenset({"resolution", "quality", "subtype"})
_ENUMS = {
    "unit": UNITS,
    "modality": frozenset({"IMAGE", "AUDIO", "VIDEO"}),
    "direction": frozenset({"INPUT", "OUTPUT", "BIDIRECTIONAL"}),
    "type": frozenset(
        {
            "AUDIO_TRANSCRIPTION",
            "AUDIO_GENERATION",
            "IMAGE_GENERATION",
            "VIDEO_GENERATION",
            "CREDITS",
            "AI",
        }
    ),
}
_CLAUSES = frozenset({"equals", "starts_with", "ends_with", "contains", "regex"})


def check(raw: Mapping[str, Any]) -> None:
    """Raise ValueError with everything that is wrong with the file."""
    if found := list(faults(raw)):
        raise ValueError("media.json: " + "; ".join(found))


def faults(raw: Mapping[str, Any]) -> Iterator[str]:
    """Everything that is wrong with the file, one text each."""
    taken: set[tuple[str, str]] = set()
    for model in raw["models"]:
        where = str(model.get("id"))
        yield from (f"{where}: {text}" for text in _model_faults(model))
        for key in (
            (provider, name) for provider in model.get("providers", ()) for name in _names(model)
        ):
            if key in taken:
                yield f"{where}: {key[1]} of {key[0]} is there twice"
            taken.add(key)


def _names(model: Mapping[str, Any]) -> set[str]:
    return {model.get("id", ""), *model.get("match", {}).get("equals", ())}


def _model_faults(model: Mapping[str, Any]) -> Iterator[str]:
    if model.keys() != _MODEL:
        yield f"members {sorted(model.keys() ^ _MODEL)} are missing or unknown"
        return
    if (
        not model["providers"]
        or not model["id"]
        or not model["against"]
        or model["mode"] not in MODES
    ):
        yield "no provider, no id, nothing compared with, or an unknown mode"
    if not model["match"] or not model["match"].keys() <= _CLAUSES:
        yield "no test finds it"
    if any(
        text != text.lower()
        for kind, texts in model["match"].items()
        if kind != "regex"
        for text in texts
    ):
        yield "names are compared in lower case"
    if not model["source"].startswith("https://"):
        yield "no source"
    if _day(model["checked"]) is None:
        yield "checked on no day"
    for price in model["prices"]:
        yield from _price_faults(price)
    yield from _ambiguous(model["prices"])


def _price_faults(price: Mapping[str, Any]) -> Iterator[str]:
    if not price.keys() >= _PRICE or not price.keys() <= _PRICE | {"when", "estimate", "beside"}:
        yield f"price members {sorted(price.keys() ^ _PRICE)} are missing or unknown"
        return
    yield from (
        f"{price[name]} is no {name}"
        for name, allowed in _ENUMS.items()
        if price[name] not in allowed
    )
    if not price.get("when", {}).keys() <= _WHEN or not all(
        any(values) for values in price.get("when", {}).values()
    ):
        yield "an unknown or empty condition"
    days = [_day(since) for since, _ in price["usd"]]
    if not days or None in days or days != sorted(set(days), key=str):
        yield "no price, or its days do not rise"
    yield from (
        f"{usd} is no price in whole nano-USD a million"
        for _, usd in price["usd"]
        if not _whole(usd)
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _whole(usd: str) -> bool:
    try:
        price = Decimal(usd)
    except InvalidOperation:
        return False
    return (
        price.is_finite()
        and price >= 0
        and price.scaleb(15) == price.scaleb(15).to_integral_value()
    )


def _ambiguous(prices: list[Mapping[str, Any]]) -> Iterator[str]:
    """Two prices of one unit that hold for the same usage, neither the more specific."""
    for one, two in combinations(prices, 2):
        first, second = (
            {name: condition(name, values)[1] for name, values in each.get("when", {}).items()}
            for each in (one, two)
        )
        same = all(
            one.get(name) == two.get(name) for name in ("unit", "modality", "direction", "type")
        )
        overlap = all(first[name] & second[name] for name in first.keys() & second.keys())
        if same and len(first) == len(second) and overlap:
            yield f"two prices {one['unit']} for one usage"
