"""/profitstream/v2/api/sources"""

from typing import Any

import pytest

from chalicelib.directory.registry import ELEMENT, SOURCE, Registry
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record
from tests.catalog.records import Records, check_gone, check_ids, check_scopes, check_tenants
from tests.support.client import Client

BODY = {"name": "Gateway", "type": "API", "version": "1.0"}
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


@pytest.fixture
def sources(client: Client) -> Records:
    return Records(client, "sources")


def metered(client: Client, name: str) -> str:
    """The id that an event of this moment would name."""
    return Registry(client.world).obtain_id(client.installed.team, SOURCE, name)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def test_a_source_is_stored_as_it_was_sent(sources: Records, client: Client) -> None:
    sent: dict[str, Any] = {
        "sourceType": "STREAM",
        "resource": "https://x/y",
        "tags": ["a"],
        "metadata": "a=1",
        "description": "Ü",
        "sourceClassifications": ["raw", {"beginsWith": "/v1"}],
        "autoDiscoveryEnabled": True,
    }
    made = sources.make(**BODY, url="dropped", configuration={}, contractIds=["x"], **sent)
    sent["sourceClassifications"] = ["raw", {"beginsWith": "/v1"}]
    assert {name: made[name] for name in sent} == sent
    assert (made["label"], made["version"], made["resourceType"]) == ("Gateway", "1.0", "source")
    assert (made["teamId"], made["owner"]["label"]) == (client.installed.team, "admin@example.com")
    assert (made["products"], made["contracts"], made["meteringElementDefinitions"]) == ([], [], [])
    assert made["meteringId"]
    assert not {"url", "configuration"} & made.keys()
    assert sources.get(made["id"]) == made
    assert sources.put(made["id"], **made).json == made


@LOCAL
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"type": "api"}, "type"),
        ({"sourceType": "ai"}, "sourceType"),
        ({"name": None}, "name"),
        ({"ownerId": "no_id"}, "ownerId"),
    ],
)
def test_values_that_are_none(sources: Records, wrong: dict[str, Any], field: str) -> None:
    answer = sources.send("POST", "", {**BODY, **wrong})
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, field)


def test_refusals(sources: Records, client: Client) -> None:
    check_ids(sources, "Source")
    needed = sources.send("POST", "", {}).json["errors"]
    assert {fault["field"] for fault in needed} == {"name", "type", "version"}
    sources.make(**BODY)
    answer = sources.send("POST", "", {**BODY, "name": "GATEWAY"})
    assert (answer.status, answer.json["errors"][0]["field"]) == (409, "name")
    assert sources.send("POST", "", {**BODY, "name": "x", "teamId": new_id()}).status == 403
    stray = {**BODY, "name": "x", "meteringElementDefinitionIds": [new_id()]}
    assert sources.send("POST", "", stray).status == 404
    assert (
        sources.send("POST", "", {**stray, "meteringElementDefinitionIds": ["no_id"]}).status == 400
    )


@pytest.mark.parametrize(
    ("sent", "stored"),
    [(None, "a=1,b=2"), ("", None), ("b=3", "a=1,b=3"), ("c=4,bad,d=5=6", "a=1,b=2,c=4")],
)
def test_metadata_is_merged(sources: Records, sent: str | None, stored: str | None) -> None:
    made = sources.make(**BODY, metadata="a=1,b=2")
    assert sources.put(made["id"], **BODY).json["metadata"] == "a=1,b=2"
    assert sources.put(made["id"], **BODY, metadata=sent).json["metadata"] == stored


def test_lists_are_searched(sources: Records) -> None:
    sources.make(**BODY)
    sources.make(**{**BODY, "name": "Other", "type": "AI"})
    assert sources.labels(query="GATE") == ["Gateway"]
    assert sources.labels(type="AI") == ["Other"]
    assert sources.labels(sort="type,desc") == ["Gateway", "Other"]


