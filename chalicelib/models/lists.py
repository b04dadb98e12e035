"""The models that everybody can use, at list prices: the price book as records, with ids that never
change."""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from chalicelib.directory.prices import TOKEN_PRICES
from chalicelib.kit.ids import hashid
from chalicelib.kit.jsontext import pack
from chalicelib.models.records import Model, plain
from chalicelib.ports.documents import fold
from chalicelib.pricing.book import book
from chalicelib.pricing.catalogue import ListedModel, list_catalogue, prices_on
from chalicelib.pricing.labels import ALIASES, fold_label
from chalicelib.pricing.units import UnitPrice

_BITS = 35
"""As long as the random numbers behind the ids of records."""
_MILLION_UNITS = -15
"""From nano-USD a million units to USD a unit, as a power of ten."""
_MOST_REMEMBERED = 8_192


@cache
def list_models() -> Mapping[str, Model]:
    """Every model with a list price, by id."""
    models = {}
    for listed in list_catalogue():
        identity = stable_id(listed.provider, listed.name)
        models[identity] = Model(
            id=identity,
            name=listed.name,
            provider=listed.label,
            mode=listed.mode,
            listed=listed,
        )
    return models


def stable_id(*parts: str) -> str:
    """The id of something that has no record: the same in every process and release."""
    text = "".join(f"{len(part)}:{part}" for part in parts)
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return hashid(int.from_bytes(digest) >> (64 - _BITS))


@lru_cache(_MOST_REMEMBERED)
def token_prices(model: ListedModel, day: str) -> Mapping[str, Decimal | None]:
    """List prices of a UTC day (YYYY-MM-DD) by their members on the wire, USD a token."""
    listed = prices_on(model, day)
    prices = (
        listed.input,
        listed.output,
        listed.cache_read,
        listed.cache_write,
        listed.cache_write_1h,
    )
    return dict(zip(TOKEN_PRICES, map(plain, prices), strict=True))


@lru_cache(_MOST_REMEMBERED)
def list_dimensions(model: ListedModel, day: str) -> tuple[Mapping[str, Any], ...]:
    """The list's prices of other units on a UTC day, as they are shown."""
    return tuple(_dimension(model, price) for price in prices_on(model, day).units)


def _dimension(model: ListedModel, price: UnitPrice) -> Mapping[str, Any]:
    attributes = pack(dict(price.attributes)) if price.attributes else None
    usage = (
        price.unit,
        price.modality,
        price.direction,
        price.cost_type,
        price.subtype,
        attributes,
    )
    return {
        "id": stable_id(model.provider, model.name, *(part or "" for part in usage)),
        "billingUnit": price.unit,
        "modality": price.modality,
        "costType": price.cost_type,
        "direction": price.direction,
        "operationSubtype": price.subtype,
        "unitPrice": plain(Decimal(price.price).scaleb(_MILLION_UNITS)),
        "attributes": attributes,
        "tenantCreditRate": None,
        "isGlobal": True,
        "name": None,
        "dimensionType": None,
    }


def find_by_name(name: str, instant: int) -> Model | None:
    """The listed model of a name, whatever the case, at an instant (UTC epoch ms); of several
    providers' its maker's, else the first."""
    wanted = fold(name)
    candidates = [model for model in list_models().values() if fold(model.name) == wanted]
    price = book().price("", name, instant)
    for model in candidates:
        if price and model.listed and model.listed.provider == price.vendor:
            return model
    return candidates[0] if candidates else None


def is_provider(model: Model, label: str) -> bool:
    """Whether a label that a client writes means the model's provider."""
    if model.listed is None:
        return fold(model.provider) == fold(label)
    text, provider = fold_label(label), model.listed.provider
    if text in (fold_label(model.listed.label), fold_label(provider)):
        return True
    return ALIASES.get(text) == provider
