"""The price book: list prices of 47 providers, by model and day, from the checked-in book.json.

`book()` loads it once, at first use (no import of genai-prices, see infra/prices/compile.py). A
look-up is one hit in a dict keyed by provider, model, UTC day and context; prices that change
within the day carry their windows with them.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from chalicelib.kit.clock import DAY, day_start
from chalicelib.pricing import batches
from chalicelib.pricing.labels import ALIASES, LOCAL, folded
from chalicelib.pricing.matching import Clause, clause, dashed_date
from chalicelib.pricing.rates import BATCH, Context, Price, price_on, standing_on
from chalicelib.pricing.traits import Facts, context_of, traits_of
from chalicelib.pricing.units import Offer, Rule, quotes

_FILE = Path(__file__).with_name("book.json")
_KEPT = 8_192
_LONGEST = 256
"""Callers choose provider and model, so the memory must have an end: this many pairs, of at most so
many characters. No name in the book is half as long."""


class PriceSource(Protocol):
    """Whoever can say what a model costs."""

    version: str

    def price(self, provider: str, model: str, instant: int, context: Context = ()) -> Price | None:
        """The price of tokens at an instant (UTC epoch ms) for the names on the wire. None when it
        is not known."""

    def offer(self, provider: str, model: str, instant: int, facts: Facts) -> Offer:
        """The same for a usage of any kind: the price of its tokens, and by unit what everything
        else costs."""

    def vendor(self, provider: str) -> str:
        """Id of the provider that a label on the wire means; empty when unknown."""


class _Entry(NamedTuple):
    """A model in a provider's list: its id, its test and its line of the book."""

    id: str
    match: Clause
    line: Mapping[str, Any]


class _Found(NamedTuple):
    """A model, who charges for it and in whose list it stands."""

    vendor: str
    owner: str
    entry: _Entry


