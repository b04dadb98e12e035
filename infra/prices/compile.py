"""Compile the installed genai-prices into chalicelib/pricing/book.json: `meterlake prices update`.

The book is checked in, so that a price change is a reviewed diff and the API never imports
genai-prices (0.3 s). The output depends on the installed version alone: providers and models keep
genai-prices' order, because the first match wins, and one model stands on one line. Its form is
described in chalicelib/pricing/book.py and rates.py.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib.metadata import distribution, version
from itertools import product
from pathlib import Path
from typing import Any

from genai_prices import types
from genai_prices.data import providers
from genai_prices.data_units import unit_data

from chalicelib.kit.money import to_nano

TARGET = Path(__file__).parents[2] / "chalicelib" / "pricing" / "book.json"

RATES = {
    "input_mtok": "in",
    "output_mtok": "out",
    "output_reasoning_mtok": "think",
    "cache_read_mtok": "read",
    "cache_write_mtok": "write",
    "cache_write_1h_mtok": "write1h",
    "input_audio_mtok": "ain",
    "output_audio_mtok": "aout",
    "cache_audio_read_mtok": "aread",
    "output_image_mtok": "img",
    "output_video_mtok": "vid",
    "requests_kcount": "call",
    "web_searches_kcount": "search",
}
"""The prices by tokens, calls and web searches. Seconds, characters and images stand in media.json,
which is ours; pages and the image tokens of a prompt are not counted in any record, so nothing can
be charged by them."""

PER_THOUSAND = frozenset({"call", "search"})
GROUNDED = ("google", "gemini-2.")
"""Provider and beginning of the names of models that charge a grounded prompt once, however often
was searched for it: "35 USD / 1,000 grounded prompts" at ai.google.dev/gemini-api/docs/pricing, and
vertex-ai/generative-ai/pricing; Gemini 3 charges each search query."""

CONTEXTS = ("processing", "service_tier", "speed")
"""Request properties that select a price variant and that a metered call carries."""

_UNITS: Mapping[str, Any] = {unit.get("price_key", key): unit for key, unit in unit_data.items()}

FREE = frozenset(
    {
        (
            "github-copilot",
            "gpt-3.5-turbo",
        ),  # included in the subscription, its rows report a token cost of zero
        ("github-copilot", "gpt-4.1"),
        ("github-copilot", "gpt-4o"),
        ("github-copilot", "gpt-4o-mini"),
        (
            "google",
            "gemma-3",
        ),  # the Gemini API serves Gemma free of charge and has no paid tier for it
        ("google", "gemma-3n"),
        ("google", "gemma-4-26b-a4b-it"),
        ("google", "gemma-4-31b-it"),
        ("openai", "moderation"),  # "all OpenAI moderation models and endpoints are free of charge"
    }
)
"""genai-prices writes an empty price both for a model that is free and for one whose price nobody
knows. A model is free when OpenRouter says so in its name (`:free`; in other lists that is a name
of OpenRouter's too, which their provider does not serve) or it stands here, by genai-prices' own
comments; the others with an empty price (delisted, or charged by the song) come out unpriced."""


RESOLD: Mapping[str, list[str]] = {
    "azure": ["openai", "anthropic", "x-ai", "moonshotai"],
    "google": ["anthropic"],
}
"""Whose models a provider sells at their owner's prices, where its own list does not have them;
LiteLLM's map has the same prices for these, but for a name or two (docs/prices.md).

genai-prices says so of DeepSeek at Azure too, but Azure's list has prices of its own for that (R1
at 1.35 and 5.40 USD a million instead of 0.55 and 2.19): a model of DeepSeek's that is not in
Azure's list has no known price there.
"""


CORRECTIONS = Path(__file__).with_name("corrections.json")
"""Prices of ours that go before genai-prices', each with its day and two sources at least; one that
genai-prices has by itself is to be removed. One without any price withdraws a model: its provider
does not sell it by that name, and what stands in the list is another host's price. One with `names`
is a line of ours, which takes these names from the list. `cached` says what it costs to read from
the cache (or what else is in `rates`) where the list has no such rate: percent of the input, null
when nobody knows; without either, such tokens are charged as input."""


def main() -> None:
    """Write the book, and beside it the licence of the data, which asks to go with every copy."""
    TARGET.write_text(render(), encoding="utf-8")
    licence = distribution("genai-prices").read_text("licenses/LICENSE") or ""
    TARGET.with_name("book.json.LICENSE").write_text(licence, encoding="utf-8")


def render() -> str:
    """The book as JSON text."""
    head = {"version": f"genai-prices-{version('genai-prices')}", "data": _data_date().isoformat()}
    corrected = Corrections()
    blocks = ",\n".join(_provider(provider, corrected) for provider in providers)
    return f'{_json(head)[:-1]},"providers":[\n{blocks}\n]}}\n'


def _data_date() -> date:
    """The last day on which a price that the data knows of changed, leaving out announcements
    beyond the release."""
    starts: list[date] = [
        price.constraint.start_date
        for provider in providers
        for model in provider.models
        for price in _conditional(model)
        if isinstance(price.constraint, types.StartDateConstraint)
    ]
    # genai-prices carries no date of its own. Announced prices begin on the first of a month to
    # come.
    return max(start for start in starts if start.day != 1)


_MEMBERS = ("prices", "variants")


class Corrections:
    """What corrections.json changes."""

    def __init__(self) -> None:
        raw = json.loads(CORRECTIONS.read_text(encoding="utf-8"))
        self._version = raw["version"]
        self._changes: list[dict[str, Any]] = raw["corrections"]
        self._cached: list[dict[str, Any]] = raw["cached"]

    def lines(self, provider: str) -> Iterator[dict[str, Any]]:
        """The lines of ours in a provider's list, which come first."""
        for each in self._changes:
            if each["provider"] == provider and "names" in each:
                head = {"id": each["model"], "match": {"equals": each["names"]}}
                yield self._fill(provider, head | self._members(each))

    def taken(self, provider: str) -> set[str]:
        """The names that lines of ours take from a provider's list."""
        return {name for line in self.lines(provider) for name in line["match"]["equals"]}

    def apply(self, provider: str, line: dict[str, Any]) -> dict[str, Any]:
        """A line of genai-prices' as it is to be."""
        for each in self._changes:
            if (each["provider"], each["model"]) == (provider, line["id"]) and "names" not in each:
                line |= self._members(each)
        return self._fill(provider, line)

    def _members(self, change: Mapping[str, Any]) -> dict[str, Any]:
        return {"version": self._version} | {k: change[k] for k in _MEMBERS if k in change}

    def _fill(self, provider: str, line: dict[str, Any]) -> dict[str, Any]:
        """The line with the rates of cached tokens that its list lacks."""
        for rule in self._cached:
            if rule["provider"] in {provider, ""} and rule["part"] in line["id"]:
                lists = [each[-1] for each in (*line.get("prices", ()), *line.get("variants", ()))]
                for rates, name in product(lists, rule["rates"]):
                    if rates and "out" in rates and name not in rates:
                        rates[name] = _percent(rates["in"], rule["percent"])
                        line["version"] = self._version
        return line


