"""What is stored of a team's models and prices: every price with the instant from which it holds.

A price reaches until the next one. The first one has no beginning: a call that came before anybody
had priced its model is rated with it when it is rated again. Later ones only concern what is
metered after them.

A dimension that a team puts before the list price of a listed model says when it was made (`made`)
and when it was deleted (`ended`), UTC epoch ms: a deleted one stays stored, because it priced what
was metered in between.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chalicelib.models.usage import USAGE
from chalicelib.ports.documents import Record
from chalicelib.pricing.catalogue import ListedModel
from chalicelib.resources.references import Doc

UNIT_PRICES = ("unitPrice", "tenantCreditRate")
Step = Mapping[str, Any]
"""A price and, in `since`, the instant (UTC epoch ms) from which it holds; None: it always held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model that a team can use: its own (`record`) or one with list prices (`listed`)."""

    id: str
    name: str
    provider: str
    mode: str | None
    """chat, embedding, …; see pricing/catalogue.py."""
    record: Record | None = None
    listed: ListedModel | None = None


def add_step(history: Sequence[Step], price: Step, now: int) -> list[Step]:
    """The history with a price that holds from now (UTC epoch ms) on; unchanged when that is the
    newest price already."""
    if history and all(history[-1].get(member) == value for member, value in price.items()):
        return list(history)
    return [*history, {**price, "since": now if history else None}]


def current(doc: Doc) -> dict[str, Any]:
    """The price in force, without its instant."""
    return {member: value for member, value in doc["prices"][-1].items() if member != "since"}


def live_dimensions(doc: Doc) -> list[Doc]:
    """The dimensions that are not deleted."""
    return [entry for entry in doc.get("dimensions", ()) if entry.get("ended") is None]


def audited_dimensions(doc: Doc) -> Iterator[tuple[str, Any]]:
    """The members of all dimensions, by a path that holds their id."""
    for entry in live_dimensions(doc):
        usage = {name: entry[name] for name in USAGE}
        for member, value in {**usage, **current(entry)}.items():
            yield f"pricingDimensions.{entry['id']}.{member}", value


def usd(text: str | None) -> Decimal | None:
    """A stored price."""
    return None if text is None else plain(Decimal(text))


def plain(price: Decimal | None) -> Decimal | None:
    """A price without zeros that say nothing."""
    if price is None:
        return None
    short = price.normalize()
    return short.quantize(Decimal(1)) if int(short.as_tuple().exponent) > 0 else short


def shown_dimension(entry: Doc) -> dict[str, Any]:
    """A stored dimension as it is shown."""
    price = current(entry)
    return {
        "id": entry["id"],
        **{member: entry[member] for member in USAGE},
        **{member: usd(price[member]) for member in UNIT_PRICES},
        "isGlobal": False,
        "name": None,
        "dimensionType": None,
    }


def own_model(record: Record) -> Model:
    """A team's own model."""
    doc = record.doc
    return Model(
        id=record.id,
        name=doc["name"],
        provider=doc["provider"],
        mode=doc.get("mode"),
        record=record,
    )
