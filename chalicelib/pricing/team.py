"""Prices of a team's own: models it made, and dimensions it set for these or for models of the
list. Pure, no storage.

`TeamPrices` is a price source like the book, and asks the book for whatever the team says nothing
about:

- provider and name are compared without letter case; a team's model goes before the book's;
- a dimension goes before every list price of the same usage. Those by the token replace the rates
  of the price below them, one by one; those by another unit shut out the list's prices of the same
  family of units;
- a dimension that names something which the usage is not does not apply; of those that do, the most
  specific is taken;
- prices are dated, and the first of a model or dimension reaches back;
- a model without a price for its cache leaves calls that used the cache without a cost: any price
  would be a guess.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from chalicelib.kit.clock import DAY
from chalicelib.kit.money import divide
from chalicelib.pricing import batches
from chalicelib.pricing.book import PriceSource
from chalicelib.pricing.dimensions import Override, override_of, rules_of
from chalicelib.pricing.overlap import reports_gross
from chalicelib.pricing.rates import BATCH, Context, Price, Rates, Tariff
from chalicelib.pricing.traits import Facts, Traits, context_of, traits_of
from chalicelib.pricing.units import Offer, Rule, UnitPrice, quotes
from chalicelib.pricing.usage import Source

__all__ = ["TeamModel", "TeamPrices", "TokenPrices", "UnitPrice"]

_KEPT = 4_096
_LONGEST = 256
_ALWAYS = -(1 << 62)
"""Before every instant: when a price without a date begins."""


class TokenPrices(NamedTuple):
    """Nano-USD a million tokens from an instant on; a cache price may be unknown."""

    since: int | None
    """UTC epoch ms. None: always."""
    input: int
    output: int
    cache_read: int | None
    cache_write: int | None
    cache_write_1h: int | None


class TeamModel(NamedTuple):
    """A model of the team's own."""

    id: str
    version: int
    provider: str
    name: str
    prices: tuple[TokenPrices, ...]


class _Priced(NamedTuple):
    """All that a team says of one pair of provider and name."""

    model: TeamModel | None
    overrides: tuple[Override, ...]
    rules: tuple[Rule, ...]


class TeamPrices:
    """A PriceSource over a team's prices, and over another one for the rest."""

    def __init__(
        self, book: PriceSource, models: Iterable[TeamModel], units: Iterable[UnitPrice]
    ) -> None:
        self.version = book.version
        self._book = book
        self._priced, self._breaks = _by_name(tuple(models), tuple(units))
        self._price_on = lru_cache(_KEPT)(self._price_in)
        self._offer_on = lru_cache(_KEPT)(self._offer_in)

    def price(self, provider: str, model: str, instant: int, context: Context = ()) -> Price | None:
        """The price of tokens at an instant (UTC epoch ms): the team's, else the book's."""
        if not self._priced or len(provider) + len(model) > _LONGEST:
            return self._book.price(provider, model, instant, context)
        return self._price_on(
            provider, model, instant // DAY, bisect_right(self._breaks, instant), context
        )

    def offer(self, provider: str, model: str, instant: int, facts: Facts) -> Offer:
        """All that a usage can be charged by, the team's prices before the book's."""
        if not self._priced or len(provider) + len(model) + len("".join(facts)) > _LONGEST:
            return self._book.offer(provider, model, instant, facts)
        return self._offer_on(
            provider, model, instant // DAY, bisect_right(self._breaks, instant), facts
        )

    def vendor(self, provider: str) -> str:
        """Id of the provider that a label means; empty when the book does not know it."""
        return self._book.vendor(provider)

    def _price_in(
        self, provider: str, model: str, day: int, epoch: int, context: Context
    ) -> Price | None:
        base = self._book.price(provider, model, day * DAY, context)
        mine = self._priced.get(_key(provider, model))
        said = dict(context)
        tier = "BATCH" if BATCH in context else "STANDARD"
        facts = (
            "COMPLETION",
            "",
            "",
            "",
            tier,
            said.get("service_tier", ""),
            said.get("speed", ""),
        )
        return (
            self._tokens(mine, base, provider, context, traits_of(facts), self._moment(epoch))
            if mine
            else base
        )

    def _offer_in(self, provider: str, model: str, day: int, epoch: int, facts: Facts) -> Offer:
        base = self._book.offer(provider, model, day * DAY, facts)
        mine = self._priced.get(_key(provider, model))
        if mine is None:
            return base
        kind, *_, pricing_tier, service_tier, speed = facts
        context, traits = context_of(pricing_tier, service_tier, speed, kind), traits_of(facts)
        moment = self._moment(epoch)
        percent = batches.percent(self.vendor(provider)) if BATCH in context else 100
        price = self._tokens(mine, base.price, provider, context, traits, moment)
        own = quotes(mine.rules, traits, moment, percent)
        beside = base.beside if base.beside and base.beside.unit not in own else None
        return Offer(price, {**base.quotes, **own}, beside)

    def _moment(self, epoch: int) -> int:
        """An instant of the epoch: between two of its breaks no price of the team changes."""
        return self._breaks[epoch - 1] if epoch else _ALWAYS

    def _tokens(
        self,
        mine: _Priced,
        base: Price | None,
        provider: str,
        context: Context,
        traits: Traits,
        moment: int,
    ) -> Price | None:
        """The price of tokens: the team's model or the book's, with the dimensions that apply on
        top."""
        vendor = self.vendor(provider) or (base.vendor if base else "")
        percent = batches.percent(vendor) if BATCH in context else 100
        below = _own(mine.model, vendor, percent, moment) if mine.model else base
        chosen = _chosen(mine.overrides, traits)
        if not chosen:
            return below
        below = below or _nothing_known(vendor, percent)
        rates: dict[str, int] = {}
        names: dict[str, None] = {}
        for slot, rule in chosen.items():
            price, version = rule.at(moment)
            rates[slot] = divide(price * (100 if rule.batch else percent), below.percent)
            names[version] = None
        return _replaced(below, rates, "+".join((*names, *filter(None, (below.version,)))))


