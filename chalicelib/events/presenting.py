"""Presenting: events as the wire shows them. Each table maps members of the wire to columns, or to
what has no column."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chalicelib.events.listing import Listing
from chalicelib.events.values import Event
from chalicelib.kit.clock import iso
from chalicelib.kit.money import to_usd
from chalicelib.resources.hal import self_link

Json = dict[str, Any]
PATH = "/profitstream/v2/api/sources/metrics"
_PLATFORM = "/profitstream/v2/api"


TraceCalls = Mapping[str, int]
"""How many calls traces have."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an event is shown with that does not stand in it: the name of its team, the names of
    today by those of before (by column), and how many calls its trace has, where that is known."""

    team_id: str
    team_name: str
    renames: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    trace_calls: TraceCalls | None = None

    def name_of_today(self, column: str, name: str | None) -> str | None:
        """What a record is called now that an event names."""
        return self.renames.get(column, {}).get((name or "").lower(), name)

    def count_calls(self, trace: str | None) -> int | None:
        """How many calls a trace has: the call alone where it has none; None when unknown."""
        if trace is None or self.trace_calls is None:
            return None if trace else 1
        return self.trace_calls.get(trace, 1)


Presenter = Callable[[Event, Surroundings], Json]


def show_head(listing: Listing, path: str, event: Event) -> Json:
    """What every event is shown with; it is called by its transaction id."""
    received = iso(event.row["received_at"])
    return {
        "id": event.id,
        "label": event.row.get("transaction_id") or event.id,
        "resourceType": listing.resource_type,
        "created": received,
        "updated": received,
        "_links": self_link(f"{PATH}/{path}/{event.id}"),
    }


def copy_members(event: Event, columns: Mapping[str, str], extras: Iterable[str] = ()) -> Json:
    """Members that are shown as they are stored."""
    shown = {member: event.row.get(column) for member, column in columns.items()}
    for member in extras:
        shown[member] = event.extras.get(member)
    return shown


def show_moment(instant: int | None) -> str | None:
    """A time, from UTC epoch ms."""
    return None if instant is None else iso(instant)


def show_usd(nano: int | None) -> Decimal | None:
    """An amount; a cost of exactly 0 is shown as 0, one that is not known as null."""
    return None if nano is None else to_usd(nano)


def refer(kind: str, identity: str | None, label: str | None, path: str = "") -> Json | None:
    """Another record, as it is shown inside an event."""
    if not (identity or label):
        return None
    shown: Json = {"id": identity, "label": label, "resourceType": kind}
    if identity:
        shown["_links"] = self_link(f"{_PLATFORM}/{path or kind + 's'}/{identity}")
    return shown


def show_owners(event: Event, around: Surroundings) -> Json:
    """The records that an event belongs to."""
    row = event.row
    organization = around.name_of_today("organization", row.get("organization"))
    product = around.name_of_today("product", row.get("product"))
    return {
        "organization": refer("organization", row.get("organization_id"), organization),
        "product": refer("product", row.get("product_id"), product),
        "team": refer("team", around.team_id, around.team_name),
    }
