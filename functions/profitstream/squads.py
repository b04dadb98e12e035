"""/profitstream/v2/api/squads"""

from chalicelib.kit.http.messages import Response
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import TeamNeeded
from chalicelib.squads.detail_schemas import SquadDetailResource, SquadTimelineResource
from chalicelib.squads.queries import ExecutionQuery, GroupExecutionQuery, GroupQuery, SquadQuery
from chalicelib.squads.schemas import SquadExecutionPagedModel, SquadPagedModel
from chalicelib.squads.service import (
    EXECUTION_ROWS,
    GROUP_ROWS,
    page_executions,
    page_group,
    page_groups,
    show_squad,
)
from functions.api.analytics.reporting import respond_json
from functions.families import PLATFORM
from functions.negotiation import CSV
from functions.profitstream.sources.metrics.listing import ERRORS, respond_page
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "traces_squads", query=TeamNeeded)
_ONE = "/squads/{squadId}"
_MAY_MISS = (404, *ERRORS)


@router.get(
    "/squads", query=ExecutionQuery, answer=SquadExecutionPagedModel, also=(CSV,), errors=ERRORS
)
def list_squad_executions(call: Call[ExecutionQuery, None]) -> Response:
    """Page through executions of all squads."""
    found = page_executions(call.world, call.team, call.query, call.request)
    return respond_page(call.request, found, EXECUTION_ROWS)


@router.get(
    "/squads/entities", query=GroupQuery, answer=SquadPagedModel, also=(CSV,), errors=ERRORS
)
def list_squads(call: Call[GroupQuery, None]) -> Response:
    """Page through squads: groups of executions."""
    found = page_groups(call.world, call.team, call.query, call.request)
    return respond_page(call.request, found, GROUP_ROWS)


@router.get(
    "/squads/entities/{squadId}/executions",
    query=GroupExecutionQuery,
    answer=SquadExecutionPagedModel,
    also=(CSV,),
    errors=_MAY_MISS,
)
def list_executions_by_squad(call: Call[GroupExecutionQuery, None]) -> Response:
    """Page through the executions of one squad, by its id or by that of one of them."""
    found = page_group(call.world, call.team, call.path["squadId"], call.query, call.request)
    return respond_page(call.request, found, EXECUTION_ROWS)


@router.get(_ONE, query=SquadQuery, answer=SquadDetailResource, errors=_MAY_MISS)
def get_squad_detail(call: Call[SquadQuery, None]) -> Response:
    """One execution by its agents and traces."""
    return respond_json(show_squad(call.world, call.team, call.path["squadId"], call.query))


@router.get(f"{_ONE}/timeline", query=SquadQuery, answer=SquadTimelineResource, errors=_MAY_MISS)
def get_squad_timeline(call: Call[SquadQuery, None]) -> Response:
    """The calls of one execution in the order of time."""
    identity = call.path["squadId"]
    return respond_json(show_squad(call.world, call.team, identity, call.query, timeline=True))


handler = gateway_handler(router)
