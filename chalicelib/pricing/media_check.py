"""The check of media.json: a wrong price in it would be charged for months before anybody
notices."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import combinations, product
from typing import Any

from chalicelib.pricing.units import SECONDS, UNITS, attribute_condition

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
_MAY_SAY = frozenset({"when", "estimate", "beside", "least_seconds"})
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
    wrong = list(faults(raw))
    if wrong:
        raise ValueError("media.json: " + "; ".join(wrong))


def faults(raw: Mapping[str, Any]) -> Iterator[str]:
    """Everything that is wrong with the file, one text each."""
    taken: set[tuple[str, str]] = set()
    for model in raw["models"]:
        where = str(model.get("id"))
        for text in _model_faults(model):
            yield f"{where}: {text}"
        for provider, name in product(model.get("providers", ()), _names(model)):
            if (provider, name) in taken:
                yield f"{where}: {name} of {provider} is there twice"
            taken.add((provider, name))


def _names(model: Mapping[str, Any]) -> set[str]:
    return {model.get("id", ""), *model.get("match", {}).get("equals", ())}


def _model_faults(model: Mapping[str, Any]) -> Iterator[str]:
    if model.keys() != _MODEL:
        yield f"members {sorted(model.keys() ^ _MODEL)} are missing or unknown"
        return
    needed = model["providers"] and model["id"] and model["against"]
    if not needed or model["mode"] not in MODES:
        yield "no provider, no id, nothing compared with, or an unknown mode"
    if not model["match"] or not model["match"].keys() <= _CLAUSES:
        yield "no test finds it"
    for kind, texts in model["match"].items():
        if kind != "regex" and any(text != text.lower() for text in texts):
            yield "names are compared in lower case"
    if not model["source"].startswith("https://"):
        yield "no source"
    if _day(model["checked"]) is None:
        yield "checked on no day"
    for price in model["prices"]:
        yield from _price_faults(price)
    yield from _ambiguities(model["prices"])


def _price_faults(price: Mapping[str, Any]) -> Iterator[str]:
    if not price.keys() >= _PRICE or not price.keys() <= _PRICE | _MAY_SAY:
        yield f"price members {sorted(price.keys() ^ _PRICE)} are missing or unknown"
        return
    for name, allowed in _ENUMS.items():
        if price[name] not in allowed:
            yield f"{price[name]} is no {name}"
    if price.get("least_seconds", 0) and price["unit"] not in SECONDS:
        yield "the least number of seconds of what is not charged by time"
    conditions = price.get("when", {})
    if not conditions.keys() <= _WHEN or not all(map(any, conditions.values())):
        yield "an unknown or empty condition"
    days = [_day(since) for since, _ in price["usd"]]
    if not days or None in days or days != sorted(set(days), key=str):
        yield "no price, or its days do not rise"
    for _, usd in price["usd"]:
        if not _is_whole_nano(usd):
            yield f"{usd} is no price in whole nano-USD a million"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _is_whole_nano(usd: str) -> bool:
    """Whether a price in USD a unit is a whole number of nano-USD a million units."""
    try:
        price = Decimal(usd)
    except InvalidOperation:
        return False
    if not price.is_finite() or price < 0:
        return False
    nano = price.scaleb(15)
    return nano == nano.to_integral_value()


def _ambiguities(prices: list[Mapping[str, Any]]) -> Iterator[str]:
    """Two prices of one unit that hold for the same usage, neither the more specific."""
    for one, two in combinations(prices, 2):
        if any(one.get(name) != two.get(name) for name in _ENUMS):
            continue
        first, second = _allowed_values(one), _allowed_values(two)
        both = first.keys() & second.keys()
        if len(first) == len(second) and all(first[name] & second[name] for name in both):
            yield f"two prices {one['unit']} for one usage"


def _allowed_values(price: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """By condition, the values that it may have."""
    allowed = {}
    for name, values in price.get("when", {}).items():
        _, allowed[name] = attribute_condition(name, values)
    return allowed
