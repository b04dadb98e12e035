"""/profitstream/v2/api/subscriptions"""

from typing import Any

import pytest

from chalicelib.directory.registry import SUBSCRIPTION
from chalicelib.kit.clock import DAY, HOUR, iso
from chalicelib.kit.ids import new_id
from tests.catalog.records import Records, check_gone, check_ids, check_scopes
from tests.support.client import Client

LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
ANNA = "anna@example.com"


@pytest.fixture
def subscriptions(client: Client) -> Records:
    return Records(client, "subscriptions")


def product(client: Client, name: str = "Rides", **plan: Any) -> str:
    """A product that can be subscribed to."""
    source = Records(client, "sources").make(name=f"for {name}", type="API", version="1")["id"]
    terms = {
        "name": "Plan",
        "type": "SUBSCRIPTION",
        "currency": "USD",
        "period": "MONTH",
        "charge": "0",
        **plan,
    }
    made = Records(client, "products").make(
        name=name, version="1.0.0", sourceIds=[source], plan=terms
    )
    return str(made["id"])


def body(client: Client, **members: Any) -> dict[str, Any]:
    return {"name": "Gold", "subscriberEmail": ANNA, **members} | (
        {} if "productId" in members else {"productId": product(client)}
    )


def stored(client: Client, record_id: str) -> Any:
    record = client.world.documents.get(client.installed.team, SUBSCRIPTION, record_id)
    assert record is not None
    return record.doc


def test_a_subscription_is_stored_as_it_was_sent(subscriptions: Records, client: Client) -> None:
    acme = Records(client, "organizations").make(name="Acme")["id"]
    sent: dict[str, Any] = {
        "accountId": "a",
        "additionalInvoiceRecipients": ["x@example.com"],
        "allowImmediateCancellation": True,
        "externalQuoteId": "q",
        "identityProvider": "i",
        "namedOrganizationIds": [acme],
        "namedSubscribers": ["n"],
        "notificationAddressesOnCreation": ["c"],
        "notificationAddressesOnQuotaThreshold": ["t"],
        "organizationId": acme,
        "sendToSubscriber": False,
        "subscriptionId": "s-1",
        "tags": ["gold"],
        "tierQuotaNotificationThreshold": 0.5,
        "wentOverSubscriptionQuota": False,
        "start": "2026-01-31T10:00:00.000Z",
        "expiration": "2030-01-01T00:00:00.000Z",
    }
    made = subscriptions.make(
        **body(client), description="dropped", dataWarehouseId="x", metadata="x", **sent
    )
    assert {name: made[name] for name in sent} == sent
    assert (made["label"], made["subscriberEmail"], made["clientEmailAddress"]) == (
        ANNA,
        ANNA,
        ANNA,
    )
    assert (made["client"]["label"], made["product"]["label"], made["organization"]["label"]) == (
        ANNA,
        "Rides",
        "Acme",
    )
    assert (made["namedOrganizations"][0]["label"], made["owner"]["label"]) == (
        "Acme",
        "admin@example.com",
    )
    assert (made["quotaNotificationThreshold"], made["resourceType"]) == (0.5, "subscription")
    assert (
        not {"description", "dataWarehouseId", "metadata", "subscriberId", "productChanges"}
        & made.keys()
    )
    assert not {"plan", "email"} & (made["product"].keys() | made["client"].keys())
    assert subscriptions.get(made["id"]) == made
    assert subscriptions.put(made["id"], **made).json == made


def test_a_new_address_makes_a_subscriber_and_a_credential(
    subscriptions: Records, client: Client
) -> None:
    answer = subscriptions.send("POST", "", body(client), includeRelatedResources="true").json
    key = answer["provisionedCredentialExternalId"]
    assert len(key) == 40
    (credential,) = answer["credentials"]
    made = Records(client, "credentials").get(credential["id"])
    assert (made["externalId"], made["subscriptionIds"]) == (f"...{key[-4:]}", [answer["id"]])
    assert made["subscriber"]["label"] == ANNA
    assert (answer["organization"]["label"], answer["charge"]) == ("Unclassified", 0)
    assert subscriptions.get(answer["id"])["provisionedCredentialExternalId"] is None
    again = subscriptions.make(**body(client, name="Silver", productId=answer["productId"]))
    assert again["provisionedCredentialExternalId"] is None
    assert again["client"]["id"] == answer["client"]["id"]


