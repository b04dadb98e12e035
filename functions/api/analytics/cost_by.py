"""/api/v2/analytics/cost-by-…: one cost a group, over time or for the whole window."""

from collections.abc import Callable
from typing import Any

from chalicelib.kit.http.doors import Doors
from chalicelib.kit.http.messages import Response
from chalicelib.kit.jsontext import dumps
from chalicelib.reports import catalogue
from chalicelib.reports.catalogue import Report
from chalicelib.reports.queries import AgentQuery, ModelQuery, ProductQuery, ReportQuery, SourceQuery
from chalicelib.reports.schemas import AnalyticsAggregatedResponse, AnalyticsTimeSeriesResponse
from chalicelib.reports.service import answer
from functions.families import ANALYTICS
from functions.seam import Call
from functions.wiring import gateway_handler

Handler = Callable[[Call[Any, None]], Response]

doors = Doors(ANALYTICS, "analytics")
UNPRICED = "X-Meterlake-Unpriced-Calls"
"""Coverage of a report: how many of its calls have no known cost, as n/N."""


def _door(report: Report, query: type[ReportQuery] = ReportQuery) -> Callable[[Handler], Handler]:
    return doors.get(
        f"/analytics/{report.slug}",
        operation_id=f"get_api-v2-analytics-{report.slug}",
        scope="read",
        query=query,
        answer=AnalyticsTimeSeriesResponse if report.series else AnalyticsAggregatedResponse,
    )


def _answer(call: Call[Any, None], report: Report) -> Response:
    found = answer(call.world, call.team, report, call.query)
    return Response(200, dumps(found.body), headers={UNPRICED: f"{found.unpriced}/{found.calls}"})


@_door(catalogue.COST_BY_AGENT, AgentQuery)
def cost_by_agent(call: Call[AgentQuery, None]) -> Response:
    """Agent cost over time."""
    return _answer(call, catalogue.COST_BY_AGENT)


@_door(catalogue.AGENT_COST, AgentQuery)
def cost_by_agent_aggregated(call: Call[AgentQuery, None]) -> Response:
    """Agent cost, window total."""
    return _answer(call, catalogue.AGENT_COST)


@_door(catalogue.COST_BY_API_KEY)
def cost_by_api_key(call: Call[ReportQuery, None]) -> Response:
    """API key cost over time."""
    return _answer(call, catalogue.COST_BY_API_KEY)


@_door(catalogue.API_KEY_COST)
def cost_by_api_key_aggregated(call: Call[ReportQuery, None]) -> Response:
    """API key cost, window total."""
    return _answer(call, catalogue.API_KEY_COST)


@_door(catalogue.COST_BY_MODEL, ModelQuery)
def cost_by_model(call: Call[ModelQuery, None]) -> Response:
    """Model cost over time."""
    return _answer(call, catalogue.COST_BY_MODEL)


@_door(catalogue.MODEL_COST)
def cost_by_model_aggregated(call: Call[ReportQuery, None]) -> Response:
    """Model cost, window total."""
    return _answer(call, catalogue.MODEL_COST)


@_door(catalogue.COST_BY_ORGANIZATION)
def cost_by_organization(call: Call[ReportQuery, None]) -> Response:
    """Organization cost over time."""
    return _answer(call, catalogue.COST_BY_ORGANIZATION)


@_door(catalogue.ORGANIZATION_COST)
def cost_by_organization_aggregated(call: Call[ReportQuery, None]) -> Response:
    """Organization cost, window total."""
    return _answer(call, catalogue.ORGANIZATION_COST)


@_door(catalogue.COST_BY_PRODUCT, ProductQuery)
def cost_by_product(call: Call[ProductQuery, None]) -> Response:
    """Product cost over time."""
    return _answer(call, catalogue.COST_BY_PRODUCT)


@_door(catalogue.PRODUCT_COST, SourceQuery)
def cost_by_product_aggregated(call: Call[SourceQuery, None]) -> Response:
    """Product cost and runs, window total."""
    return _answer(call, catalogue.PRODUCT_COST)


@_door(catalogue.COST_BY_PROVIDER)
def cost_by_provider(call: Call[ReportQuery, None]) -> Response:
    """Provider cost over time."""
    return _answer(call, catalogue.COST_BY_PROVIDER)


@_door(catalogue.PROVIDER_COST)
def cost_by_provider_aggregated(call: Call[ReportQuery, None]) -> Response:
    """Provider cost, window total."""
    return _answer(call, catalogue.PROVIDER_COST)


@_door(catalogue.COST_BY_TEAM)
def cost_by_team(call: Call[ReportQuery, None]) -> Response:
    """Team cost over time."""
    return _answer(call, catalogue.COST_BY_TEAM)


handler = gateway_handler(doors)
