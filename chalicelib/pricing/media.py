"""Media prices: what seconds, characters, images and credits cost by list, from the checked-in
media.json.

genai-prices, of which book.json is made, knows hardly any of them. The file is ours: one model an
entry, with the provider ids of the book (or of its own `providers`, with their labels), the test
that finds the model, where the price was read (`source`), when it was last compared (`checked`) and
with what (`against`), and its prices: unit, modality, direction, type, conditions (`when`: the
values that a resolution or quality may have, an empty text for a call that leaves it to the
provider's default) and `usd` a unit, dated. A price is an `estimate` where the vendor bills tokens
and publishes what these come to, and `beside` where it bills both; `least_seconds` are charged even
for less (Groq: console.groq.com/docs/speech-to-text, and the same rule in genai-prices' code). It
is read when the first media call is rated.
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from chalicelib.kit.clock import day_start
from chalicelib.pricing.labels import fold_forms
from chalicelib.pricing.matching import Clause, parse_clause
from chalicelib.pricing.media_check import check
from chalicelib.pricing.units import Rule, UnitPrice, UsageSelector, attribute_condition
from chalicelib.pricing.usage import Source

_FILE = Path(__file__).with_name("media.json")
_SCALE = 15
"""From USD a unit to nano-USD a million units, as a power of ten."""


class Model:
    """A model of one provider."""

    def __init__(self, raw: Mapping[str, Any], version: str) -> None:
        self.id: str = raw["id"]
        self.mode: str = raw["mode"]
        self.match: Clause = parse_clause(raw["match"])
        self.prices: tuple[Mapping[str, Any], ...] = tuple(raw["prices"])
        self.rules: tuple[Rule, ...] = tuple(_rule(price, version) for price in self.prices)


class MediaBook:
    """The media prices by provider."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        check(raw)
        self.version: str = raw["version"]
        self._provider_by_label: dict[str, str] = {}
        for name, labels in raw["providers"].items():
            self._provider_by_label |= dict.fromkeys(labels, name)
        self._models: dict[str, list[Model]] = {}
        for line in raw["models"]:
            model = Model(line, self.version)
            for provider in line["providers"]:
                self._models.setdefault(provider, []).append(model)

    def provider(self, label: str) -> str:
        """The provider that a label means, of those that the price book does not have; empty when
        none."""
        for text in fold_forms(label):
            if text in self._provider_by_label:
                return self._provider_by_label[text]
        return ""

    def find(self, provider: str, model: str) -> tuple[Rule, ...]:
        """The prices of a provider's model by its lower-case name; empty when there are none."""
        for each in self._models.get(provider, ()):
            if each.match.matches(model):
                return each.rules
        return ()

    def models(self) -> Iterator[tuple[str, Model]]:
        """Every provider and model of the file."""
        for provider, models in self._models.items():
            for model in models:
                yield provider, model

    def dimensions(self, provider: str, model: str, instant: int) -> tuple[UnitPrice, ...]:
        """A model's list prices in force at an instant (UTC epoch ms), as dimensions of the
        catalogue; `model` is its id."""
        for each in self._models.get(provider, ()):
            if each.id == model:
                return tuple(_dimensions(provider, each, instant))
        return ()


def _rule(price: Mapping[str, Any], version: str) -> Rule:
    selector = UsageSelector(
        unit=price["unit"],
        modality=price["modality"],
        cost_type=price["type"],
        direction=price["direction"],
    )
    conditions = list(selector.conditions())
    for name, values in price.get("when", {}).items():
        conditions.append(attribute_condition(name, values))
    return Rule(
        unit=price["unit"],
        steps=tuple((day_start(since), nano(usd), version) for since, usd in price["usd"]),
        conditions=tuple(conditions),
        source=Source.BOOK,
        estimate=bool(price.get("estimate")),
        beside=bool(price.get("beside")),
        least_seconds=price.get("least_seconds", 0),
    )


def nano(usd: str) -> int:
    """Nano-USD a million units, from USD a unit as text."""
    return int(Decimal(usd).scaleb(_SCALE))


def _dimensions(provider: str, model: Model, instant: int) -> Iterator[UnitPrice]:
    """One dimension a combination of conditions, each by the first of its spellings; a price by the
    hour is told by the minute, because dimensions know no hours."""
    for price, rule in zip(model.prices, model.rules, strict=True):
        names = price.get("when", {})
        unit, (rate, _) = price["unit"], rule.at(instant)
        if unit == "PER_HOUR":
            unit, rate = "PER_MINUTE", round(Decimal(rate) / 60)
        for values in product(*map(_without_silence, names.values())):
            yield UnitPrice(
                id="",
                version=1,
                provider=provider,
                name=model.id,
                unit=unit,
                modality=price["modality"],
                direction=price["direction"],
                cost_type=price["type"],
                attributes=dict(zip(names, values, strict=True)),
                price=rate,
            )


def _without_silence(values: list[str]) -> list[str]:
    """The values of a condition without the empty one, which stands for a call that does not
    say."""
    return [value for value in values if value]


@cache
def media() -> MediaBook:
    """The media prices that came with this release; loaded at the first call."""
    return MediaBook(json.loads(_FILE.read_text(encoding="utf-8")))
