"""Unit prices: what a second, a character, an image or a credit of a model costs, and which usage a
price is for.

Prices come from two places, the list (media.py) and the team (team.py). Both make `Rule`s of them:
a price with its history and its conditions. `quote_units` picks, for one usage, the most
specific rule of each unit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib.pricing.rates import Price
from chalicelib.pricing.traits import Traits, plain, resolution_names, trait_name
from chalicelib.pricing.usage import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPrice:
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
    direction: str | None = None
    """INPUT, OUTPUT or BIDIRECTIONAL."""
    cost_type: str
    subtype: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    price: int
    """Nano-USD a million units."""
    credit_rate: int | None = None
    """Nano-USD a million credits: what the tenant pays for a credit; goes before `price` where
    there is one."""
    since: int | None = None
    """UTC epoch ms from which it holds. None: always."""
    made: int | None = None
    """UTC epoch ms at which it was put before a list price; before, it prices only what had none.
    None: it was never put before one."""
    ended: int | None = None
    """UTC epoch ms at which it was deleted. None: it was not."""


SECONDS = {"PER_SECOND": 1, "PER_MINUTE": 60, "PER_HOUR": 3_600}
"""Units of time, in seconds."""
_FAMILIES = (
    tuple(SECONDS),
    ("PER_IMAGE", "PER_MEGAPIXEL"),
    ("PER_CHARACTER",),
    ("CREDITS",),
    ("PER_MEGABYTE",),
    ("PER_CALL",),
)
_FAMILY = {unit: family for family in _FAMILIES for unit in family}
UNITS = frozenset(_FAMILY)
"""The units that something else than tokens is billed by. Those of one family measure the same
usage."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What one unit of a usage costs."""

    unit: str
    price: int
    """Nano-USD a million units."""
    version: str
    source: Source
    percent: int
    """Of the price that is charged: below 100 for a batch call."""
    estimate: bool = False
    """The vendor bills tokens and publishes this only as what they come to; known tokens go
    first."""
    beside: bool = False
    """The vendor bills this and the tokens."""
    least_seconds: int = 0
    """Charged even if there were less, but not for nothing."""


class Offer(NamedTuple):
    """All that a usage can be charged by."""

    price: Price | None
    """Of its tokens."""
    quotes: Mapping[str, Quote]
    """By unit, those of the same family included."""
    beside: Quote | None = None
    """One of the quotes that is charged on top of the tokens, and not instead of them."""


Condition = tuple[str, frozenset[str]]
"""(trait, the values that it may have); an empty text stands for a usage that does not say."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A price, its history and its conditions."""

    unit: str
    steps: tuple[tuple[int, int, str], ...]
    """(UTC epoch ms from which it holds, nano-USD a million units, version), the oldest first; it
    reaches back."""
    conditions: tuple[Condition, ...]
    source: Source
    estimate: bool = False
    beside: bool = False
    least_seconds: int = 0
    made: int | None = None
    """UTC epoch ms at which it was put before a list price; None: it stands alone."""
    ended: int | None = None
    """UTC epoch ms at which it ceased; None: it did not."""

    def stands_at(self, instant: int, *, is_needed: bool) -> bool:
        """Whether it holds at an instant (UTC epoch ms). Before it was made it does only where it
        is needed, because nothing else prices that."""
        if self.ended is not None and instant >= self.ended:
            return False
        return is_needed or self.made is None or instant >= self.made

    def applies(self, traits: Traits) -> bool:
        """Whether the usage meets every condition."""
        return all(traits.get(name, _SILENT) & allowed for name, allowed in self.conditions)

    @property
    def is_for_batches(self) -> bool:
        """Whether it says itself what a batch call costs, so that no discount is due on it."""
        return any(name == "processing" for name, _ in self.conditions)

    def at(self, instant: int) -> tuple[int, str]:
        """Price and version in force at an instant (UTC epoch ms)."""
        for since, price, version in reversed(self.steps):
            if since <= instant:
                return price, version
        _, price, version = self.steps[0]
        return price, version

    def is_more_specific(self, other: "Rule | None") -> bool:
        """Whether it has more conditions than another one, or there is no other."""
        return other is None or len(self.conditions) > len(other.conditions)


_SILENT = frozenset({""})
_ACTIVITY = {"AUDIO_TRANSCRIPTION": "transcription", "AUDIO_GENERATION": "speech"}
_KIND = {"IMAGE_GENERATION": "IMAGE", "VIDEO_GENERATION": "VIDEO"}
_UNDIRECTED = frozenset({"PER_CHARACTER", "CREDITS", "PER_MEGABYTE", "PER_CALL"})
"""The text that goes in is as long as the text that is spoken, and credits pay for both ways."""
_DIRECTIONS = ("INPUT", "OUTPUT")


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageSelector:
    """The members of a dimension that say what a usage must be for its price to be meant."""

    unit: str
    modality: str
    cost_type: str
    direction: str | None = None
    subtype: str | None = None

    def conditions(self) -> tuple[Condition, ...]:
        """As conditions of a rule. Text is in every call."""
        wanted: list[Condition] = []
        if self.modality != "TEXT":
            wanted.append(("kind", frozenset({self.modality})))
        kind = _KIND.get(self.cost_type)
        if kind is not None and kind != self.modality:
            wanted.append(("kind", frozenset({kind})))
        if self.cost_type in _ACTIVITY:
            wanted.append(("activity", frozenset({_ACTIVITY[self.cost_type]})))
        flow, word = self.direction, plain(self.subtype or "")
        if word.upper() in _DIRECTIONS:
            flow = word.upper()
        elif word:
            wanted.append(("subtype", frozenset({word})))
        if flow in _DIRECTIONS and self.unit not in _UNDIRECTED:
            wanted.append(("flow", frozenset({flow})))
        return tuple(wanted)


def attribute_condition(attribute: str, values: Iterable[str]) -> Condition:
    """What a usage must be by an attribute of a price: one of the values."""
    name = trait_name(attribute)
    allowed: set[str] = set()
    for value in values:
        if name == "resolution":
            allowed |= resolution_names(value)
        else:
            allowed.add(plain(value))
    return name, frozenset(allowed)


def quote_units(
    rules: Iterable[Rule], traits: Traits, instant: int, percent: int = 100
) -> dict[str, Quote]:
    """By unit, also by every unit of the same family, what a usage costs at an instant (UTC epoch
    ms): the most specific price that applies. `percent` of it is charged of a batch call."""
    best: dict[str, Rule] = {}
    for rule in rules:
        if rule.applies(traits) and rule.is_more_specific(best.get(rule.unit)):
            best[rule.unit] = rule
    quotes: dict[str, Quote] = {}
    for unit, family in _FAMILY.items():
        for same in (unit, *family):
            if same in best:
                quotes[unit] = _quote(best[same], instant, percent)
                break
    return quotes


def _quote(rule: Rule, instant: int, percent: int) -> Quote:
    price, version = rule.at(instant)
    return Quote(
        unit=rule.unit,
        price=price,
        version=version,
        source=rule.source,
        percent=100 if rule.is_for_batches else percent,
        estimate=rule.estimate,
        beside=rule.beside,
        least_seconds=rule.least_seconds,
    )
