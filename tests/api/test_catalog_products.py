"""/profitstream/v2/api/products"""

import json
from typing import Any

import pytest

from chalicelib.directory.registry import PRODUCT, Registry
from chalicelib.kit.ids import new_id
from tests.catalog.records import Records, check_gone, check_ids, check_scopes, check_tenants
from tests.support.client import Client

BODY: dict[str, Any] = {"name": "Rides", "version": "1.0.0"}
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


@pytest.fixture
def products(client: Client) -> Records:
    return Records(client, "products")


def plan(**members: Any) -> dict[str, Any]:
    return {
        "name": "Monthly",
        "type": "SUBSCRIPTION",
        "currency": "USD",
        "period": "MONTH",
        "charge": "0",
        **members,
    }


def tier(name: str = "t", **members: Any) -> dict[str, Any]:
    return {"name": name, **members}


def metered(client: Client, name: str) -> str:
    """The id that an event of this moment would be charged to."""
    return Registry(client.world).obtain_id(client.installed.team, PRODUCT, name)


def element(client: Client) -> str:
    return Records(client, "metering-element-definitions").make(name="rides", type="NUMBER")["id"]


def test_a_product_is_stored_as_it_was_sent(products: Records, client: Client) -> None:
    source = Records(client, "sources").make(name="s", type="API", version="1")["id"]
    sent: dict[str, Any] = {
        "description": "Ü",
        "tags": ["a"],
        "code": "R",
        "sourceIds": [source],
        "paymentSource": "INVOICE_ONLY_NO_PAYMENT",
        "tierQuotaNotificationThreshold": 0.8,
        "displayPriority": 2,
        "terms": [{"link": "l", "order": 1, "terms": "t"}],
        "invoiceManagement": {"numberOfResends": 1, "resendPeriod": "DAY", "resendPeriodCount": 2},
    }
    made = products.make(**BODY, slaIds=["dropped"], status="dropped", **sent)
    assert {name: made[name] for name in sent} == sent
    assert (made["label"], made["version"], made["published"], made["plan"]) == (
        "Rides",
        "1.0.0",
        False,
        None,
    )
    assert (made["sources"][0]["label"], made["owner"]["label"]) == ("s", "admin@example.com")
    assert (made["teamId"], made["resourceType"]) == (client.installed.team, "product")
    assert not {"slaIds", "status"} & made.keys()
    assert products.get(made["id"]) == made
    assert products.put(made["id"], **made).json == made
    assert Records(client, "teams").send("GET", f"/{client.installed.team}/tags").json == ["a"]


def test_a_plan_is_shown_in_full_with_numbers(products: Records, client: Client) -> None:
    rides = element(client)
    tiers = [
        tier("a", upTo="100", unitAmount="0.10"),
        tier("b", upTo=200, unitAmount=0.0000001),
        tier("c", flatAmount=5),
    ]
    rating = {
        "name": "r",
        "aggregationType": "SUM",
        "elementDefinitionId": rides,
        "tiers": [tier(unitAmount="1")],
    }
    fee = {"name": "f", "type": "ORGANIZATION", "flatAmount": "9.99"}
    price = {"name": "e", "type": "SUM", "elementDefinitionId": rides, "unitAmount": "2"}
    parts = {"ratingAggregations": [rating], "setupFees": [fee], "elements": [price]}
    made = products.make(**BODY, plan=plan(charge="29.90", tiers=tiers, **parts))["plan"]
    assert (made["charge"], made["periodCount"], made["currency"]) == (29.9, 1, "USD")
    assert [
        (each["startingFrom"], each["upTo"], each["unitAmount"], each["flatAmount"])
        for each in made["tiers"]
    ] == [
        (0, 100, 0.1, None),
        (100, 200, 0.0000001, None),
        (200, None, None, 5),
    ]
    assert made["ratingAggregations"][0]["tiers"][0]["unitAmount"] == 1
    assert (made["setupFees"][0]["flatAmount"], made["elements"][0]["unitAmount"]) == (9.99, 2)
    assert made["elements"][0]["elementDefinitionId"] == rides
    ids = [each["id"] for each in (*made["tiers"], *made["setupFees"], *made["ratingAggregations"])]
    assert len(set(ids)) == 5
    assert all(ids)


