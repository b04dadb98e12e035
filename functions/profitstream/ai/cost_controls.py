"""/profitstream/v2/api/ai/cost-controls"""

from typing import Any

from chalicelib.budgets import service
from chalicelib.budgets.cost_controls import COST_CONTROLS
from chalicelib.budgets.dry_run_schemas import CostControlDryRun, DryRunQuery
from chalicelib.budgets.dry_run_showing import try_control
from chalicelib.budgets.schemas import (
    CostControlPatch,
    CostControlQuery,
    CostControlResource,
    CostControlResourcePage,
)
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import Deleted, TeamQuery, sent_members
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "alerts_budgets", query=TeamQuery)
Json = dict[str, Any]
_RULES = "/ai/cost-controls"
_RULE = _RULES + "/{id}"


def _store(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, COST_CONTROLS)


@router.get(_RULES, query=CostControlQuery, answer=CostControlResourcePage)
def list_budget_rules(call: Call[CostControlQuery, None]) -> Json:
    """Page through cost controls."""
    return _store(call).page(call.query, call.request)


@router.post(_RULES, body=CostControlResource, answer=CostControlResource, errors=(409, 503))
def create_budget_rule(call: Call[TeamQuery, CostControlResource]) -> Json:
    """Create a cost control. What was used in its window before counts."""
    return service.create(_store(call), sent_members(call.body))


@router.post(
    _RULES + "/dry-run",
    scope="read",
    query=DryRunQuery,
    body=CostControlResource,
    answer=CostControlDryRun,
    errors=(503,),
)
def dry_run_budget_rule(call: Call[DryRunQuery, CostControlResource]) -> Json:
    """Try a cost control on past calls: which ones it would have stopped, when, and why that is not
    all that may be said. Nothing is made. Ours, not the contract's."""
    return try_control(_store(call), sent_members(call.body), call.query.days)


@router.get(_RULE, answer=CostControlResource)
def get_budget_rule(call: Call[TeamQuery, None]) -> Json:
    """Read one cost control."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.patch(_RULE, body=CostControlPatch, answer=CostControlResource, errors=(404, 409, 503))
def update_budget_rule(call: Call[TeamQuery, CostControlPatch]) -> Json:
    """Change a cost control."""
    return service.change(_store(call), call.path["id"], sent_members(call.body))


@router.delete(_RULE, answer=Deleted, errors=(404, 503))
def delete_budget_rule(call: Call[TeamQuery, None]) -> Json:
    """Delete a cost control: nothing is stopped by it any more."""
    return service.delete(_store(call), call.path["id"])


handler = gateway_handler(router)
