"""Connections to where code is kept. A token is checked before it is stored, sealed, and shown
nowhere; when the connection goes, it is wiped."""

from dataclasses import replace
from typing import Any

from chalicelib.assistants.github import open_github
from chalicelib.assistants.integration_schemas import (
    IntegrationCredentialMetadata,
    IntegrationCredentialMetadataRequest,
    IntegrationCredentialRequest,
    IntegrationCredentialResource,
)
from chalicelib.assistants.readings import READING, read_reading
from chalicelib.assistants.records import GITHUB, INTEGRATED, INTEGRATION, Integration, TokenStatus
from chalicelib.assistants.states import note_status, want
from chalicelib.assistants.tokens import check_token
from chalicelib.kit.clock import iso
from chalicelib.kit.errors import Fault, Invalid, MeterlakeError
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.secrets import SealBroken
from chalicelib.providers.failures import CredentialRefused, ProviderFailed
from chalicelib.resources.amend import amend, retry
from chalicelib.resources.hal import self_link
from chalicelib.resources.references import Row
from chalicelib.resources.resource import Resource
from chalicelib.resources.schemas import sent_members
from chalicelib.resources.store import Store

Json = dict[str, Any]
_TOKEN = "token"  # noqa: S105 - the name of a member
_UNTOLD = "the token that is stored cannot be opened: store it again"


class SyncRunning(MeterlakeError):
    """The pull requests are being read at this moment (409)."""

    status, code = 409, "SYNC_RUNNING"


def _present(store: Store, record: Record, row: Row) -> Row:
    reading = read_reading(store.world.documents, store.scope, record.id)
    return row | {
        "metadata": record.doc.get("metadata") or {},
        "lastSyncedAt": iso(reading.synced_at) if reading.synced_at else None,
        "lastSyncStatus": reading.shown_status(store.world.now()),
        "lastSyncError": reading.error or None,
    }


INTEGRATIONS = Resource(
    kind=INTEGRATION,
    name="Integration credential",
    resource_type="integration.credential",
    path="/profitstream/v2/api/integration-credentials",
    embedded="integrationCredentialResourceList",
    model=IntegrationCredentialResource,
    unique={"integrationType": ("integrationType",)},
    references=(),
    secret=frozenset({_TOKEN}),
    present=_present,
)


def show_all(store: Store) -> Json:
    """The connections of a team."""
    records = list(walk(store.world.documents, store.scope, INTEGRATION))
    return {
        "_embedded": {INTEGRATIONS.embedded: store.rows(records)},
        "_links": self_link(INTEGRATIONS.path),
    }


def connect(store: Store, body: IntegrationCredentialRequest) -> Json:
    """A new connection, or another token for the one that there is, once GitHub has taken it.

    Raises Invalid, CredentialRefused, ProviderFailed, AddressRefused, Stale.
    """
    if body.integrationType != GITHUB:
        problem = "merge requests at GitLab are not read yet: GITHUB is possible"
        raise Invalid(problem, faults=[Fault("integrationType", problem, "UNSUPPORTED")])
    world, scope = store.world, store.scope
    stored = world.documents.find(scope, INTEGRATION, "integrationType", GITHUB)
    metadata = stored.doc.get("metadata") if stored else {}
    if body.metadata:
        metadata = sent_members(body.metadata, nulls=False)
    members: Json = {"integrationType": GITHUB, "metadata": metadata}
    members["name"] = body.name or (stored.doc.get("name") if stored else None) or "GitHub"
    probe = Integration.of(Record(INTEGRATION, "", members))
    github = open_github(world, store.principal.tenant, body.token).in_haste()
    members |= check_token(world, github, probe)
    members[_TOKEN] = world.secrets.seal(scope, body.token)

    def attempt() -> Record:
        known = world.documents.find(scope, INTEGRATION, "integrationType", GITHUB)
        return store.change(known, members) if known else store.create(members)

    record = retry(attempt)
    INTEGRATED.enrol(world.documents, scope, {"tenant": store.principal.tenant})
    amend(world.documents, scope, READING, record.id, want)
    return store.row(record)


def change_metadata(
    store: Store, record_id: str, body: IntegrationCredentialMetadataRequest
) -> Json:
    """A connection that reads something else, or otherwise; its token is not looked at. Members
    that are not sent stay. Raises UndecodableId, UnknownRecord, Stale."""
    record = store.get(record_id)
    plain = IntegrationCredentialMetadata.model_validate(
        body.model_dump(exclude={"metadata"}, exclude_unset=True)
    )
    sent = {**sent_members(plain), **(sent_members(body.metadata) if body.metadata else {})}
    known = record.doc.get("metadata") or {}
    kept = {name: value for name, value in {**known, **sent}.items() if value is not None}
    return store.row(store.change(record, {"metadata": kept}))


def disconnect(store: Store, record_id: str) -> Json:
    """Take a connection out of sight and wipe its token; what was read stays. Raises
    UndecodableId, UnknownRecord, Stale."""
    record = store.get(record_id)
    wiped = replace(record, doc={**record.doc, _TOKEN: ""})
    answer = store.delete(wiped)
    return {"id": answer["id"], "message": answer["message"]}


def ask_for_sync(store: Store, record_id: str) -> Json:
    """Have the pull requests read now, by whoever does so in the background.

    Raises UndecodableId, UnknownRecord, SyncRunning, and CredentialRefused when the token is
    refused by now, which is noted.
    """
    world, scope, record = store.world, store.scope, store.get(record_id)
    if read_reading(world.documents, scope, record_id).is_running(world.now()):
        raise SyncRunning("the pull requests are being read at this moment", field="id")
    integration = Integration.of(record)
    try:
        token = world.secrets.open(scope, integration.token)
        open_github(world, store.principal.tenant, token).in_haste().read_account()
    except (SealBroken, CredentialRefused) as error:
        told = error.message if isinstance(error, CredentialRefused) else _UNTOLD
        note_status(world, scope, integration, TokenStatus.INVALID, told)
        raise CredentialRefused(told) from error
    except ProviderFailed:
        pass  # whether GitHub answers again by then, the sync will tell
    else:
        if integration.status is TokenStatus.INVALID:
            note_status(world, scope, integration, TokenStatus.VALID, None)
    amend(world.documents, scope, READING, record_id, want)
    return {
        "credentialId": record_id,
        "integrationType": integration.kind,
        "status": "ACCEPTED",
        "message": "the pull requests will be read shortly",
        "startedAt": iso(world.now()),
    }
