"""/profitstream/v2/api/subscribers"""

from typing import Any

import pytest

from chalicelib.directory.attribution import attribute
from chalicelib.directory.names import Names
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import HOUR
from chalicelib.kit.ids import new_id
from tests.catalog.records import Records, check_gone, check_ids, check_scopes, check_tenants
from tests.support.client import Client


@pytest.fixture
def subscribers(client: Client) -> Records:
    return Records(client, "subscribers")


def metered(client: Client, **names: str) -> dict[str, Any]:
    """What an event of this moment would be charged to."""
    installed = client.installed
    return attribute(
        client.world, Principal(installed.tenant, installed.team, "k", frozenset()), Names(**names)
    )


def test_a_subscriber_is_stored_as_it_was_sent(subscribers: Records, client: Client) -> None:
    sent = {"firstName": "Bea", "lastName": "Ünal", "phoneNumber": "1", "subscriberId": "B-1"}
    made = subscribers.make(
        email="b@example.com", roles=["X"], tenantId=new_id(), ownerId="x", **sent
    )
    assert {name: made[name] for name in sent} == sent
    assert (made["email"], made["label"], made["resourceType"]) == (
        "b@example.com",
        "b@example.com",
        "subscriber",
    )
    assert (made["tenant"]["id"], made["organizationIds"], made["organizations"]) == (
        client.installed.tenant,
        [],
        [],
    )
    assert not {"roles", "teamId", "tenantId", ""} & made.keys()
    assert subscribers.get(made["id"]) == made
    assert subscribers.put(made["id"], **made).json == made
    assert subscribers.send("GET", "/lookup-by-email", email="B@example.com").json == made
    assert subscribers.make(email="c@example.com")["subscriberId"]


def test_it_belongs_to_organizations_or_teams(subscribers: Records, client: Client) -> None:
    acme, gone = (
        Records(client, "organizations").make(name=name)["id"] for name in ("Acme", "Gone")
    )
    team = client.installed.team
    made = subscribers.make(email="b@example.com", organizationIds=[team, acme, gone])
    shown = [(each["id"], each["label"], each["resourceType"]) for each in made["organizations"]]
    assert shown[:2] == [(team, "Test team", "team"), (acme, "Acme", "organization")]
    refused = Records(client, "organizations").delete(gone)
    assert refused.status == 409
    assert "b@example.com" in refused.json["message"]
    moved = subscribers.put(made["id"], email="b@example.com", organizationIds=[acme]).json
    assert moved["organizationIds"] == [acme]
    check_gone(Records(client, "organizations"), gone)
    wrong = subscribers.send(
        "POST", "", {"email": "c@example.com", "organizationIds": [acme, "no_id"]}
    )
    assert (wrong.status, wrong.json["message"]) == (400, "Failed to decode hashed Id: [no_id]")
    assert (
        subscribers.send(
            "POST", "", {"email": "c@example.com", "organizationIds": [new_id()]}
        ).status
        == 404
    )
    other = Records(Client(client.world), "organizations").make(name="Theirs")["id"]
    assert subscribers.put(made["id"], email="b@example.com", organizationIds=[other]).status == 404


def test_refusals(subscribers: Records) -> None:
    check_ids(subscribers, "Subscriber")
    made = subscribers.make(email="b@example.com", subscriberId="1")
    for wrong in ({}, {"email": ""}, {"email": "nobody"}, {"email": "a b@c"}, {"email": None}):
        assert subscribers.send("POST", "", wrong).json["errors"][0]["field"] == "email"
    for taken, field in (
        ({"email": "B@example.com"}, "email"),
        ({"email": "c@c", "subscriberId": "1"}, "subscriberId"),
    ):
        answer = subscribers.send("POST", "", taken)
        assert (answer.status, answer.json["errors"][0]["field"]) == (409, field)
    for email in ("c@example.com", "no address"):
        assert subscribers.send("GET", "/lookup-by-email", email=email).status == 404
    assert subscribers.get(made["id"]) == made


def test_lists_are_in_the_order_of_ids_and_searched(subscribers: Records) -> None:
    made = [
        subscribers.make(email=f"{name}@example.com", firstName=f"Is {name}") for name in "dacb"
    ]
    by_id = [row["label"] for row in sorted(made, key=lambda row: row["id"].casefold())]
    assert subscribers.labels(type="x") == by_id
    assert subscribers.labels(sort="email") == [f"{name}@example.com" for name in "abcd"]
    assert subscribers.labels(query="IS A") == ["a@example.com"]
    assert len(subscribers.labels(sort="subscriberId", size=3)) == 3


def test_what_metering_made_is_a_subscriber_and_stays_one(
    subscribers: Records, client: Client, clock: Any
) -> None:
    by_id = metered(client, subscriber_id="wire-7")["subscriber_id"]
    row = subscribers.get(by_id)
    assert (row["email"], row["label"], row["subscriberId"]) == ("", "wire-7", "wire-7")
    assert subscribers.put(by_id, **row).json == row
    named = subscribers.put(by_id, **{**row, "email": "seven@example.com"}).json
    assert (named["email"], named["label"]) == ("seven@example.com", "seven@example.com")
    odd = metered(client, subscriber_email="not an address")["subscriber_id"]
    assert subscribers.put(odd, email="not an address", firstName="Odd").json["firstName"] == "Odd"
    clock.move(HOUR)
    assert metered(client, subscriber_id="WIRE-7")["subscriber_id"] == by_id
    assert metered(client, subscriber_email="seven@example.com")["subscriber_id"] == by_id


def test_credentials_go_with_their_subscriber(
    subscribers: Records, client: Client, clock: Any
) -> None:
    before = metered(client, subscriber_email="b@example.com", credential_name="key")
    check_gone(subscribers, before["subscriber_id"])
    clock.move(HOUR)
    after = metered(client, subscriber_email="b@example.com", credential_name="key")
    assert after["subscriber_id"] != before["subscriber_id"]
    assert after["credential_id"] != before["credential_id"]


def test_keys_may_do_what_their_scopes_say(subscribers: Records) -> None:
    made = subscribers.make(email="b@example.com")
    check_scopes(subscribers, {"email": "c@example.com"}, made["id"])


def test_tenants_never_reach_each_others_subscribers(subscribers: Records) -> None:
    check_tenants(
        subscribers, {"email": "c@example.com"}, subscribers.make(email="b@example.com")["id"]
    )
