"""The price book: list prices of 47 providers, by model and day, from the checked-in book.json.

`book()` loads it once, at first use (no import of genai-prices, see infra/prices/compile.py). A
look-up is one hit in a dict keyed by provider, model, UTC day and context; prices that change
within the day carry their windows with them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import product
from pathlib import Path
from typing import Any, Protocol

from chalicelib.kit.clock import DAY, day_start
from chalicelib.pricing import batches
from chalicelib.pricing.batches import BATCH
from chalicelib.pricing.labels import ALIASES, MAKERS, fold_forms, fold_label
from chalicelib.pricing.matching import Clause, parse_clause, with_dashed_date
from chalicelib.pricing.rates import TIERS, Context, ListEntry, Price, price_on, standing_on
from chalicelib.pricing.routes import find_route
from chalicelib.pricing.traits import context_of, traits_of
from chalicelib.pricing.units import Offer, Rule, quote_units
from chalicelib.pricing.usage import Facts

_FILE = Path(__file__).with_name("book.json")
_MOST_REMEMBERED = 8_192
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


@dataclass(frozen=True, slots=True)
class _BookLine:
    """A model in a provider's list: its test and its line of the book."""

    match: Clause
    line: Mapping[str, Any]


class _Provider:
    """One provider of the book; its models are read when first asked for (openrouter alone has
    900)."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.id: str = raw["id"]
        self.fallback: tuple[str, ...] = tuple(raw.get("fallback", ()))
        self.owns = parse_clause(raw.get("owns", {}))
        self._raw = raw

    @cached_property
    def models(self) -> tuple[_BookLine, ...]:
        """Its list, in the order of the book: the first that matches is meant."""
        return tuple(_BookLine(parse_clause(line["match"]), line) for line in self._raw["models"])

    def find(self, model: str) -> Mapping[str, Any] | None:
        """The line of the first model of its list that a lower-case text means."""
        for entry in self.models:
            if entry.match.names(model):
                return entry.line
        return None


class PriceBook:
    """A PriceSource over list prices."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.version: str = raw["version"]
        self._providers = {provider["id"]: _Provider(provider) for provider in raw["providers"]}
        self._providers_by_label = self._read_labels()
        self._price_on_day = lru_cache(_MOST_REMEMBERED)(self._find_price)
        self._offer_on_day = lru_cache(_MOST_REMEMBERED)(self._make_offer)
        self._find_entry = lru_cache(_MOST_REMEMBERED)(self._resolve)

    def price(self, provider: str, model: str, instant: int, context: Context = ()) -> Price | None:
        """The list price at an instant (UTC epoch ms); `provider` and `model` as the caller wrote
        them. None when the book does not know it, or when tokens do not tell the cost."""
        if len(model) > _LONGEST or len(provider) > _LONGEST:
            return None
        return self._price_on_day(provider, model, instant // DAY, context)

    def offer(self, provider: str, model: str, instant: int, facts: Facts) -> Offer:
        """List prices of tokens and, from media.json, of everything else, at an instant (UTC epoch
        ms)."""
        if len(provider) + len(model) + facts.length() > _LONGEST:
            return self._make_offer(provider, model, instant // DAY, facts)
        return self._offer_on_day(provider, model, instant // DAY, facts)

    def vendor(self, provider: str) -> str:
        """Id of the provider that a label means; empty when the book does not know it."""
        labelled = self._find_provider(provider)
        return labelled.id if labelled else ""

    def find(self, provider: str, model: str) -> tuple[str, str] | None:
        """(provider id, model id) for a label and a name, by the provider's own list and its
        declared fall-backs."""
        labelled = self._find_provider(provider)
        entry = self._find_in_lists(labelled, model.lower()) if labelled else None
        return (entry.vendor, entry.line["id"]) if entry else None

    @cached_property
    def lines(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        """The line of every model that a name finds, by provider id and that name: mostly the
        model's id, which the test of an earlier model may take away."""
        lines = {}
        for provider in self._providers.values():
            for entry in provider.models:
                name = entry.line.get("as", entry.line["id"])
                if name:
                    lines[provider.id, name] = entry.line
        return lines

    def standing_rates(self, provider: str, name: str, day: str) -> Mapping[str, Any]:
        """The rates on a UTC day (YYYY-MM-DD) of a model in `lines`, as the book writes them; empty
        when it lists none."""
        line = self.lines.get((provider, name))
        rates = standing_on(line, day_start(day) // DAY) if line else None
        return rates or {}

    def find_media(self, provider: str, model: str) -> tuple[str, tuple[Rule, ...]]:
        """Who charges for a model by other units than tokens, and its prices; found as `_resolve`
        finds models. ("", ()) when nobody does."""
        # Only here: most deployments never meter anything but completions.
        from chalicelib.pricing.media import media

        text = model.strip().lower()
        route = find_route(provider, text, self._media_host)
        hosts = [route.host or self._owner(text)]
        if hosts == ["vertex"]:
            # It has prices of its own for some models, and Google's for all else.
            hosts.append("google")
        for host, name in product(hosts, route.models):
            rules = media().find(host, name)
            if rules:
                return host, rules
        return "", ()

    def _media_host(self, label: str) -> str:
        """Id of the provider that a label means, also of those that have media prices only."""
        from chalicelib.pricing.media import media

        return media().provider(label) or self.vendor(label)

    def _make_offer(self, provider: str, model: str, day: int, facts: Facts) -> Offer:
        context = context_of(facts)
        price = self.price(provider, model, day * DAY, context)
        if facts.kind == "COMPLETION" or len(model) > _LONGEST:
            return Offer(price, {})
        vendor, rules = self.find_media(provider, model)
        percent = batches.percent_of(vendor, day) if BATCH in context else 100
        if percent is None or any(name in TIERS for name, _ in context):
            return Offer(price, {})
        quotes = quote_units(rules, traits_of(facts), day * DAY, percent)
        beside = next((quote for quote in quotes.values() if quote.beside), None)
        return Offer(price, quotes, beside)

    def _find_price(self, provider: str, model: str, day: int, context: Context) -> Price | None:
        entry = self._find_entry(provider, model)
        return price_on(entry, day, context, self.version) if entry else None

    def _resolve(self, provider: str, model: str) -> ListEntry | None:
        """The line for a pair of names, None when no list has it: the host's own list, then those
        whose models it resells at their prices; for labels that name no host, the list of the
        vendor whose name the model bears (claude…, gpt-…)."""
        route = find_route(provider, model.strip().lower(), self.vendor)
        if not route.host:
            return self._find_by_name(route.models[0]) if route.models else None
        host = self._providers[route.host]
        found = (self._find_in_lists(host, name) for name in route.models)
        entry = next(filter(None, found), None)
        is_regional = entry is None or entry.line["id"].startswith("regional.")
        if is_regional and route.serves_claude_by_its_name:
            makers = self._find_in_lists(self._providers["anthropic"], route.models[0])
            entry = makers or entry
        if entry is None or not route.charges_list_price(entry.line["id"]):
            return None
        # Google gives Gemma away at the Gemini API, not at Vertex AI.
        return None if route.is_vertex and entry.line.get("free") else entry

    def _find_provider(self, label: str) -> _Provider | None:
        for text in fold_forms(label):
            provider = self._providers_by_label.get(text)
            if provider:
                return provider
        return None

    def _find_in_lists(self, provider: _Provider, model: str) -> ListEntry | None:
        """The model in the provider's own list or in those whose models it resells; dates in either
        form."""
        owners = [provider]
        owners += [self._providers[each] for each in provider.fallback]
        for name in dict.fromkeys((model, with_dashed_date(model))):
            for owner in owners:
                line = owner.find(name)
                if line is not None:
                    return ListEntry(line, provider.id, owner.id)
        return None

    def _read_labels(self) -> dict[str, _Provider]:
        """The providers by every folded label that means them."""
        found = {fold_label(id_): provider for id_, provider in self._providers.items()}
        for label, id_ in ALIASES.items():
            if id_ in self._providers:
                found[label] = self._providers[id_]
        return found

    def _owner(self, model: str) -> str:
        """Id of the provider that a model's name gives away (gpt-4o), or of the one maker of models
        that lists it by that very name, and does not give it away (text-embedding-3-small); empty
        when neither tells."""
        for provider in self._providers.values():
            if provider.owns.matches(model):
                return provider.id
        listed = [name for name, each in self._providers.items() if _makes(each, model)]
        return listed[0] if len(listed) == 1 else ""

    def _find_by_name(self, model: str) -> ListEntry | None:
        owner = self._owner(model)
        return self._find_in_lists(self._providers[owner], model) if owner else None


def _makes(provider: _Provider, model: str) -> bool:
    if provider.id not in MAKERS:
        return False
    line = provider.find(model)
    return line is not None and not line.get("free")


@cache
def book() -> PriceBook:
    """The list prices that came with this release; loaded at the first call."""
    return PriceBook(json.loads(_FILE.read_text(encoding="utf-8")))
