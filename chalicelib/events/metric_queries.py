"""What a caller of a list may ask: the query parameters, made from its filters."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, create_model

from chalicelib.events.listing import Listing
from chalicelib.events.listings import (
    ALL_CALLS,
    APIS,
    AUDIO,
    COMPLETIONS,
    IMAGES,
    TOOL_EVENTS,
    VIDEO,
)
from chalicelib.events.metric_schemas import CallModality, EventIds
from chalicelib.events.reading import NEWEST_FIRST, Selection
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.reports.parameters import Instant
from chalicelib.resources.hal import SortOrder, parse_sort
from chalicelib.resources.schemas import PageQuery, TeamNeeded, TeamQuery

_MOST_IDS = 100


class EventQuery(TeamNeeded, PageQuery):
    """What all lists of events take."""

    query: str | None = Field(
        None,
        max_length=255,
        description="found as a trace or transaction id, else in names and errors",
    )
    startDate: Instant | None = Field(None, description="the first instant, inclusive")
    endDate: Instant | None = Field(None, description="the last instant, inclusive")


class DeleteQuery(TeamQuery):
    """Which events to take back, and why."""

    ids: list[str] = Field([], description="may hold several with commas between them")
    reason: str = Field("", max_length=500, description="noted in the audit trail")

    def all_ids(self, body: EventIds | None) -> list[str]:
        """The ids of the query and of the body, as both may tell them."""
        ids: list[str] = []
        for each in self.ids:
            ids += each.split(",")
        return ids + (body.all() if body else [])


class CodingAssistant(StrEnum):
    """Coding assistants that a list may be asked about."""

    ClaudeCode = "ClaudeCode"
    ClaudeCowork = "ClaudeCowork"
    CursorIde = "CursorIde"
    GeminiCli = "GeminiCli"
    CodexCli = "CodexCli"
    GithubCopilot = "GithubCopilot"


TransactionIds = Annotated[list[str], Field(min_length=1, max_length=_MOST_IDS)]
_COMPLETION_PARAMETERS: dict[str, Any] = {
    "transactionIds": (TransactionIds | None, None),
    "includeCodingAssistants": (bool, False),
    "includeCodingAssistantProviders": (list[CodingAssistant], []),
    "type": (str | None, None),
}


def _query_of(name: str, listing: Listing, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """The model of a list's parameters: those of its filters, and further ones."""
    members: dict[str, Any] = {}
    for each in listing.filters:
        members[each.parameter] = (each.wire | None, None)
    return create_model(name, __base__=EventQuery, **members, **parameters)


CompletionQuery: type[EventQuery] = _query_of(
    "CompletionQuery", COMPLETIONS, _COMPLETION_PARAMETERS
)
CallQuery: type[EventQuery] = _query_of(
    "CallQuery",
    ALL_CALLS,
    {"metricType": (CallModality | None, None), "type": (CallModality | None, None)},
)
AudioQuery: type[EventQuery] = _query_of("AudioQuery", AUDIO, {})
ImageQuery: type[EventQuery] = _query_of("ImageQuery", IMAGES, {})
VideoQuery: type[EventQuery] = _query_of("VideoQuery", VIDEO, {})
ApiCallQuery: type[EventQuery] = _query_of("ApiCallQuery", APIS, {})
ToolEventQuery: type[EventQuery] = _query_of(
    "ToolEventQuery", TOOL_EVENTS, {"type": (str | None, None)}
)


def read_selection(listing: Listing, query: EventQuery) -> Selection:
    """What a query asks of a list. Raises Invalid for a sort or a range that makes no sense, all
    faults at once."""
    asked = query.model_dump(exclude_none=True)
    faults = _range_faults(listing, asked)
    order: list[SortOrder] = []
    try:
        order = _read_order(listing, query)
    except Invalid as error:
        faults += error.faults or [Fault("sort", str(error), "SORT")]
    if faults:
        raise Invalid(f"{faults[0].field}: {faults[0].message}", faults=faults)
    modality = asked.get("metricType") or (listing is ALL_CALLS and asked.get("type"))
    return Selection(
        listing=replace(listing, kinds=(str(modality),)) if modality else listing,
        asked=asked,
        start=query.startDate,
        end=query.endDate,
        search=(query.query or "").strip(),
        order=order,
        transactions=_read_transactions(asked),
        with_assistants=bool(asked.get("includeCodingAssistants")),
    )


def names_transactions(query: EventQuery) -> bool:
    """Whether a query asks for single records by their transaction ids."""
    return bool(_read_transactions(query.model_dump(exclude_none=True)))


def _range_faults(listing: Listing, asked: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with ranges: their ends are upside down."""
    ranges = {"startDate": "endDate"}
    for each in listing.filters:
        if each.parameter.endswith("Min"):
            ranges[each.parameter] = each.parameter.removesuffix("Min") + "Max"
    faults: list[Fault] = []
    for low, high in ranges.items():
        if low in asked and high in asked and asked[low] > asked[high]:
            faults.append(Fault(low, f"must not be above {high}", "RANGE"))
    return faults


def _read_order(listing: Listing, query: EventQuery) -> list[SortOrder]:
    wanted = parse_sort(query.sort, listing.order, listing.noun)
    order: dict[str, SortOrder] = {}
    for member, descending in wanted:
        order.setdefault(listing.order[member], (listing.order[member], descending))
    return list(order.values()) or [NEWEST_FIRST]


def _read_transactions(asked: Mapping[str, Any]) -> frozenset[str]:
    """The transaction ids that an event must have one of; none when all may pass."""
    several = frozenset(asked.get("transactionIds", ()))
    if several or "transactionId" not in asked:
        return several  # one that is named beside them is a filter like any other
    return frozenset([asked["transactionId"]])
