"""/profitstream/v2/api/metering-element-definitions"""

import pytest

from chalicelib.catalog.elements import SYSTEM
from chalicelib.directory.registry import ELEMENT, Registry
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record
from tests.catalog.records import Records, check_gone, check_ids, check_scopes, check_tenants
from tests.support.client import Client

BODY = {"name": "rides", "type": "NUMBER"}
BUILT_IN = [element.name for element in SYSTEM]


@pytest.fixture
def elements(client: Client) -> Records:
    return Records(client, "metering-element-definitions")


def metered(client: Client, name: str) -> str:
    """The id of the element that an event of this moment would fill."""
    doc = {"name": name, "type": "STRING", "sourceIds": []}
    wanted = Record(ELEMENT, "", doc, name, unique={"name": name})
    return Registry(client.world).obtain(client.installed.team, wanted).id


def test_built_in_elements_are_listed_first_and_stay_as_they_are(elements: Records) -> None:
    made = elements.make(**BODY, description="Ü", label="dropped", isSystem=True)
    assert (made["label"], made["isSystem"], made["description"]) == ("rides", False, "Ü")
    assert (made["teamId"], made["resourceType"]) == (
        elements.client.installed.team,
        "metering_element_definition",
    )
    assert elements.labels() == [*BUILT_IN, "rides"]
    assert elements.labels(page=1, size=9) == ["rides"]
    assert elements.labels(type="STRING") == []
    first = elements.send("GET", size=1, name="ignored").json["_embedded"][
        "meteringElementDefinitionResourceList"
    ][0]
    assert (first["isSystem"], first["team"], first["teamId"], first["type"]) == (
        True,
        None,
        None,
        "NUMBER",
    )
    assert elements.get(first["id"]) == first
    assert elements.put(first["id"], **BODY).status == elements.delete(first["id"]).status == 403
    assert elements.of(Client(elements.client.world)).get(first["id"]) == first


def test_the_name_of_a_built_in_element_answers_it(elements: Records) -> None:
    found = elements.make(name="totalCost", type="STRING")
    assert (found["isSystem"], found["type"]) == (True, "NUMBER")
    assert elements.labels() == BUILT_IN
    assert (
        elements.send(
            "POST", "", {"name": "totalCost", "type": "NUMBER", "teamId": new_id()}
        ).status
        == 403
    )
    own = elements.make(**BODY)["id"]
    assert elements.put(own, name="totalcost", type="NUMBER").status == 409


def test_what_was_read_can_be_sent_back(elements: Records) -> None:
    made = elements.make(**BODY)
    assert elements.put(made["id"], **made).json == made
    assert elements.put(made["id"], **{**made, "description": "d"}).json["description"] == "d"


def test_refusals(elements: Records) -> None:
    check_ids(elements, "MeteringElementDefinition")
    made = elements.make(**BODY)["id"]
    taken = elements.send("POST", "", {"name": "RIDES", "type": "STRING"})
    assert (taken.status, taken.json["errors"][0]["field"]) == (409, "name")
    other = elements.put(made, name="rides", type="STRING")
    assert (other.status, other.json["errors"][0]["field"]) == (400, "type")
    assert elements.send("POST", "", {"name": "x", "type": "number"}).status == 400
    assert {fault["field"] for fault in elements.send("POST", "", {}).json["errors"]} == {
        "name",
        "type",
    }
    assert elements.send("GET", sourceIds="no_id").status == 400
    assert elements.labels(sourceIds=new_id()) == []


def test_what_metering_made_is_an_element_and_stays_one(elements: Records, client: Client) -> None:
    made = metered(client, "miles")
    row = elements.get(made)
    assert (row["name"], row["type"], row["isSystem"]) == ("miles", "STRING", False)
    assert elements.send("POST", "", {"name": "Miles", "type": "NUMBER"}).status == 409
    assert elements.put(made, **{**row, "name": "kilometres"}).json["label"] == "kilometres"
    assert metered(client, "MILES") == made


def test_an_element_that_a_plan_rates_is_not_deleted(elements: Records, client: Client) -> None:
    made = elements.make(**BODY)["id"]
    rating = {"name": "r", "aggregationType": "SUM", "elementDefinitionId": made}
    plan = {
        "name": "p",
        "type": "SUBSCRIPTION",
        "currency": "USD",
        "period": "MONTH",
        "ratingAggregations": [rating],
    }
    product = Records(client, "products").make(name="Rides for all", version="1.0.0", plan=plan)[
        "id"
    ]
    refused = elements.delete(made)
    assert (refused.status, refused.json["code"]) == (409, "IN_USE")
    assert "Rides for all" in refused.json["message"]
    check_gone(Records(client, "products"), product)
    check_gone(elements, made)


def test_keys_may_do_what_their_scopes_say(elements: Records) -> None:
    check_scopes(elements, BODY, elements.make(name="x", type="NUMBER")["id"])


def test_tenants_never_reach_each_others_elements(elements: Records) -> None:
    check_tenants(elements, {"name": "theirs", "type": "NUMBER"}, elements.make(**BODY)["id"])
