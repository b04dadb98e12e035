"""Dimensions of a team, made ready: from stored unit prices to rules, and to the rates of tokens
that they replace."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chalicelib.pricing.units import Condition, Rule, UnitPrice, UsageSelector, attribute_condition
from chalicelib.pricing.usage import Source

ALWAYS = -(1 << 62)
"""Before every instant: when a price without a date begins."""
_INPUT, _OUTPUT = ("input",), ("output", "reasoning")
_BY_COST = {
    "TEXT_TOKEN_INPUT": _INPUT,
    "TEXT_TOKEN_OUTPUT": _OUTPUT,
    "TEXT_TOKEN_CACHE_READ": ("cache_read",),
    "TEXT_TOKEN_CACHE_CREATION": ("cache_write", "cache_write_1h"),
}
_BY_DIRECTION = {"INPUT": _INPUT, "OUTPUT": _OUTPUT}
_BY_WORK = {
    "AUDIO_TRANSCRIPTION": _INPUT,
    "AUDIO_GENERATION": _OUTPUT,
    "IMAGE_GENERATION": _OUTPUT,
    "VIDEO_GENERATION": _OUTPUT,
}
"""What is meant when neither cost type nor direction says it: the audio that is heard, the picture
that is made."""
_AUDIO = {"input": "audio_input", "output": "audio_output", "cache_read": "audio_read"}
_SPOKEN_OF = {"AUDIO_TRANSCRIPTION": "input", "AUDIO_GENERATION": "output"}
"""The only audio of such a call: a transcription's output is text, and so is the input of
speech."""
_LIFETIMES = {"5m": ("cache_write",), "1h": ("cache_write_1h",)}
_LIFETIME = "ttl"
"""Attribute of a price for cache writes: the lifetime that it is for."""


@dataclass(frozen=True, slots=True)
class Override:
    """A price by the token, and the names of the rates (rates.py) that it replaces."""

    rates: tuple[str, ...]
    rule: Rule


def make_rules(prices: Iterable[UnitPrice]) -> tuple[tuple[UnitPrice, Rule], ...]:
    """A rule for every dimension, with its whole history, and the first price of that."""
    histories: dict[tuple[object, ...], list[UnitPrice]] = {}
    for price in prices:
        dimension = (
            price.unit,
            price.modality,
            price.direction,
            price.cost_type,
            price.subtype,
            tuple(sorted(price.attributes.items())),
            price.made,
            price.ended,
        )
        histories.setdefault(dimension, []).append(price)
    return tuple((history[0], _rule(history)) for history in histories.values())


def override_of(price: UnitPrice, rule: Rule) -> Override:
    """The rates that a price by the token replaces."""
    return Override(tuple(_replaced_rates(price)), rule)


def _rule(history: list[UnitPrice]) -> Rule:
    steps = []
    for price in history:
        version = f"team:{price.id}@{price.version}"
        steps.append((_begin(price), _charged_price(price), version))
    first = history[0]
    return Rule(
        first.unit,
        tuple(sorted(steps)),
        (*_selector(first).conditions(), *_attributes(first)),
        Source.TEAM,
        made=first.made,
        ended=first.ended,
    )


def _selector(price: UnitPrice) -> UsageSelector:
    """What a usage must be. Of a price by the token the rates that it replaces say which tokens are
    meant: their direction is no condition, and neither is audio, which chat models hear too."""
    modality, direction, subtype = price.modality, price.direction, price.subtype
    if price.unit == "PER_TOKEN":
        direction = None
        if modality == "AUDIO":
            modality = "TEXT"
        if _word(price) in _BY_DIRECTION:
            subtype = None
    return UsageSelector(
        unit=price.unit,
        modality=modality,
        cost_type=price.cost_type,
        direction=direction,
        subtype=subtype,
    )


def _attributes(price: UnitPrice) -> Iterator[Condition]:
    """The attributes as conditions; the lifetime of a cache write is no condition but a rate."""
    for name, value in price.attributes.items():
        if price.unit != "PER_TOKEN" or name != _LIFETIME:
            yield attribute_condition(name, (value,))


def _begin(price: UnitPrice) -> int:
    return ALWAYS if price.since is None else price.since


def _charged_price(price: UnitPrice) -> int:
    """Nano-USD a million units; of credits, what the tenant pays for them where that is set."""
    if price.unit == "CREDITS" and price.credit_rate is not None:
        return price.credit_rate
    return price.price


def _word(price: UnitPrice) -> str:
    return (price.subtype or "").strip().upper()


def _replaced_rates(price: UnitPrice) -> Iterator[str]:
    """The names of the rates that a price by the token replaces."""
    rates = _text_rates(price)
    if price.modality != "AUDIO":
        yield from rates
        return
    only = _SPOKEN_OF.get(price.cost_type)
    for rate in rates:
        if only is not None and rate != only:
            yield rate
        elif rate in _AUDIO:
            # Nobody counts audio written to a cache, or thought aloud.
            yield _AUDIO[rate]


def _text_rates(price: UnitPrice) -> tuple[str, ...]:
    """The rates of text that are meant; audio has one beside each. Some write the direction as the
    subtype."""
    if price.cost_type == "TEXT_TOKEN_CACHE_CREATION":
        lifetime = price.attributes.get(_LIFETIME, "")
        return _LIFETIMES.get(lifetime, _BY_COST[price.cost_type])
    if price.cost_type in _BY_COST:
        return _BY_COST[price.cost_type]
    word = _word(price)
    direction = word if word in _BY_DIRECTION else price.direction or ""
    if direction in _BY_DIRECTION:
        return _BY_DIRECTION[direction]
    return _BY_WORK.get(price.cost_type, (*_INPUT, *_OUTPUT))
