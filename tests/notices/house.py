"""A tenant with a Slack channel and a webhook, and the outside that they reach."""

from dataclasses import dataclass
from typing import Any

from chalicelib.notices.records import DELIVERY, Delivery
from chalicelib.notices.service import Destinations, Notice
from chalicelib.ports.documents import walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from tests.notices.outside import Outside
from tests.support.client import Client

SLACK = "/profitstream/v2/api/configurations/slack"
WEBHOOKS = "/profitstream/v2/api/configurations/webhooks"
SLACK_URL = "https://hooks.slack.com/services/T0/B0/s3cr3t"


def notice(key: str = "k", **members: Any) -> Notice:
    given = {"event": "cost_control.blocked", "subject": "gone", "text": "all gone", "body": {}}
    return Notice(key, **{**given, **members})


@dataclass
class House:
    """A tenant, and what it is told by."""

    world: World
    outside: Outside
    client: Client
    slack: str
    webhook: str
    secret: str

    @property
    def tenant(self) -> Scope:
        return Scope(self.client.installed.tenant)

    @property
    def team(self) -> Scope:
        return Scope(self.client.installed.team)

    @property
    def everybody(self) -> Destinations:
        return Destinations(["ops@x.io"], [self.slack], [self.webhook])

    def deliveries(self) -> list[Delivery]:
        records = walk(self.world.documents, self.team, DELIVERY)
        return sorted(map(Delivery.of, records), key=lambda each: each.destination)


def build_house(world: World) -> House:
    outside = Outside()
    inside = outside.around(world)
    client = Client(inside)
    slack = client.post(SLACK, {"name": "ops", "webhookUrl": SLACK_URL}).json
    webhook = client.post(WEBHOOKS, {"url": "https://hooks.example.com/in"}).json
    return House(inside, outside, client, slack["id"], webhook["id"], webhook["secret"])
