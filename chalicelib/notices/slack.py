"""Slack configurations: channels that are written to. Their URLs let anybody write there, so they
are sealed and never shown."""

from typing import Any

from chalicelib.notices.destinations import keep_members
from chalicelib.notices.records import SLACK
from chalicelib.notices.schemas import SlackConfigurationResource
from chalicelib.ports.documents import Record
from chalicelib.resources.filters import build_text_filter
from chalicelib.resources.references import OWN_TENANT, of_tenant
from chalicelib.resources.resource import Resource
from chalicelib.resources.store import Store

CLEARED_BY_NULL = frozenset(("channelName", "teamName", "description"))


def _apply_rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    old = before.doc if before else {}
    doc = keep_members(doc, old, CLEARED_BY_NULL)
    url = doc["webhookUrl"]
    if url != old.get("webhookUrl"):
        doc["webhookUrl"] = store.world.secrets.seal(store.scope, url)
    doc["enabled"] = doc.get("enabled") is not False
    return doc


SLACK_CONFIGURATIONS = Resource(
    kind=SLACK,
    name="SlackConfiguration",
    resource_type="slackConfiguration",
    path="/profitstream/v2/api/configurations/slack",
    embedded="slackConfigurationResourceList",
    model=SlackConfigurationResource,
    filters={"query": build_text_filter("name", "channelName", "teamName")},
    references=(OWN_TENANT,),
    secret=frozenset({"webhookUrl"}),
    scope=of_tenant,
    apply_rules=_apply_rules,
)
