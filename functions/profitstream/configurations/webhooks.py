"""/profitstream/v2/api/configurations/webhooks"""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.notices import webhooks
from chalicelib.notices.deliveries import send_test
from chalicelib.notices.presenting import present_detail
from chalicelib.notices.records import Channel
from chalicelib.notices.schemas import (
    DeliveryDetail,
    DestinationQuery,
    NewWebhookConfiguration,
    RotatedSecret,
    WebhookConfigurationPatch,
    WebhookConfigurationResource,
    WebhookConfigurationResourcePage,
)
from chalicelib.resources.schemas import Deleted, TenantQuery, sent_members
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "notices", query=TenantQuery)
Json = dict[str, Any]
_ALL = "/configurations/webhooks"
_ONE = _ALL + "/{id}"


def _store(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, webhooks.WEBHOOKS)


@router.get(_ALL, query=DestinationQuery, answer=WebhookConfigurationResourcePage)
def list_webhook_configurations(call: Call[DestinationQuery, None]) -> Json:
    """Page through the webhooks of a tenant. Their secrets are not shown."""
    return _store(call).page(call.query, call.request)


@router.post(_ALL, body=WebhookConfigurationResource, answer=NewWebhookConfiguration)
def create_webhook_configuration(call: Call[TenantQuery, WebhookConfigurationResource]) -> Json:
    """Add a webhook. Its secret is answered this once."""
    return webhooks.create(_store(call), sent_members(call.body))


@router.get(_ONE, answer=WebhookConfigurationResource)
def get_webhook_configuration(call: Call[TenantQuery, None]) -> Json:
    """Read one webhook."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.patch(_ONE, body=WebhookConfigurationPatch, answer=WebhookConfigurationResource)
def update_webhook_configuration(call: Call[TenantQuery, WebhookConfigurationPatch]) -> Json:
    """Change a webhook. Members that are not sent stay as they are."""
    store = _store(call)
    return store.row(store.change(store.get(call.path["id"]), sent_members(call.body)))


@router.delete(_ONE, answer=Deleted)
def delete_webhook_configuration(call: Call[TenantQuery, None]) -> Json:
    """Delete a webhook: nothing is sent there any more."""
    store = _store(call)
    return store.delete(store.get(call.path["id"]))


@router.post(_ONE + "/rotate", answer=RotatedSecret)
def rotate_webhook_secret(call: Call[TenantQuery, None]) -> Json:
    """Give a webhook a new secret. The former one signs too, for a day."""
    return webhooks.rotate(_store(call), call.path["id"])


@router.post(_ONE + "/test", answer=DeliveryDetail)
def test_webhook_configuration(call: Call[TenantQuery, None]) -> Json:
    """Send a signed message to a webhook at once, and tell how that went."""
    target = _store(call).get(call.path["id"]).id
    return present_detail(send_test(call.world, call.principal, Channel.WEBHOOK, target))


handler = gateway_handler(router)
