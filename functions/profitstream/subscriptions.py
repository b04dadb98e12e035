"""/profitstream/v2/api/subscriptions"""

from typing import Any

from chalicelib.catalog import subscriptions
from chalicelib.catalog.subscription_lists import page_subscriptions
from chalicelib.catalog.subscription_schemas import (
    CreateSubscriptionQuery,
    SubscriptionPatchResource,
    SubscriptionResource,
    SubscriptionResourcePage,
)
from chalicelib.invoicing.overview import BILLED_SUBSCRIPTIONS, billed_amount
from chalicelib.invoicing.quota import count_quota
from chalicelib.invoicing.schemas import SubscriptionBilledAmount, SubscriptionQuotaConsumed
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import Deleted, SearchQuery, TeamQuery, sent_members
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "catalog", query=TeamQuery)
Json = dict[str, Any]


def _store(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, BILLED_SUBSCRIPTIONS)


@router.get("/subscriptions", query=SearchQuery, answer=SubscriptionResourcePage)
def list_subscriptions(call: Call[SearchQuery, None]) -> Json:
    """Page through the subscriptions of a team."""
    return page_subscriptions(_store(call), call.query, call.request)


@router.post(
    "/subscriptions",
    query=CreateSubscriptionQuery,
    body=SubscriptionResource,
    answer=SubscriptionResource,
    errors=(404, 409),
)
def create_subscription(call: Call[CreateSubscriptionQuery, SubscriptionResource]) -> Json:
    """Subscribe a subscriber to a product."""
    return subscriptions.create(
        _store(call), sent_members(call.body), reveal=call.query.includeRelatedResources
    )


@router.get("/subscriptions/{id}", answer=SubscriptionResource)
def get_subscription(call: Call[TeamQuery, None]) -> Json:
    """Read one subscription."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.put("/subscriptions/{id}", body=SubscriptionResource, answer=SubscriptionResource)
def update_subscription(call: Call[TeamQuery, SubscriptionResource]) -> Json:
    """Change a subscription; an expiration ends it. Members that are not sent stay as they are."""
    store = _store(call)
    return store.row(store.change(store.get(call.path["id"]), sent_members(call.body)))


@router.patch("/subscriptions/{id}", body=SubscriptionPatchResource, answer=SubscriptionResource)
def patch_subscription(call: Call[TeamQuery, SubscriptionPatchResource]) -> Json:
    """Move a subscription to another product."""
    store = _store(call)
    return store.row(store.change(store.get(call.path["id"]), sent_members(call.body)))


@router.delete("/subscriptions/{id}", answer=Deleted)
def delete_subscription(call: Call[TeamQuery, None]) -> Json:
    """Delete a subscription for good. Its credentials stay."""
    store = _store(call)
    return store.delete(store.get(call.path["id"]))


@router.get("/subscriptions/{id}/billed-amount", answer=SubscriptionBilledAmount)
def get_subscription_billed_amount(call: Call[TeamQuery, None]) -> Json:
    """What the running period comes to, as the last billing run has found."""
    record = _store(call).get(call.path["id"])
    return {"amountBilled": billed_amount(call.world, call.principal.team, record.id)}


@router.get(
    "/subscriptions/{id}/quota-consumed", answer=SubscriptionQuotaConsumed, errors=(404, 503)
)
def get_subscription_quota_consumed(call: Call[TeamQuery, None]) -> Json:
    """How much of the quota the running period has used, counted now."""
    record = _store(call).get(call.path["id"])
    quota = count_quota(call.world, call.principal.tenant, call.principal.team, record)
    return {"limit": quota.limit, "consumed": quota.consumed}


handler = gateway_handler(router)
