"""Keys of the server: listed, made, shown once, revoked, by administrators only."""

from typing import Any

import pytest

from chalicelib.identity import key_service
from chalicelib.identity.keys import KeyKind, Permission
from chalicelib.kit.ids import new_id
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.audit import KEY_MADE, KEY_REVOKED
from tests.support.client import Answer, Client

API = "/profitstream/v2/api"
KEYS = f"{API}/api-keys"
USERS = f"{API}/users"


def make(client: Client, **members: Any) -> dict[str, Any]:
    answer = client.post(KEYS, {"name": "fresh", **members})
    assert answer.status == 201, answer.body
    made: dict[str, Any] = answer.json
    return made


def rows(client: Client, **query: str) -> list[dict[str, Any]]:
    answer = client.get(KEYS, query)
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.json["_embedded"]["apiKeyList"]
    return found


def revoke(client: Client, key_id: str, **query: str) -> Answer:
    return client.send("DELETE", f"{KEYS}/{key_id}", b"", query, {})


def own(client: Client) -> str:
    [asking] = [str(row["id"]) for row in rows(client) if row["asking"]]
    return asking


def audited(client: Client) -> list[dict[str, Any]]:
    answer = client.get(f"{API}/audit-entries", {"size": "50"})
    entries: list[dict[str, Any]] = answer.json["_embedded"]["auditEntryList"]
    return entries


def test_a_key_is_shown_once_and_stored_as_a_hash(client: Client) -> None:
    made = make(client, kind="READ")
    text = made.pop("key")
    assert text.startswith(f"rev_rk_{client.installed.tenant}_")
    assert client.get(f"{KEYS}/{made['id']}").json == made
    assert client.get(f"{API}/products", x_api_key=text).status == 200
    assert (made["permissions"], made["asking"], made["revokedAt"]) == (["read"], False, None)
    stored = list(client.world.documents.every(client.installed.tenant))
    assert text.rpartition("_")[2] not in repr(stored)
    assert text.rpartition("_")[2] not in client.get(KEYS).body.decode()


def test_keys_are_listed_by_name_and_by_state(client: Client) -> None:
    made = make(client, name="zz")
    assert [row["name"] for row in rows(client)] == ["first metering key", "first write key", "zz"]
    assert [row["name"] for row in rows(client, sort="name,desc", size="1")] == ["zz"]
    assert revoke(client, made["id"]).status == 200
    assert [row["name"] for row in rows(client, state="REVOKED")] == ["zz"]
    assert len(rows(client, state="VALID")) == 2
    assert client.get(KEYS, {"sort": "key"}).status == 400


def test_a_revoked_key_opens_nothing_and_stays_revoked(client: Client) -> None:
    made = make(client)
    assert revoke(client, made["id"]).status == 200
    assert client.get(f"{API}/products", x_api_key=made["key"]).status == 401
    at = client.get(f"{KEYS}/{made['id']}").json["revokedAt"]
    entries = audited(client)
    assert revoke(client, made["id"]).status == 200
    assert client.get(f"{KEYS}/{made['id']}").json["revokedAt"] == at
    assert audited(client) == entries


def test_each_change_leaves_an_entry_without_the_key(client: Client) -> None:
    made = make(client, kind="METERING", permissions=["read", "metering"])
    revoke(client, made["id"])
    entries = [each for each in audited(client) if each["action"] in (KEY_MADE, KEY_REVOKED)]
    assert {each["action"] for each in entries} == {KEY_MADE, KEY_REVOKED}
    for entry in entries:
        assert entry["author"] == "admin@example.com"
        assert entry["facts"]["key"] == made["id"]
        assert entry["facts"]["permissions"] == ["metering", "read"]
        assert made["key"] not in repr(entry)


def test_the_last_key_of_an_administrator_stays(client: Client) -> None:
    answer = revoke(client, own(client), confirmed="true")
    assert answer.status == 409
    assert "last one" in answer.json["message"]
    make(client, name="another", permissions=["admin"])
    assert revoke(client, own(client)).status == 409
    asking = own(client)
    assert revoke(client, asking, confirmed="true").status == 200
    assert client.post(KEYS, {"name": "x"}).status == 401, "at once, not when it is forgotten"
    assert revoke(client, asking).status == 401


def test_two_that_revoke_each_other_leave_one(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make(client, permissions=["admin"])
    first = own(client)
    revoke_key = key_service.revoke_key

    def both(world: World, tenant: Scope, key_id: str) -> Any:
        revoke_key(world, tenant, first)
        return revoke_key(world, tenant, key_id)

    monkeypatch.setattr(key_service, "revoke_key", both)
    assert revoke(client, other["id"]).status == 409
    valid = {
        key.key_id
        for key in key_service.list_keys(client.world, client.installed.tenant)
        if Permission.ADMIN in key.scopes and not key.revoked_at
    }
    assert valid == {other["id"]}


@pytest.mark.parametrize("kind", [KeyKind.READ, KeyKind.WRITE, KeyKind.METERING])
def test_only_administrators_see_and_make_keys(client: Client, kind: KeyKind) -> None:
    installed = client.installed
    _, key = key_service.create_key(client.world, installed.tenant, installed.team, "k", kind)
    for method, path in (("GET", KEYS), ("POST", KEYS), ("DELETE", f"{KEYS}/{own(client)}")):
        answer = client.send(method, path, b'{"name": "x"}', None, {"x_api_key": key})
        assert answer.status == 403


def test_all_faults_of_a_wish_are_told(client: Client) -> None:
    answer = client.post(KEYS, {"name": "x", "teamId": new_id(), "userId": new_id()})
    assert answer.status == 400
    assert [each["field"] for each in answer.json["errors"]] == ["teamId", "userId"]
    for wrong in (
        {},
        {"name": " "},
        {"name": "a\nb"},
        {"name": "a\x9bb"},
        {"name": "a\u202eb"},
        {"name": "x", "permissions": []},
        {"name": "x", "kind": "A"},
    ):
        assert client.post(KEYS, wrong).status == 400


def test_a_key_of_another_team_is_told_to_both(client: Client) -> None:
    team = client.post(f"{API}/teams", {"name": "Second"}).json["id"]
    user = client.get(f"{USERS}/me").json["id"]
    made = make(client, teamId=team, userId=user, permissions=["admin", "read", "write"])
    assert (made["teamId"], made["userId"]) == (team, user)
    other = Client(client.world)
    other.key = made["key"]
    assert [each["action"] for each in audited(other)] == [KEY_MADE]
    assert audited(client)[0]["facts"]["teamId"] == team


def test_keys_of_another_tenant_are_unknown(client: Client) -> None:
    theirs = own(Client(client.world))
    assert client.get(f"{KEYS}/{theirs}").status == 404
    assert revoke(client, theirs).status == 404
    assert len(rows(client)) == 2
