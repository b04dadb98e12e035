"""/profitstream/v2/api/users and /tenants: who is asking, and who else belongs to the tenant."""

import json
from typing import Any

from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind, Permission
from chalicelib.kit.ids import new_id
from tests.support.client import Answer, Client

BASE = "/profitstream/v2/api"
USERS = f"{BASE}/users"
ADMIN, CONSUMER = "ROLE_TENANT_ADMIN", "ROLE_API_CONSUMER"


def send(
    client: Client, method: str, path: str, content: Any = None, key: str = "", **query: Any
) -> Answer:
    data = b"" if content is None else json.dumps(content).encode()
    return client.send(method, USERS + path, data, query, {"x_api_key": key} if key else {})


def created(client: Client, email: str = "b@example.com", **members: Any) -> dict[str, Any]:
    answer = send(client, "POST", "", {"email": email, "roles": [CONSUMER], **members})
    assert answer.status == 200, answer.body
    return answer.json


def me(client: Client, key: str = "") -> dict[str, Any]:
    return send(client, "GET", "/me", key=key).json


class TestMe:
    def test_what_clients_begin_with(self, client: Client) -> None:
        user = me(client)
        tenant, team = client.installed.tenant, client.installed.team
        assert (user["email"], user["label"], user["roles"]) == (
            "admin@example.com",
            "admin@example.com",
            [ADMIN],
        )
        assert (user["tenantId"], user["tenant"]["id"], user["tenant"]["label"]) == (
            tenant,
            tenant,
            "Test tenant",
        )
        assert user["tenant"]["usageBillingEnabled"] is True
        assert [(each["id"], each["label"]) for each in user["teams"]] == [(team, "Test team")]
        assert (user["defaultTeamId"], user["teamIds"], user["primaryUser"]) == (team, [team], True)
        assert send(client, "GET", "/current", tenantId=tenant, teamId=team).json == user
        assert send(client, "GET", "/me", key="rev_sk_nobody_x").status == 401

    def test_a_key_speaks_for_its_owner_and_its_own_team_stands_first(self, client: Client) -> None:
        team = client.post(f"{BASE}/teams", {"name": "Second"}).json["id"]
        user = created(client, teamIds=[client.installed.team])
        tenant = client.installed.tenant
        owned = create_key(client.world, tenant, team, "k", KeyKind.WRITE, user=user["id"])[1]
        found = me(client, owned)
        assert (found["id"], found["defaultTeamId"]) == (user["id"], team)
        assert found["teamIds"] == [team, client.installed.team]
        unowned = create_key(client.world, tenant, team, "k", KeyKind.READ)[1]
        assert me(client, unowned)["email"] == "admin@example.com"


