"""Webhooks: addresses that are called. Each has a secret, which is shown when it is made; after a
rotation the former one signs too, for a day."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from chalicelib.kit.clock import iso
from chalicelib.notices.destinations import keep_members
from chalicelib.notices.records import OVERLAP_MS, WEBHOOK, Hook
from chalicelib.notices.schemas import WebhookConfigurationResource
from chalicelib.notices.signing import new_secret
from chalicelib.ports.documents import Record
from chalicelib.resources.errors import InUse
from chalicelib.resources.filters import build_text_filter
from chalicelib.resources.references import OWN_TENANT, of_tenant
from chalicelib.resources.resource import Resource
from chalicelib.resources.store import Store

Json = dict[str, Any]
_SECRETS = "secrets"
_MOST_SECRETS = 5


def _apply_rules(_store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    doc = keep_members(doc, before.doc if before else {}, ("description",))
    doc["name"] = doc.get("name") or urlsplit(doc["url"]).hostname
    doc["events"] = list(dict.fromkeys(doc.get("events") or ()))
    doc["enabled"] = doc.get("enabled") is not False
    return doc


WEBHOOKS = Resource(
    kind=WEBHOOK,
    name="WebhookConfiguration",
    resource_type="webhookConfiguration",
    path="/profitstream/v2/api/configurations/webhooks",
    embedded="webhookConfigurationResourceList",
    model=WebhookConfigurationResource,
    filters={"query": build_text_filter("name", "url", "description")},
    references=(OWN_TENANT,),
    secret=frozenset({_SECRETS}),
    scope=of_tenant,
    apply_rules=_apply_rules,
)


def create(store: Store, members: Mapping[str, Any]) -> Json:
    """A new webhook, shown with its secret."""
    secret = new_secret()
    sealed = store.world.secrets.seal(store.scope, secret)
    record = store.create({**members, _SECRETS: [{"sealed": sealed, "until": None}]})
    return store.row(record) | {"secret": secret}


def rotate(store: Store, webhook_id: str) -> Json:
    """A new secret; the former one is good for another day. Raises UnknownRecord, Stale, and InUse
    when four former ones still are."""
    record = store.get(webhook_id)
    now = store.world.now()
    ends = now + OVERLAP_MS
    former: list[Json] = []
    for sealed, until in Hook.of(record).secrets:
        if until is None or until > now:
            former.append({"sealed": sealed, "until": ends if until is None else until})
    if len(former) >= _MOST_SECRETS:
        raise InUse(f"{_MOST_SECRETS} secrets are in use: wait until the first one has run out")
    secret = new_secret()
    newest = {"sealed": store.world.secrets.seal(store.scope, secret), "until": None}
    store.change(record, {_SECRETS: [newest, *former]})
    return {"id": record.id, "secret": secret, "previousValidUntil": iso(ends)}
