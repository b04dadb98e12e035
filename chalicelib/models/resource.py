"""A team's models, and its own prices of listed models, as resources of the catalog pattern."""

from typing import Any

from chalicelib.directory.prices import AI_MODEL, OWN_PRICES, TOKEN_PRICES, forget_prices
from chalicelib.models.records import (
    add_step,
    audited_dimensions,
    current,
    live_dimensions,
    shown_dimension,
    usd,
)
from chalicelib.models.schemas import AiModel
from chalicelib.ports.documents import Record
from chalicelib.resources.references import Doc
from chalicelib.resources.resource import Resource
from chalicelib.resources.store import Store

PATH = "/profitstream/v2/api/sources/ai/models"
_STORED_APART = ("prices", "dimensions")


def _forget_prices(store: Store, _: Record | None, __: Record) -> None:
    """Have rating read the prices again."""
    forget_prices(store.world, store.scope)


def _rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    """Prices that were sent become the newest step of the history."""
    known = current(before.doc) if before else dict.fromkeys(TOKEN_PRICES)
    price = known | {member: doc[member] for member in TOKEN_PRICES if member in doc}
    kept = {member: value for member, value in doc.items() if member not in TOKEN_PRICES}
    return {
        "dimensions": [],
        **kept,
        "prices": add_step(doc.get("prices", ()), price, store.world.now()),
    }


def _present(_: Store, record: Record, row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        **{member: usd(value) for member, value in current(record.doc).items()},
        "pricingDimensions": [shown_dimension(entry) for entry in live_dimensions(record.doc)],
    }


def _audit_members(doc: Doc) -> Doc:
    """The members as they are shown: prices in force, and each dimension's."""
    plain = {member: value for member, value in doc.items() if member not in _STORED_APART}
    return {**plain, **(current(doc) if "prices" in doc else {}), **dict(audited_dimensions(doc))}


MODELS = Resource(
    kind=AI_MODEL,
    name="AI model",
    resource_type="ai_model_metadata",
    path=PATH,
    embedded="aIModelResourceList",
    model=AiModel,
    unique={"name": ("provider", "name")},
    apply_rules=_rules,
    present=_present,
    audit_view=_audit_members,
    after_write=_forget_prices,
)
OWN = Resource(
    kind=OWN_PRICES,
    name="Pricing of model",
    resource_type="ai_model_pricing",
    path=PATH,
    embedded="",
    model=AiModel,
    audit_view=_audit_members,
    after_write=_forget_prices,
)
"""Never shown by itself: its dimensions stand beside those of the list."""
