"""Subscriptions to coding assistants, as the contract and the servers that read them want them."""

import json
from typing import Any

import pytest

from tests.support.client import Answer, Client

TIERS = [
    {"tier": "pro", "seats": 3, "perSeatCost": 20},
    {"tier": "max_5x", "seats": 2, "perSeatCost": 100.1},
]


def path(client: Client, assistant: str = "") -> str:
    own = f"/profitstream/v2/api/coding-assistant/subscriptions/{client.installed.team}"
    return f"{own}/{assistant}" if assistant else own


def put(client: Client, assistant: str = "", **body: Any) -> Answer:
    return client.send("PUT", path(client, assistant), json.dumps(body).encode(), None, {})


def test_a_team_without_any_has_an_empty_collection(client: Client) -> None:
    answer = client.get(path(client))
    assert (answer.status, "_embedded" in answer.json) == (200, False)
    assert client.get(path(client), {"provider": "cursor"}).status == 404
    assert client.get(path(client, "cursor")).status == 404


def test_what_is_put_is_shown_with_its_totals(client: Client) -> None:
    made = put(client, provider="claude-code", extraUsageEnabled=True, tiers=TIERS)
    assert made.status == 200
    row = made.json
    assert (row["totalSeats"], row["monthlySeatCost"]) == (5, 260.2)
    assert b"260.200000000" in made.body
    assert row["tiers"] == TIERS
    assert row["organizationId"] == client.installed.team
    put(client, "cursor", tiers=[{"tier": "business", "seats": 1}])
    listed = client.get(path(client)).json["_embedded"]["codingAssistantSubscriptionResponseList"]
    assert [each["provider"] for each in listed] == ["claude-code", "cursor"]
    assert listed[0] == row == client.get(path(client), {"provider": "claude-code"}).json
    assert listed[1]["tiers"] == [{"tier": "business", "seats": 1}]
    assert client.get(path(client, "cursor")).json == listed[1]


def test_tiers_stay_unless_they_are_sent(client: Client) -> None:
    put(client, provider="cursor", tiers=TIERS, extraUsageEnabled=True)
    kept = put(client, provider="cursor").json
    assert (kept["tiers"], kept["extraUsageEnabled"]) == (TIERS, False)
    assert put(client, provider="cursor", tiers=[]).json["totalSeats"] == 0
    posted = client.post(path(client), {"provider": "codex-cli", "tiers": TIERS[:1]})
    assert (posted.status, posted.json["totalSeats"]) == (200, 3)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["provider"]),
        ({"provider": "clippy"}, ["provider"]),
        ({"provider": "cursor", "tiers": [{"tier": "pro", "seats": -1}]}, ["tiers.0.seats"]),
        (
            {
                "provider": "cursor",
                "tiers": [{"tier": "", "seats": 1}, {"tier": "x", "seats": 1, "perSeatCost": -1}],
            },
            ["tiers.0.tier", "tiers.1.perSeatCost"],
        ),
        (
            {
                "provider": "cursor",
                "tiers": [{"tier": "pro", "seats": 1}, {"tier": "PRO", "seats": 2}],
            },
            ["tiers"],
        ),
        ({"provider": "cursor", "tiers": [{"tier": "t", "seats": 1}] * 51}, ["tiers"]),
    ],
    ids=["nothing", "unknown", "negative", "all at once", "twice", "too many"],
)
def test_bad_input_names_its_field(client: Client, body: Any, fields: list[str]) -> None:
    answer = put(client, **body)
    assert answer.status == 400
    assert [each["field"] for each in answer.json["errors"]] == fields
    assert "_embedded" not in client.get(path(client)).json


def test_path_and_body_name_one_assistant(client: Client) -> None:
    assert put(client, "cursor", provider="codex-cli").status == 400
    assert put(client, "clippy").status == 400
    assert put(client, "cursor", provider="cursor").status == 200


def test_another_team_is_refused(client: Client) -> None:
    theirs = Client(client.world)
    assert put(theirs, provider="cursor", tiers=TIERS).status == 200
    assert client.get(path(theirs)).status == 403
    assert client.send("PUT", path(theirs), b'{"provider": "cursor"}', None, {}).status == 403
    assert theirs.get(path(theirs, "cursor")).json["totalSeats"] == 5
