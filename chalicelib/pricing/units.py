"""Unit prices: what a second, a character, an image or a credit of a model costs, and which usage a
price is for.

Prices come from two places, the list (media.py) and the team (team.py). Both make `Rule`s of them:
a price with its history and its conditions. `quotes` picks, for one usage, the most specific rule
of each unit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.pricing.rates import Price
from chalicelib.pricing.traits import Traits, plain, resolution_of, trait_name
from chalicelib.pricing.usage import Source


class UnitPrice(NamedTuple):
    """The price of one kind of usage of a model: a dimension of the catalogue.

    `direction`, `subtype` and `attributes` are conditions: empty, they hold for every usage.
    """

    id: str
    version: int
    provider: str
    name: str
    unit: str
    """PER_TOKEN, PER_CHARACTER, PER_SECOND, PER_MINUTE, PER_IMAGE, CREDITS; list prices also have
    PER_HOUR, PER_MEGAPIXEL, PER_MEGABYTE and PER_CALL."""
    modality: str
    """TEXT, IMAGE, AUDIO or VIDEO."""
    direction: str | None
    """INPUT, OUTPUT or BIDIRECTIONAL."""
    cost_type: str
    subtype: str | None
    attributes: Mapping[str, str]
    price: int
    """Nano-USD a million units."""
    credit_rate: int | None = None
    """Nano-USD a million credits: what the tenant pays for a credit; goes before `price` where
    there is one."""
    since: int | None = None
    """UTC epoch ms from which it holds. None: always."""


SECONDS = {"PER_SECOND": 1, "PER_MINUTE": 60, "PER_HOUR": 3_600}
"""Units of time, in seconds."""
_FAMILIES = (
    tuple(SECONDS),
    ("PER_IMAGE", "PER_MEGAPIXEL"),
    ("PER_CHARACTER",),
    ("CREDITS",),
    ("PER_MEGABYTE",),
)
UNITS = frozenset(unit for family in _FAMILIES for unit in family) | {"PER_CALL"}
"""The units that something else than tokens is billed by. Those of one family measure the same
usage."""
_FAMILY = {unit: family for family in _FAMILIES for unit in family} | {"PER_CALL": ("PER_CALL",)}


class Offer(NamedTuple):
    """All that a usage can be charged by."""

    price: Price | None
    """Of its tokens."""
    quotes: Mapping[str, "Quote"]
    """By unit, those of the same family included."""
    beside: "Quote | None" = None
    """One of the quotes that is charged on top of the tokens, and not instead of them."""


class Quote(NamedTuple):
    """What one unit of a usage costs."""

    unit: str
    price: int
    """Nano-USD a million units."""
    version: str
    source: Source
    percent: int
    """Of the price that is charged: below 100 for a batch call."""
    estimate: bool
    """The vendor bills tokens and publishes this only as what they come to; known tokens go
    first."""
    beside: bool
    """The vendor bills this and the tokens."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A price, its history and its conditions."""

    unit: str
    steps: tuple[tuple[int, int, str], ...]
    """(UTC epoch ms from which it holds, nano-USD a million units, version), the oldest first; it
    reaches back."""
    conditions: tuple[tuple[str, frozenset[str]], ...]
    """(trait, the values that it may have); an empty text stands for a usage that does not say."""
    source: Source
    estimate: bool = False
    beside: bool = False

    def applies(self, traits: Traits) -> bool:
        """Whether the usage meets every condition."""
        return all(traits.get(name, _SILENT) & allowed for name, allowed in self.conditions)

    @property
    def batch(self) -> bool:
        """Whether it says itself what a batch call costs, so that no discount is due on it."""
        return any(name == "processing" for name, _ in self.conditions)

    def at(self, instant: int) -> tuple[int, str]:
        """Price and version in force at an instant (UTC epoch ms)."""
        _, price, version = next(
            (step for step in reversed(self.steps) if step[0] <= instant), self.steps[0]
        )
        return price, version


_SILENT = frozenset({""})
_ACTIVITY = {"AUDIO_TRANSCRIPTION": "transcription", "AUDIO_GENERATION": "speech"}
_KIND = {"IMAGE_GENERATION": "IMAGE", "VIDEO_GENERATION": "VIDEO"}
_UNDIRECTED = frozenset({"PER_CHARACTER", "CREDITS", "PER_MEGABYTE", "PER_CALL"})
"""The text that goes in is as long as the text that is spoken, and credits pay for both ways."""


def conditions(
    unit: str, modality: str, direction: str | None, cost_type: str, subtype: str | None
) -> tuple[tuple[str, frozenset[str]], ...]:
    """What a usage must be for a price to be meant, by the members of a dimension. Text is in every
    call."""
    wanted: list[tuple[str, frozenset[str]]] = []
    if modality != "TEXT":
        wanted.append(("kind", frozenset({modality})))
    if cost_type in _KIND and _KIND[cost_type] != modality:
        wanted.append(("kind", frozenset({_KIND[cost_type]})))
    if cost_type in _ACTIVITY:
        wanted.append(("activity", frozenset({_ACTIVITY[cost_type]})))
    word = plain(subtype or "")
    if word and word not in ("input", "output"):
        wanted.append(("subtype", frozenset({word})))
    flow = word.upper() if word in ("input", "output") else direction
    if flow in ("INPUT", "OUTPUT") and unit not in _UNDIRECTED:
        wanted.append(("flow", frozenset({flow})))
    return tuple(wanted)


def condition(attribute: str, values: Iterable[str]) -> tuple[str, frozenset[str]]:
    """What a usage must be by an attribute of a price: one of the values."""
    name = trait_name(attribute)
    if name == "resolution":
        return name, frozenset(each for value in values for each in resolution_of(value))
    return name, frozenset(map(plain, values))


def quotes(
    rules: Iterable[Rule], traits: Traits, instant: int, percent: int = 100
) -> dict[str, Quote]:
    """By unit, also by every unit of the same family, what a usage costs: the most specific price
    that applies."""
    best: dict[str, Rule] = {}
    for rule in rules:
        if rule.applies(traits) and (
            rule.unit not in best or len(rule.conditions) > len(best[rule.unit].conditions)
        ):
            best[rule.unit] = rule
    found = {unit: _quote(rule, instant, percent) for unit, rule in best.items()}
    return {
        unit: quote
        for unit in UNITS
        if (quote := next((found[each] for each in (unit, *_FAMILY[unit]) if each in found), None))
    }


def _quote(rule: Rule, instant: int, percent: int) -> Quote:
    price, version = rule.at(instant)
    return Quote(
        rule.unit,
        price,
        version,
        rule.source,
        100 if rule.batch else percent,
        rule.estimate,
        rule.beside,
    )
