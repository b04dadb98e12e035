"""/profitstream/v2/api/ai/enforcement-events"""

from typing import Any

from chalicelib.budgets import event_views
from chalicelib.budgets.event_views import (
    AffectedList,
    AffectedQuery,
    EnforcementEventHistory,
    EnforcementEventSummary,
    EventHistoryQuery,
)
from chalicelib.budgets.events import (
    EnforcementEventQuery,
    EnforcementEventResourcePage,
    EventFilter,
    page_enforcement_events,
)
from chalicelib.kit.http.operations import Router
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "alerts_budgets")
Json = dict[str, Any]
_EVENTS = "/ai/enforcement-events"


@router.get(
    _EVENTS, query=EnforcementEventQuery, answer=EnforcementEventResourcePage, errors=(422,)
)
def list_enforcement_events(call: Call[EnforcementEventQuery, None]) -> Json:
    """Page through what cost controls stopped or warned of, or would have."""
    return page_enforcement_events(call.world, call.principal, call.query, call.request)


@router.get(_EVENTS + "/summary", query=EventFilter, answer=EnforcementEventSummary, errors=(422,))
def summarize_enforcement_events(call: Call[EventFilter, None]) -> Json:
    """Count what cost controls did, by outcome, whatever mode and level are asked for."""
    return event_views.summarize(call.world, call.principal, call.query)


@router.get(
    _EVENTS + "/history", query=EventHistoryQuery, answer=EnforcementEventHistory, errors=(422,)
)
def get_enforcement_event_history(call: Call[EventHistoryQuery, None]) -> Json:
    """Count what cost controls did in each hour, day or week."""
    return event_views.draw_history(call.world, call.principal, call.query)


@router.get(_EVENTS + "/affected", query=AffectedQuery, answer=AffectedList, errors=(422,))
def list_affected(call: Call[AffectedQuery, None]) -> Json:
    """List the people and things that cost controls stopped or warned, or would have."""
    return event_views.list_affected(call.world, call.principal, call.query)


handler = gateway_handler(router)
