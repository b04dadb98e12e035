"""Merging what ingestion made twice."""

import pytest

from chalicelib.catalog.merging import Merge, merge, read_heirs
from chalicelib.directory.registry import ORGANIZATION, PRODUCT
from chalicelib.kit.clock import MINUTE
from chalicelib.kit.errors import Invalid
from chalicelib.ports.world import World
from chalicelib.resources.errors import InUse, UnknownRecord
from tests.api.test_catalog_subscriptions import product
from tests.catalog.records import Records
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock


def merged(client: Client, kind: str, source: str, target: str) -> int:
    key = client.installed
    return merge(client.world, Merge(key.tenant, key.team, kind, source, target, "me"))


def ids(client: Client) -> dict[str, str]:
    answer = Records(client, "organizations").send("GET", "", size=100)
    return {row["label"]: row["id"] for row in answer.json["_embedded"]["organizationResourceList"]}


def test_names_and_references_go_to_the_heir(client: Client, clock: Clock) -> None:
    organizations = Records(client, "organizations")
    for number, name in enumerate(("Acme", "ACME Inc", "Other")):
        client.post("/meter/v2/ai/completions", completion(number, organizationName=name))
    known = ids(client)
    Records(client, "subscriptions").make(
        name="Gold",
        productId=product(client),
        subscriberEmail="a@x.io",
        organizationId=known["ACME Inc"],
    )
    assert merged(client, ORGANIZATION, known["ACME Inc"], known["Acme"]) == 2 + 1
    assert merged(client, ORGANIZATION, known["ACME Inc"], known["Acme"]) == 0
    assert organizations.send("GET", f"/{known['ACME Inc']}").status == 404
    (row,) = (
        Records(client, "subscriptions").send("GET").json["_embedded"]["subscriptionResourceList"]
    )
    assert row["organization"]["label"] == "Acme"
    clock.move(6 * MINUTE)
    client.post("/meter/v2/ai/completions", completion(9, organizationName="acme inc"))
    assert "ACME Inc" not in ids(client)
    assert "acme inc" not in ids(client)


def test_heirs_of_heirs(client: Client) -> None:
    organizations = Records(client, "organizations")
    one, two, three = (organizations.make(name=name)["id"] for name in ("One", "Two", "Three"))
    merged(client, ORGANIZATION, one, two)
    merged(client, ORGANIZATION, two, three)
    assert read_heirs(client.world, client.installed.tenant, ORGANIZATION) == {
        one: three,
        two: three,
    }
    with pytest.raises(UnknownRecord):
        merged(client, ORGANIZATION, three, one)


@pytest.mark.parametrize("world", ["local"], indirect=True)
def test_what_cannot_be_merged(client: Client, world: World) -> None:
    sold = product(client)
    Records(client, "subscriptions").make(name="Gold", productId=sold, subscriberEmail="a@x.io")
    other = product(client, "Other")
    with pytest.raises(InUse):
        merged(client, PRODUCT, sold, other)
    with pytest.raises(Invalid):
        merged(client, PRODUCT, other, other)
    with pytest.raises(Invalid):
        merged(client, "AGENT", other, sold)
    with pytest.raises(UnknownRecord):
        merged(client, PRODUCT, other, "unknown")
