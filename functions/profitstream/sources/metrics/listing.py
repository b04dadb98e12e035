"""How a list of events is answered: as JSON or as CSV, with what is missing told beside it; and
that of the versions of one."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.events.listing import Listing
from chalicelib.events.metric_queries import EventQuery
from chalicelib.events.presenting import Json
from chalicelib.events.service import page_events
from chalicelib.events.version_schemas import VersionQuery
from chalicelib.events.versions import ROWS, page_versions
from chalicelib.kit.http.messages import Request, Response
from chalicelib.kit.jsontext import dumps
from chalicelib.kit.sheets import csv_of
from chalicelib.reports.service import Answer
from chalicelib.resources.hal import build_page
from functions.api.analytics.reporting import headers_of
from functions.negotiation import CSV, likes_csv
from functions.seam import Call

ERRORS = (429, 503)
"""Statuses that reading events may answer besides those of the family."""
_HIDDEN = ("_links", "resourceType")


def answer_list(call: Call[EventQuery, Any], listing: Listing) -> Response:
    """A page of a list; as CSV its rows, the next page in the header Link."""
    page = page_events(call.world, call.principal, listing, call.query, call.request)
    found = Answer(page.body, {}, page.incomplete, left_out=page.left_out)
    return respond_page(call.request, found, listing.embedded)


def respond_page(request: Request, found: Answer, embedded: str) -> Response:
    """A HAL page whose rows stand in `_embedded.<embedded>`: as JSON, or as CSV its rows, the next
    page in the header Link."""
    headers = headers_of(found)
    if not likes_csv(request.headers.get("accept", "")):
        return Response(200, dumps(found.body), headers=headers)
    links: Mapping[str, Any] = found.body["_links"]
    if "next" in links:
        headers["Link"] = f'<{links["next"]["href"]}>; rel="next"'
    return Response(200, _sheet_of(found.body["_embedded"][embedded]), CSV, headers)


def _sheet_of(rows: list[dict[str, Any]]) -> bytes:
    """Rows as CSV; of another record its id and its name."""
    flat = [dict(_cells(row)) for row in rows]
    columns: dict[str, None] = {}
    for row in flat:
        columns.update(dict.fromkeys(row))
    header = list(columns) or ["id"]
    return csv_of(header, (_order_cells(row, header) for row in flat))


def _order_cells(row: Mapping[str, Any], header: list[str]) -> list[Any]:
    return [row.get(name) for name in header]


def _cells(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for member, value in row.items():
        if member in _HIDDEN:
            continue
        if isinstance(value, Mapping):
            yield f"{member}.id", value.get("id")
            yield f"{member}.name", value.get("label")
        elif not isinstance(value, list):
            yield member, value


def answer_versions(call: Call[VersionQuery, None], listing: Listing) -> Json:
    """The answer of the list of an event's versions."""
    found = page_versions(call.world, call.team, listing, call.path["id"], call.query)
    return build_page(call.request, call.query.request, ROWS, found.rows, found.total)
