"""/profitstream/v2/api/credentials"""

from typing import Any

import pytest

from chalicelib.directory.attribution import attribute
from chalicelib.directory.names import Names
from chalicelib.directory.registry import CREDENTIAL
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import HOUR
from chalicelib.kit.ids import new_id
from tests.api.test_catalog_subscriptions import body as subscription
from tests.catalog.records import Records, check_gone, check_ids, check_scopes
from tests.support.client import Client

KEY = "customer-key-2345"


@pytest.fixture
def credentials(client: Client) -> Records:
    return Records(client, "credentials")


def body(client: Client, **members: Any) -> dict[str, Any]:
    acme = Records(client, "organizations").make(name="Acme")["id"]
    subscriber = Records(client, "subscribers").make(email=f"{new_id()}@example.com")["id"]
    return {
        "externalId": KEY,
        "name": "Key",
        "organizationId": acme,
        "subscriberId": subscriber,
        **members,
    }


def metered(client: Client, **names: str) -> dict[str, Any]:
    """What an event of this moment would be charged to."""
    installed = client.installed
    return attribute(
        client.world, Principal(installed.tenant, installed.team, "k", frozenset()), Names(**names)
    )


def test_a_credential_is_shown_masked_and_kept_by_its_mask(
    credentials: Records, client: Client
) -> None:
    sent = body(
        client,
        tags=["a"],
        externalSecret="hidden-secret",
        identityProvider="x",
        teamId=client.installed.team,
    )
    made = credentials.make(**sent)
    assert (made["externalId"], made["externalSecret"], made["identityProvider"]) == (
        "...2345",
        None,
        None,
    )
    assert (made["label"], made["name"], made["tags"]) == ("Key", "Key", ["a"])
    assert (made["organization"]["label"], made["subscriptions"]) == ("Acme", [])
    assert credentials.get(made["id"]) == made
    assert credentials.put(made["id"], **made, subscriberEmail="x").json == made
    assert (
        credentials.put(made["id"], externalId="...2345", tags=[], externalSecret="").json == made
    )
    record = client.world.documents.get(client.installed.team, CREDENTIAL, made["id"])
    assert record is not None
    assert KEY not in str(record)
    assert "hidden-secret" not in str(record)
    assert metered(client, credential_value=KEY)["credential_id"] == made["id"]


def test_a_known_key_answers_what_is_stored(credentials: Records, client: Client) -> None:
    made = credentials.make(**body(client))
    assert credentials.make(**body(client, name="Other")) == made
    other = credentials.make(**body(client, externalId="another-key", name="Other"))
    taken = credentials.put(other["id"], externalId=KEY)
    assert (taken.status, taken.json["errors"][0]["field"]) == (409, "externalId")
    twin = {"organizationId": made["organizationId"], "subscriberId": made["subscriberId"]}
    clash = credentials.send("POST", "", {"externalId": "third-key", "name": "KEY", **twin})
    assert (clash.status, clash.json["errors"][0]["field"]) == (409, "name")
    assert KEY not in taken.body.decode()


def test_usage_goes_to_its_owner(credentials: Records, client: Client, clock: Any) -> None:
    met = metered(client, credential_name="Key")["credential_id"]
    sent = body(client)
    made = credentials.make(**sent)
    assert made["id"] == met
    clock.move(HOUR)
    for names in (
        {"credential_value": KEY},
        {"credential_name": "Key"},
        {"credential_name": "Key", "subscriber_id": "x"},
    ):
        assert metered(client, **names)["subscriber_id"] == sent["subscriberId"]
    changed = credentials.put(made["id"], externalId="a-new-key-9999", name="Renamed").json
    assert changed["externalId"] == "...9999"
    clock.move(HOUR)
    for names in (
        {"credential_value": "a-new-key-9999"},
        {"credential_name": "Renamed"},
        {"credential_name": "Key"},
    ):
        assert metered(client, **names)["credential_id"] == made["id"]
    check_gone(credentials, made["id"])
    clock.move(HOUR)
    assert metered(client, credential_value="a-new-key-9999")["credential_id"] != made["id"]


def test_links_hold_on_both_sides(credentials: Records, client: Client) -> None:
    subscriptions = Records(client, "subscriptions")
    sold = subscriptions.make(**subscription(client))
    made = credentials.make(**body(client, subscriptionIds=[sold["id"]]))
    assert [(each["id"], each["label"]) for each in made["subscriptions"]] == [
        (sold["id"], sold["label"])
    ]
    assert made["id"] in subscriptions.get(sold["id"])["credentialIds"]
    assert credentials.put(made["id"], externalId="...2345").json["subscriptionIds"] == [sold["id"]]
    subscriptions.put(sold["id"], name="Gold", credentialIds=[])
    assert credentials.get(made["id"])["subscriptionIds"] == []
    credentials.put(made["id"], externalId="...2345", subscriptionIds=[sold["id"]])
    assert subscriptions.get(sold["id"])["credentialIds"] == [made["id"]]
    credentials.put(made["id"], externalId="...2345", subscriptionIds=[])
    assert subscriptions.get(sold["id"])["credentialIds"] == []


def test_refusals_and_lists(credentials: Records, client: Client) -> None:
    check_ids(credentials, "Credential")
    faults = credentials.send("POST", "", {"externalId": "x"}).json["errors"]
    assert {fault["field"] for fault in faults} == {"name", "organizationId", "subscriberId"}
    sent = body(client, label="Only label", name=None)
    for wrong in ("organizationId", "subscriberId"):
        assert credentials.send("POST", "", {**sent, wrong: new_id()}).status == 404
    assert credentials.send("POST", "", {**sent, "subscriptionIds": [new_id()]}).status == 404
    assert credentials.send("POST", "", {**sent, "teamId": new_id()}).status == 403
    made = credentials.make(**sent)
    assert made["name"] == "Only label"
    assert credentials.labels(query="LABEL") == ["Only label"]
    assert credentials.labels(f"/by-organization/{made['organizationId']}") == ["Only label"]
    assert credentials.labels(f"/by-organization/{client.installed.team}") == []
    assert credentials.send("GET", f"/by-organization/{new_id()}").status == 404


def test_keys_may_do_what_their_scopes_say(credentials: Records, client: Client) -> None:
    made = credentials.make(**body(client))
    check_scopes(credentials, body(client, externalId="second-key", name="Second"), made["id"])


def test_tenants_never_reach_each_others_credentials(credentials: Records, client: Client) -> None:
    made, other = credentials.make(**body(client)), Client(client.world)
    theirs = credentials.of(other)
    for method in ("GET", "PUT", "DELETE"):
        assert theirs.send(method, f"/{made['id']}", {"externalId": "x"}).status == 404
    assert theirs.send("GET", f"/by-organization/{made['organizationId']}").status == 404
    assert theirs.labels() == []
    assert theirs.make(**body(other))["id"] != made["id"]
    assert credentials.get(made["id"]) == made
