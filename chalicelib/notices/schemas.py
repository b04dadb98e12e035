"""The wire of destinations and deliveries."""

from datetime import datetime
from ipaddress import ip_address
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from chalicelib.kit.addresses import checked_url
from chalicelib.kit.networks import is_public
from chalicelib.notices.records import Status
from chalicelib.resources.schemas import (
    READ_ONLY,
    HalLinks,
    Members,
    Name,
    PageQuery,
    RecordMembers,
    ResourceReference,
    TenantPageQuery,
    Text,
    Wire,
    build_page_model,
)

_MOST_EVENTS, _LONGEST_URL = 50, 2_000


def check_target(url: str) -> str:
    """The URL, when we would call it as far as its text tells: https, no address of our insides.
    Raises ValueError."""
    host = checked_url(url).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return url
    if not is_public(host):
        raise ValueError("the host is an address that is not public")
    return url


_PORT = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
_HOST = "[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?"
Url = Annotated[
    str,
    StringConstraints(
        max_length=_LONGEST_URL, pattern=rf"^https://{_HOST}(:({_PORT}))?([/?][!-~]*)?$"
    ),
    AfterValidator(check_target),
]
EventName = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$", max_length=100)
]
EventNames = Annotated[list[EventName], Field(max_length=_MOST_EVENTS)]
_Tenant = Annotated[ResourceReference | None, READ_ONLY]


class SlackConfigurationResource(RecordMembers):
    """A Slack channel that is written to. The URL of its incoming webhook is not shown."""

    name: Name
    channelName: Name | None = None
    teamName: Name | None = Field(None, description="the Slack workspace")
    description: Text | None = None
    enabled: bool | None = True
    tenant: _Tenant = None
    tenantId: str | None = None


class NewSlackConfiguration(SlackConfigurationResource):
    """A Slack channel with the URL of its incoming webhook."""

    webhookUrl: Url = Field(description="never shown", json_schema_extra={"writeOnly": True})


class SlackConfigurationPatch(Members):
    """What changes of a Slack configuration. Of channelName, teamName and description null
    clears."""

    name: Name | None = None
    webhookUrl: Url | None = None
    channelName: Name | None = None
    teamName: Name | None = None
    description: Text | None = None
    enabled: bool | None = None


class WebhookConfigurationResource(RecordMembers):
    """An address that is called with what happened, signed by the Standard Webhooks scheme."""

    name: Name | None = Field(None, description="the host of the URL where absent")
    url: Url
    events: EventNames | None = Field(
        None, description="events that are sent; a first part names all below it; empty for all"
    )
    description: Text | None = None
    enabled: bool | None = True
    tenant: _Tenant = None
    tenantId: str | None = None


class WebhookConfigurationPatch(Members):
    """What changes of a webhook. Null clears the description and keeps everything else."""

    name: Name | None = None
    url: Url | None = None
    events: EventNames | None = None
    description: Text | None = None
    enabled: bool | None = None


class NewWebhookConfiguration(WebhookConfigurationResource):
    """A webhook that was just made."""

    secret: str = Field(description="signs what is sent; shown this once")


class RotatedSecret(Wire):
    """A new secret of a webhook."""

    id: str
    secret: str = Field(description="shown this once")
    previousValidUntil: datetime = Field(
        description="until then messages carry a signature by the former secret too"
    )


class DestinationQuery(TenantPageQuery):
    """What lists of destinations may be asked."""


class DeliveryQuery(PageQuery):
    """Which deliveries."""

    status: Status | None = None
    destination: str | None = Field(
        None, description="email:<address>, slack:<id> or webhook:<id>; or only the channel"
    )
    event: str | None = None
    since: datetime | None = Field(None, description="made at or after")
    until: datetime | None = Field(None, description="made before")


class DeliveryAttempt(Wire):
    """One try."""

    at: datetime
    status: int | None = Field(None, description="what the receiver answered; null for mail")
    ms: int
    error: str | None = None
    answer: str | None = Field(None, description="how the receiver's answer began")


class DeliveryResource(Wire):
    """A notice on its way to one destination."""

    id: str
    label: str | None = None
    resourceType: str
    key: str
    event: str
    subject: str
    destination: str
    status: Status
    reason: str | None = None
    attempts: int
    nextAttemptAt: datetime | None = None
    created: datetime
    updated: datetime
    links: HalLinks | None = Field(None, alias="_links")


class DeliveryDetail(DeliveryResource):
    """A delivery with what was sent and how each try went."""

    text: str
    body: dict[str, Any]
    log: list[DeliveryAttempt] = Field(description="the last tries")


SlackConfigurationResourcePage = build_page_model(
    "SlackConfigurationResourcePage",
    "slackConfigurationResourceList",
    SlackConfigurationResource,
)
WebhookConfigurationResourcePage = build_page_model(
    "WebhookConfigurationResourcePage",
    "webhookConfigurationResourceList",
    WebhookConfigurationResource,
)
DELIVERY_ROWS = "deliveryResourceList"
DeliveryResourcePage = build_page_model("DeliveryResourcePage", DELIVERY_ROWS, DeliveryResource)
