"""/profitstream/v2/api/sources/ai/models: models and their token prices; who may do what with
them."""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind
from chalicelib.kit.clock import MINUTE, iso
from chalicelib.kit.http.messages import Request
from chalicelib.kit.ids import new_id
from tests.conftest import NOON
from tests.models.samples import (
    BASE,
    READ,
    WRITE,
    WRITE_1H,
    created,
    exact,
    image,
    listed,
    model,
    picture_of,
    send,
)
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


class TestList:
    def test_the_connection_test_of_clients(self, client: Client) -> None:
        page = send(client, "GET", "", teamId=client.installed.team).json
        rows = page["_embedded"]["aIModelResourceList"]
        assert len(rows) == page["page"]["size"] == 10
        assert page["page"]["totalElements"] > 2_000
        assert (
            send(client, "GET", "", provider="anthropic", size=1).json["page"]["totalElements"] > 20
        )
        assert send(client, "GET", "", provider="nobody", size=1).json["page"]["totalElements"] == 0

    def test_a_listed_model_has_the_prices_in_force(self, client: Client, gpt: Any) -> None:
        assert (gpt["name"], gpt["label"], gpt["provider"], gpt["mode"]) == (
            "gpt-4o-mini",
            "gpt-4o-mini",
            "OPENAI",
            "chat",
        )
        assert (gpt["inputCostPerToken"], gpt["outputCostPerToken"]) == (
            Decimal("1.5E-7"),
            Decimal("6E-7"),
        )
        assert (gpt["teamId"], gpt["team"], gpt["resourceType"]) == (
            None,
            None,
            "ai_model_metadata",
        )
        assert exact(send(client, "GET", f"/{gpt['id']}")) == gpt

    def test_own_models_stand_before_the_listed_ones_and_filters_apply(
        self, client: Client
    ) -> None:
        own = created(client, mode="chat")

        def rows(**query: Any) -> list[Any]:
            found = exact(send(client, "GET", "", **query))
            assert len(found["_embedded"]["aIModelResourceList"]) <= found["page"]["totalElements"]
            return found["_embedded"]["aIModelResourceList"]

        assert rows(size=1) == rows(modelType="CUSTOM") == rows(query="ACME", size=1) == [own]
        assert rows(query="Acme/My-Model:V1", exactMatch="true") == [own]
        assert rows(query="my-model", exactMatch="true") == []
        assert rows(provider="acme", mode="chat") == [own]
        assert rows(provider="acme", mode="embedding") == []
        assert all(row["teamId"] is None for row in rows(modelType="GLOBAL", size=100))
        assert {row["provider"] for row in rows(provider="xai", size=100)} == {"XAI"}
        assert len(rows(size=1000)) == 100
        assert send(client, "GET", "", modelType="MINE").status == 400

    def test_sorted_by_prices_what_has_none_stands_last(self, client: Client) -> None:
        created(client, inputCostPerToken=999_999)
        dear = exact(send(client, "GET", "", sort=["inputCostPerToken,desc", "name"], size=100))
        prices = [row["inputCostPerToken"] for row in dear["_embedded"]["aIModelResourceList"]]
        assert prices[0] == 999_999
        assert prices == sorted(prices, reverse=True)
        last = dear["page"]["totalPages"] - 1
        end = exact(send(client, "GET", "", sort="inputCostPerToken", size=100, page=int(last)))
        assert end["_embedded"]["aIModelResourceList"][-1]["inputCostPerToken"] is None
        refused = send(client, "GET", "", sort="pricingDimensions")
        assert (refused.status, refused.json["errors"][0]["field"]) == (400, "sort")

    def test_providers_are_a_sorted_array(self, client: Client) -> None:
        created(client)
        created(client, name="second", provider="Acme")
        every = send(client, "GET", "/providers").json
        assert {"ACME", "OPENAI", "ANTHROPIC", "XAI"} <= set(every)
        assert every == sorted(every, key=str.casefold)
        assert send(client, "GET", "/providers", modelType="CUSTOM").json == ["ACME"]
        assert "ACME" not in send(client, "GET", "/providers", modelType="GLOBAL").json

    def test_rates_are_a_million_times_the_price_of_a_token(self, client: Client, gpt: Any) -> None:
        created(client, cacheReadCostPerInputToken=0)
        created(client, name="gpt-4o-mini", provider="OpenAI", inputCostPerToken="0.0000001234")
        rates = exact(send(client, "GET", "/rates"))["models"]
        by_model = {(rate["model"], rate["provider"]): rate for rate in rates}
        assert by_model["acme/my-model:v1", "ACME"] == {
            "model": "acme/my-model:v1",
            "provider": "ACME",
            "inputPricePerMillion": 1,
            "outputPricePerMillion": 2,
            "cacheReadPricePerMillion": 0,
            "cacheWritePricePerMillion": None,
        }
        assert by_model["gpt-4o-mini", "OpenAI"]["inputPricePerMillion"] == Decimal("0.1234")
        assert ("gpt-4o-mini", "OPENAI") not in by_model, "the team's own hides the listed one"
        assert all(
            rate["inputPricePerMillion"] is not None is not rate["outputPricePerMillion"]
            for rate in rates
        )
        assert len(by_model) == len(rates) > 1_500


