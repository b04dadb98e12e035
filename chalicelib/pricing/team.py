"""Prices of a team's own: models it made, and dimensions it set for these or for models of the
list. Pure, no storage.

`TeamPrices` is a price source like the book, and asks the book for whatever the team says nothing
about:

- provider and name are compared without letter case, and a provider's label folds as the book's
  do; a team's model goes before the book's;
- a dimension goes before every list price of the same usage. Those by the token replace the rates
  of the price below them, one by one; those by another unit shut out the list's prices of the same
  family of units;
- a dimension that names something which the usage is not does not apply; of those that do, the most
  specific is taken;
- prices are dated, and the first of a model or dimension reaches back; one of a listed model begins
  when it is made, ends when it is deleted, and reaches back only for what had no price;
- a model without a price for its cache leaves calls that used the cache without a cost: any price
  would be a guess.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from chalicelib.kit.clock import DAY
from chalicelib.kit.money import divide
from chalicelib.pricing import batches
from chalicelib.pricing.batches import BATCH
from chalicelib.pricing.book import PriceSource
from chalicelib.pricing.dimensions import ALWAYS, Override, make_rules, override_of
from chalicelib.pricing.labels import fold_forms
from chalicelib.pricing.overlap import has_reads_inside
from chalicelib.pricing.rates import NO_CHARGE, Context, Price, Rates, Tariff
from chalicelib.pricing.tokens import LEG_OF_RATE
from chalicelib.pricing.traits import Traits, context_of, traits_of
from chalicelib.pricing.units import Offer, Rule, UnitPrice, quote_units
from chalicelib.pricing.usage import Facts, Source

__all__ = ["TeamModel", "TeamPrices", "TokenPrices", "UnitPrice", "price_key"]

_MOST_REMEMBERED = 4_096
_LONGEST = 256
_CACHE_RATES = ("cache_read", "cache_write", "cache_write_1h")


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """Nano-USD a million tokens from an instant on; a cache price may be unknown."""

    since: int | None
    """UTC epoch ms. None: always."""
    input: int
    output: int
    cache_read: int | None = None
    cache_write: int | None = None
    cache_write_1h: int | None = None

    @property
    def begin(self) -> int:
        """The first instant at which they hold."""
        return ALWAYS if self.since is None else self.since


@dataclass(frozen=True, slots=True)
class TeamModel:
    """A model of the team's own."""

    id: str
    version: int
    provider: str
    name: str
    prices: tuple[TokenPrices, ...]
    """At least one, in any order."""

    def prices_at(self, instant: int) -> TokenPrices:
        """The prices in force at an instant (UTC epoch ms); the first ones reach back."""
        in_force, *later = sorted(self.prices, key=lambda each: each.begin)
        for prices in later:
            if prices.begin <= instant:
                in_force = prices
        return in_force


@dataclass(frozen=True, slots=True)
class _OwnPrices:
    """All that a team says of one pair of provider and name."""

    model: TeamModel | None
    overrides: tuple[Override, ...]
    """Its prices by the token."""
    rules: tuple[Rule, ...]
    """Its prices by other units."""


@dataclass(frozen=True, slots=True)
class _Call:
    """What chooses among the prices of a team."""

    vendor: str
    """Id of the provider that the label means; empty when unknown."""
    context: Context
    traits: Traits
    day: int
    """UTC day, days since 1970."""
    moment: int
    """UTC epoch ms: an instant at which the same prices hold as at the call's."""