def _percent(rate: int | list[Any], percent: int | None) -> int | list[Any] | None:
    if percent is None:
        return None
    if isinstance(rate, int):
        return rate * percent // 100
    base, *steps = rate
    return [base * percent // 100, *([start, value * percent // 100] for start, value in steps)]


def _provider(provider: types.Provider, corrected: Corrections) -> str:
    head: dict[str, Any] = {"id": provider.id}
    if provider.model_match:
        head["owns"] = _clause(provider.model_match)
    if provider.id in RESOLD:
        head["fallback"] = RESOLD[provider.id]
    lines = [_json(line) for line in corrected.lines(provider.id)]
    for model in provider.models:
        line = _model(provider, model, corrected.taken(provider.id))
        lines.append(_json(corrected.apply(provider.id, line)))
    models = ",\n".join(lines)
    return f'{_json(head)[:-1]},"models":[\n{models}\n]}}'


def _model(
    provider: types.Provider, model: types.ModelInfo, taken: Collection[str] = ()
) -> dict[str, Any]:
    """A model as genai-prices has it; `taken` are names that it does not find."""
    line: dict[str, Any] = {"id": model.id, "match": _clause(model.match)}
    found = provider.find_model(model.id, all_providers=providers)
    if found is not model or model.id in taken:
        named = (name for name in _texts(model) if name not in taken)
        line["as"] = next((name for name in named if provider.find_model(name) is model), None)
    if _is_free(provider.id, model.id):
        return line | {"free": True}
    line["prices"] = [
        [_when(price.constraint), _price(price.prices)] for price in _conditional(model)
    ]
    vendor, family = GROUNDED
    if provider.id == vendor and model.id.startswith(family):
        for _, rates in line["prices"]:
            if rates and "search" in rates:
                rates["ground"] = rates.pop("search")
    if variants := list(_variants(model)):
        line["variants"] = variants
    return line


def _is_free(provider: str, model: str) -> bool:
    is_free_route = provider == "openrouter" and model.endswith(":free")
    return is_free_route or (provider, model) in FREE


def _texts(model: types.ModelInfo) -> list[str]:
    """The names that a model is found by whole."""
    return [*map(str, _clause(model.match).get("equals", ()))]


def _conditional(model: types.ModelInfo) -> list[types.ConditionalPrice]:
    return (
        [types.ConditionalPrice(prices=model.prices)]
        if isinstance(model.prices, types.ModelPrice)
        else [*model.prices]
    )


def _variants(model: types.ModelInfo) -> Iterator[list[Any]]:
    for variant in model.price_variants or ():
        prices = _rates(variant.prices)
        # One without any price says that the standard price holds for it.
        is_by_tokens = bool(prices) or not _values(variant.prices)
        if is_by_tokens and all(name in CONTEXTS for name in variant.when):
            if isinstance(variant.constraint, types.TimeOfDateConstraint):
                raise ValueError(
                    f"{model.id}: a variant by time of day is new to the book; teach rates.py first"
                )
            yield [variant.when, _when(variant.constraint), prices]


def _when(
    constraint: types.StartDateConstraint | types.TimeOfDateConstraint | None,
) -> str | list[int] | None:
    """None: always. Text: from that UTC day on. A pair: between two milliseconds of the UTC day,
    the end excluded."""
    if constraint is None:
        return None
    if isinstance(constraint, types.StartDateConstraint):
        return str(constraint.start_date)
    return [_millisecond(constraint.start_time), _millisecond(constraint.end_time)]


def _millisecond(moment: time) -> int:
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    utc = datetime.combine(date(2000, 1, 2), zoned).astimezone(UTC).time()
    return ((utc.hour * 60 + utc.minute) * 60 + utc.second) * 1_000 + utc.microsecond // 1_000


def _price(prices: types.ModelPrice) -> dict[str, Any] | None:
    """None when tokens alone do not tell the cost: no token price at all, or output charged by
    other units only."""
    rates = _rates(prices)
    charged = {_UNITS[key]["dimensions"].get("direction") for key in _values(prices)}
    if "in" not in rates or ("output" in charged and "out" not in rates):
        return None
    return rates


def _rates(prices: types.ModelPrice) -> dict[str, Any]:
    values = _values(prices)
    return {short: _rate(values[key], short) for key, short in RATES.items() if key in values}


def _values(prices: types.ModelPrice) -> Mapping[str, Decimal | types.TieredPrices]:
    return {key: value for key, value in prices.__dict__.items() if value is not None}


def _rate(value: Decimal | types.TieredPrices, short: str) -> int | list[Any]:
    """Nano-USD a million tokens (a call: nano-USD each); a tiered rate is [base, [start, rate],
    …]."""
    if isinstance(value, types.TieredPrices):
        return [to_nano(value.base), *([tier.start, to_nano(tier.price)] for tier in value.tiers)]
    return to_nano(value / 1_000 if short in PER_THOUSAND else value)


def _clause(clause: types.MatchLogic) -> dict[str, list[Any]]:
    """Alternatives by kind of test; `all` holds lists that must all match. Lower case, as the book
    lowers its text."""
    if isinstance(clause, types.ClauseOr):
        return _merge(_clause(part) for part in clause.or_)
    if isinstance(clause, types.ClauseAnd):
        return {"all": [[_clause(part) for part in clause.and_]]}
    ((kind, text),) = clause.__dict__.items()
    return {kind: [text if kind == "regex" else text.lower()]}


def _merge(parts: Iterable[dict[str, list[Any]]]) -> dict[str, list[Any]]:
    merged: dict[str, list[Any]] = {}
    for part in parts:
        for kind, texts in part.items():
            merged.setdefault(kind, []).extend(texts)
    return merged


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


if __name__ == "__main__":
    main()
