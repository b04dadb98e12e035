"""Organizations: the customers of a tenant. They share one space of ids with its teams."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from chalicelib.catalog.names import METERED, check_rename
from chalicelib.catalog.parties import (
    check_childless,
    check_still_a_tree,
    check_unoccupied,
    complete_party,
)
from chalicelib.catalog.party_schemas import PartyMembers
from chalicelib.catalog.targets import TO_ORGANIZATION
from chalicelib.catalog.tenancy import walk_all_teams
from chalicelib.directory.records import Credential
from chalicelib.directory.registry import CREDENTIAL, ORGANIZATION, SUBSCRIPTION
from chalicelib.directory.renames import note_record_rename
from chalicelib.kit.http.messages import Request
from chalicelib.ports.documents import Record
from chalicelib.resources import listing
from chalicelib.resources.filters import build_text_filter
from chalicelib.resources.references import OWN_TENANT, Reference, of_tenant
from chalicelib.resources.resource import Resource
from chalicelib.resources.schemas import PageQuery, build_page_model
from chalicelib.resources.store import Store


class OrganizationResource(PartyMembers):
    """A customer."""

    types: list[Literal["CONSUMER"]] | None = None


OrganizationResourcePage = build_page_model(
    "OrganizationResourcePage", "organizationResourceList", OrganizationResource
)


def _apply_rules(store: Store, doc: dict[str, Any], before: Record | None) -> dict[str, Any]:
    check_rename(store, doc, before)
    return complete_party(store, doc, before, ["CONSUMER"])


def _present(_store: Store, record: Record, row: dict[str, Any]) -> dict[str, Any]:
    return row | {"name": record.name, "types": ["CONSUMER"]}


def _check_removal(store: Store, record: Record) -> None:
    check_childless(store, record)
    check_unoccupied(store, record)


def _after_write(store: Store, before: Record | None, after: Record) -> None:
    """The credentials of a deleted organization go with it."""
    note_record_rename(store.world, store.principal, before, after)
    if not after.deleted:
        return
    for team, credential in walk_all_teams(store.world, store.scope, (CREDENTIAL,)):
        if Credential.of(credential).organization_id == after.id:
            gone = replace(credential, unique={}, deleted=True, updated_at=after.updated_at)
            store.world.documents.update(team, gone)


ORGANIZATIONS = Resource(
    kind=ORGANIZATION,
    name="Organization",
    resource_type="organization",
    path=TO_ORGANIZATION.path,
    embedded="organizationResourceList",
    model=OrganizationResource,
    unique=METERED,
    lasting=frozenset({"name"}),
    yielding=frozenset(METERED),
    filters={"query": build_text_filter("name")},
    references=(
        OWN_TENANT,
        Reference("parent", "parentId", TO_ORGANIZATION),
    ),
    scope=of_tenant,
    apply_rules=_apply_rules,
    present=_present,
    check_removal=_check_removal,
    confirm=check_still_a_tree,
    after_write=_after_write,
)


def change(store: Store, record_id: str, members: Mapping[str, Any]) -> Record:
    """The organization with these members; without a parent it stands beneath none."""
    return store.change(store.get(record_id), {"parentId": None, **members})


def page_children(store: Store, parent: str, query: PageQuery, asked: Request) -> dict[str, Any]:
    """A page of the organizations directly beneath one."""
    beneath = store.get(parent).id
    return store.page(query, asked, lambda doc: doc.get("parentId") == beneath)


def list_organization_tags(store: Store, record_id: str) -> list[str]:
    """The distinct tags on the credentials and subscriptions that the caller's team has of an
    organization, sorted."""
    organization = store.get(record_id).id
    return listing.list_tags(
        store.world,
        store.principal.team,
        (CREDENTIAL, SUBSCRIPTION),
        lambda each: each.doc.get("organizationId") == organization,
    )