class TestCreate:
    def test_a_model_is_stored_as_it_was_sent(self, client: Client) -> None:
        team = client.installed.team
        sent = {
            "inputCostPerToken": 0.0000012345,
            "outputCostPerToken": "0.0000000001",
            READ: 0,
            WRITE: 1e-10,
            "mode": "chat",
            "supportFunctionCalling": True,
            "supportsVision": False,
            "teamId": team,
            "tenantId": "x",
            "id": "mine",
            "created": "yesterday",
            "pricingDimensions": 5,
            "team": [],
            "label": "no",
            "_links": None,
        }
        made = created(client, **sent)
        assert (made["inputCostPerToken"], made["outputCostPerToken"]) == (
            Decimal("1.2345E-6"),
            Decimal("1E-10"),
        )
        assert (made[READ], made[WRITE], made[WRITE_1H]) == (0, Decimal("1E-10"), None)
        assert (made["label"], made["name"]) == ("acme/my-model:v1",) * 2
        assert (
            made["supportFunctionCalling"],
            made["supportsVision"],
            made["supportsWebSearch"],
        ) == (
            True,
            False,
            None,
        )
        assert (made["teamId"], made["team"]["label"], made["pricingDimensions"]) == (
            team,
            "Test team",
            [],
        )
        assert (made["created"], made["updated"]) == (iso(NOON), iso(NOON))
        assert exact(send(client, "GET", f"/{made['id']}")) == made

    @LOCAL
    @pytest.mark.parametrize(
        ("members", "field"),
        [
            ({"inputCostPerToken": -0.1}, "inputCostPerToken"),
            ({"outputCostPerToken": 0.00000000001}, "outputCostPerToken"),
            ({READ: "0.00000000001"}, READ),
            ({WRITE: 1_000_001}, WRITE),
            ({WRITE_1H: "NaN"}, WRITE_1H),
            ({"inputCostPerToken": True}, "inputCostPerToken"),
            ({"inputCostPerToken": None}, "inputCostPerToken"),
            ({"inputCostPerToken": 1234.1234567890123}, "inputCostPerToken"),
            ({"name": " "}, "name"),
            ({"provider": ""}, "provider"),
            ({"supportsVision": "perhaps"}, "supportsVision"),
        ],
    )
    def test_what_cannot_be_stored_exactly_is_refused(
        self, client: Client, members: Any, field: str
    ) -> None:
        answer = send(client, "POST", "", model(**members))
        assert (answer.status, [fault["field"] for fault in answer.json["errors"]]) == (
            400,
            [field],
        )
        assert field in answer.json["details"]["error"]
        assert send(client, "GET", "", modelType="CUSTOM").json["page"]["totalElements"] == 0

    def test_provider_and_name_are_taken_once(self, client: Client) -> None:
        created(client)
        answer = send(client, "POST", "", model(name="ACME/My-Model:V1", provider="acme"))
        assert (answer.status, answer.json["errors"][0]["field"]) == (409, "name")
        created(client, provider="OTHER")
        created(client, name="my-model:v1", provider="ACME/acme")
        outcomes = race([lambda: send(client, "POST", "", model(name="raced"))] * 3)
        assert sorted(each.status for each in outcomes) == [200, 409, 409]

    def test_another_team_is_refused(self, client: Client) -> None:
        assert send(client, "POST", "", model(teamId=new_id())).status == 403
        assert send(client, "POST", "", model(), teamId=new_id()).status == 403
        assert send(client, "POST", "", model(), teamId="no_id").status == 400


