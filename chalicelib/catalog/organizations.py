"""Organizations: the customers of a tenant. They share one space of ids with its teams."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from chalicelib.catalog.names import METERED, check_rename
from chalicelib.catalog.parties import PartyMembers, childless, settled, still_a_tree, unoccupied
from chalicelib.catalog.tenancy import of_all_teams
from chalicelib.directory.registry import CREDENTIAL, ORGANIZATION, SUBSCRIPTION
from chalicelib.directory.renames import renamed_record
from chalicelib.kit.http.messages import Request
from chalicelib.ports.documents import Record
from chalicelib.resources import listing
from chalicelib.resources.hal import within
from chalicelib.resources.references import OWN_TENANT, Reference, of_tenant
from chalicelib.resources.resource import Resource
from chalicelib.resources.schemas import PageQuery, page_model
from chalicelib.resources.store import Store

_PATH = "/profitstream/v2/api/organizations"


class OrganizationResource(PartyMembers):
    """A customer."""

    types: list[Literal["CONSUMER"]] | None = None


OrganizationResourcePage = page_model(
    "OrganizationResourcePage", "organizationResourceList", OrganizationResource
)


def _rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    check_rename(store, doc, before)
    return settled(store, doc, before, ["CONSUMER"])


def _present(store: Store, record: Record, row: dict[str, Any]) -> dict[str, Any]:
    return row | {"name": record.name, "types": ["CONSUMER"]}


def _removable(store: Store, record: Record) -> None:
    childless(store, record)
    unoccupied(store, record)


def _written(store: Store, before: Record | None, after: Record) -> None:
    """The credentials of a deleted organization go with it."""
    renamed_record(store.world, store.principal, before, after)
    if not after.deleted:
        return
    for team, credential in of_all_teams(store.world, store.scope, (CREDENTIAL,)):
        if credential.doc.get("organizationId") == after.id:
            gone = replace(credential, unique={}, deleted=True, updated_at=after.updated_at)
            store.world.documents.update(team, gone)


ORGANIZATIONS = Resource(
    kind=ORGANIZATION,
    name="Organization",
    resource_type="organization",
    path=_PATH,
    embedded="organizationResourceList",
    shown=OrganizationResource,
    unique=METERED,
    kept=frozenset({"name"}),
    shared=frozenset(METERED),
    filters={"query": within("name")},
    references=(
        OWN_TENANT,
        Reference(
            "parent", "parentId", ORGANIZATION, "Organization", "organization", _PATH, of_tenant
        ),
    ),
    scope=of_tenant,
    rules=_rules,
    present=_present,
    removable=_removable,
    confirmed=still_a_tree,
    written=_written,
)


def change(store: Store, record_id: str, members: Mapping[str, Any]) -> Record:
    """The organization with these members; without a parent it stands beneath none."""
    return store.change(store.get(record_id), {"parentId": None, **members})


def children(store: Store, parent: str, query: PageQuery, asked: Request) -> dict[str, Any]:
    """A page of the organizations directly beneath one."""
    beneath = store.get(parent).id
    return store.page(query, asked, lambda doc: doc.get("parentId") == beneath)


def tags(store: Store, record_id: str) -> list[str]:
    """The distinct tags on the credentials and subscriptions that the caller's team has of an
    organization, sorted."""
    organization = store.get(record_id).id
    return listing.list_tags(
        store.world,
        store.principal.team,
        (CREDENTIAL, SUBSCRIPTION),
        lambda each: each.doc.get("organizationId") == organization,
    )
