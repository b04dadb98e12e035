"""/profitstream/v2/api/teams"""

from typing import Any

import pytest

from chalicelib.directory.registry import PRODUCT
from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind, Permission
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record
from tests.catalog.records import Records, check_gone, check_ids, check_scopes, check_tenants
from tests.support.client import Client


@pytest.fixture
def teams(client: Client) -> Records:
    return Records(client, "teams")


def test_a_team_is_stored_as_it_was_sent(teams: Records, client: Client) -> None:
    tenant = client.installed.tenant
    sent: dict[str, Any] = {
        "city": "Zürich",
        "currency": "EUR",
        "domainAliases": ["a.com"],
        "metadata": "a=1, b=2",
    }
    team = teams.make(
        name="Platform",
        tenantId=tenant,
        description="dropped",
        parentId=client.installed.team,
        **sent,
    )
    assert {name: team[name] for name in sent} == sent
    assert (team["name"], team["label"], team["types"], team["resourceType"]) == (
        "Platform",
        "Platform",
        ["MANAGING"],
        "team",
    )
    assert (team["tenantId"], team["tenant"]["label"]) == (tenant, "Test tenant")
    assert (team["parent"]["label"], team["isDemo"]) == ("Test team", False)
    assert "description" not in team
    assert teams.get(team["id"]) == {
        key: value for key, value in team.items() if key != "warnings"
    } | {"warnings": None}
    assert teams.put(team["id"], **team).json == teams.get(team["id"])


def test_sdks_find_their_team_by_the_tenant_in_their_key(teams: Records, client: Client) -> None:
    tenant, team = client.installed.tenant, client.installed.team
    Records(client, "users").make(email="b@example.com", roles=[])
    Records(client, "users").make(email="c@example.com", roles=[], subscriberId="x")
    for named in (tenant, team, ""):
        (row,) = teams.send("GET", tenantId=named, type="x").json["_embedded"]["teamResourceList"]
        assert (row["id"], row["label"], row["name"], row["userCount"]) == (
            team,
            "Test team",
            "Test team",
            2,
        )
    assert teams.send("GET", tenantId=new_id()).status == 403
    assert teams.send("GET", tenantId="no_id").status == 400
    assert teams.send("POST", "", {"name": "x", "tenantId": new_id()}).status == 403


def test_a_name_that_is_taken_is_told_not_refused(teams: Records, client: Client) -> None:
    assert not teams.make(name="Other").get("warnings")
    (warning,) = teams.make(name="test TEAM")["warnings"]
    assert warning["code"] == "TEAM_NAME_COLLISION"
    assert client.installed.team in warning["message"]
    assert sorted(teams.labels(query="TEAM", sort="name,desc")) == ["Test team", "test TEAM"]


def test_children_are_listed_and_trees_stay_trees(teams: Records, client: Client) -> None:
    own = client.installed.team
    child = teams.make(name="Child", parentId=own)
    grandchild = teams.make(name="Grandchild", parentId=child["id"])
    assert (
        teams.labels(f"/parent/{own}")
        == teams.labels(f"/parent/{own}", isDemo="false")
        == ["Child"]
    )
    assert teams.labels(f"/parent/{own}", isDemo="true") == []
    assert teams.send("GET", f"/parent/{new_id()}").status == 404
    for parent in (own, child["id"], grandchild["id"]):
        refused = teams.put(own, name="Test team", parentId=parent)
        assert (refused.status, refused.json["errors"][0]["field"]) == (400, "parentId")
    assert teams.put(own, name="Renamed").json["parentId"] is None
    assert teams.delete(child["id"]).status == 409
    check_gone(teams, grandchild["id"])
    check_gone(teams, child["id"])


def test_metadata_is_replaced_by_pairs_that_parse(teams: Records, client: Client) -> None:
    own = client.installed.team
    for sent, stored in (
        ("a=1,b=2", "a=1,b=2"),
        (" ", "a=1,b=2"),
        (None, "a=1,b=2"),
        ("c=x=y,d=3,e", "d=3"),
    ):
        assert teams.put(own, name="T", metadata=sent).json["metadata"] == stored


def test_prompt_settings_and_the_team_are_one_record(teams: Records, client: Client) -> None:
    own = client.installed.team
    assert teams.put(own, name="T", promptCaptureEnabled=True).json["promptCaptureEnabled"] is True
    assert teams.send("GET", f"/{own}/settings/prompts").json["promptCaptureEnabled"] is True


def test_refusals(teams: Records, client: Client) -> None:
    check_ids(teams, "Team")
    assert teams.send("POST", "", {"name": "x", "types": ["CONSUMER"]}).status == 400
    assert teams.send("POST", "", {"city": "x"}).status == 400
    own = teams.delete(client.installed.team)
    assert (own.status, own.json["code"]) == (409, "IN_USE")


def test_the_keys_of_a_deleted_team_stop_working(teams: Records, client: Client) -> None:
    team = teams.make(name="Gone")["id"]
    key = create_key(client.world, client.installed.tenant, team, "k", KeyKind.READ)[1]
    check_gone(teams, team)
    assert teams.send("GET", key=key).status == 401


def test_tags_of_the_own_team_and_of_one_that_was_made(teams: Records, client: Client) -> None:
    installed = client.installed
    made = teams.make(name="Other")["id"]
    client.world.documents.create(made, Record(PRODUCT, "p1", {"tags": ["b", "a"]}, "p"))
    assert teams.send("GET", f"/{installed.team}/tags").json == []
    assert teams.send("GET", f"/{made}/tags").json == ["a", "b"]
    _, plain = create_key(client.world, installed.tenant, installed.team, "k", KeyKind.WRITE)
    assert teams.send("GET", f"/{made}/tags", key=plain).status == 403
    assert teams.send("GET", f"/{installed.team}/tags", key=plain).json == []


def test_keys_may_do_what_their_scopes_say(teams: Records) -> None:
    check_scopes(teams, {"name": "Scoped"}, teams.make(name="T")["id"], Permission.ADMIN)


def test_tenants_never_reach_each_others_teams(teams: Records) -> None:
    check_tenants(teams, {"name": "Theirs"}, teams.make(name="Ours")["id"])


def test_members_of_a_deleted_team_stay_with_their_others(teams: Records, client: Client) -> None:
    users, gone = Records(client, "users"), teams.make(name="Gone")["id"]
    user = users.make(email="b@example.com", roles=[], teamIds=[gone, client.installed.team])
    assert user["defaultTeamId"] == gone
    check_gone(teams, gone)
    left = users.get(user["id"])
    assert (left["teamIds"], left["defaultTeamId"]) == (
        [client.installed.team],
        client.installed.team,
    )
    assert users.put(user["id"], **left).json == left | {
        "updated": users.get(user["id"])["updated"]
    }


def test_a_write_key_does_not_change_teams(teams: Records, client: Client) -> None:
    key = create_key(
        client.world, client.installed.tenant, client.installed.team, "k", KeyKind.WRITE
    )[1]
    for method, path in (
        ("POST", ""),
        ("PUT", f"/{client.installed.team}"),
        ("DELETE", f"/{client.installed.team}"),
    ):
        assert teams.send(method, path, {"name": "x"}, key).status == 403