def test_fees_beside_the_plan_are_folded_into_it(products: Records) -> None:
    fee = {"name": "f", "type": "SUBSCRIPTION", "flatAmount": 1}
    made = products.make(**BODY, plan=plan(), setupFees=[fee])
    assert [(each["name"], each["flatAmount"]) for each in made["plan"]["setupFees"]] == [("f", 1)]
    assert made.get("setupFees") is None
    kept = products.make(**BODY, plan=plan(setupFees=[{**fee, "name": "own"}]), setupFees=[fee])
    assert [each["name"] for each in kept["plan"]["setupFees"]] == ["own"]


@LOCAL
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"type": "CHARGE"}, "plan.type"),
        ({"type": "ONE_TIME"}, "plan.type"),
        ({"period": None}, "plan.period"),
        ({"charge": -1}, "plan.charge"),
        ({"charge": "much"}, "plan.charge"),
        ({"charge": "Infinity"}, "plan.charge"),
        ({"currency": "XXX"}, "plan.currency"),
        ({"tiers": [tier(unitAmount="-0.1")]}, "plan.tiers.0.unitAmount"),
        ({"tiers": [tier(upTo=5), tier(upTo=5)]}, "plan.tiers.1.upTo"),
        ({"tiers": [tier(upTo=0)]}, "plan.tiers.0.upTo"),
        ({"tiers": [tier(unitAmount=1), tier(upTo=5)]}, "plan.tiers.1.upTo"),
        (
            {"setupFees": [{"name": "f", "type": "SUBSCRIPTION", "flatAmount": -1}]},
            "plan.setupFees.0.flatAmount",
        ),
        (
            {"ratingAggregations": [{"name": "r", "aggregationType": "SUM"}]},
            "plan.ratingAggregations.0.elementDefinitionId",
        ),
    ],
)
def test_a_plan_that_cannot_be_charged_is_refused(
    products: Records, wrong: dict[str, Any], field: str
) -> None:
    answer = products.send("POST", "", {**BODY, "plan": plan(**wrong)})
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, field)
    assert products.labels() == []


def test_only_subscriptions_are_sold(products: Records) -> None:
    answer = products.send("POST", "", {**BODY, "plan": plan(type="CHARGE")})
    assert "SUBSCRIPTION" in answer.json["errors"][0]["message"]


@LOCAL
@pytest.mark.parametrize("version", ["1", "1.0", "1.0.0 ", "1.0.0\n", "١.0.0", "a.b.c", ""])
def test_versions_that_are_none(products: Records, version: str) -> None:
    answer = products.send("POST", "", {"name": "x", "version": version})
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "version")


def test_a_tier_with_a_flat_amount_only_is_taken_once(products: Records) -> None:
    tiers = [tier(flatAmount=5)]
    made = products.make(**BODY, plan=plan(tiers=tiers))
    assert products.put(made["id"], **{**BODY, "name": "Renamed"}).json["plan"] == made["plan"]
    refused = products.put(made["id"], **BODY, plan=plan(tiers=tiers))
    assert (refused.status, refused.json["errors"][0]["field"]) == (400, "plan.tiers.0.unitAmount")
    assert (
        products.put(made["id"], **BODY, plan=plan(tiers=[tier(flatAmount=5, unitAmount=0)])).status
        == 200
    )


def test_a_plan_that_is_sent_replaces_the_stored_one(products: Records) -> None:
    made = products.make(**BODY, plan=plan(charge=5, tiers=[tier(unitAmount=1)]))
    assert products.put(made["id"], **made).json == made
    assert products.put(made["id"], **BODY, plan=None).json["plan"] == made["plan"]
    replaced = products.put(made["id"], **BODY, plan=plan(tiers=[tier(unitAmount=2)])).json["plan"]
    assert (replaced["charge"], replaced["tiers"][0]["unitAmount"]) == (0, 2)
    assert replaced["tiers"][0]["id"] != made["plan"]["tiers"][0]["id"]


def test_a_plan_needs_a_price(products: Records) -> None:
    free = {"name": "Monthly", "type": "SUBSCRIPTION", "currency": "USD", "period": "MONTH"}
    refused = products.send("POST", "", {**BODY, "plan": free})
    assert (refused.status, refused.json["errors"][0]["field"]) == (400, "plan.charge")
    assert products.send("POST", "", {**BODY, "plan": {**free, "charge": 0}}).status == 200


