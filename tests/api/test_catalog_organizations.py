"""/profitstream/v2/api/organizations"""

from typing import Any

import pytest

from chalicelib.directory.registry import ORGANIZATION, Registry
from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind, Permission
from chalicelib.identity.service import create_team
from chalicelib.kit.ids import new_id
from tests.catalog.records import Records, check_gone, check_ids, check_tenants
from tests.support.client import Client


@pytest.fixture
def organizations(client: Client) -> Records:
    return Records(client, "organizations")


def metered(client: Client, name: str) -> str:
    """The id that an event of this moment would be charged to."""
    return Registry(client.world).obtain_id(client.installed.tenant, ORGANIZATION, name)


def test_an_organization_is_stored_as_it_was_sent(organizations: Records, client: Client) -> None:
    sent: dict[str, Any] = {
        "city": "Bern",
        "country": "CH",
        "currency": "CHF",
        "externalId": "x",
        "url": "u",
    }
    assert organizations.send("POST", "", {"name": "A", **sent}).status == 400
    sent |= {"currency": "USD", "metadata": "tier=gold,region=eu"}
    made = organizations.make(name="Acme", status="dropped", ownerId="dropped", **sent)
    assert {name: made[name] for name in sent} == sent
    assert (made["name"], made["label"], made["types"], made["resourceType"]) == (
        "Acme",
        "Acme",
        ["CONSUMER"],
        "organization",
    )
    assert (made["tenantId"], made["tenant"]["label"]) == (client.installed.tenant, "Test tenant")
    assert (made["parentId"], made["parent"]) == (None, None)
    assert organizations.get(made["id"]) == made
    assert organizations.put(made["id"], **made).json == made


def test_names_may_repeat_and_lists_are_searched(organizations: Records, client: Client) -> None:
    first, second = organizations.make(name="Acme"), organizations.make(name="acme")
    assert first["id"] != second["id"]
    organizations.make(name="Other")
    tenant = client.installed.tenant
    assert organizations.labels(query="ACM", tenantId=tenant, sort="id") in (
        ["Acme", "acme"],
        ["acme", "Acme"],
    )
    assert organizations.labels(tenantId=client.installed.team, sort="name,desc", size=1) == [
        "Other"
    ]
    assert organizations.send("GET", tenantId=new_id()).status == 403
    assert metered(client, "ACME") == first["id"]


def test_a_put_without_parent_takes_it_out_of_the_tree(organizations: Records) -> None:
    top = organizations.make(name="Top")
    child = organizations.make(name="Child", parentId=top["id"], city="Bern")
    assert (child["parentId"], child["parent"]["label"]) == (top["id"], "Top")
    assert organizations.labels(f"/parent/{top['id']}") == ["Child"]
    freed = organizations.put(child["id"], name="Child", parent=child["parent"]).json
    assert (freed["parentId"], freed["parent"], freed["city"]) == (None, None, "Bern")
    assert organizations.labels(f"/parent/{top['id']}") == []
    assert organizations.send("GET", f"/parent/{new_id()}").status == 404


def test_no_organization_stands_beneath_itself(organizations: Records) -> None:
    top = organizations.make(name="Top")["id"]
    child = organizations.make(name="Child", parentId=top)["id"]
    low = organizations.make(name="Low", parentId=child)["id"]
    for parent in (top, child, low):
        refused = organizations.put(top, name="Top", parentId=parent)
        assert (refused.status, refused.json["errors"][0]["field"]) == (400, "parentId")
    assert organizations.put(low, name="Low", parentId=top).status == 200
    assert organizations.send("POST", "", {"name": "x", "parentId": new_id()}).status == 404
    assert organizations.send("POST", "", {"name": "x", "parentId": "no_id"}).status == 400


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (None, "a=1, b=2"),
        ("  ", "a=1, b=2"),
        ("c=3", "c=3"),
        ("c=3=4,d=5", "d=5"),
        ("x,e=", "e="),
        ("none", ""),
    ],
)
def test_metadata(organizations: Records, sent: str | None, stored: str) -> None:
    made = organizations.make(name="A", metadata="a=1, b=2")
    assert made["metadata"] == "a=1, b=2"
    assert organizations.put(made["id"], name="A", metadata=sent).json["metadata"] == stored


def test_what_metering_made_is_an_organization_and_stays_one(
    organizations: Records, client: Client
) -> None:
    made = metered(client, "Wire name")
    row = organizations.get(made)
    assert (row["name"], row["label"], row["types"]) == ("Wire name", "Wire name", ["CONSUMER"])
    assert organizations.put(made, **{**row, "name": "Nice name"}).json["label"] == "Nice name"
    assert organizations.labels(query="nice") == ["Nice name"]
    assert metered(client, "wire NAME") == made


def test_deleting_is_refused_while_others_need_it(organizations: Records, client: Client) -> None:
    top = organizations.make(name="Top")["id"]
    child = organizations.make(name="Child", parentId=top)["id"]
    refused = organizations.delete(top)
    assert (refused.status, refused.json["code"]) == (409, "IN_USE")
    assert "Child" in refused.json["message"]
    check_gone(organizations, child)
    check_gone(organizations, top)
    assert metered(client, "Top") != top


def test_tags_are_a_bare_list(organizations: Records) -> None:
    assert organizations.send("GET", f"/{organizations.make(name='A')['id']}/tags").json == []
    assert organizations.send("GET", f"/{new_id()}/tags").status == 404


def test_refusals(organizations: Records) -> None:
    check_ids(organizations, "Organization")
    assert organizations.send("POST", "", {"name": " "}).status == 400
    assert organizations.send("POST", "", {"name": "x", "types": ["MANAGING"]}).status == 400
    assert organizations.send("POST", "", {"name": "x", "tenantId": new_id()}).status == 403


def test_what_the_whole_tenant_shares_is_changed_by_administrators(
    organizations: Records, client: Client
) -> None:
    tenant, team = client.installed.tenant, client.installed.team
    keys = {kind: create_key(client.world, tenant, team, "k", kind)[1] for kind in KeyKind}
    made = organizations.make(name="T")["id"]
    for kind, key in keys.items():
        for method in ("PUT", "DELETE"):
            refused = organizations.send(method, f"/{made}", {"name": "Scoped"}, key)
            assert refused.status == 403, kind
    assert organizations.send("POST", "", {"name": "New"}, keys[KeyKind.WRITE]).status == 200
    assert organizations.send("POST", "", {"name": "New"}, keys[KeyKind.READ]).status == 403
    assert organizations.get(made)["name"] == "T"
    assert organizations.put(made, name="Scoped").status == 200


def test_a_refusal_does_not_name_what_another_team_has(
    organizations: Records, client: Client
) -> None:
    made = organizations.make(name="Shared")["id"]
    Records(client, "subscribers").make(email="eve@example.com", organizationIds=[made])
    assert "eve@example.com" in organizations.delete(made).json["message"]
    tenant = client.installed.tenant
    other = create_team(client.world, tenant, "Other")
    admin = KeyKind.WRITE.scopes | {Permission.ADMIN}
    _, key = create_key(client.world, tenant, other, "k", KeyKind.WRITE, scopes=admin)
    refused = organizations.send("DELETE", f"/{made}", None, key)
    assert refused.status == 409
    assert "eve" not in refused.body.decode()
    assert "another team" in refused.json["message"]


def test_tenants_never_reach_each_others_organizations(organizations: Records) -> None:
    check_tenants(organizations, {"name": "Theirs"}, organizations.make(name="Ours")["id"])
