"""/profitstream/v2/api/configurations/slack"""

from typing import Any

from chalicelib.kit.http.operations import Router
from chalicelib.notices.deliveries import send_test
from chalicelib.notices.presenting import present_detail
from chalicelib.notices.records import Channel
from chalicelib.notices.schemas import (
    DeliveryDetail,
    DestinationQuery,
    NewSlackConfiguration,
    SlackConfigurationPatch,
    SlackConfigurationResource,
    SlackConfigurationResourcePage,
)
from chalicelib.notices.slack import SLACK_CONFIGURATIONS
from chalicelib.resources.schemas import Deleted, TenantQuery, sent_members
from chalicelib.resources.store import Store
from functions.families import PLATFORM
from functions.seam import Call
from functions.wiring import gateway_handler

router = Router(PLATFORM, "notices", query=TenantQuery)
Json = dict[str, Any]
_ALL = "/configurations/slack"
_ONE = _ALL + "/{id}"


def _store(call: Call[Any, Any]) -> Store:
    return Store(call.world, call.principal, SLACK_CONFIGURATIONS)


@router.get(_ALL, query=DestinationQuery, answer=SlackConfigurationResourcePage)
def list_slack_configurations(call: Call[DestinationQuery, None]) -> Json:
    """Page through the Slack channels of a tenant. Their URLs are not shown."""
    return _store(call).page(call.query, call.request)


@router.post(_ALL, body=NewSlackConfiguration, answer=SlackConfigurationResource)
def create_slack_configuration(call: Call[TenantQuery, NewSlackConfiguration]) -> Json:
    """Add a Slack channel, by the URL of an incoming webhook."""
    store = _store(call)
    return store.row(store.create(sent_members(call.body)))


@router.get(_ONE, answer=SlackConfigurationResource)
def get_slack_configuration(call: Call[TenantQuery, None]) -> Json:
    """Read one Slack channel."""
    store = _store(call)
    return store.row(store.get(call.path["id"]))


@router.patch(_ONE, body=SlackConfigurationPatch, answer=SlackConfigurationResource)
def update_slack_configuration(call: Call[TenantQuery, SlackConfigurationPatch]) -> Json:
    """Change a Slack channel. Members that are not sent stay as they are."""
    store = _store(call)
    return store.row(store.change(store.get(call.path["id"]), sent_members(call.body)))


@router.delete(_ONE, answer=Deleted)
def delete_slack_configuration(call: Call[TenantQuery, None]) -> Json:
    """Delete a Slack channel: nothing is sent there any more."""
    store = _store(call)
    return store.delete(store.get(call.path["id"]))


@router.post(_ONE + "/test", answer=DeliveryDetail)
def test_slack_configuration(call: Call[TenantQuery, None]) -> Json:
    """Send a message to a Slack channel at once, and tell how that went."""
    target = _store(call).get(call.path["id"]).id
    return present_detail(send_test(call.world, call.principal, Channel.SLACK, target))


handler = gateway_handler(router)
