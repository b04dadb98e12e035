"""Previews: what a price of a team's own would change in past days, before it is set."""

from typing import Any

from chalicelib.directory.prices import AI_MODEL, prices_with
from chalicelib.kit.money import to_usd
from chalicelib.metering.cost_changes import CostChanges
from chalicelib.metering.previewing import Preview, preview
from chalicelib.models.dimensions import Dimensions
from chalicelib.models.schemas import AiModelResource, PricingDimensionResource
from chalicelib.models.service import Models
from chalicelib.ports.documents import Record
from chalicelib.resources.errors import Duplicate
from chalicelib.resources.references import Row
from chalicelib.resources.schemas import sent_members


def preview_model(models: Models, body: AiModelResource, days: int) -> Row:
    """What a new model with its token prices would change. Raises Duplicate for one that is there
    already, Invalid, EngineBusy."""
    store = models.store
    if models.has_own(body.provider, body.name):
        raise Duplicate(store.resource.name, "name", body.name)
    doc = store.resource.apply_rules(store, sent_members(body), None)
    return _preview(models, Record(AI_MODEL, "preview", doc), days)


def preview_dimension(
    models: Models, model_id: str, body: PricingDimensionResource, days: int, *, always: bool
) -> Row:
    """What a new price dimension of a model would change; `always`: as if it had been there before
    all calls. Raises what adding it raises, EngineBusy."""
    record = Dimensions(models, model_id).try_add(body, always=always)
    return _preview(models, record, days)


def _preview(models: Models, record: Record, days: int) -> Row:
    world, team = models.world, models.team
    name = (record.doc["provider"], record.doc["name"])
    return _show(preview(world, team, name, prices_with(world, team, record), days))


def _show(found: Preview) -> Row:
    return {
        **_changes(found.whole),
        "firstDay": found.first_day,
        "lastDay": found.last_day,
        "cut": found.is_cut,
        "models": [
            {"provider": provider, "model": model, **_changes(each)}
            for (provider, model), each in sorted(found.models.items())
        ],
        "days": [{"day": day, **_changes(each)} for day, each in sorted(found.days.items())],
        "incompleteDays": list(found.incomplete),
    }


def _changes(of: CostChanges) -> dict[str, Any]:
    return {
        "calls": of.events,
        "changed": of.changed,
        "costBefore": to_usd(of.before),
        "costAfter": to_usd(of.after),
        "unpricedBefore": of.unpriced_before,
        "unpricedAfter": of.unpriced_after,
        "stillUnpriced": of.still_unpriced,
        "newCost": to_usd(of.new),
    }
