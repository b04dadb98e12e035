"""/profitstream/v2/api/coding-assistant"""

from typing import Any

from chalicelib.assistants import subscriptions
from chalicelib.assistants.subscription_schemas import (
    CodingAssistantQuery,
    CodingAssistantSubscriptionAnswer,
    CodingAssistantSubscriptionRequest,
    CodingAssistantSubscriptionResource,
)
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import TeamQuery
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "coding_billing", query=TeamQuery)
Json = dict[str, Any]
_ALL = "/coding-assistant/subscriptions/{organizationId}"
_ONE = _ALL + "/{provider}"
_ANSWER = CodingAssistantSubscriptionResource


def _store(call: Call[Any, Any]) -> Store:
    subscriptions.check_organization(call.path["organizationId"], call.principal)
    return Store(call.world, call.principal, subscriptions.SUBSCRIPTIONS)


@router.get(_ALL, query=CodingAssistantQuery, answer=CodingAssistantSubscriptionAnswer)
def get_coding_assistant_subscriptions(call: Call[CodingAssistantQuery, None]) -> Json:
    """Read what a team has subscribed to: one coding assistant, or all."""
    store, named = _store(call), call.query.provider
    return subscriptions.show(store, named) if named else subscriptions.show_all(store)


@router.get(_ONE, answer=_ANSWER)
def get_coding_assistant_subscription(call: Call[TeamQuery, None]) -> Json:
    """Read the subscription to one coding assistant."""
    return subscriptions.show(_store(call), call.path["provider"])


def _put(call: Call[Any, CodingAssistantSubscriptionRequest]) -> Json:
    store = _store(call)
    named = subscriptions.choose_assistant(call.path.get("provider"), call.body.provider)
    return subscriptions.put(store, named, call.body)


@router.put(_ALL, body=CodingAssistantSubscriptionRequest, answer=_ANSWER)
def update_coding_assistant_subscription(
    call: Call[TeamQuery, CodingAssistantSubscriptionRequest],
) -> Json:
    """Create or replace the subscription to a coding assistant. Tiers that are not sent stay."""
    return _put(call)


@router.put(_ONE, body=CodingAssistantSubscriptionRequest, answer=_ANSWER)
def put_coding_assistant_subscription(
    call: Call[TeamQuery, CodingAssistantSubscriptionRequest],
) -> Json:
    """The same, of the assistant that the path names."""
    return _put(call)


@router.post(_ALL, body=CodingAssistantSubscriptionRequest, answer=_ANSWER)
def create_coding_assistant_subscription(
    call: Call[TeamQuery, CodingAssistantSubscriptionRequest],
) -> Json:
    """The same as a PUT."""
    return _put(call)


handler = gateway_handler(router)
