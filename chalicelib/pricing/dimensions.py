"""Dimensions of a team, made ready: from stored unit prices to rules, and to the rates of tokens
that they replace."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from chalicelib.pricing.units import Rule, UnitPrice, condition, conditions
from chalicelib.pricing.usage import Source

_ALWAYS = -(1 << 62)
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


class Override(NamedTuple):
    """A price by the token, and the names of the rates (rates.py) that it replaces."""

    slots: tuple[str, ...]
    rule: Rule


def rules_of(prices: Iterable[UnitPrice]) -> tuple[tuple[UnitPrice, Rule], ...]:
    """A rule for every dimension, with its whole history, and the first price of that."""
    histories: dict[tuple[object, ...], list[UnitPrice]] = {}
    for price in prices:
        attributes = tuple(sorted(price.attributes.items()))
        kind = (
            price.unit,
            price.modality,
            price.direction,
            price.cost_type,
            price.subtype,
            attributes,
        )
        histories.setdefault(kind, []).append(price)
    return tuple((history[0], _rule(history)) for history in histories.values())


def override_of(price: UnitPrice, rule: Rule) -> Override:
    """The rates that a price by the token replaces."""
    return Override(tuple(_slots(price)), rule)


def _rule(history: list[UnitPrice]) -> Rule:
    first = history[0]
    tokens = first.unit == "PER_TOKEN"
    named = (
        condition(name, (value,))
        for name, value in first.attributes.items()
        if not (tokens and name == _LIFETIME)
    )
    return Rule(
        first.unit,
        tuple(
            sorted(
                (_begin(each), _paid(each), f"team:{each.id}@{each.version}") for each in history
            )
        ),
        (
            *conditions(
                first.unit,
                # Audio tokens are told apart by their rates, and chat models hear them too.
                "TEXT" if tokens and first.modality == "AUDIO" else first.modality,
                None if tokens else first.direction,
                first.cost_type,
                None if tokens and _word(first) in _BY_DIRECTION else first.subtype,
            ),
            *named,
        ),
        Source.TEAM,
    )


def _begin(price: UnitPrice) -> int:
    return _ALWAYS if price.since is None else price.since


def _paid(price: UnitPrice) -> int:
    return (
        price.credit_rate
        if price.unit == "CREDITS" and price.credit_rate is not None
        else price.price
    )


def _direction(price: UnitPrice) -> str | None:
    """The direction, which some write as the subtype."""
    return _word(price) if _word(price) in _BY_DIRECTION else price.direction


def _word(price: UnitPrice) -> str:
    return (price.subtype or "").strip().upper()


def _slots(price: UnitPrice) -> Iterator[str]:
    both = (*_INPUT, *_OUTPUT)
    directed = _BY_DIRECTION.get(_direction(price) or "") or _BY_WORK.get(price.cost_type, both)
    slots: tuple[str, ...] = _BY_COST.get(price.cost_type, directed)
    if price.cost_type == "TEXT_TOKEN_CACHE_CREATION":
        slots = _LIFETIMES.get(price.attributes.get(_LIFETIME, ""), slots)
    if price.modality != "AUDIO":
        yield from slots
        return
    only = _SPOKEN_OF.get(price.cost_type)
    for slot in slots:
        if only is None or slot == only:
            # Nobody counts audio written to a cache, or thought aloud.
            if slot in _AUDIO:
                yield _AUDIO[slot]
        else:
            yield slot
