"""/profitstream/v2/api/tools: the registry of tools, and what rating sees of it."""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.tools import ToolPrice, ToolPricingTier
from chalicelib.directory.tools import tool_of
from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind
from chalicelib.kit.clock import MINUTE, iso
from chalicelib.kit.http.messages import Request
from chalicelib.kit.ids import new_id
from chalicelib.ports.world import World
from chalicelib.pricing.tools import charge
from tests.conftest import NOON
from tests.support.client import Answer, Client
from tests.support.race import race

BASE = "/profitstream/v2/api"
TOOLS = f"{BASE}/tools"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
"""For what no adapter has a part in."""


def body(**members: Any) -> dict[str, Any]:
    return {"name": "Web search", "toolId": "web-search", "toolType": "MCP_SERVER", **members}


def send(client: Client, method: str, path: str, content: Any = None, **query: Any) -> Answer:
    data = b"" if content is None else json.dumps(content).encode()
    return client.send(method, TOOLS + path, data, query, {})


def created(client: Client, **members: Any) -> dict[str, Any]:
    answer = send(client, "POST", "", body(**members))
    assert answer.status == 200
    return answer.json


def priced(*prices: Any) -> dict[str, Any]:
    return {
        "elements": [
            {
                "name": "calls",
                "aggregationType": "SUM",
                "tiers": [{"unitPrice": each} for each in prices],
            }
        ]
    }


class TestCreate:
    def test_a_tool_is_stored_as_it_was_sent_with_what_it_did_not_say(self, client: Client) -> None:
        team = client.installed.team
        tool = created(
            client,
            description="Ünïcødé",
            toolProvider="ACME",
            teamId=team,
            tenantId="ignored",
            version="2",
        )
        assert (tool["name"], tool["label"], tool["toolId"], tool["toolType"]) == (
            "Web search",
            "Web search",
            "web-search",
            "MCP_SERVER",
        )
        assert (tool["description"], tool["toolProvider"]) == ("Ünïcødé", "ACME")
        assert (tool["enabled"], tool["configSource"], tool["resourceType"]) == (
            True,
            "DATABASE",
            "tool",
        )
        assert (tool["teamId"], tool["team"]["id"], tool["team"]["label"]) == (
            team,
            team,
            "Test team",
        )
        assert (tool["pricing"], tool["plan"]) == (None, None)
        assert (tool["created"], tool["updated"]) == (iso(NOON), iso(NOON))
        assert tool["_links"]["self"]["href"] == f"{TOOLS}/{tool['id']}"
        assert "version" not in tool
        assert send(client, "GET", f"/{tool['id']}").json == tool

    def test_prices_are_texts_on_read(self, client: Client) -> None:
        tiers = [{"upTo": 1000, "unitPrice": 0.0000001}, {"upTo": None, "unitPrice": "0.50"}]
        elements = [{"name": "tokens", "aggregationType": "SUM", "tiers": tiers}, {"unitPrice": 2}]
        tool = created(client, pricing={"elements": elements})
        assert tool["pricing"] == {
            "currency": "USD",
            "elements": [
                {
                    "name": "tokens",
                    "aggregationType": "SUM",
                    "tiers": [
                        {"upTo": 1000, "unitPrice": "0.0000001"},
                        {"upTo": None, "unitPrice": "0.50"},
                    ],
                    "unitPrice": None,
                },
                {"name": None, "aggregationType": None, "tiers": None, "unitPrice": "2"},
            ],
        }
        assert (tool["plan"]["label"], tool["plan"]["resourceType"]) == ("Web search", "plan")

    def test_every_fault_is_told_at_once(self, client: Client) -> None:
        wrong = {
            "name": " ",
            "toolType": "HAMMER",
            "pricing": {"elements": [{"unitPrice": "cheap"}]},
        }
        answer = send(client, "POST", "", wrong)
        assert answer.status == 400
        fields = {"name", "toolId", "toolType", "pricing.elements.0.unitPrice"}
        assert {fault["field"] for fault in answer.json["errors"]} == fields
        assert answer.json["message"].startswith("Invalid JSON format")
        assert all(field in answer.json["details"]["error"] for field in fields)

    @LOCAL
    @pytest.mark.parametrize(
        ("pricing", "field"),
        [
            ({"elements": [{"unitPrice": -1}]}, "pricing.elements.0.unitPrice"),
            (
                {"elements": [{"name": "x", "aggregationType": "SUM"}]},
                "pricing.elements.0.unitPrice",
            ),
            ({"elements": [{"aggregationType": "SUM", "unitPrice": 1}]}, "pricing.elements.0.name"),
            (
                {
                    "elements": [
                        {"tiers": [{"upTo": 5, "unitPrice": 1}, {"upTo": 5, "unitPrice": 1}]}
                    ]
                },
                "pricing.elements.0.tiers.1.upTo",
            ),
            ({"currency": "XXX", "elements": []}, "pricing.currency"),
            ({"elements": [{"unitPrice": True}]}, "pricing.elements.0.unitPrice"),
            ({"elements": [{"unitPrice": "Infinity"}]}, "pricing.elements.0.unitPrice"),
        ],
    )
    def test_a_price_that_cannot_be_charged_is_refused(
        self, client: Client, pricing: Any, field: str
    ) -> None:
        answer = send(client, "POST", "", body(pricing=pricing))
        assert (answer.status, answer.json["errors"][0]["field"]) == (400, field)
        assert send(client, "GET", "").json["page"]["totalElements"] == 0

    @LOCAL
    @pytest.mark.parametrize("content", [b"", b"{", b"null", b"[]", b"5"])
    def test_what_is_no_object_is_refused(self, client: Client, content: bytes) -> None:
        answer = client.post(TOOLS, content)
        assert answer.status == 400
        assert answer.json["details"]["error"].startswith("body: ")

    def test_an_id_is_taken_once_in_a_team(self, client: Client) -> None:
        created(client)
        answer = send(client, "POST", "", body(name="Other", toolId="WEB-search"))
        assert (answer.status, answer.json["code"]) == (409, "ALREADY_EXISTS")
        assert answer.json["errors"][0]["field"] == "toolId"
        outcomes = race([lambda: send(client, "POST", "", body(toolId="raced"))] * 3)
        assert sorted(each.status for each in outcomes) == [200, 409, 409]

    def test_another_team_is_refused(self, client: Client) -> None:
        assert send(client, "POST", "", body(teamId=new_id())).status == 403
        assert send(client, "POST", "", body(), teamId=new_id()).status == 403
        malformed = send(client, "POST", "", body(), teamId="no_id")
        assert (malformed.status, malformed.json["code"]) == (400, "INVALID_TEAM_ID")
        assert "Failed to decode hashed Id: [no_id]" in malformed.json["message"]


