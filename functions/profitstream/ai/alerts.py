"""/profitstream/v2/api/ai/alerts: how budgets stand; and the values that filters may name"""

from typing import Any

from chalicelib.alerts import portfolio
from chalicelib.alerts.bulk import read_bulk
from chalicelib.alerts.choice_schemas import FilterValues, FilterValuesQuery
from chalicelib.alerts.choices import list_filter_values
from chalicelib.alerts.progress_schemas import (
    BudgetPortfolioItemPage,
    BudgetProgressAnswer,
    BudgetProgressBulk,
    BulkQuery,
    PortfolioQuery,
    ProgressQuery,
)
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import TeamQuery
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "alerts_budgets", query=TeamQuery)
Json = dict[str, Any]
_BUDGETS = "/ai/alerts/budgets"
_BUDGET = "/ai/alerts/{anomalyId}/budget"


@router.get(
    _BUDGETS + "/portfolio", query=PortfolioQuery, answer=BudgetPortfolioItemPage, errors=(503,)
)
def get_budget_portfolio(call: Call[PortfolioQuery, None]) -> Json:
    """Page through all budgets that are switched on, with their progress."""
    return portfolio.page_portfolio(call.world, call.principal, call.query, call.request)


@router.get(_BUDGETS + "/progress", query=BulkQuery, answer=BudgetProgressBulk, errors=(503,))
def get_budget_progress_bulk(call: Call[BulkQuery, None]) -> Json:
    """The progress of several budgets. One bad id spoils nothing."""
    return read_bulk(call.world, call.principal, call.query)


@router.get(
    _BUDGET + "/progress", query=ProgressQuery, answer=BudgetProgressAnswer, errors=(404, 422, 503)
)
def get_budget_progress(call: Call[ProgressQuery, None]) -> Json:
    """The progress of one budget."""
    return portfolio.read_one(call.world, call.principal, call.path["anomalyId"], call.query)


@router.post(_BUDGET + "/reset", answer=BudgetProgressAnswer, errors=(404, 409, 422, 503))
def reset_budget(call: Call[TeamQuery, None]) -> Json:
    """Let a budget begin anew inside its period. Answers its progress."""
    return portfolio.reset(call.world, call.principal, call.path["anomalyId"])


@router.get("/ai/filter-values", query=FilterValuesQuery, answer=FilterValues, errors=(503,))
def get_filter_values(call: Call[FilterValuesQuery, None]) -> Json:
    """The values of a dimension that calls of the last 90 days had."""
    return list_filter_values(call.world, call.team, call.query)


handler = gateway_handler(router)