def test_terms_follow_the_plan(subscriptions: Records, client: Client, clock: Any) -> None:
    terms: dict[str, Any] = {"charge": "19.90", "trialPeriod": "DAY", "trialPeriodCount": 10}
    made = subscriptions.make(**body(client, productId=product(client, **terms)))
    start = client.world.now()
    assert (made["start"], made["trialEnd"], made["charge"]) == (
        iso(start),
        iso(start + 10 * DAY),
        19.9,
    )
    assert (made["periodStart"], made["periodEnd"]) == (iso(start), iso(start + 10 * DAY))
    clock.move(10 * DAY)
    assert subscriptions.get(made["id"])["periodStart"] == iso(start + 10 * DAY)


def test_a_move_to_another_product_is_remembered(
    subscriptions: Records, client: Client, clock: Any
) -> None:
    first, second = product(client), product(client, "Yearly", period="YEAR")
    made = subscriptions.make(**body(client, productId=first))
    start = client.world.now()
    clock.move(HOUR)
    moved = subscriptions.send(
        "PATCH", f"/{made['id']}", {"productId": second, "name": "ignored"}
    ).json
    assert (moved["product"]["id"], moved["name"], moved["start"]) == (
        second,
        "Gold",
        made["start"],
    )
    changes = [
        {"at": start, "productId": first, "anchor": start},
        {"at": start + HOUR, "productId": second, "anchor": start + HOUR},
    ]
    assert stored(client, made["id"])["productChanges"] == changes
    assert subscriptions.put(made["id"], name="Gold", start=iso(start + HOUR)).status == 400


def test_a_move_before_the_start_holds_from_the_start(
    subscriptions: Records, client: Client
) -> None:
    first, second = product(client), product(client, "Yearly", period="YEAR")
    start = client.world.now() + 10 * DAY
    made = subscriptions.make(**body(client, productId=first, start=iso(start)))
    subscriptions.send("PATCH", f"/{made['id']}", {"productId": second})
    assert [change["at"] for change in stored(client, made["id"])["productChanges"]] == [
        start,
        start,
    ]


def test_refusals(subscriptions: Records, client: Client) -> None:
    check_ids(subscriptions, "Subscription")
    bare = Records(client, "products").make(name="Bare", version="1.0.0")["id"]
    faults = subscriptions.send("POST", "", {"name": "x"}).json["errors"]
    assert {fault["field"] for fault in faults} == {"productId", "subscriberEmail"}
    good = body(client)
    for wrong, field in (
        ({"productId": bare}, "productId"),
        ({"subscriberEmail": "nobody"}, "subscriberEmail"),
        ({"start": "2026-01-02T00:00:00Z", "expiration": "2026-01-02T00:00:00Z"}, "expiration"),
        ({"start": "2026-01-02T00:00:00Z", "trialEnd": "2026-01-01T00:00:00Z"}, "trialEnd"),
        ({"tierQuotaNotificationThreshold": 2}, "tierQuotaNotificationThreshold"),
        ({"name": " "}, "name"),
    ):
        answer = subscriptions.send("POST", "", {**good, **wrong})
        assert (answer.status, answer.json["errors"][0]["field"]) == (400, field), answer.json
    for missing in ("productId", "subscriberId", "organizationId", "ownerId"):
        assert subscriptions.send("POST", "", {**good, missing: new_id()}).status == 404
    assert subscriptions.send("POST", "", {**good, "credentialIds": [new_id()]}).status == 404
    assert subscriptions.labels() == []
    assert Records(client, "subscribers").labels() == []


