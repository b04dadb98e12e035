"""Verbs of events: page through them, read one, read its prompts, take it back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.events.ledger import find_former
from chalicelib.events.listing import Listing
from chalicelib.events.metric_queries import EventQuery, read_selection
from chalicelib.events.presenters import PRESENTERS
from chalicelib.events.presenting import Json, Surroundings, TraceCalls
from chalicelib.events.reading import FoundEvents, find_events
from chalicelib.events.traces import count_calls_of_traces
from chalicelib.events.values import Event
from chalicelib.identity.records import TEAM, Principal
from chalicelib.kit.http.messages import Request
from chalicelib.kit.ids import event_id
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.reports.service import find_renames
from chalicelib.resources.errors import UnknownRecord
from chalicelib.resources.hal import build_page

_RENAMED = ("organization", "product")


@dataclass(frozen=True, slots=True)
class EventPage:
    """A page of a list as it is shown, and what is told beside it: see FoundEvents."""

    body: Json
    incomplete: Sequence[str] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)


def page_events(
    world: World, principal: Principal, listing: Listing, query: EventQuery, asked: Request
) -> EventPage:
    """A page of a list. Raises Invalid, EngineBusy."""
    selection = read_selection(listing, query)
    found: FoundEvents = find_events(world, principal.team, selection, query.request)
    counts: TraceCalls | None = None
    if found.from_lake and listing.heeds_assistants:
        counts = count_calls_of_traces(world, principal.team, found.events)
    rows = show_events(world, principal, listing, found.events, counts)
    body = build_page(asked, query.request, listing.embedded, rows, found.total)
    return EventPage(body, found.incomplete, found.left_out)


def read_event(world: World, principal: Principal, listing: Listing, identity: str) -> Json:
    """One event of a list, by its id or its transaction id. Raises UnknownRecord."""
    event = find_event(world, principal.team, listing, identity)
    (shown,) = show_events(world, principal, listing, [event])
    return shown


def find_event(world: World, team: Scope, listing: Listing, identity: str) -> Event:
    """The newest version of an event of a list. Raises UnknownRecord for one that is unknown, was
    taken back or stands in another list; EngineBusy where the ledger has forgotten old ones."""
    ids = [identity, *(event_id(team, kind, identity) for kind in listing.kinds)]
    known = world.events.get(team, ids)
    for each in ids:
        if each in known and known[each].table == listing.fact.table.name:
            event = Event.of(known[each])
            if not event.is_deleted and _stands_in(listing, event):
                return event
    if not known:
        for event in find_former(world, team, listing.fact, ids).values():
            if _stands_in(listing, event):
                return event
    raise UnknownRecord(listing.noun, identity)


def _stands_in(listing: Listing, event: Event) -> bool:
    return event.row.get("kind", listing.kinds[0]) in listing.kinds


def show_events(
    world: World,
    principal: Principal,
    listing: Listing,
    events: Iterable[Event],
    trace_calls: TraceCalls | None = None,
) -> list[Json]:
    """Events as a list shows them. `trace_calls`: how many calls their traces have; None: nobody
    has asked the lake, which the reads of single events never do."""
    show = PRESENTERS[listing.resource_type]
    record = world.documents.get(principal.tenant, TEAM, principal.team)
    around = Surroundings(
        team_id=principal.team,
        team_name=record.name if record else principal.team,
        renames=find_renames(world, principal.team, _RENAMED),
        trace_calls=trace_calls,
    )
    return [show(event, around) for event in events]