class TestRead:
    @pytest.mark.parametrize(
        "name",
        [
            "plain",
            "org/model:free",
            "a b/ü?#%",
            "accounts/x/models/y",
        ],
    )
    def test_by_name_with_its_slashes_encoded_or_not(self, client: Client, name: str) -> None:
        made = created(client, name=name)
        assert exact(send(client, "GET", f"/name/{quote(name.upper(), safe='')}")) == made
        path = f"{BASE}/name/{quote(name, safe='/:')}"
        decoded = client.dispatch(Request("GET", path, {"x-api-key": client.key}, [], b"", "r"))
        assert json.loads(decoded.body)["id"] == made["id"]

    def test_by_name_the_own_one_first_then_its_makers(self, client: Client, gpt: Any) -> None:
        assert exact(send(client, "GET", "/name/GPT-4o-mini")) == gpt
        clone = exact(send(client, "POST", f"/{gpt['id']}/clone"))
        assert exact(send(client, "GET", "/name/gpt-4o-mini")) == clone
        missing = send(client, "GET", "/name/no%2Fsuch")
        assert (missing.status, missing.json["message"]) == (
            404,
            "Couldn't find AI model with name: no/such",
        )

    def test_ids(self, client: Client) -> None:
        undecodable = send(client, "GET", "/no_id")
        assert (undecodable.status, undecodable.json["message"]) == (
            400,
            "Failed to decode hashed Id: [no_id]",
        )
        unknown = new_id()
        missing = send(client, "GET", f"/{unknown}")
        assert (missing.status, missing.json["message"]) == (
            404,
            f"Couldn't find AI model with ID: {unknown}",
        )


class TestPatch:
    def test_only_what_is_there_and_not_null_changes(self, client: Client, clock: Any) -> None:
        made = created(client, cacheReadCostPerInputToken=1e-7)
        clock.move(MINUTE)
        patch = {
            "inputCostPerToken": 0.000003,
            "outputCostPerToken": None,
            READ: None,
            WRITE: 0,
            "name": "no",
        }
        changed = exact(send(client, "PATCH", f"/{made['id']}", patch))
        assert changed == made | {
            "inputCostPerToken": Decimal("3E-6"),
            WRITE: 0,
            "updated": iso(NOON + MINUTE),
        }
        clock.move(MINUTE)
        assert exact(send(client, "PATCH", f"/{made['id']}", {})) == changed
        assert exact(send(client, "GET", f"/{made['id']}")) == changed

    def test_a_listed_model_wants_to_be_cloned(self, client: Client, gpt: Any) -> None:
        answer = send(client, "PATCH", f"/{gpt['id']}", {"inputCostPerToken": 1})
        assert answer.status == 400
        assert "clone" in answer.json["message"]

    def test_refusals(self, client: Client) -> None:
        made = created(client)
        for wrong in ({"inputCostPerToken": -1}, {WRITE_1H: 0.00000000001}, [], None):
            assert send(client, "PATCH", f"/{made['id']}", wrong).status == 400
        assert send(client, "PATCH", f"/{new_id()}", {}).status == 404
        assert send(client, "PATCH", "/rates", {}).status == 404
        assert send(client, "PATCH", "/no_id", {}).status == 400
        assert exact(send(client, "GET", f"/{made['id']}")) == made

    def test_of_two_at_once_none_is_lost_silently(self, client: Client) -> None:
        made = created(client)
        patches = [{"inputCostPerToken": 1}, {"outputCostPerToken": 2}]
        outcomes = race(
            [
                lambda patch=patch: send(client, "PATCH", f"/{made['id']}", patch)
                for patch in patches
            ]
        )  # type: ignore[misc]
        statuses = [each.status for each in outcomes]  # type: ignore[union-attr]
        assert set(statuses) <= {200, 409}
        after = exact(send(client, "GET", f"/{made['id']}"))
        for patch, status in zip(patches, statuses, strict=True):
            ((member, price),) = patch.items()
            assert (after[member] == price) == (status == 200)

    @pytest.mark.parametrize("content", [None, {}, {"name": 5}, "text"])
    def test_put_is_never_supported(self, client: Client, content: Any) -> None:
        answer = send(client, "PUT", f"/{new_id()}", content)
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, PATCH, DELETE")
        assert "PATCH" in answer.json["message"]