class TeamPrices:
    """A PriceSource over a team's prices, and over another one for the rest."""

    def __init__(
        self, book: PriceSource, models: Iterable[TeamModel], units: Iterable[UnitPrice]
    ) -> None:
        self.version = book.version
        self._book = book
        models, units = tuple(models), tuple(units)
        self._own_prices = _group_by_name(book, models, units)
        self._breaks = _find_breaks(models, units)
        self._price_on_day = lru_cache(_MOST_REMEMBERED)(self._find_price)
        self._offer_on_day = lru_cache(_MOST_REMEMBERED)(self._make_offer)

    def price(self, provider: str, model: str, instant: int, context: Context = ()) -> Price | None:
        """The price of tokens at an instant (UTC epoch ms): the team's, else the book's."""
        if not self._own_prices or len(provider) + len(model) > _LONGEST:
            return self._book.price(provider, model, instant, context)
        return self._price_on_day(
            provider, model, instant // DAY, bisect_right(self._breaks, instant), context
        )

    def offer(self, provider: str, model: str, instant: int, facts: Facts) -> Offer:
        """All that a usage can be charged by at an instant (UTC epoch ms), the team's prices before
        the book's."""
        if not self._own_prices or len(provider) + len(model) + facts.length() > _LONGEST:
            return self._book.offer(provider, model, instant, facts)
        return self._offer_on_day(
            provider, model, instant // DAY, bisect_right(self._breaks, instant), facts
        )

    def vendor(self, provider: str) -> str:
        """Id of the provider that a label means; empty when the book does not know it."""
        return self._book.vendor(provider)

    def _find_price(
        self, provider: str, model: str, day: int, epoch: int, context: Context
    ) -> Price | None:
        base = self._book.price(provider, model, day * DAY, context)
        own = self._own_prices.get(price_key(self._book, provider, model))
        if own is None:
            return base
        properties = dict(context)
        facts = Facts(
            pricing_tier="BATCH" if BATCH in context else "STANDARD",
            service_tier=properties.get("service_tier", ""),
            speed=properties.get("speed", ""),
        )
        return _price_of_tokens(own, base, self._call(provider, context, facts, day, epoch))

    def _make_offer(self, provider: str, model: str, day: int, epoch: int, facts: Facts) -> Offer:
        base = self._book.offer(provider, model, day * DAY, facts)
        own = self._own_prices.get(price_key(self._book, provider, model))
        if own is None:
            return base
        call = self._call(provider, context_of(facts), facts, day, epoch)
        price = _price_of_tokens(own, base.price, call)
        percent = _percent_of(call, call.vendor)
        rules = _choose_rules(own.rules, base, call.moment)
        quotes = quote_units(rules, call.traits, call.moment, percent)
        beside = base.beside
        if beside is not None and beside.unit in quotes:
            beside = None
        return Offer(price, {**base.quotes, **quotes}, beside)

    def _call(self, provider: str, context: Context, facts: Facts, day: int, epoch: int) -> _Call:
        """`epoch` is the number of breaks before the call: between two of them no price of the team
        changes."""
        moment = self._breaks[epoch - 1] if epoch else ALWAYS
        return _Call(self.vendor(provider), context, traits_of(facts), day, moment)


def _percent_of(call: _Call, vendor: str) -> int:
    """Percent of a team's prices that a call pays: those that say nothing of batches are what
    a batch costs where the vendor grants nothing."""
    if BATCH not in call.context:
        return 100
    return batches.percent_of(vendor, call.day) or 100


def price_key(book: PriceSource, provider: str, model: str) -> tuple[str, str]:
    """What prices of a team are found by: a label of a provider that the book knows folds, so that
    `openai.chat` is charged as OPENAI."""
    label = provider.strip().lower()
    if book.vendor(label):
        *_, label = fold_forms(label)
    return label, model.strip().lower()


def _group_by_name(
    book: PriceSource, models: Sequence[TeamModel], units: Sequence[UnitPrice]
) -> Mapping[tuple[str, str], _OwnPrices]:
    """What is said of each pair of provider and name."""
    models_by_name = {price_key(book, model.provider, model.name): model for model in models}
    units_by_name: dict[tuple[str, str], list[UnitPrice]] = {}
    for unit in units:
        units_by_name.setdefault(price_key(book, unit.provider, unit.name), []).append(unit)
    grouped = {}
    for key in models_by_name.keys() | units_by_name.keys():
        overrides, rules = [], []
        for price, rule in make_rules(units_by_name.get(key, ())):
            if price.unit == "PER_TOKEN":
                overrides.append(override_of(price, rule))
            else:
                rules.append(rule)
        grouped[key] = _OwnPrices(models_by_name.get(key), tuple(overrides), tuple(rules))
    return grouped


def _find_breaks(models: Sequence[TeamModel], units: Sequence[UnitPrice]) -> list[int]:
    """Every instant at which a price changes, the first one first."""
    dated: set[int | None] = set()
    for unit in units:
        dated.update((unit.since, unit.made, unit.ended))
    for model in models:
        dated.update(prices.since for prices in model.prices)
    return sorted(since for since in dated if since is not None)


