"""Seats: how many are paid, who was seen, what the others cost."""

from typing import Any

import pytest

from chalicelib.assistants.contribution_days import write_day
from chalicelib.assistants.contribution_records import Contribution
from chalicelib.kit.clock import DAY, day_of
from infra.local.feeder import drain
from tests.support.bodies import completion
from tests.support.client import Client
from tests.support.clock import Clock

PATH = "/profitstream/v2/api/billing/seats"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)


def call(client: Client, number: int, at: int, email: str, agent: str = "claude-code") -> None:
    body = completion(number, at, agent=agent, subscriber={"email": email})
    body = {name: value for name, value in body.items() if value is not None}
    assert client.post("/meter/v2/ai/completions", body).status == 201


def subscribe(client: Client, assistant: str, *tiers: tuple[str, int, float]) -> None:
    path = f"/profitstream/v2/api/coding-assistant/subscriptions/{client.installed.team}"
    rows = [{"tier": name, "seats": seats, "perSeatCost": usd} for name, seats, usd in tiers]
    assert client.post(path, {"provider": assistant, "tiers": rows}).status == 200


def ask(client: Client, **query: Any) -> Any:
    answer = client.get(PATH, query)
    assert answer.status == 200, answer.body
    return answer.json


def test_who_pays_and_uses_nothing_has_no_days(client: Client) -> None:
    assert ask(client, fromDate="2026-11-01", toDate="2026-11-22") == {
        "days": [],
        "assistants": [],
    }


def test_people_are_counted_once_and_seats_by_assistant(client: Client, clock: Clock) -> None:
    now = clock()
    subscribe(client, "claude-code", ("pro", 3, 20), ("max", 1, 100))
    call(client, 1, now - 1_000, "Ida@x.example")
    call(client, 2, now - DAY, "ida@x.example")
    call(client, 3, now - 5 * DAY, "per@x.example")
    call(client, 4, now - 20 * DAY, "ole@x.example", agent="codex-cli")
    call(client, 5, now - 20 * DAY, "ida@x.example", agent="codex-cli")
    call(client, 6, now - 1_000, "nobody@x.example", agent="support")
    drain(client.world)
    rows = [Contribution(email="per@x.example", sessions=1), Contribution(key_name="ci")]
    write_day(client.world, client.installed.team, day_of(now - DAY), rows)
    shown = ask(client, fromDate=day_of(now - DAY), toDate=day_of(now))
    yesterday, today = shown["days"]
    assert today == {
        "date": day_of(now),
        "seatsPaid": 4,
        "seatsUsed": 4,
        "dailyActive": 1,
        "weeklyActive": 2,
        "monthlyActive": 4,
    }
    assert (yesterday["dailyActive"], "seatsPaid" in yesterday) == (2, False)
    assert shown["assistants"] == [
        {
            "provider": "claude-code",
            "seatsUsed": 2,
            "seats": 4,
            "seatsUnused": 2,
            "peopleWithoutSeat": 0,
            "monthlySeatCost": 160,
            "averageSeatCost": 40,
            "monthlyCostOfUnusedSeats": 80,
        }
    ]
    month = {each["provider"]: each for each in ask(client)["assistants"]}
    assert month["codex-cli"] == {"provider": "codex-cli", "seatsUsed": 2, "seats": None}
    only = ask(client, provider="codex-cli")
    assert [each["provider"] for each in only["assistants"]] == ["codex-cli"]
    assert only["days"][-1]["monthlyActive"] == 2


@LOCAL
def test_days_that_are_to_come_are_left_out(client: Client, clock: Clock) -> None:
    subscribe(client, "cursor", ("pro", 0, 20))
    shown = ask(client, fromDate=day_of(clock()), toDate=day_of(clock() + 3 * DAY))
    assert [each["date"] for each in shown["days"]] == [day_of(clock())]
    (cursor,) = shown["assistants"]
    assert (cursor["seats"], cursor["monthlySeatCost"]) == (0, 0)
    assert "averageSeatCost" not in cursor


@LOCAL
@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"fromDate": "2026-11-02", "toDate": "2026-11-01"}, ["fromDate"]),
        ({"fromDate": "2026-01-01"}, ["fromDate"]),
        ({"fromDate": "x", "toDate": "y"}, ["fromDate", "toDate"]),
        ({"provider": "clippy"}, ["provider"]),
    ],
)
def test_bad_input_names_its_field(
    client: Client, query: dict[str, str], fields: list[str]
) -> None:
    answer = client.get(PATH, query)
    assert (answer.status, [each["field"] for each in answer.json["errors"]]) == (400, fields)
