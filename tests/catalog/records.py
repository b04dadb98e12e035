"""Talks to one collection of the catalog, and what must hold for every one of them."""

import json
from collections.abc import Sequence
from typing import Any

from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind, Permission
from chalicelib.kit.ids import new_id
from tests.support.client import Answer, Client

BASE = "/profitstream/v2/api"


class Records:
    """The records of one path, as one client sees them."""

    def __init__(self, client: Client, path: str) -> None:
        self.client = client
        self.path = f"{BASE}/{path}"

    def send(
        self, method: str, path: str = "", content: Any = None, key: str = "", **query: Any
    ) -> Answer:
        data = b"" if content is None else json.dumps(content).encode()
        return self.client.send(
            method, self.path + path, data, query, {"x_api_key": key} if key else {}
        )

    def make(self, **members: Any) -> dict[str, Any]:
        answer = self.send("POST", "", members)
        assert answer.status == 200, answer.body
        return answer.json

    def get(self, record_id: str) -> dict[str, Any]:
        answer = self.send("GET", f"/{record_id}")
        assert answer.status == 200, answer.body
        return answer.json

    def put(self, record_id: str, **members: Any) -> Answer:
        return self.send("PUT", f"/{record_id}", members)

    def delete(self, record_id: str) -> Answer:
        return self.send("DELETE", f"/{record_id}")

    def labels(self, path: str = "", **query: Any) -> list[str]:
        """Of one page."""
        answer = self.send("GET", path, **query)
        assert answer.status == 200, answer.body
        (rows,) = answer.json["_embedded"].values()
        return [row["label"] for row in rows]

    def of(self, other: Client) -> "Records":
        """The same path as somebody else sees it."""
        return Records(other, self.path.removeprefix(f"{BASE}/"))


def check_gone(records: Records, record_id: str) -> None:
    """Deleting works once, and says what it did."""
    answer = records.delete(record_id)
    assert (answer.status, answer.json["id"]) == (200, record_id), answer.body
    assert records.delete(record_id).status == 404
    assert records.send("GET", f"/{record_id}").status == 404


def check_ids(records: Records, name: str) -> None:
    """Clients tell what is no id from an id of nothing by the text."""
    wrong, unknown = records.send("GET", "/no_id"), new_id()
    assert (wrong.status, wrong.json["message"]) == (400, "Failed to decode hashed Id: [no_id]")
    missing = records.send("GET", f"/{unknown}")
    assert (missing.status, missing.json["message"]) == (
        404,
        f"Couldn't find {name} with ID: {unknown}",
    )


def check_scopes(
    records: Records, body: dict[str, Any], record_id: str, needed: Permission = Permission.WRITE
) -> None:
    """Reading needs read, changing what is needed, and neither works without a key that is
    known."""
    client = records.client
    tenant, team = client.installed.tenant, client.installed.team
    reading = create_key(client.world, tenant, team, "k", KeyKind.READ)[1]
    changing = create_key(
        client.world, tenant, team, "k", KeyKind.WRITE, scopes=frozenset({needed})
    )[1]
    keys = [reading, changing, "rev_sk_nobody_x"]

    def statuses(method: str, path: str) -> Sequence[int]:
        return [records.send(method, path, body, key).status for key in keys]

    assert statuses("GET", "") == statuses("GET", f"/{record_id}") == [200, 403, 401]
    assert (
        statuses("PUT", f"/{record_id}") == statuses("DELETE", f"/{record_id}") == [403, 200, 401]
    )
    assert statuses("POST", "") == [403, 200, 401]


def check_tenants(records: Records, body: dict[str, Any], record_id: str) -> None:
    """Another tenant neither sees nor changes the record."""
    before, others = records.get(record_id), records.of(Client(records.client.world))
    for method in ("GET", "PUT", "DELETE"):
        assert others.send(method, f"/{record_id}", body).status == 404
    assert before["label"] not in others.labels()
    assert others.send("GET", "", teamId=records.client.installed.team).status == 403
    assert others.make(**body)["id"] != record_id
    assert records.get(record_id) == before
