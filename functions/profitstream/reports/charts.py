"""/profitstream/v2/api/reports/chart-builder and /chart-definitions"""

from typing import Any

from chalicelib.charts import catalogue
from chalicelib.charts.data_schemas import ChartAvailableData, ChartData, ChartDataRequest
from chalicelib.charts.definitions import CHARTS, read_configuration
from chalicelib.charts.generating import generate
from chalicelib.charts.schemas import ChartDefinitionList, ChartDefinitionResource, ChartQuery
from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.resources.checks import check_team
from chalicelib.resources.schemas import Deleted, TeamNeeded, TeamQuery, sent_members
from chalicelib.resources.store import Store
from functions.api.analytics.reporting import respond_json
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "charts", query=TeamQuery)
Json = dict[str, Any]
_BUILDER = "/reports/chart-builder"
_CHARTS = "/reports/chart-definitions"
_CHART = _CHARTS + "/{id}"


def _store(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, CHARTS)


@router.get(_BUILDER + "/available-data", query=TeamNeeded, answer=ChartAvailableData)
def get_chart_builder_available_data(call: Call[TeamNeeded, None]) -> Json:
    """What charts may be made of."""
    return catalogue.describe()


@router.post(
    _BUILDER + "/generate",
    body=ChartDataRequest,
    answer=ChartData,
    scope="read",
    errors=(404, 503),
)
def generate_chart_data(call: Call[TeamQuery, ChartDataRequest]) -> Response:
    """Draw a configuration, or a saved chart. Headers tell what figures of money miss."""
    check_team(call.body.teamId, call.team)
    configuration = read_configuration(call.world, call.principal, call.body)
    return respond_json(generate(call.world, call.principal.tenant, call.team, configuration))


@router.get(_CHARTS, query=ChartQuery, answer=ChartDefinitionList)
def list_chart_definitions(call: Call[ChartQuery, None]) -> Json:
    """Page through saved charts."""
    return _store(call).page(call.query, call.request)


@router.post(_CHARTS, body=ChartDefinitionResource, answer=ChartDefinitionResource)
def create_chart_definition(call: Call[TeamQuery, ChartDefinitionResource]) -> Json:
    """Save a chart."""
    check_team(call.body.teamId, call.team)
    store = _store(call)
    return store.row(store.create(sent_members(call.body)))


@router.get(_CHART, answer=ChartDefinitionResource)
def get_chart_definition(call: Call[TeamQuery, None]) -> Json:
    """Read one saved chart."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.put(_CHART, body=ChartDefinitionResource, answer=ChartDefinitionResource)
def update_chart_definition(call: Call[TeamQuery, ChartDefinitionResource]) -> Json:
    """Replace a saved chart."""
    store = _store(call)
    return store.row(store.change(store.get(call.path["id"]), sent_members(call.body)))


@router.delete(_CHART, answer=Deleted)
def delete_chart_definition(call: Call[TeamQuery, None]) -> Json:
    """Delete a saved chart."""
    store = _store(call)
    return store.delete(store.get(call.path["id"]))


handler = gateway_handler(router)
