"""Rules that look at other records: two changes at once, each fine by itself, must not break them
together."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.catalog import users
from chalicelib.catalog.organizations import ORGANIZATIONS
from chalicelib.catalog.users import USERS
from chalicelib.identity.records import ADMINISTRATOR, USER
from chalicelib.ports.documents import Record, Stale
from chalicelib.resources.store import Store
from tests.catalog.records import Records
from tests.support.client import Client


def store(client: Client, resource: object) -> Store:
    key = client.installed
    from chalicelib.identity.records import Principal

    principal = Principal(key.tenant, key.team, "k", frozenset())
    return Store(client.world, principal, resource)  # type: ignore[arg-type]


def meanwhile(monkeypatch: pytest.MonkeyPatch, where: Store, act: Callable[[], None]) -> None:
    """Have somebody else act after the rules were looked at and before the record is written."""
    documents = where.world.documents
    update = documents.update
    left = [act]

    def late(scope: str, record: Record, also: object = ()) -> Record:
        if left:
            left.pop()()
        return update(scope, record, also)  # type: ignore[arg-type]

    monkeypatch.setattr(
        type(documents), "update", lambda self, *given, **more: late(*given, **more)
    )


def test_two_parties_that_are_moved_beneath_each_other_at_once(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    organizations = Records(client, "organizations")
    one, other = (organizations.make(name=name)["id"] for name in ("One", "Other"))
    there = store(client, ORGANIZATIONS)

    def move() -> None:
        record = there.get(other)
        there.world.documents.update(
            there.scope, replace(record, doc={**record.doc, "parentId": one})
        )

    meanwhile(monkeypatch, there, move)
    with pytest.raises(Stale):
        there.change(there.get(one), {"parentId": other})
    assert there.get(one).doc.get("parentId") is None
    assert there.get(other).doc["parentId"] == one


def test_the_last_two_administrators_that_step_back_at_once(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = store(client, USERS)
    first = users.find_primary_user(there)
    second = Records(client, "users").make(
        email="b@example.com", firstName="B", lastName="B", roles=[ADMINISTRATOR]
    )
    plain = ["ROLE_API_CONSUMER"]

    def step_back() -> None:
        record = there.get(second["id"])
        there.world.documents.update(
            there.scope, replace(record, doc={**record.doc, "roles": plain})
        )

    meanwhile(monkeypatch, there, step_back)
    with pytest.raises(Stale):
        there.change(there.get(first.id), {"roles": plain})
    record = there.world.documents.get(there.scope, USER, first.id)
    assert record is not None
    assert ADMINISTRATOR in record.doc["roles"]