class TestRead:
    @pytest.mark.parametrize("tool_id", ["plain", "mcp://server/tool:v1", "a b/ü?#%", "x%2Fy"])
    def test_by_its_own_id_whatever_stands_in_it(self, client: Client, tool_id: str) -> None:
        tool = created(client, toolId=tool_id)
        assert send(client, "GET", f"/by-tool-id/{quote(tool_id, safe='')}").json == tool
        decoded = Request(
            "GET",
            f"{TOOLS}/by-tool-id/{quote(tool_id, safe='/')}",
            {"x-api-key": client.key},
            [],
            b"",
            "r",
        )
        assert json.loads(client.dispatch(decoded).body) == tool

    def test_ids_that_are_none_and_ids_of_nothing(self, client: Client) -> None:
        undecodable = send(client, "GET", "/no_id")
        assert (undecodable.status, undecodable.json["message"]) == (
            400,
            "Failed to decode hashed Id: [no_id]",
        )
        unknown = new_id()
        missing = send(client, "GET", f"/{unknown}")
        assert (missing.status, missing.json["message"]) == (
            404,
            f"Couldn't find Tool with ID: {unknown}",
        )
        assert send(client, "GET", "/by-tool-id/nothing").status == 404

    def test_lists_are_pages_that_can_be_searched_and_sorted(self, client: Client) -> None:
        for number in range(12):
            kind = "SDK" if number % 2 else "MCP_SERVER"
            created(
                client,
                name=f"Tool {number:02}",
                toolId=f"t{number}",
                toolType=kind,
                description=f"does {number}",
            )
        page = send(client, "GET", "").json
        assert page["page"] == {
            "size": 10,
            "totalElements": 12,
            "totalPages": 2,
            "number": 0,
            "last": False,
        }
        assert [row["name"] for row in page["_embedded"]["toolResourceList"]] == [
            f"Tool {n:02}" for n in range(10)
        ]

        def names(**query: Any) -> list[str]:
            return [
                row["name"]
                for row in send(client, "GET", "", **query).json["_embedded"]["toolResourceList"]
            ]

        assert names(page=1) == ["Tool 10", "Tool 11"]
        assert names(query="DOES 1") == names(name="does 1") == ["Tool 01", "Tool 10", "Tool 11"]
        assert names(type="sdk", sort="name,desc", size=2) == ["Tool 11", "Tool 09"]
        assert names(sort=["toolType,desc", "name,desc"], size=1) == ["Tool 11"]
        assert names(query="nothing") == []
        refused = send(client, "GET", "", sort="plan")
        assert (refused.status, refused.json["errors"][0]["field"]) == (400, "sort")
        assert "plan" in refused.json["message"]
        unbound = send(client, "GET", "", page="first")
        assert unbound.status == 400
        assert unbound.json["message"].startswith(
            "Failed to convert value for page from value [first]"
        )