class _Provider:
    """One provider of the book; its models are read when first asked for (openrouter alone has
    900)."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.id: str = raw["id"]
        self.fallback: tuple[str, ...] = tuple(raw.get("fallback", ()))
        self.label = clause(raw.get("label", {}))
        self.owns = clause(raw.get("owns", {}))
        self._raw = raw

    @cached_property
    def models(self) -> tuple[_Entry, ...]:
        return tuple(
            _Entry(line["id"], clause(line["match"]), line) for line in self._raw["models"]
        )

    def own(self, model: str) -> _Entry | None:
        """The first model of its list that the text means."""
        return next((entry for entry in self.models if entry.match.matches(model)), None)


class PriceBook:
    """A PriceSource over list prices."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.version: str = raw["version"]
        self._providers = {provider["id"]: _Provider(provider) for provider in raw["providers"]}
        self._on_day = lru_cache(_KEPT)(self._price_on)
        self._offer_on = lru_cache(_KEPT)(self._offered)
        self._named = lru_cache(_KEPT)(self._resolve)

    def price(self, provider: str, model: str, instant: int, context: Context = ()) -> Price | None:
        """The list price at an instant (UTC epoch ms); `provider` and `model` as the caller wrote
        them. None when the book does not know it, or when tokens do not tell the cost."""
        if len(model) > _LONGEST or len(provider) > _LONGEST:
            return None
        return self._on_day(provider, model, instant // DAY, context)

    def offer(self, provider: str, model: str, instant: int, facts: Facts) -> Offer:
        """List prices of tokens and, from media.json, of everything else."""
        if len(provider) + len(model) + len("".join(facts)) > _LONGEST:
            return self._offered(provider, model, instant // DAY, facts)
        return self._offer_on(provider, model, instant // DAY, facts)

    def vendor(self, provider: str) -> str:
        """Id of the provider that a label means; empty when the book does not know it."""
        known = self._provider(provider)
        return known.id if known else ""

    def find(self, provider: str, model: str) -> tuple[str, str] | None:
        """(provider id, model id) for a label and a name, by the provider's own list and its
        declared fall-backs."""
        known = self._provider(provider)
        found = known and self._listed(known, model.lower())
        return (found.vendor, found.entry.id) if found else None

    @cached_property
    def named(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        """The line of every model that a name finds, by provider id and that name: mostly the
        model's id, which the test of an earlier model may take away."""
        return {
            (provider.id, name): entry.line
            for provider in self._providers.values()
            for entry in provider.models
            if (name := entry.line.get("as", entry.id))
        }

    def standing(self, provider: str, name: str, day: str) -> Mapping[str, Any]:
        """A named model's rates on a UTC day (YYYY-MM-DD) as the book writes them; empty when it
        lists none."""
        line = self.named.get((provider, name))
        return (line and standing_on(line, day_start(day) // DAY)) or {}

    def _offered(self, provider: str, model: str, day: int, facts: Facts) -> Offer:
        kind, *_, pricing_tier, service_tier, speed = facts
        context = context_of(pricing_tier, service_tier, speed, kind)
        price = self.price(provider, model, day * DAY, context)
        if kind == "COMPLETION" or len(model) > _LONGEST:
            return Offer(price, {})
        vendor, rules = self.media_of(provider, model)
        percent = batches.percent(vendor) if BATCH in context else 100
        found = quotes(rules, traits_of(facts), day * DAY, percent)
        return Offer(price, found, next((quote for quote in found.values() if quote.beside), None))

    def media_of(self, provider: str, model: str) -> tuple[str, tuple[Rule, ...]]:
        """Who charges for a model by other units than tokens, and its prices; found as `_resolve`
        finds models."""
        # Only here: most deployments never meter anything but completions.
        from chalicelib.pricing.media import media

        text = model.strip().lower()
        if folded(provider) in LOCAL:
            return "", ()
        labelled = self._media_provider(provider)
        if labelled and (found := media().find(labelled, text)):
            return labelled, found
        head, slash, tail = text.partition("/")
        if (
            slash
            and (prefixed := self._media_provider(head))
            and (found := media().find(prefixed, tail))
        ):
            return prefixed, found
        owner = next((each.id for each in self._providers.values() if each.owns.matches(text)), "")
        if found := media().find(owner, text):
            return owner, found
        return ("", ()) if labelled else media().everywhere(text)

    def _media_provider(self, label: str) -> str:
        from chalicelib.pricing.media import media

        known = media().provider(label) or self._provider(label)
        return known if isinstance(known, str) else known.id if known else ""

    def _price_on(self, provider: str, model: str, day: int, context: Context) -> Price | None:
        prices = [
            price_on(
                found.entry.line,
                day,
                context,
                version=self.version,
                vendor=found.vendor,
                owner=found.owner,
            )
            for found in self._named(provider, model)
        ]
        # Several candidates: an open model under an unknown route. A price that its hosts do not
        # agree on is a guess.
        return (
            prices[0] if prices and all(_same(prices[0], price) for price in prices[1:]) else None
        )

    def _resolve(self, provider: str, model: str) -> tuple[_Found, ...]:
        """The candidates for a pair of names, mostly one.

        In this order: the labelled provider's list; a provider named before a slash in the model
        (`bedrock/…`, as routers write); the vendor that the name gives away (claude…, gpt-…);
        for labels that mean no provider, every list.
        """
        text = model.strip().lower()
        if folded(provider) in LOCAL:
            return ()
        labelled = self._provider(provider)
        if labelled and (found := self._listed(labelled, text)):
            return (found,)
        head, slash, tail = text.partition("/")
        if slash:
            if folded(head) in LOCAL:
                return ()
            if (prefixed := self._provider(head)) and (found := self._listed(prefixed, tail)):
                return (found,)
        if found := self._owned(text) or self._owned(text.rpartition("/")[2]):
            return (found,)
        return () if labelled else tuple(self._everywhere(text))

    def _provider(self, label: str) -> _Provider | None:
        text = label.strip().lower()
        known = self._providers.get(ALIASES.get(folded(text), text))
        return known or next(
            (each for each in self._providers.values() if each.label.matches(text)), None
        )

    def _listed(self, provider: _Provider, model: str) -> _Found | None:
        """The model in the provider's own list or in those whose models it resells; dates in either
        form."""
        for name in dict.fromkeys((model, dashed_date(model))):
            for owner in (provider, *(self._providers[each] for each in provider.fallback)):
                if entry := owner.own(name):
                    return _Found(provider.id, owner.id, entry)
        return None

    def _owned(self, model: str) -> _Found | None:
        owner = next((each for each in self._providers.values() if each.owns.matches(model)), None)
        return self._listed(owner, model) if owner else None

    def _everywhere(self, model: str) -> Iterator[_Found]:
        for provider in self._providers.values():
            if entry := provider.own(model):
                yield _Found(provider.id, provider.id, entry)


def _same(one: Price | None, other: Price | None) -> bool:
    """Whether two prices charge the same for every call."""
    return (one and (one.gross, one.free, one.percent, one.tariff, one.windows)) == (
        other and (other.gross, other.free, other.percent, other.tariff, other.windows)
    )


@cache
def book() -> PriceBook:
    """The list prices that came with this release; loaded at the first call."""
    return PriceBook(json.loads(_FILE.read_text(encoding="utf-8")))
