"""Connections: a team's administrator keys to providers' billing interfaces. On the wire they are
provider credentials.

A key is checked with its provider before it is stored, sealed, and shown nowhere but for its last
four characters. It goes to one address: whoever changes that has to know the key.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from chalicelib.directory.attribution import digest_of
from chalicelib.kit.aside import stand_aside
from chalicelib.kit.clock import iso
from chalicelib.kit.errors import Fault, Invalid, Throttled
from chalicelib.kit.ids import derive_id, new_id
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from chalicelib.providers.readers import READERS
from chalicelib.providers.records import BILL_SYNC, BILLS, CONNECTION, Connection, Progress
from chalicelib.providers.schemas import ProviderCredentialResource
from chalicelib.providers.upstream import Upstream
from chalicelib.providers.vocabulary import BillingProvider, ConnectionStatus
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.filters import build_text_filter
from chalicelib.resources.listing import read_many
from chalicelib.resources.resource import Resource
from chalicelib.resources.store import Store

Json = dict[str, Any]
_SHOWN = 4
_CHECKS = threading.BoundedSemaphore(2)
"""Providers that are asked at once while somebody waits."""
_CHECK_S = 5.0
_KEPT = ("description", "baseUrl", "account")


def _apply_rules(_store: Store, doc: Json, before: Record | None) -> Json:
    old = before.doc if before else {}
    doc["enabled"] = doc.get("enabled") is not False
    doc["credentialName"] = doc.get("credentialName") or old.get("credentialName")
    doc["credentialType"] = doc.get("credentialType") or "API_KEY"
    _check(doc)
    return doc


def _check(doc: Mapping[str, Any]) -> None:
    """Raises Invalid."""
    provider = doc["provider"]
    reader = READERS.get(BillingProvider(provider))
    faults: list[Fault] = []
    if not doc.get("credentialName"):
        faults.append(Fault("credentialName", "is needed"))
    if reader is None:
        known = sorted(READERS)
        message = "bills are not read from this provider: import its FOCUS export"
        faults.append(Fault("provider", message, received=provider, options=known))
    elif not reader.base_url and not doc.get("baseUrl"):
        faults.append(Fault("baseUrl", f"is needed: {provider} stands at an address of yours"))
    elif reader.needs_account and not doc.get("account"):
        faults.append(Fault("account", "is needed: the organization whose bill is read"))
    if faults:
        raise Invalid("the connection is not complete", faults=faults)


def _gather(store: Store, records: Sequence[Record]) -> Mapping[str, Json]:
    """How reading went, of a whole page at once."""
    found = read_many(store.world, store.scope, BILL_SYNC, [record.id for record in records])
    shown: dict[str, Json] = {}
    for record in records:
        progress = Progress.of(found[record.id].doc) if record.id in found else Progress()
        shown[record.id] = {
            "status": progress.token,
            "lastSyncStatus": progress.status or None,
            "lastSyncError": progress.error or None,
            "lastSyncedAt": iso(progress.succeeded_at) if progress.succeeded_at else None,
            "firstBilledDay": progress.first_day or None,
            "lastBilledDay": progress.last_day or None,
        }
    return shown


def _enrol(store: Store, _before: Record | None, _after: Record) -> None:
    tenant = store.principal.tenant
    BILLS.enrol(store.world.documents, store.scope, {"tenant": tenant})


CONNECTIONS = Resource(
    kind=CONNECTION,
    name="ProviderCredential",
    resource_type="provider.credential",
    path="/profitstream/v2/api/provider-credentials",
    embedded="providerCredentialResourceList",
    model=ProviderCredentialResource,
    label="credentialName",
    unique={"credentialName": ("credentialName",), "apiKey": ("provider", "digest")},
    filters={"query": build_text_filter("credentialName", "description")},
    secret=frozenset({"token", "digest", "source"}),
    apply_rules=_apply_rules,
    gather=_gather,
    after_write=_enrol,
)


def create(store: Store, members: Mapping[str, Any]) -> Json:
    """A new connection, once its provider has taken the key.

    Raises Invalid, Duplicate, CredentialRefused, ProviderFailed, AddressRefused.
    """
    doc = dict(members)
    label = doc.pop("label", None)
    doc["credentialName"] = doc.get("credentialName") or label
    return _store_key(store, doc, None)


def change(store: Store, record_id: str, members: Mapping[str, Any]) -> Json:
    """A connection with what was sent; its key is checked again when it changes.

    Raises what `create` raises, and UnknownRecord, Stale.
    """
    record = store.get(record_id)
    doc = {name: value for name, value in members.items() if value is not None or name in _KEPT}
    if doc.get("provider", record.doc["provider"]) != record.doc["provider"]:
        raise Invalid("a connection stays with its provider: make another", field="provider")
    moves = "baseUrl" in doc and (doc["baseUrl"] or "") != (record.doc.get("baseUrl") or "")
    if moves and not doc.get("apiKey"):
        raise Invalid("send the key too: it would go to another address", field="apiKey")
    if not doc.get("apiKey"):
        return store.row(store.change(record, doc))
    return _store_key(store, doc, record)


def remove(store: Store, record_id: str) -> Json:
    """Take a connection away and wipe its key. What was billed stays. Raises UnknownRecord,
    Stale."""
    record = store.get(record_id)
    wiped = store.change(record, {"token": "", "digest": ""})
    return store.delete(wiped)


def _store_key(store: Store, doc: Json, record: Record | None) -> Json:
    key = doc.pop("apiKey")
    doc["token"] = store.world.secrets.seal(store.scope, key)
    doc["digest"] = digest_of(store.world, f"{store.scope}:{key}")
    if record is None:
        # The same key again, after its connection was deleted, goes on with the same bill.
        doc["source"] = derive_id("bill", str(doc.get("provider")), doc["digest"])
    doc["keyHint"] = key[-_SHOWN:] if len(key) > 2 * _SHOWN else ""
    merged = {**(record.doc if record else {}), **doc}
    _check(merged)
    tenant = store.principal.tenant
    probe = Record(CONNECTION, record.id if record else new_id(), merged)
    connection = Connection.of(tenant, store.scope, probe)
    _check_key(store.world, connection)
    written = store.change(record, doc) if record else store.create(doc, probe.id)
    amend(store.world.documents, store.scope, BILL_SYNC, written.id, _note_valid)
    return store.row(written)


def _check_key(world: World, connection: Connection) -> None:
    """Ask the provider once, before anything is written, so that others may write meanwhile. Raises
    Throttled, Unavailable, and what a reader's check raises."""
    with ask_at_once(world, connection) as upstream, stand_aside():
        READERS[connection.provider].check(upstream)


@contextmanager
def ask_at_once(world: World, connection: Connection) -> Iterator[Upstream]:
    """Requests to a provider for somebody who waits for the answer: each is tried once. Whoever
    asks may hold a place among those that the server answers, so that a slow address must not hold
    many of them, nor for long. Raises Throttled, SealBroken."""
    if not _CHECKS.acquire(blocking=False):
        raise Throttled("other keys are being checked: try again in a few seconds")
    try:
        yield replace(connection.upstream(world), tries=1, timeout_s=_CHECK_S)
    finally:
        _CHECKS.release()


def _note_valid(doc: Doc) -> Doc:
    return {**doc, "token": ConnectionStatus.VALID}
