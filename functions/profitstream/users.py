"""/profitstream/v2/api/users"""

from typing import Any

from chalicelib.catalog import personal, users
from chalicelib.catalog.credentials import CredentialResourcePage
from chalicelib.catalog.personal import UserPageQuery
from chalicelib.catalog.subscription_schemas import SubscriptionResourcePage
from chalicelib.catalog.user_schemas import UserQuery, UserResource, UserResourcePage
from chalicelib.catalog.users import USERS
from chalicelib.events.schemas import DerivedSourceMetricQuery, DerivedSourceMetricResourcePage
from chalicelib.events.usage import page_calls_of
from chalicelib.invoicing import charges, invoices
from chalicelib.invoicing.invoices import INVOICES
from chalicelib.invoicing.overview import BILLED_SUBSCRIPTIONS
from chalicelib.invoicing.schemas import (
    InvoiceResourcePage,
    PeriodChargeCursorPage,
    UserChargeQuery,
)
from chalicelib.kit.http.operations import Router
from chalicelib.resources.schemas import Deleted, EmailQuery, PageQuery, TeamQuery, sent_members
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "catalog", query=TeamQuery)
Json = dict[str, Any]


def _store(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, USERS)


@router.get(
    "/users/me",
    answer=UserResource,
    errors=(429,),
    aliases=("/profitstream/v2/api/users/current",),
    query=None,
)
def get_current_user(call: Call[None, None]) -> Json:
    """The user behind the credential."""
    return users.present_current_user(_store(call))


@router.get("/users/lookup-by-email", query=EmailQuery, answer=UserResource, errors=(404,))
def get_user_by_email(call: Call[EmailQuery, None]) -> Json:
    """Find a user by exact email."""
    store = _store(call)
    return store.row(store.find("email", call.query.email))


@router.get("/users", query=UserQuery, answer=UserResourcePage)
def list_users(call: Call[UserQuery, None]) -> Json:
    """Page through the users of a team."""
    return users.page_users(_store(call), call.query, call.request)


@router.post("/users", scope="admin", body=UserResource, answer=UserResource, errors=(404, 409))
def create_user(call: Call[TeamQuery, UserResource]) -> Json:
    """Add a user."""
    store = _store(call)
    return store.row(store.create(sent_members(call.body)))


@router.get("/users/{id}", answer=UserResource)
def get_user(call: Call[TeamQuery, None]) -> Json:
    """Read one user."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.put("/users/{id}", scope="admin", body=UserResource, answer=UserResource)
def update_user(call: Call[TeamQuery, UserResource]) -> Json:
    """Change a user. Members that are not sent stay as they are."""
    store = _store(call)
    return store.row(store.change(store.get(call.path["id"]), sent_members(call.body)))


@router.delete("/users/{id}", scope="admin", answer=Deleted)
def delete_user(call: Call[TeamQuery, None]) -> Json:
    """Delete a user, whose keys stop working."""
    store = _store(call)
    return store.delete(store.get(call.path["id"]))


@router.get("/users/{id}/subscriptions", query=UserPageQuery, answer=SubscriptionResourcePage)
def list_subscriptions_for_user(call: Call[UserPageQuery, None]) -> Json:
    """Page through the subscriptions of a user."""
    store = Store(call.world, call.principal, BILLED_SUBSCRIPTIONS)
    return personal.page_subscriptions_of(store, call.path["id"], call.query, call.request)


@router.get("/users/{id}/credentials", query=UserPageQuery, answer=CredentialResourcePage)
def list_credentials_for_user(call: Call[UserPageQuery, None]) -> Json:
    """Page through the credentials of a user."""
    return personal.page_credentials_of(
        call.world, call.principal, call.path["id"], call.query, call.request
    )


@router.get(
    "/users/{id}/derived-source-metrics",
    query=DerivedSourceMetricQuery,
    answer=DerivedSourceMetricResourcePage,
    errors=(404, 503),
)
def list_derived_source_metrics_for_user(call: Call[DerivedSourceMetricQuery, None]) -> Json:
    """Page through the metered calls of a user."""
    return page_calls_of(call.world, call.principal, call.path["id"], call.query, call.request)


@router.get("/users/{id}/invoices", query=PageQuery, answer=InvoiceResourcePage)
def list_invoices_for_user(call: Call[PageQuery, None]) -> Json:
    """Page through the invoices of a user's subscriptions."""
    return invoices.page_invoices_of(_invoices(call), call.path["id"], call.query, call.request)


@router.get("/users/{id}/period-charges", query=UserChargeQuery, answer=PeriodChargeCursorPage)
def list_period_charges_for_user(call: Call[UserChargeQuery, None]) -> Json:
    """Walk through the charges of a user's subscriptions."""
    return charges.page_charges_of(_invoices(call), call.path["id"], call.query)


def _invoices(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, INVOICES)


handler = gateway_handler(router)
