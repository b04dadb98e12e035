"""A team's prices for rating: its own models and dimensions before the list prices, read at most
once a minute."""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from chalicelib.kit.clock import MINUTE
from chalicelib.kit.memory import Memory
from chalicelib.ports.documents import Documents, Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.pricing.book import PriceBook, PriceSource, book
from chalicelib.pricing.team import TeamModel, TeamPrices, TokenPrices
from chalicelib.pricing.units import UnitPrice
from chalicelib.resources.listing import read_all

AI_MODEL, OWN_PRICES = "AI_MODEL", "AI_MODEL_PRICES"
"""Models of a team; a team's own dimensions of a listed model, under the listed model's id."""

INPUT, OUTPUT = "inputCostPerToken", "outputCostPerToken"

READ, WRITE = "cacheReadCostPerInputToken", "cacheCreationCostPerInputToken"

WRITE_1H = "cacheCreation1hrCostPerInputToken"

TOKEN_PRICES = (INPUT, OUTPUT, READ, WRITE, WRITE_1H)
"""Members of a token price, USD a token, stored as text."""
_NANO_A_MILLION = 15
"""From USD a unit to nano-USD a million units, as a power of ten."""
_MOST = 1_000_000
Doc = Mapping[str, Any]
_memory: Memory[tuple[Documents, str], PriceSource] = Memory(10_000)


def prices_of(world: World, team: Scope) -> PriceSource:
    """What calls of a team cost, as it was set at most a minute ago; without prices of its own, the
    list itself."""
    key = (world.documents, team)
    return _memory.recall(key, world.now(), MINUTE, lambda: _load(world, team))


def list_prices() -> PriceBook:
    """The list prices, which a team's own go before."""
    return book()


def forget_prices(world: World, team: Scope) -> None:
    """Have the next call read the team's prices again."""
    _memory.forget((world.documents, team))


def prices_with(world: World, team: Scope, record: Record) -> PriceSource:
    """What calls of a team would cost, were a record of its models or prices like this one; nothing
    is stored or remembered."""
    kinds: dict[str, list[Record]] = {}
    for kind in (AI_MODEL, OWN_PRICES):
        kinds[kind] = [each for each in read_all(world, team, kind, _MOST) if each.id != record.id]
    kinds[record.kind].append(record)
    return _make(kinds[AI_MODEL], kinds[OWN_PRICES])


def _load(world: World, team: Scope) -> PriceSource:
    models = read_all(world, team, AI_MODEL, _MOST)
    return _make(models, read_all(world, team, OWN_PRICES, _MOST))


def _make(models: Sequence[Record], prices: Sequence[Record]) -> PriceSource:
    """`models` of the team, and its `prices` of listed ones."""
    units: list[UnitPrice] = []
    for record in (*models, *prices):
        units += _read_units(record)
    priced = [model for model in map(_read_model, models) if model.prices]
    if not priced and not units:
        return book()
    return TeamPrices(book(), priced, units)


def _read_model(record: Record) -> TeamModel:
    doc = record.doc
    steps = tuple(_read_tokens(step) for step in doc["prices"] if step[INPUT] is not None)
    return TeamModel(record.id, record.version, doc["provider"], doc["name"], steps)


def _read_tokens(step: Doc) -> TokenPrices:
    """A clone of a model that makes no text has no output price: then there are no tokens to charge
    for."""
    ordinary, output, *cache = (_nano(step[member]) for member in TOKEN_PRICES)
    return TokenPrices(step["since"], ordinary or 0, output or 0, *cache)


def _read_units(record: Record) -> Iterator[UnitPrice]:
    doc = record.doc
    for entry in doc["dimensions"]:
        for step in entry["prices"]:
            yield UnitPrice(
                id=entry["id"],
                version=record.version,
                provider=doc["provider"],
                name=doc["name"],
                unit=entry["billingUnit"],
                modality=entry["modality"],
                direction=entry["direction"],
                cost_type=entry["costType"],
                subtype=entry["operationSubtype"],
                attributes=read_conditions(entry["attributes"]),
                price=int(Decimal(step["unitPrice"]).scaleb(_NANO_A_MILLION)),
                credit_rate=_nano(step["tenantCreditRate"]),
                since=step["since"],
                made=entry.get("made"),
                ended=entry.get("ended"),
            )


def _nano(usd: str | None) -> int | None:
    return None if usd is None else int(Decimal(usd).scaleb(_NANO_A_MILLION))


def read_conditions(attributes: str | None) -> dict[str, str]:
    """The conditions of a dimension's JSON text, as plain texts."""
    found: dict[str, Any] = json.loads(attributes) if attributes else {}
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in found.items()
    }
