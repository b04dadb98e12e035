"""/profitstream/v2/api/sources/ai/alert"""

from typing import Any

from chalicelib.alerts import fired, handling
from chalicelib.alerts.alert_schemas import (
    AiAlertChange,
    AiAlertResource,
    AiAlertResourcePage,
    AlertQuery,
)
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import Deleted, TeamQuery, sent_members
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "alerts_budgets", query=TeamQuery)
Json = dict[str, Any]
_ALERTS = "/sources/ai/alert"
_ALERT = _ALERTS + "/{id}"


@router.get(_ALERTS, query=AlertQuery, answer=AiAlertResourcePage)
def list_ai_alerts(call: Call[AlertQuery, None]) -> Json:
    """Page through what alert rules have fired, the newest first."""
    return fired.page(call.world, call.principal, call.query, call.request)


@router.get(_ALERT, answer=AiAlertResource)
def get_ai_alert(call: Call[TeamQuery, None]) -> Json:
    """Read one fired alert."""
    return fired.get(call.world, call.principal, call.path["id"])


@router.put(_ALERT, body=AiAlertChange, answer=AiAlertResource)
def update_ai_alert(call: Call[TeamQuery, AiAlertChange]) -> Json:
    """Acknowledge, snooze or resolve a fired alert, or put a note on it."""
    members = sent_members(call.body)
    return handling.change(call.world, call.principal, call.path["id"], members)


@router.delete(_ALERT, answer=Deleted)
def delete_ai_alert(call: Call[TeamQuery, None]) -> Json:
    """Delete a fired alert. One that is open is over then."""
    return handling.delete(call.world, call.principal, call.path["id"])


handler = gateway_handler(router)