def test_what_a_subscription_needs_stays(subscriptions: Records, client: Client) -> None:
    acme = Records(client, "organizations").make(name="Acme")["id"]
    made = subscriptions.make(**body(client, organizationId=acme))
    row = Records(client, "products").get(made["productId"])
    subscriber = made["client"]["id"]
    for path, record in (
        ("products", row["id"]),
        ("sources", row["sourceIds"][0]),
        ("subscribers", subscriber),
        ("organizations", acme),
    ):
        answer = Records(client, path).delete(record)
        assert answer.status == 409, path
        assert answer.json["message"]
    check_gone(subscriptions, made["id"])
    assert Records(client, "credentials").get(made["credentialIds"][0])["subscriptionIds"] == []
    for path, record in (
        ("products", row["id"]),
        ("sources", row["sourceIds"][0]),
        ("subscribers", subscriber),
        ("organizations", acme),
    ):
        check_gone(Records(client, path), record)


def test_lists_of_a_user(subscriptions: Records, client: Client) -> None:
    users = Records(client, "users")
    user = users.make(email=ANNA, roles=[])["id"]
    assert users.labels(f"/{user}/subscriptions") == []
    made = subscriptions.make(**body(client))
    other = subscriptions.make(
        **body(client, productId=made["productId"], subscriberEmail="b@example.com")
    )
    assert users.labels(f"/{user}/subscriptions", productId=made["productId"]) == [ANNA]
    assert users.labels(f"/{user}/subscriptions", productId=new_id()) == []
    assert users.labels(f"/{other['client']['id']}/subscriptions") == ["b@example.com"]
    assert len(users.labels(f"/{user}/credentials")) == 1
    assert users.labels(f"/{user}/credentials", productId=new_id()) == []
    assert users.send("GET", f"/{user}/derived-source-metrics").json["page"]["totalElements"] == 0
    assert users.send("GET", f"/{new_id()}/subscriptions").status == 404
    Records(client, "subscribers").put(made["client"]["id"], email="new@example.com")
    assert subscriptions.labels() == ["b@example.com", "new@example.com"]


def test_keys_may_do_what_their_scopes_say(subscriptions: Records, client: Client) -> None:
    made = subscriptions.make(**body(client))
    check_scopes(subscriptions, body(client, productId=made["productId"]), made["id"])


def test_tenants_never_reach_each_others_subscriptions(
    subscriptions: Records, client: Client
) -> None:
    made = subscriptions.make(**body(client))
    other = Client(client.world)
    theirs = subscriptions.of(other)
    for method in ("GET", "PUT", "DELETE"):
        assert theirs.send(method, f"/{made['id']}", {"name": "x"}).status == 404
    assert theirs.send("POST", "", body(client, productId=made["productId"])).status == 404
    assert theirs.labels() == []
    assert subscriptions.get(made["id"]) == made


def test_lists_are_searched_in_what_is_referred_to(subscriptions: Records, client: Client) -> None:
    acme = Records(client, "organizations").make(name="Acme")["id"]
    made = subscriptions.make(**body(client, organizationId=acme))
    subscriptions.make(
        name="Silver", productId=product(client, "Meals"), subscriberEmail="b@example.com"
    )
    for text in ("GOLD", "anna@", "acme", "rides", "r_d%s"):
        assert subscriptions.labels(query=text) == [ANNA], text
    assert subscriptions.labels(query="a.ma") == []
    assert subscriptions.get(made["id"])["product"]["label"] == "Rides"


@LOCAL
def test_a_search_with_many_wild_cards_ends(subscriptions: Records, client: Client) -> None:
    subscriptions.make(**body(client, name="a" * 255))
    assert subscriptions.labels(query="%a" * 60 + "%%_") == [ANNA]
    assert subscriptions.labels(query="%a" * 60 + "b") == []


@LOCAL
@pytest.mark.parametrize("member", ["start", "trialEnd", "expiration"])
@pytest.mark.parametrize(
    "instant",
    ["1969-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-12:00", -1],
)
def test_an_instant_that_periods_cannot_reach_is_refused(
    subscriptions: Records, client: Client, member: str, instant: str | int
) -> None:
    answer = subscriptions.send("POST", "", body(client, **{member: instant}))
    assert (answer.status, member in answer.json["details"]) == (400, True)
    kept = subscriptions.make(
        **body(client, productId=product(client, "Other"), expiration="9999-12-31T23:59:59.999Z")
    )
    assert subscriptions.get(kept["id"])["expiration"] == "9999-12-31T23:59:59.999Z"
