"""/profitstream/v2/api/billing: what providers billed"""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.providers import billed_reports
from chalicelib.providers.billed_schemas import (
    BilledDaysQuery,
    BilledQuery,
    BillingApiKeyPage,
    BillingDailyPage,
    BillingModelPage,
    BillingWorkspacePage,
)
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "metrics", query=BilledQuery)
_ERRORS = (429, 503)
Json = dict[str, Any]


@router.get("/billing/api-keys", answer=BillingApiKeyPage, errors=_ERRORS)
def list_api_keys(call: Call[BilledQuery, None]) -> Json:
    """Page through what was billed by key of a provider."""
    return billed_reports.report_keys(call.world, call.principal.team, call.query, call.request)


@router.get("/billing/models", answer=BillingModelPage, errors=_ERRORS)
def list_models(call: Call[BilledQuery, None]) -> Json:
    """Page through what was billed by model."""
    return billed_reports.report_models(call.world, call.principal.team, call.query, call.request)


@router.get("/billing/workspaces", answer=BillingWorkspacePage, errors=_ERRORS)
def list_workspace_metrics(call: Call[BilledQuery, None]) -> Json:
    """Page through what was billed by workspace, those of one display name as one."""
    return billed_reports.report_workspaces(
        call.world, call.principal.team, call.query, call.request
    )


@router.get("/billing/daily", query=BilledDaysQuery, answer=BillingDailyPage, errors=_ERRORS)
def get_daily_breakdown(call: Call[BilledDaysQuery, None]) -> Json:
    """Page through what was billed by UTC day, provider and model."""
    return billed_reports.report_days(call.world, call.principal.team, call.query, call.request)


handler = gateway_handler(router)
