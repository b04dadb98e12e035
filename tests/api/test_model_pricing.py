"""/profitstream/v2/api/sources/ai/models/{id}/pricing: dimensions of prices, and what rating makes
of all prices."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.kit.clock import MINUTE, SECOND
from chalicelib.kit.ids import new_id
from tests.conftest import NOON
from tests.models.samples import created, exact, image, listed, picture_of, send
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.race import race

LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
"""For what no adapter has a part in."""


@pytest.fixture
def gpt(client: Client) -> Any:
    return listed(client, "gpt-4o-mini", "openai")


@pytest.fixture
def picture(client: Client) -> Any:
    return picture_of(client)


class TestDimensions:
    def test_a_price_is_added_replaced_and_removed(self, client: Client) -> None:
        made = created(client)
        path = f"/{made['id']}/pricing/dimensions"
        added = exact(
            send(
                client,
                "POST",
                path,
                image(attributes={"size": "1k"}, id="x", isGlobal=True, name=3),
            )
        )
        assert added == {
            "id": added["id"],
            "billingUnit": "PER_IMAGE",
            "modality": "IMAGE",
            "costType": "IMAGE_GENERATION",
            "direction": None,
            "operationSubtype": None,
            "unitPrice": Decimal("0.04"),
            "attributes": '{"size":"1k"}',
            "tenantCreditRate": None,
            "isGlobal": False,
            "name": None,
            "dimensionType": None,
        }
        pricing = exact(send(client, "GET", f"/{made['id']}/pricing"))
        assert (pricing["modelId"], pricing["dimensions"]) == (made["id"], [added])
        assert exact(send(client, "GET", f"/{made['id']}"))["pricingDimensions"] == [added]
        replaced = exact(send(client, "PUT", f"{path}/{added['id']}", added | {"unitPrice": 7}))
        assert replaced == added | {"unitPrice": 7}
        bare = exact(send(client, "PUT", f"{path}/{added['id']}", image(unitPrice=8)))
        assert bare == added | {"unitPrice": 8, "attributes": None}, "what is absent is emptied"
        assert (
            exact(send(client, "PUT", f"{path}/{added['id']}", image(unitPrice=8, attributes=" ")))
            == bare
        )
        answer = send(client, "DELETE", f"{path}/{added['id']}")
        assert (answer.status, answer.json["id"]) == (200, added["id"])
        assert exact(send(client, "GET", f"/{made['id']}/pricing"))["dimensions"] == []
        for method, content in (("DELETE", None), ("PUT", image())):
            assert send(client, method, f"{path}/{added['id']}", content).status == 404
            assert send(client, method, f"{path}/no_id", content).status == 400

    def test_one_price_a_usage(self, client: Client) -> None:
        path = f"/{created(client)['id']}/pricing/dimensions"
        first = exact(
            send(
                client,
                "POST",
                path,
                image(attributes='{"a": "1", "b": 2}', operationSubtype="Edit"),
            )
        )
        same = image(attributes='{ "b":2,"a":"1" }', operationSubtype="edit ", unitPrice=9)
        assert send(client, "POST", path, same).status == 409
        others = [
            {"attributes": {"a": "2"}},
            {"direction": "OUTPUT"},
            {"operationSubtype": "make"},
            {"modality": "VIDEO"},
            {"billingUnit": "PER_SECOND"},
            {"costType": "AI"},
            {},
        ]
        made = [exact(send(client, "POST", path, image(**members))) for members in others]
        clash = send(client, "PUT", f"{path}/{made[0]['id']}", first)
        assert (clash.status, clash.json["code"]) == (409, "ALREADY_EXISTS")
        assert exact(send(client, "PUT", f"{path}/{first['id']}", first)) == first

    @LOCAL
    @pytest.mark.parametrize(
        ("members", "field"),
        [
            ({"unitPrice": -1}, "unitPrice"),
            ({"unitPrice": None}, "unitPrice"),
            ({"unitPrice": "1E-16"}, "unitPrice"),
            ({"tenantCreditRate": 1}, "tenantCreditRate"),
            ({"billingUnit": "CREDITS", "tenantCreditRate": -1}, "tenantCreditRate"),
            ({"attributes": "{"}, "attributes"),
            ({"attributes": "[1]"}, "attributes"),
            ({"attributes": 5}, "attributes"),
            ({"modality": "SMELL"}, "modality"),
            ({"billingUnit": None}, "billingUnit"),
        ],
    )
    def test_what_cannot_be_charged_is_refused(
        self, client: Client, members: Any, field: str
    ) -> None:
        path = f"/{created(client)['id']}/pricing/dimensions"
        answer = send(client, "POST", path, image(**members))
        assert (answer.status, [fault["field"] for fault in answer.json["errors"]]) == (
            400,
            [field],
        )
        batch = send(client, "PUT", path, [image(), image(**members)])
        assert (batch.status, [fault["field"] for fault in batch.json["errors"]]) == (
            400,
            [f"1.{field}"],
        )

    def test_a_credit_has_a_rate(self, client: Client) -> None:
        path = f"/{created(client)['id']}/pricing/dimensions"
        credit = image(
            billingUnit="CREDITS", costType="CREDITS", tenantCreditRate="0.000000000000001"
        )
        assert exact(send(client, "POST", path, credit))["tenantCreditRate"] == Decimal("1E-15")

    def test_a_listed_model_keeps_its_list_beside_the_teams_prices(
        self, client: Client, picture: Any
    ) -> None:
        path = f"/{picture['id']}/pricing"
        everybody = exact(send(client, "GET", path))["dimensions"]
        assert everybody == picture["pricingDimensions"]
        assert all(entry["isGlobal"] for entry in everybody)
        own = exact(send(client, "POST", f"{path}/dimensions", everybody[0] | {"unitPrice": 99}))
        assert (own["isGlobal"], own["unitPrice"]) == (False, 99)
        assert own["id"] != everybody[0]["id"]
        assert exact(send(client, "GET", path))["dimensions"] == [*everybody, own]
        assert exact(send(client, "GET", f"/{picture['id']}"))["pricingDimensions"] == [
            *everybody,
            own,
        ]
        for method, content in (("PUT", image()), ("DELETE", None)):
            assert (
                send(client, method, f"{path}/dimensions/{everybody[0]['id']}", content).status
                == 403
            )
        assert send(client, "POST", f"{path}/dimensions", everybody[0]).status == 409
        assert send(client, "DELETE", f"{path}/dimensions/{own['id']}").status == 200
        assert exact(send(client, "GET", path))["dimensions"] == everybody

    def test_of_two_first_prices_of_a_listed_model_one_wins(self, client: Client, gpt: Any) -> None:
        path = f"/{gpt['id']}/pricing/dimensions"
        bodies = [image(operationSubtype=str(number)) for number in range(3)]
        outcomes = race([lambda body=body: send(client, "POST", path, body) for body in bodies])
        won = {each.json["id"] for each in outcomes if each.status == 200}
        assert {each.status for each in outcomes} <= {200, 409}  # type: ignore[union-attr]
        assert won
        assert {
            entry["id"] for entry in send(client, "GET", f"/{gpt['id']}/pricing").json["dimensions"]
        } == won

    def test_coverage(self, client: Client, gpt: Any) -> None:
        def covered(model_id: str) -> set[str]:
            answer = exact(send(client, "GET", f"/{model_id}/pricing/coverage"))
            return {name for name, value in answer.items() if value is True}

        assert covered(gpt["id"]) == {"hasTokenPricing"}
        path = f"/{gpt['id']}/pricing/dimensions"
        for members in (
            {},
            {"billingUnit": "PER_MINUTE", "modality": "AUDIO"},
            {"billingUnit": "PER_SECOND", "modality": "VIDEO"},
            {"billingUnit": "PER_CHARACTER", "modality": "TEXT"},
            {"billingUnit": "CREDITS"},
        ):
            send(client, "POST", path, image(**members))
        assert covered(gpt["id"]) == {
            f"has{kind}Pricing"
            for kind in ("Token", "Image", "Audio", "Video", "Character", "Credits")
        }


class TestBatch:
    def test_known_ids_are_updated_others_created_missing_ones_deleted(
        self, client: Client
    ) -> None:
        path = f"/{created(client)['id']}/pricing/dimensions"
        one, two = (
            exact(send(client, "POST", path, image(operationSubtype=name))) for name in "ab"
        )
        saved = exact(
            send(
                client,
                "PUT",
                path,
                [image(operationSubtype="c"), two | {"unitPrice": 5}, image(id=new_id())],
            )
        )
        assert [entry["operationSubtype"] for entry in saved] == ["c", "b", None]
        assert saved[1] == two | {"unitPrice": 5}
        assert one["id"] not in {entry["id"] for entry in saved}
        assert exact(send(client, "GET", path.removesuffix("/dimensions")))["dimensions"] == saved
        assert exact(send(client, "PUT", path, [])) == []
        assert exact(send(client, "GET", path.removesuffix("/dimensions")))["dimensions"] == []

    def test_all_or_nothing(self, client: Client) -> None:
        path = f"/{created(client)['id']}/pricing/dimensions"
        kept = exact(send(client, "POST", path, image()))
        assert send(client, "PUT", path, [image(unitPrice=1), image(unitPrice=2)]).status == 409
        twice = send(client, "PUT", path, [kept, kept | {"modality": "VIDEO"}])
        assert (twice.status, [fault["field"] for fault in twice.json["errors"]]) == (
            400,
            ["0.id", "1.id"],
        )
        assert (
            send(client, "PUT", path, [image(operationSubtype=str(n)) for n in range(201)]).status
            == 400
        )
        for wrong in ({}, None, {"dimensions": []}, [5]):
            assert send(client, "PUT", path, wrong).status == 400
        assert exact(send(client, "GET", path.removesuffix("/dimensions")))["dimensions"] == [kept]

    def test_the_list_may_be_sent_along_but_not_changed(self, client: Client, picture: Any) -> None:
        path = f"/{picture['id']}/pricing/dimensions"
        every = picture["pricingDimensions"]
        saved = exact(send(client, "PUT", path, [*every, image(operationSubtype="mine")]))
        assert [entry["operationSubtype"] for entry in saved] == ["mine"]
        assert send(client, "PUT", path, [every[0] | {"unitPrice": 12345}]).status == 403
        assert exact(send(client, "GET", path.removesuffix("/dimensions")))["dimensions"] == [
            *every,
            *saved,
        ]


@dataclass
class Rated:
    """What the next calls cost."""

    client: Client
    number: int = 0

    def __call__(self, at: int, **members: Any) -> int | None:
        self.number += 1
        sent = completion(self.number, at=at, **members)
        event = self.client.post("/meter/v2/ai/completions", sent).json["id"]
        team = self.client.installed.team
        row = json.loads(self.client.world.events.get(team, [event])[event].body)
        cost: int | None = row.get("cost_nano")
        return cost


class TestRating:
    """1,000 tokens in, 100 out."""

    def test_a_team_model_is_charged_from_its_first_price_on(
        self, client: Client, clock: Any
    ) -> None:
        cost = Rated(client)
        own = {"model": "My-Model", "provider": "acme"}
        assert cost(NOON - SECOND, **own) is None
        made = created(client, name="my-model")
        assert cost(NOON - MINUTE, **own) == 1_200_000, "the first price reaches back"
        clock.move(MINUTE)
        send(client, "PATCH", f"/{made['id']}", {"inputCostPerToken": 0.000002})
        assert cost(NOON + MINUTE, **own) == 2_200_000
        assert cost(NOON, **own) == 1_200_000, "what was before the change costs what it cost"
        assert cost(NOON, model="gpt-4o-mini", provider="OPENAI") == 210_000
        send(client, "DELETE", f"/{made['id']}")
        assert cost(NOON, **own) is None

    def test_a_clone_and_a_dimension_go_before_the_list(
        self, client: Client, gpt: Any, clock: Any
    ) -> None:
        cost = Rated(client)
        assert cost(NOON) == 210_000
        path = f"/{gpt['id']}/pricing/dimensions"
        token = {
            "billingUnit": "PER_TOKEN",
            "modality": "TEXT",
            "costType": "TEXT_TOKEN_INPUT",
            "direction": "INPUT",
        }
        own = exact(send(client, "POST", path, token | {"unitPrice": 0.000001}))
        assert cost(NOON) == 1_060_000
        clock.move(MINUTE)
        send(client, "PUT", f"{path}/{own['id']}", token | {"unitPrice": 0.000002})
        assert (cost(NOON), cost(NOON + MINUTE)) == (1_060_000, 2_060_000)
        send(client, "DELETE", f"{path}/{own['id']}")
        assert cost(NOON + MINUTE) == 210_000
        send(client, "POST", f"/{gpt['id']}/clone", {"outputCostPerToken": 0})
        assert cost(NOON + MINUTE) == 150_000

    def test_a_dimension_of_a_listed_model_begins_when_made_and_ends_when_deleted(
        self, client: Client, gpt: Any, clock: Any
    ) -> None:
        cost = Rated(client)
        path = f"/{gpt['id']}/pricing/dimensions"
        token = {
            "billingUnit": "PER_TOKEN",
            "modality": "TEXT",
            "costType": "TEXT_TOKEN_INPUT",
            "direction": "INPUT",
        }
        own = exact(send(client, "POST", path, token | {"unitPrice": 0.000001}))
        assert (cost(NOON - MINUTE), cost(NOON)) == (210_000, 1_060_000)
        clock.move(MINUTE)
        send(client, "DELETE", f"{path}/{own['id']}")
        assert (cost(NOON), cost(NOON + MINUTE)) == (1_060_000, 210_000)
        assert exact(send(client, "GET", f"/{gpt['id']}/pricing"))["dimensions"] == []
        clock.move(MINUTE)
        again = exact(send(client, "POST", path, token | {"unitPrice": 0.000003}))
        instants = (NOON - MINUTE, NOON, NOON + MINUTE, NOON + 2 * MINUTE)
        assert list(map(cost, instants)) == [210_000, 1_060_000, 210_000, 3_060_000]
        clock.move(MINUTE)
        output = token | {"costType": "TEXT_TOKEN_OUTPUT", "direction": "OUTPUT"}
        send(client, "PUT", f"{path}/{again['id']}", output | {"unitPrice": 0})
        assert cost(NOON + 2 * MINUTE) == 3_060_000
        assert cost(NOON + 3 * MINUTE) == 150_000
        clock.move(MINUTE)
        assert send(client, "PUT", path, []).status == 200
        assert (cost(NOON + 3 * MINUTE), cost(NOON + 4 * MINUTE)) == (150_000, 210_000)

    def test_another_team_is_charged_the_list(self, client: Client, gpt: Any) -> None:
        send(client, "POST", f"/{gpt['id']}/clone", {"outputCostPerToken": 0})
        assert Rated(Client(client.world))(NOON) == 210_000
