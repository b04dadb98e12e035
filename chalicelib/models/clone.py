"""Cloning: a listed model becomes a team's own, with prices that the team may change."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from chalicelib.directory.prices import OWN_PRICES
from chalicelib.kit.errors import Invalid
from chalicelib.kit.ids import new_id
from chalicelib.models.lists import list_dimensions
from chalicelib.models.records import UNIT_PRICES, Model, add_step, live_dimensions, own_model
from chalicelib.models.schemas import AiModelPricePatch
from chalicelib.models.service import Models
from chalicelib.models.usage import USAGE, usage_key
from chalicelib.pricing.catalogue import ListedModel
from chalicelib.resources.schemas import sent_members


def clone(models: Models, model_id: str, overrides: AiModelPricePatch | None) -> Model:
    """A copy of a listed model with its prices and dimensions; what `overrides` says goes first.

    Raises Duplicate when the team has one already, Invalid when the model is no listed one,
    UnknownRecord.
    """
    model = models.get(model_id)
    if model.listed is None:
        raise Invalid(
            "only a listed model can be cloned, and this one is the team's own", field="id"
        )
    members = {
        "name": model.name,
        "provider": model.provider,
        "mode": model.mode,
        **{member: _text(price) for member, price in models.prices(model).items()},
        **(sent_members(overrides, nulls=False) if overrides else {}),
        "dimensions": list(_dimensions(models, model, model.listed)),
    }
    return own_model(models.store.create(members))


def _dimensions(models: Models, model: Model, listed: ListedModel) -> Iterator[dict[str, Any]]:
    """The team's own dimensions of the model with their history, and the list's of every other
    usage."""
    record = models.world.documents.get(models.team, OWN_PRICES, model.id)
    own = live_dimensions(record.doc) if record else ()
    priced = {usage_key(entry) for entry in own}
    for entry in own:
        yield {**entry, "id": new_id()}
    for entry in list_dimensions(listed, models.day):
        if usage_key(entry) not in priced:
            usage = {member: entry[member] for member in USAGE}
            price = {member: _text(entry[member]) for member in UNIT_PRICES}
            yield {"id": new_id(), **usage, "prices": add_step((), price, models.world.now())}


def _text(price: Decimal | None) -> str | None:
    return None if price is None else format(price, "f")