class TestUsers:
    def test_a_user_is_stored_as_it_was_sent(self, client: Client) -> None:
        sent = {
            "firstName": "Bea",
            "lastName": "Ünal",
            "phoneNumber": "1",
            "canViewPromptData": True,
        }
        user = created(
            client,
            **sent,
            persona="cxo_finance",
            redirectUrl="https://x",
            teamId="ignored?",
            status="X",
        )
        assert {name: user[name] for name in sent} == sent
        assert (user["persona"], user["label"], user["primaryUser"]) == (
            "cxo_finance",
            "b@example.com",
            False,
        )
        assert user["teamIds"] == [client.installed.team] == [user["defaultTeamId"]]
        assert user.get("redirectUrl") is None
        assert send(client, "GET", f"/{user['id']}").json == user
        assert send(client, "GET", "/lookup-by-email", email="B@Example.com").json == user
        assert send(client, "PUT", f"/{user['id']}", user).json == user

    def test_refusals(self, client: Client) -> None:
        user = created(client)
        assert {each["field"] for each in send(client, "POST", "", {}).json["errors"]} == {
            "email",
            "roles",
        }
        for wrong in ({"email": "nobody"}, {"teamIds": ["no_id"]}, {"defaultTeamId": new_id()}):
            body = {"email": "c@example.com", "roles": [], **wrong}
            assert send(client, "POST", "", body).status == 400
        stray = {"email": "c@example.com", "roles": [], "teamIds": [new_id()]}
        assert send(client, "POST", "", stray).status == 404
        taken = send(client, "POST", "", {"email": "B@example.com", "roles": []})
        assert (taken.status, taken.json["errors"][0]["field"]) == (409, "email")
        assert (
            send(client, "POST", "", {**stray, "teamIds": [], "tenantId": new_id()}).status == 403
        )
        assert send(client, "GET", "/lookup-by-email", email="no address").status == 404
        assert send(client, "GET", "/no_id").status == 400
        assert send(client, "GET", f"/{user['id']}").json == user

    def test_memberships_are_replaced_and_lists_follow_them(self, client: Client) -> None:
        team, own = (
            client.post(f"{BASE}/teams", {"name": "Second"}).json["id"],
            client.installed.team,
        )
        user = created(client, firstName="Bea")
        moved = send(client, "PUT", f"/{user['id']}", {**user, "teamIds": [team]}).json
        assert (moved["teamIds"], moved["defaultTeamId"], moved["teams"][0]["label"]) == (
            [team],
            team,
            "Second",
        )

        def emails(**query: Any) -> list[str]:
            rows = send(client, "GET", "", **query).json["_embedded"]["userResourceList"]
            return [row["email"] for row in rows]

        assert emails() == ["admin@example.com"]
        assert emails(teamIds=[team, own], sort="email,desc") == [
            "b@example.com",
            "admin@example.com",
        ]
        assert emails(teamIds=team, query="BEA", type="x", teamId=own) == ["b@example.com"]
        assert send(client, "GET", "", teamIds="no_id").status == 400

    def test_a_tenant_keeps_an_administrator(self, client: Client) -> None:
        first = me(client)
        demoted = {"email": first["email"], "roles": [CONSUMER]}
        assert send(client, "PUT", f"/{first['id']}", demoted).status == 409
        second = created(client, roles=[ADMIN])
        assert send(client, "PUT", f"/{first['id']}", demoted).json["roles"] == [CONSUMER]
        refused = send(client, "DELETE", f"/{second['id']}")
        assert refused.status == 409
        assert "last administrator" in refused.json["message"]

    def test_a_deleted_user_is_gone_with_its_keys(self, client: Client) -> None:
        user, tenant, team = created(client), client.installed.tenant, client.installed.team
        key = create_key(client.world, tenant, team, "k", KeyKind.READ, user=user["id"])[1]
        assert send(client, "DELETE", f"/{user['id']}").json["id"] == user["id"]
        assert send(client, "GET", f"/{user['id']}").status == 404
        assert (
            Client(client.world, client.installed).get(f"{USERS}/me", x_api_key=key).status == 401
        )
        assert send(client, "DELETE", f"/{me(client)['id']}").status == 409
        assert created(client)["id"] != user["id"]

    def test_keys_may_do_what_their_scopes_say(self, client: Client) -> None:
        user, tenant, team = created(client), client.installed.tenant, client.installed.team
        keys = [
            create_key(client.world, tenant, team, "k", KeyKind.READ)[1],
            create_key(client.world, tenant, team, "k", KeyKind.WRITE)[1],
            create_key(
                client.world, tenant, team, "k", KeyKind.WRITE, scopes=frozenset({Permission.ADMIN})
            )[1],
        ]
        for method, path in (("GET", ""), ("GET", "/me"), ("GET", f"/{user['id']}")):
            assert [send(client, method, path, key=key).status for key in keys] == [200, 200, 403]
        for method, path in (("POST", ""), ("PUT", f"/{user['id']}"), ("DELETE", f"/{user['id']}")):
            body = {"email": f"{method}@example.com", "roles": []}
            assert [send(client, method, path, body, key=key).status for key in keys] == [
                403,
                403,
                200,
            ]

    def test_tenants_never_reach_each_others_users(self, client: Client) -> None:
        user, other = created(client), Client(client.world)
        for method in ("GET", "PUT", "DELETE"):
            body = {"email": "stolen@example.com", "roles": []}
            assert send(other, method, f"/{user['id']}", body).status == 404
        assert send(other, "GET", "/lookup-by-email", email="b@example.com").status == 404
        assert (
            send(other, "GET", "", teamIds=client.installed.team).json["page"]["totalElements"] == 0
        )
        assert created(other)["id"] != user["id"]
        assert send(client, "GET", f"/{user['id']}").json == user


def test_a_tenant_is_shown_to_its_own(client: Client) -> None:
    own = client.installed.tenant
    tenant = client.get(f"{BASE}/tenants/{own}").json
    assert (tenant["id"], tenant["name"], tenant["label"]) == (own, "Test tenant", "Test tenant")
    assert (tenant["resourceType"], tenant["usageBillingEnabled"]) == ("tenant", True)
    assert client.get(f"{BASE}/tenants/no_id").status == 400
    assert client.get(f"{BASE}/tenants/{Client(client.world).installed.tenant}").status == 403
