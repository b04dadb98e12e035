"""How a report is answered: an operation of each declaration, as JSON or as CSV, the coverage of
its prices beside it."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from chalicelib.kit.http.messages import Request, Response
from chalicelib.kit.http.operations import Router
from chalicelib.kit.jsontext import dumps
from chalicelib.kit.money import to_usd
from chalicelib.lake.gaps import note_gaps
from chalicelib.reports import schemas
from chalicelib.reports.declarations import AnswerShape, Report
from chalicelib.reports.parameters import WindowQuery, query_of
from chalicelib.reports.service import Answer, answer
from chalicelib.reports.tables import table_of
from functions.negotiation import CSV, likes_csv
from functions.seam import Call

UNPRICED = "X-Meterlake-Unpriced-{}"
"""Coverage of a report: how many of its calls, tokens or charges have no known price, as n/N."""
FLAT_PLAN = "X-Meterlake-Flat-Plan-Calls"
"""The calls of coding assistants that a report on money leaves out, because a flat plan covers
them, by assistant."""
FLAT_PLAN_HINT = (
    "A flat plan is taken to cover these calls of coding assistants: no figure of money has them."
    " If you pay an assistant by use, say so: PUT /profitstream/v2/api/teams/{id}/settings/"
    "coding-assistant-filter, or `meterlake assistants set claude-code by-use`."
)
UNASSIGNED = "X-Meterlake-Unassigned-Calls"
"""Of a margin: how many calls name no product (or customer) whose revenue they could stand beside,
as n/N. What they cost is in no margin but that of the group of none."""
UNASSIGNED_COST = "X-Meterlake-Unassigned-Cost"
"""What these calls cost, USD. Each margin says it too (`unassignedCost`): some of it may be a cost
of that group."""
UNASSIGNED_REVENUE = "X-Meterlake-Unassigned-Revenue"
"""What was earned for no product (or customer), USD; absent when there is none. Each margin says it
too (`unassignedRevenue`)."""
_ANSWERS: Mapping[AnswerShape, type[BaseModel]] = {
    AnswerShape.SERIES: schemas.AnalyticsTimeSeriesResponse,
    AnswerShape.TOTAL: schemas.AnalyticsAggregatedResponse,
    AnswerShape.OPTIONS: schemas.AnalyticsFilterOptionsResponse,
    AnswerShape.PAIRS: schemas.AnalyticsFilterOptionPairsResponse,
    AnswerShape.MOVERS: schemas.AnalyticsTopMoversResponse,
    AnswerShape.AGENT_TOOLS: schemas.AnalyticsAgentToolBreakdownResponse,
    AnswerShape.ICEBERG: schemas.AnalyticsIcebergResponse,
    AnswerShape.TRACES: schemas.AnalyticsTraceCostDistributionResponse,
}


def declare(router: Router, reports: Iterable[Report]) -> None:
    """An operation of each report: GET /api/v2/analytics/<slug>."""
    for report in reports:
        _declare(router, report)


def _declare(router: Router, report: Report) -> None:
    def handler(call: Call[WindowQuery, None]) -> Response:
        return respond(call.request, answer(call.world, call.team, report, call.query))

    handler.__doc__ = f"{report.label}."
    router.get(
        f"/analytics/{report.slug}",
        operation_id=f"get_api-v2-analytics-{report.slug.replace('/', '-')}",
        scope="read",
        query=query_of(report),
        answer=_ANSWERS[report.shape],
        also=(CSV,),
    )(handler)


def respond(request: Request, found: Answer) -> Response:
    """JSON, unless the caller likes CSV better."""
    headers = headers_of(found)
    if not likes_csv(request.headers.get("accept", "")):
        return Response(200, dumps(_tell_flat_plan(found)), headers=headers)
    links: Mapping[str, Any] = found.body["_links"]
    if "next" in links:
        headers["Link"] = f'<{links["next"]["href"]}>; rel="next"'
    return Response(200, table_of(found.body), CSV, headers)


def _tell_flat_plan(found: Answer) -> Any:  # noqa: ANN401 - the body of a report
    """The body, which says of calls that a flat plan covers why they cost nothing: whoever sees no
    headers would take that for a fault."""
    if not found.left_out:
        return found.body
    return {**found.body, "flatPlan": {"calls": found.left_out, "message": FLAT_PLAN_HINT}}


def respond_json(found: Answer) -> Response:
    """JSON, whatever the caller likes."""
    return Response(200, dumps(found.body), headers=headers_of(found))


def headers_of(found: Answer) -> dict[str, str]:
    """What is told beside an answer, but for the days that it misses something of: these are noted,
    and the seam tells of them."""
    headers = {"Vary": "Accept"}
    for noun, (unpriced, total) in found.coverage.items():
        headers[UNPRICED.format(noun)] = f"{unpriced}/{total}"
    if found.unassigned:
        headers[UNASSIGNED] = f"{found.unassigned.unpriced}/{found.unassigned.total}"
        money = found.unassigned_money
        headers[UNASSIGNED_COST] = f"{to_usd(money.cost):f}"
        if money.revenue:
            headers[UNASSIGNED_REVENUE] = f"{to_usd(money.revenue):f}"
    if found.left_out:
        headers[FLAT_PLAN] = ", ".join(f"{name}={calls}" for name, calls in found.left_out.items())
    note_gaps(found.incomplete)
    return headers
