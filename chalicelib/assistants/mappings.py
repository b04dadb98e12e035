"""Mappings: which login at GitHub belongs to which e-mail address. What a person has said
(MANUAL) stays; what a sync has found (AUTO) gives way."""

from typing import Any

from chalicelib.assistants.mapping_records import EMAIL, MANUAL, MAPPING
from chalicelib.assistants.mapping_schemas import (
    GithubUserMappingRequest,
    GithubUserMappingResource,
)
from chalicelib.kit.clock import iso
from chalicelib.kit.errors import Fault, Invalid
from chalicelib.ports.documents import Record, fold
from chalicelib.resources.amend import retry
from chalicelib.resources.resource import Resource
from chalicelib.resources.store import Store

Json = dict[str, Any]

MAPPINGS = Resource(
    kind=MAPPING,
    name="GitHub user mapping",
    resource_type="github.user.mapping",
    path="/profitstream/v2/api/github-user-mappings",
    embedded="githubUserMappingResourceList",
    model=GithubUserMappingResource,
    label=EMAIL,
    unique={EMAIL: (EMAIL,)},
    references=(),
)


def set_manually(store: Store, body: GithubUserMappingRequest, record_id: str = "") -> Json:
    """Say whose login it is, whatever was known before. With `record_id` it must be the mapping
    of that address.

    Raises Invalid, UndecodableId, UnknownRecord, Stale.
    """
    members = {
        EMAIL: body.email,
        "githubLogin": body.githubLogin,
        "source": MANUAL,
        "resolvedAt": iso(store.world.now()),
    }
    if record_id:
        named = store.get(record_id)
        if fold(named.name) != body.email:
            problem = "the mapping of this id is one of another address"
            raise Invalid(problem, faults=[Fault(EMAIL, problem, received=body.email)])

    def attempt() -> Record:
        stored = store.world.documents.find(store.scope, MAPPING, EMAIL, body.email)
        if stored is None:
            return store.create(members)
        if _says(stored, body.githubLogin):
            return stored
        return store.change(stored, members)

    return store.row(retry(attempt))


def _says(record: Record, login: str) -> bool:
    """Whether a person has said the same before; logins differ by no letter case."""
    doc = record.doc
    return doc["source"] == MANUAL and fold(doc["githubLogin"] or "") == fold(login)


def remove(store: Store, record_id: str) -> Json:
    """Forget a mapping; the next sync looks for the address again. Raises UndecodableId,
    UnknownRecord, Stale."""
    answer = store.delete(store.get(record_id))
    return {"id": answer["id"], "message": answer["message"]}