class TestDelete:
    def test_it_is_gone_and_its_name_free(self, client: Client) -> None:
        made = created(client)
        answer = send(client, "DELETE", f"/{made['id']}")
        assert (answer.status, answer.json["id"]) == (200, made["id"])
        for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/pricing"), ("POST", "/clone")):
            assert send(client, method, f"/{made['id']}{path}").status == 404
        assert send(client, "GET", f"/name/{quote(made['name'], safe='')}").status == 404
        assert created(client)["id"] != made["id"]

    def test_a_listed_model_stays(self, client: Client, gpt: Any) -> None:
        assert send(client, "DELETE", f"/{gpt['id']}").status == 403
        assert exact(send(client, "GET", f"/{gpt['id']}")) == gpt


class TestClone:
    def test_everything_is_copied_and_prices_can_be_overridden(
        self, client: Client, picture: Any
    ) -> None:
        own = exact(
            send(
                client,
                "POST",
                f"/{picture['id']}/pricing/dimensions",
                image(operationSubtype="mine"),
            )
        )
        overrides = {"inputCostPerToken": 0.5, "outputCostPerToken": None}
        clone = exact(send(client, "POST", f"/{picture['id']}/clone", overrides))
        assert clone["id"] != picture["id"]
        assert clone["inputCostPerToken"] == Decimal("0.5")
        same = ("name", "provider", "mode", "outputCostPerToken", READ, WRITE, WRITE_1H)
        assert [clone[member] for member in same] == [picture[member] for member in same]
        assert clone["teamId"] == client.installed.team
        copied = [
            entry | {"isGlobal": False, "id": 0} for entry in [own, *picture["pricingDimensions"]]
        ]
        assert [entry | {"id": 0} for entry in clone["pricingDimensions"]] == copied
        assert len({entry["id"] for entry in clone["pricingDimensions"]}) == len(copied)

    def test_rules(self, client: Client, gpt: Any) -> None:
        clone = exact(send(client, "POST", f"/{gpt['id']}/clone", {}))
        assert send(client, "POST", f"/{gpt['id']}/clone").status == 409
        again = send(client, "POST", f"/{clone['id']}/clone")
        assert (again.status, again.json["errors"][0]["field"]) == (400, "id")
        assert send(client, "POST", f"/{gpt['id']}/clone", {"inputCostPerToken": -1}).status == 400
        assert send(client, "POST", f"/{new_id()}/clone").status == 404
        assert send(client, "DELETE", f"/{clone['id']}").status == 200
        assert send(client, "POST", f"/{gpt['id']}/clone").status == 200


class TestHistory:
    def test_prices_dimensions_and_configuration_leave_rows(
        self, client: Client, clock: Any
    ) -> None:
        made = created(client, supportsVision=True)
        clock.move(MINUTE)
        send(client, "PATCH", f"/{made['id']}", {"inputCostPerToken": 5, READ: 0})
        clock.move(MINUTE)
        dimension = exact(send(client, "POST", f"/{made['id']}/pricing/dimensions", image()))
        clock.move(MINUTE)
        send(
            client, "PUT", f"/{made['id']}/pricing/dimensions/{dimension['id']}", image(unitPrice=1)
        )
        page = send(client, "GET", f"/{made['id']}/revisions", size=100).json
        rows = page["_embedded"]["revisionDataResourceList"]
        assert page["page"]["totalElements"] == len(rows)
        path = f"pricingDimensions.{dimension['id']}."
        told = [
            (
                row["changeType"],
                row["field"].replace(path, "+"),
                row["previousValue"],
                row["currentValue"],
            )
            for row in rows
        ]
        assert told[0] == ("UPDATE", "+unitPrice", "0.04", "1")
        assert ("UPDATE", "+billingUnit", None, "PER_IMAGE") in told
        assert told[-7:-5] == [
            ("UPDATE", "inputCostPerToken", "0.000001", "5"),
            ("UPDATE", READ, None, "0"),
        ]
        assert told[-5:] == [
            ("CREATE", "name", None, "acme/my-model:v1"),
            ("CREATE", "provider", None, "ACME"),
            ("CREATE", "supportsVision", None, "true"),
            ("CREATE", "inputCostPerToken", None, "0.000001"),
            ("CREATE", "outputCostPerToken", None, "0.000002"),
        ]
        assert rows[-2] == {
            "attribute": "Input cost per token",
            "field": "inputCostPerToken",
            "changeType": "CREATE",
            "previousValue": None,
            "currentValue": "0.000001",
            "changeDate": iso(NOON),
            "user": rows[0]["user"],
        }
        assert rows[0]["user"] == "admin@example.com"
        second = send(client, "GET", f"/{made['id']}/revisions", size=2, page=1).json
        assert second["_embedded"]["revisionDataResourceList"] == rows[2:4]
        send(client, "DELETE", f"/{made['id']}")
        after = send(client, "GET", f"/{made['id']}/revisions").json["_embedded"][
            "revisionDataResourceList"
        ]
        assert after[0]["changeType"] == "DELETE"

    def test_a_listed_model_has_none(self, client: Client, gpt: Any) -> None:
        send(client, "POST", f"/{gpt['id']}/pricing/dimensions", image())
        page = send(client, "GET", f"/{gpt['id']}/revisions").json
        assert (page["_embedded"]["revisionDataResourceList"], page["page"]["totalElements"]) == (
            [],
            0,
        )
        assert send(client, "GET", f"/{new_id()}/revisions").status == 404
        assert send(client, "GET", "/no_id/revisions").status == 400