class TestUpdate:
    def test_absent_members_stay_but_a_missing_enabled_becomes_true(
        self, client: Client, clock: Any
    ) -> None:
        tool = created(
            client, enabled=False, description="d", toolProvider="p", pricing=priced("1")
        )
        clock.move(MINUTE)
        changed = send(client, "PUT", f"/{tool['id']}", body(name="Renamed")).json
        assert changed == tool | {
            "name": "Renamed",
            "label": "Renamed",
            "enabled": True,
            "updated": iso(NOON + MINUTE),
            "plan": tool["plan"] | {"label": "Renamed"},
        }
        assert send(client, "GET", f"/{tool['id']}").json == changed
        off = send(client, "PUT", f"/{tool['id']}", body(enabled=False, description=None)).json
        assert (off["enabled"], off["description"]) == (False, None)

    def test_what_was_read_can_be_sent_back(self, client: Client, clock: Any) -> None:
        tool = created(client, pricing=priced("1"))
        clock.move(MINUTE)
        assert send(client, "PUT", f"/{tool['id']}", tool).json == tool

    def test_a_new_price_makes_a_new_plan(self, client: Client) -> None:
        tool = created(client, pricing=priced("1"))
        kept = send(client, "PUT", f"/{tool['id']}", body(pricing=None)).json
        assert (kept["pricing"], kept["plan"]) == (tool["pricing"], tool["plan"])
        rebuilt = send(client, "PUT", f"/{tool['id']}", body(pricing=priced("2"))).json
        assert rebuilt["pricing"]["elements"][0]["tiers"][0]["unitPrice"] == "2"
        assert rebuilt["plan"]["id"] != tool["plan"]["id"]

    def test_refusals(self, client: Client) -> None:
        tool, other = created(client), created(client, toolId="other")
        needed = send(client, "PUT", f"/{tool['id']}", {"description": "d"})
        assert {fault["field"] for fault in needed.json["errors"]} == {"name", "toolId", "toolType"}
        assert send(client, "PUT", f"/{other['id']}", body()).status == 409
        assert send(client, "PUT", f"/{new_id()}", body()).status == 404
        assert send(client, "PUT", f"/{tool['id']}", body(teamId=new_id())).status == 403
        assert send(client, "GET", f"/{tool['id']}").json == tool


def test_a_deleted_tool_is_gone_and_its_id_free(client: Client) -> None:
    tool = created(client)
    answer = send(client, "DELETE", f"/{tool['id']}")
    assert (answer.status, answer.json["id"]) == (200, tool["id"])
    assert tool["id"] in answer.json["message"]
    for method, path in (
        ("GET", f"/{tool['id']}"),
        ("DELETE", f"/{tool['id']}"),
        ("GET", "/by-tool-id/web-search"),
    ):
        assert send(client, method, path).status == 404
    assert send(client, "GET", "").json["page"]["totalElements"] == 0
    assert created(client)["id"] != tool["id"]


