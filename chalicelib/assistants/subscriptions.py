"""Subscriptions to coding assistants: one record a team and assistant, with its tiers of seats."""

from typing import Any

from chalicelib.assistants.names import ASSISTANTS
from chalicelib.assistants.subscription_records import (
    SUBSCRIPTION,
    Subscription,
    Tier,
    read_subscriptions,
)
from chalicelib.assistants.subscription_schemas import (
    CodingAssistantSubscriptionRequest,
    CodingAssistantSubscriptionResource,
)
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import iso
from chalicelib.kit.errors import Fault, Invalid, NotFound, TeamNotInMembership
from chalicelib.kit.money import to_usd
from chalicelib.ports.scope import Scope
from chalicelib.resources.checks import check_id
from chalicelib.resources.hal import self_link
from chalicelib.resources.resource import Resource
from chalicelib.resources.schemas import sent_members
from chalicelib.resources.store import Store

PATH = "/profitstream/v2/api/coding-assistant/subscriptions"
Json = dict[str, Any]

SUBSCRIPTIONS = Resource(
    kind=SUBSCRIPTION,
    name="Coding assistant subscription",
    resource_type="codingAssistantSubscription",
    path=PATH,
    embedded="codingAssistantSubscriptionResponseList",
    model=CodingAssistantSubscriptionResource,
    label="provider",
)


def check_organization(organization: str, principal: Principal) -> None:
    """Hold the team that a path names against the key's own. Raises UndecodableId,
    TeamNotInMembership."""
    check_id(organization, "organizationId")
    if organization != principal.team:
        raise TeamNotInMembership("the API key belongs to another team", field="organizationId")


def choose_assistant(*named: str | None) -> str:
    """The assistant that path or body name. Raises Invalid for none, an unknown one, or two."""
    found = list(dict.fromkeys(name for name in named if name))
    problem = ""
    if not found:
        problem = "must be given"
    elif found[0] not in ASSISTANTS:
        problem = f"no coding assistant is called {found[0][:64]}"
    elif len(found) > 1:
        problem = f"the path names {found[0][:64]}, the body {found[1][:64]}"
    if problem:
        fault = Fault("provider", problem, received=found[0][:64] if found else None)
        raise Invalid(f"provider: {problem}", faults=[fault])
    return found[0]


def show_all(store: Store) -> Json:
    """Every subscription of the caller's team, as a collection."""
    own = f"{PATH}/{store.scope}"
    rows = [_present(store.scope, each) for each in read_subscriptions(store.world, store.scope)]
    answer: Json = {"_links": self_link(own)}
    return {"_embedded": {SUBSCRIPTIONS.embedded: rows}, **answer} if rows else answer


def show(store: Store, assistant: str) -> Json:
    """The subscription to one assistant. Raises NotFound."""
    record = store.world.documents.get(store.scope, SUBSCRIPTION, assistant)
    if record is None:
        raise NotFound(f"the team has no subscription to {assistant[:64]}", field="provider")
    return _present(store.scope, Subscription.of(record))


def put(store: Store, assistant: str, body: CodingAssistantSubscriptionRequest) -> Json:
    """Create or replace the subscription to one assistant; tiers that are not sent stay. Raises
    Stale."""
    members = sent_members(body, nulls=False)
    members |= {"provider": assistant, "extraUsageEnabled": body.extraUsageEnabled}
    stored = store.world.documents.get(store.scope, SUBSCRIPTION, assistant)
    if stored is None:
        record = store.create({"tiers": [], **members}, record_id=assistant)
    else:
        record = store.change(stored, members)
    return _present(store.scope, Subscription.of(record))


def _present(team: Scope, subscription: Subscription) -> Json:
    return {
        "_links": self_link(f"{PATH}/{team}/{subscription.assistant}"),
        "organizationId": team,
        "provider": subscription.assistant,
        "extraUsageEnabled": subscription.has_extra_usage,
        "tiers": [_present_tier(tier) for tier in subscription.tiers],
        "totalSeats": subscription.seats,
        "monthlySeatCost": to_usd(subscription.cost_nano),
        "created": iso(subscription.created_at),
        "updated": iso(subscription.updated_at),
    }


def _present_tier(tier: Tier) -> Json:
    row: Json = {"tier": tier.name, "seats": tier.seats}
    if tier.price_nano is not None:
        row["perSeatCost"] = to_usd(tier.price_nano)
    return row