def operations(model_id: str, dimension_id: str) -> list[tuple[str, str, Any, str]]:
    """Every operation on a model: method, path, body, and the scope it needs."""
    pricing = f"/{model_id}/pricing"
    return [
        ("GET", f"/{model_id}", None, "read"),
        ("GET", f"/{model_id}/revisions", None, "read"),
        ("GET", pricing, None, "read"),
        ("GET", f"{pricing}/coverage", None, "read"),
        ("PATCH", f"/{model_id}", {"inputCostPerToken": 1}, "write"),
        ("POST", f"/{model_id}/clone", {}, "write"),
        ("POST", f"{pricing}/dimensions", image(operationSubtype="stolen"), "write"),
        ("PUT", f"{pricing}/dimensions", [], "write"),
        ("PUT", f"{pricing}/dimensions/{dimension_id}", image(unitPrice=9), "write"),
        ("DELETE", f"{pricing}/dimensions/{dimension_id}", None, "write"),
        ("DELETE", f"/{model_id}", None, "write"),
    ]


def test_keys_may_do_what_their_scopes_say(client: Client) -> None:
    made = created(client)
    world, tenant, team = client.world, client.installed.tenant, client.installed.team
    reading, metering = (
        create_key(world, tenant, team, "k", kind)[1] for kind in (KeyKind.READ, KeyKind.METERING)
    )
    of_all = [
        ("GET", "", None, "read"),
        ("GET", "/rates", None, "read"),
        ("GET", "/providers", None, "read"),
        ("GET", "/name/acme%2Fmy-model%3Av1", None, "read"),
        ("POST", "", model(name="n"), "write"),
    ]
    for method, path, content, scope in [*of_all, *operations(made["id"], new_id())]:
        data = b"" if content is None else json.dumps(content).encode()
        sent = [
            client.send(method, BASE + path, data, {}, {"x_api_key": key}).status
            for key in (reading, metering, "")
        ]
        assert sent == [200 if scope == "read" else 403, 403, 401], path


def test_tenants_never_reach_each_others_models_and_prices(client: Client, gpt: Any) -> None:
    made = created(client)
    dimension = exact(send(client, "POST", f"/{made['id']}/pricing/dimensions", image()))
    made = exact(send(client, "GET", f"/{made['id']}"))
    beside = exact(send(client, "POST", f"/{gpt['id']}/pricing/dimensions", image()))
    other = Client(client.world)
    for method, path, content, _ in operations(made["id"], dimension["id"]):
        assert send(other, method, path, content).status == 404, path
        assert send(other, method, path, content, teamId=client.installed.team).status == 403, path
    assert send(other, "GET", f"/name/{quote(made['name'], safe='')}").status == 404
    assert send(other, "GET", "", modelType="CUSTOM").json["page"]["totalElements"] == 0
    assert send(other, "GET", "/providers", modelType="CUSTOM").json == []
    assert made["name"] not in {
        rate["model"] for rate in send(other, "GET", "/rates").json["models"]
    }
    assert send(other, "GET", f"/{gpt['id']}/pricing").json["dimensions"] == []
    for method, content in (("PUT", image()), ("DELETE", None)):
        assert (
            send(other, method, f"/{gpt['id']}/pricing/dimensions/{beside['id']}", content).status
            == 404
        )
    send(other, "PUT", f"/{gpt['id']}/pricing/dimensions", [])
    assert exact(send(client, "GET", f"/{made['id']}")) == made
    assert exact(send(client, "GET", f"/{gpt['id']}/pricing"))["dimensions"] == [beside]