def test_the_version_is_what_was_sent_unless_a_gateway_has_it(products: Records) -> None:
    made = products.make(**BODY)["id"]
    assert products.put(made, **BODY, code="x").json["version"] == "1.0.0"
    assert (
        products.put(made, **{**BODY, "version": "1.2.0-rc.1"}, syncedToGateway=True).json[
            "version"
        ]
        == "1.2.0-rc.1"
    )
    assert products.put(made, **{**BODY, "version": "1.2.0-rc.1"}).json["version"] == "2.0.0"


def test_refusals(products: Records, client: Client) -> None:
    check_ids(products, "Product")
    assert {fault["field"] for fault in products.send("POST", "", {}).json["errors"]} == {
        "name",
        "version",
    }
    for wrong, status in (
        ({"sourceIds": [new_id()]}, 404),
        ({"sourceIds": ["no_id"]}, 400),
        ({"ownerId": new_id()}, 404),
        ({"teamId": new_id()}, 403),
        ({"paymentSource": "PAYMENT_VIA_PAYMENT_PROVIDER"}, 400),
        ({"tierQuotaNotificationThreshold": 1.1}, 400),
        (
            {
                "plan": plan(
                    elements=[{"name": "e", "type": "SUM", "elementDefinitionId": new_id()}]
                )
            },
            404,
        ),
    ):
        assert products.send("POST", "", {**BODY, **wrong}).status == status
    assert products.labels() == []


def test_what_metering_made_is_a_product_and_stays_one(products: Records, client: Client) -> None:
    made = metered(client, "wire")
    row = products.get(made)
    assert (row["name"], row["version"], row["published"], row["plan"]) == (
        "wire",
        "1.0.0",
        False,
        None,
    )
    assert products.put(made, **{**row, "name": "Nice", "plan": plan()}).json["label"] == "Nice"
    assert products.labels(query="NIC", filters="ignored") == ["Nice"]
    assert metered(client, "WIRE") == made
    twin = products.make(**{**BODY, "name": "wire"})
    assert twin["id"] != made


def test_a_deleted_owner_leaves_products_to_the_primary_user(
    products: Records, client: Client
) -> None:
    users = Records(client, "users")
    owner = users.make(email="b@example.com", roles=[])["id"]
    made = products.make(**BODY, ownerId=owner)
    assert made["owner"]["label"] == "b@example.com"
    check_gone(users, owner)
    assert products.get(made["id"])["owner"]["label"] == "admin@example.com"


def test_every_change_leaves_a_row_for_each_field(products: Records) -> None:
    made = products.make(**BODY)["id"]
    products.put(made, **{**BODY, "name": "New", "published": True})
    check_gone(products, made)
    rows = products.send("GET", f"/{made}/changelogs", size=50).json["_embedded"][
        "revisionDataResourceList"
    ]
    changed = {(row["field"], row["currentValue"]) for row in rows if row["changeType"] == "UPDATE"}
    assert changed == {("name", "New"), ("published", "true")}
    assert (
        products.of(Client(products.client.world)).send("GET", f"/{made}/changelogs").status == 404
    )


def test_keys_may_do_what_their_scopes_say(products: Records) -> None:
    check_scopes(products, BODY, products.make(**BODY)["id"])


def test_tenants_never_reach_each_others_products(products: Records) -> None:
    check_tenants(products, {**BODY, "name": "Theirs"}, products.make(**BODY)["id"])


@LOCAL
def test_an_element_that_cannot_be_is_named_by_its_place(products: Records) -> None:
    rating = {"name": "r", "aggregationType": "SUM", "elementDefinitionId": "no_id"}
    answer = products.send("POST", "", {**BODY, "plan": plan(ratingAggregations=[rating])})
    assert (answer.status, answer.json["message"]) == (400, "Failed to decode hashed Id: [no_id]")
    assert "plan.ratingAggregations.0.elementDefinitionId" in answer.json["details"]


@LOCAL
@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity"])
def test_a_number_that_no_answer_could_show_is_refused(products: Records, number: str) -> None:
    body = json.dumps(BODY).replace("{", f'{{"displayPriority": {number}, ', 1).encode()
    answer = products.client.send("POST", products.path, body, None, {})
    assert (answer.status, "displayPriority" in answer.json["message"]) == (400, True)
    assert products.labels() == []