def test_keys_may_do_what_their_scopes_say(client: Client) -> None:
    tool = created(client)
    world, tenant, team = client.world, client.installed.tenant, client.installed.team
    reading, metering = (
        create_key(world, tenant, team, "k", kind)[1] for kind in (KeyKind.READ, KeyKind.METERING)
    )
    calls: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("GET", f"/{tool['id']}", None),
        ("GET", "/by-tool-id/web-search", None),
        ("POST", "", body()),
        ("PUT", f"/{tool['id']}", body()),
        ("DELETE", f"/{tool['id']}", None),
    ]
    for method, path, content in calls:
        data = b"" if content is None else json.dumps(content).encode()
        keys = (reading, metering, "")
        statuses = [
            client.send(method, TOOLS + path, data, {}, {"x_api_key": key}).status for key in keys
        ]
        assert statuses == [200 if method == "GET" else 403, 403, 401]


def test_tenants_never_reach_each_others_tools(client: Client) -> None:
    tool = created(client)
    other = Client(client.world)
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"/{tool['id']}", None),
        ("GET", "/by-tool-id/web-search", None),
        ("PUT", f"/{tool['id']}", body(name="Stolen")),
        ("DELETE", f"/{tool['id']}", None),
    ]
    for method, path, content in calls:
        assert send(other, method, path, content).status == 404
    assert send(other, "GET", "").json["page"]["totalElements"] == 0
    assert send(other, "GET", "", teamId=client.installed.team).status == 403
    assert created(other)["id"] != tool["id"]
    assert send(client, "GET", f"/{tool['id']}").json == tool


class TestRating:
    def test_it_sees_a_tool_as_it_is_now_in_this_process(self, client: Client) -> None:
        world, team = client.world, client.installed.team
        assert tool_of(world, team, "web-search") is None
        tool = created(client, pricing={"elements": [{"unitPrice": "0.25"}]}, toolProvider="ACME")
        found = tool_of(world, team, "WEB-SEARCH")
        assert found
        assert (found.id, found.version, found.name, found.type, found.provider) == (
            tool["id"],
            1,
            "Web search",
            "MCP_SERVER",
            "ACME",
        )
        assert found.pricing
        assert charge(found.pricing, {}) == 250_000_000
        send(client, "PUT", f"/{tool['id']}", body(toolId="renamed"))
        assert tool_of(world, team, "web-search") is None
        assert tool_of(world, team, "renamed")
        send(client, "DELETE", f"/{tool['id']}")
        assert tool_of(world, team, "renamed") is None
        assert tool_of(world, new_id(), "renamed") is None

    @LOCAL
    def test_what_another_process_changed_is_seen_within_a_minute(
        self, client: Client, clock: Any
    ) -> None:
        world, team = client.world, client.installed.team
        tool = created(client)
        before = tool_of(world, team, "web-search")
        record = world.documents.get(team, "TOOL", tool["id"])
        assert record
        world.documents.update(team, record)
        assert tool_of(world, team, "web-search") is before
        clock.move(MINUTE)
        after = tool_of(world, team, "web-search")
        assert after
        assert after.version == 2


@given(st.decimals(min_value=0, max_value=10**6, places=9))
def test_a_price_keeps_its_value_whether_number_or_text(price: Any) -> None:
    for sent in (price, format(price, "f"), Decimal(int(price))):
        tier = ToolPricingTier.model_validate({"unitPrice": sent})
        assert tier.unitPrice == (sent if isinstance(sent, str) else format(sent, "f"))
    number = json.loads(format(price, "f"))
    back = ToolPrice.model_validate({"elements": [{"unitPrice": number}]}).model_dump(mode="json")
    assert float(back["elements"][0]["unitPrice"]) == number


def test_a_world_of_its_own_remembers_nothing_of_another(local_world: World) -> None:
    client = Client(local_world)
    created(client)
    assert tool_of(local_world, client.installed.team, "web-search")
    assert tool_of(local_world, new_id(), "web-search") is None