def _key(provider: str, model: str) -> tuple[str, str]:
    return provider.strip().lower(), model.strip().lower()


def _by_name(
    models: tuple[TeamModel, ...], units: tuple[UnitPrice, ...]
) -> tuple[Mapping[tuple[str, str], _Priced], list[int]]:
    """What is said of each pair of names, and every instant at which a price changes."""
    made = {_key(model.provider, model.name): model for model in models}
    said: dict[tuple[str, str], list[UnitPrice]] = {}
    for unit in units:
        said.setdefault(_key(unit.provider, unit.name), []).append(unit)
    priced = {}
    for key in made.keys() | said.keys():
        rules = rules_of(said.get(key, ()))
        tokens = tuple(
            override_of(price, rule) for price, rule in rules if price.unit == "PER_TOKEN"
        )
        others = tuple(rule for price, rule in rules if price.unit != "PER_TOKEN")
        priced[key] = _Priced(made.get(key), tokens, others)
    dated = {unit.since for unit in units} | {
        prices.since for model in models for prices in model.prices
    }
    return priced, sorted(since for since in dated if since is not None)


def _own(model: TeamModel, vendor: str, percent: int, moment: int) -> Price:
    """The price of a team's model."""
    dated = sorted(model.prices, key=lambda each: _ALWAYS if each.since is None else each.since)
    past = [each for each in dated if each.since is None or each.since <= moment]
    prices = past[-1] if past else dated[0]
    cache = {
        name: getattr(prices, name) for name in ("cache_read", "cache_write", "cache_write_1h")
    }
    known = {name: price or 0 for name, price in cache.items()}
    rates = Rates(
        input=prices.input, output=prices.output, reasoning=prices.output, call=0, **known
    )
    lacks = {name for name, price in cache.items() if price is None}
    if "cache_read" in lacks:
        lacks.add("audio_read")
    return _team_price(
        f"team:{model.id}@{model.version}", vendor, model.name, percent, rates, frozenset(lacks)
    )


def _nothing_known(vendor: str, percent: int) -> Price:
    """What dimensions are put upon for a model that neither the team nor the book has."""
    return _team_price(
        "", vendor, "", percent, Rates(0, 0, 0, 0, 0, 0, 0), frozenset(Rates._fields) - {"call"}
    )


def _team_price(
    version: str, vendor: str, name: str, percent: int, rates: Rates, lacks: frozenset[str]
) -> Price:
    gross = reports_gross(vendor, name.lower())
    return Price(
        version, vendor, name, gross, False, percent, Tariff(rates), (), Source.TEAM, lacks
    )


def _chosen(overrides: Iterable[Override], traits: Traits) -> dict[str, Rule]:
    """By the name of the rate, the most specific dimension that applies."""
    best: dict[str, Rule] = {}
    for override in overrides:
        if override.rule.applies(traits):
            for slot in override.slots:
                if slot not in best or len(override.rule.conditions) > len(best[slot].conditions):
                    best[slot] = override.rule
    return best


_AS_TEXT = {"input": "audio_input", "output": "audio_output", "cache_read": "audio_read"}
"""Audio without a rate of its own is charged as text."""


def _replaced(price: Price, rates: Mapping[str, int], version: str) -> Price:
    """A price with some of its rates replaced, in every step and window of it."""
    known = {*rates, *(audio for text, audio in _AS_TEXT.items() if text in rates)}

    def tariff(old: Tariff) -> Tariff:
        return Tariff(
            old.base._replace(**rates),
            tuple((start, each._replace(**rates)) for start, each in old.steps),
        )

    return Price(
        version,
        price.vendor,
        price.model,
        price.gross,
        False,
        price.percent,
        tariff(price.tariff),
        tuple((start, end, tariff(old)) for start, end, old in price.windows),
        Source.TEAM,
        price.lacks - known,
    )
