"""All usable models at a glance: what they cost, and whose they are."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from chalicelib.directory.prices import INPUT, OUTPUT, READ, WRITE
from chalicelib.models.lists import is_provider, list_models
from chalicelib.models.records import Model, plain
from chalicelib.models.schemas import ModelType
from chalicelib.models.service import Models
from chalicelib.ports.documents import fold
from chalicelib.resources.references import Row

_MILLION = 1_000_000


def rates(models: Models) -> list[Row]:
    """Prices a million tokens of each model with both base prices; a team's model hides the listed
    one."""
    rows = []
    for model in _usable(models):
        rate = _rate(model, models.prices(model))
        if rate:
            rows.append(rate)
    return rows


def providers(models: Models, kind: ModelType | None) -> list[str]:
    """Names of providers, sorted; those that differ in case only are one."""
    found: dict[str, str] = {}
    for model in models.all(kind):
        found.setdefault(fold(model.provider), model.provider)
    return [found[key] for key in sorted(found)]


def _usable(models: Models) -> Iterator[Model]:
    own: dict[str, list[Model]] = {}
    for model in models.all(ModelType.CUSTOM):
        own.setdefault(fold(model.name), []).append(model)
        yield model
    for model in list_models().values():
        if not any(is_provider(model, other.provider) for other in own.get(fold(model.name), ())):
            yield model


def _rate(model: Model, prices: Mapping[str, Decimal | None]) -> Row | None:
    if prices[INPUT] is None or prices[OUTPUT] is None:
        return None
    million = {member: plain(price and price * _MILLION) for member, price in prices.items()}
    return {
        "model": model.name,
        "provider": model.provider,
        "inputPricePerMillion": million[INPUT],
        "outputPricePerMillion": million[OUTPUT],
        "cacheReadPricePerMillion": million[READ],
        "cacheWritePricePerMillion": million[WRITE],
    }