def test_what_metering_made_is_a_source_and_stays_one(sources: Records, client: Client) -> None:
    made = metered(client, "wire")
    row = sources.get(made)
    assert (row["type"], row["version"], row["sourceType"]) == ("UNCLASSIFIED", "1.0.0", "UNKNOWN")
    assert sources.labels(type="UNCLASSIFIED") == ["wire"]
    other = sources.make(**BODY)["id"]
    assert sources.put(other, **{**BODY, "name": "WIRE"}).status == 409
    renamed = sources.put(made, **{**row, "name": "Nice"}).json
    assert (renamed["label"], renamed["owner"]["label"]) == ("Nice", "admin@example.com")
    assert metered(client, "Wire") == made
    assert sources.send("POST", "", {**BODY, "name": "nice"}).status == 409


def test_its_elements_are_those_it_was_given_or_that_were_seen_there(
    sources: Records, client: Client
) -> None:
    elements = Records(client, "metering-element-definitions")
    source, team = metered(client, "wire"), client.installed.team
    doc = {"name": "rides", "type": "NUMBER", "sourceIds": [source]}
    seen = (
        Registry(client.world)
        .obtain(team, Record(ELEMENT, "", doc, "rides", unique={"name": "rides"}))
        .id
    )
    assert ids(sources.get(source)["meteringElementDefinitions"]) == [seen]
    assert elements.labels(sourceIds=source) == ["rides"]
    system = elements.send("GET").json["_embedded"]["meteringElementDefinitionResourceList"][0][
        "id"
    ]
    own = elements.make(name="own", type="STRING")["id"]
    body = {**BODY, "name": "wire"}
    given = sources.put(source, **body, meteringElementDefinitionIds=[system, own]).json
    assert ids(given["meteringElementDefinitions"]) == [system, own]
    assert given.get("meteringElementDefinitionIds") is None
    assert (
        sources.put(source, **body).json["meteringElementDefinitions"]
        == given["meteringElementDefinitions"]
    )
    assert set(elements.labels(sourceIds=source)) == {"totalCost", "own"}
    check_gone(elements, own)
    assert ids(sources.get(source)["meteringElementDefinitions"]) == [system]
    assert (
        sources.put(source, **body, meteringElementDefinitionIds=[]).json[
            "meteringElementDefinitions"
        ]
        == []
    )


def test_products_that_use_it_are_shown_until_it_is_deleted(
    sources: Records, client: Client
) -> None:
    source, products = sources.make(**BODY)["id"], Records(client, "products")
    product = products.make(name="P", version="1.0.0", sourceIds=[source])["id"]
    assert ids(sources.get(source)["products"]) == [product]
    check_gone(sources, source)
    assert products.get(product)["sourceIds"] == []


def test_every_change_leaves_a_row_for_each_field(sources: Records) -> None:
    made = sources.make(**BODY)["id"]
    sources.put(made, **{**BODY, "name": "New", "tags": ["a"]})
    rows = sources.send("GET", f"/{made}/changelogs", size=2).json["_embedded"][
        "revisionDataResourceList"
    ]
    assert {(row["field"], row["changeType"], row["currentValue"]) for row in rows} == {
        ("name", "UPDATE", "New"),
        ("tags", "UPDATE", '["a"]'),
    }
    assert sources.send("GET", f"/{new_id()}/changelogs").status == 404
    assert sources.of(Client(sources.client.world)).send("GET", f"/{made}/changelogs").status == 404


def test_the_ai_routes_stand_before_ids(sources: Records) -> None:
    assert sources.send("GET", "/ai/models").status == 200


def test_keys_may_do_what_their_scopes_say(sources: Records) -> None:
    check_scopes(sources, BODY, sources.make(**{**BODY, "name": "x"})["id"])


def test_tenants_never_reach_each_others_sources(sources: Records) -> None:
    check_tenants(sources, {**BODY, "name": "Theirs"}, sources.make(**BODY)["id"])