def _price_of_tokens(own: _OwnPrices, base: Price | None, call: _Call) -> Price | None:
    """The price of tokens: the team's model or the book's (`base`), with the dimensions that apply
    on top."""
    vendor = call.vendor or (base.vendor if base else "")
    percent = _percent_of(call, vendor)
    below = base
    if own.model is not None:
        below = _price_of_model(own.model, vendor, percent, call.moment)
    lacks = frozenset(LEG_OF_RATE) if below is None else below.lacks
    chosen = _choose_overrides(own.overrides, call, lacks)
    if not chosen:
        return below
    below = below or _price_of_nothing(vendor, percent)
    rates: dict[str, int] = {}
    versions: list[str] = []
    for name, rule in chosen.items():
        price, version = rule.at(call.moment)
        charged_percent = 100 if rule.is_for_batches else percent
        rates[name] = divide(price * charged_percent, below.percent)
        versions.append(version)
    if below.version:
        versions.append(below.version)
    return _replace_rates(below, rates, "+".join(dict.fromkeys(versions)))


def _price_of_model(model: TeamModel, vendor: str, percent: int, moment: int) -> Price:
    """The price of a team's model at a moment (UTC epoch ms)."""
    prices = model.prices_at(moment)
    lacks = {name for name in _CACHE_RATES if getattr(prices, name) is None}
    if "cache_read" in lacks:
        lacks.add("audio_read")
    rates = Rates(
        input=prices.input,
        output=prices.output,
        reasoning=prices.output,
        cache_read=prices.cache_read or 0,
        cache_write=prices.cache_write or 0,
        cache_write_1h=prices.cache_write_1h or 0,
    )
    return Price(
        version=f"team:{model.id}@{model.version}",
        vendor=vendor,
        model=model.name,
        reads_inside=has_reads_inside(vendor, model.name),
        percent=percent,
        tariff=Tariff(rates),
        source=Source.TEAM,
        lacks=frozenset(lacks),
    )


def _price_of_nothing(vendor: str, percent: int) -> Price:
    """What dimensions are put upon for a model that neither the team nor the book has."""
    return Price(
        version="",
        vendor=vendor,
        model="",
        reads_inside=has_reads_inside(vendor, ""),
        percent=percent,
        tariff=Tariff(NO_CHARGE),
        source=Source.TEAM,
        lacks=frozenset(LEG_OF_RATE),
    )


def _choose_overrides(
    overrides: Iterable[Override], call: _Call, lacks: frozenset[str]
) -> dict[str, Rule]:
    """By the name of the rate, the most specific dimension that applies; `lacks` are the rates
    that nothing below has a price for."""
    best: dict[str, Rule] = {}
    for override in overrides:
        rule = override.rule
        if not rule.applies(call.traits):
            continue
        for rate in override.rates:
            stands = rule.stands_at(call.moment, is_needed=rate in lacks)
            if stands and rule.is_more_specific(best.get(rate)):
                best[rate] = rule
    return best


def _choose_rules(rules: Iterable[Rule], base: Offer, moment: int) -> list[Rule]:
    """The rules that hold at a moment (UTC epoch ms). Where the list prices the tokens of a usage
    or its unit, a rule is not needed before it was made."""
    chosen = []
    for rule in rules:
        is_needed = base.price is None and rule.unit not in base.quotes
        if rule.stands_at(moment, is_needed=is_needed):
            chosen.append(rule)
    return chosen


_AS_TEXT = {"input": "audio_input", "output": "audio_output", "cache_read": "audio_read"}
"""Audio without a rate of its own is charged as text."""


def _replace_rates(price: Price, rates: Mapping[str, int], version: str) -> Price:
    """A price with some of its rates replaced, in every step and window of it."""
    known = set(rates)
    for text, audio in _AS_TEXT.items():
        if text in rates:
            known.add(audio)
    windows = []
    for start, end, tariff in price.windows:
        windows.append((start, end, _replace_in_tariff(tariff, rates)))
    return replace(
        price,
        version=version,
        free=False,
        tariff=_replace_in_tariff(price.tariff, rates),
        windows=tuple(windows),
        source=Source.TEAM,
        lacks=price.lacks - known,
    )


def _replace_in_tariff(tariff: Tariff, rates: Mapping[str, int]) -> Tariff:
    steps = []
    for start, old in tariff.steps:
        steps.append((start, replace(old, **rates)))
    return Tariff(replace(tariff.base, **rates), tuple(steps))
