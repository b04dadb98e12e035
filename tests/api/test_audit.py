"""Audit entries: what was changed of stored events is told, by the door and by the command."""

from typing import Any

import pytest

from chalicelib.kit.clock import DAY, iso
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from chalicelib.resources import audit
from chalicelib.resources.audit import RE_RATE, VOID, note_change
from tests.conftest import NOON
from tests.support.client import Client

PATH = "/profitstream/v2/api/audit-entries"
LINE = {
    "provider": "HOUSE",
    "model": "own",
    "changed": 3,
    "beforeNano": 0,
    "afterNano": 1_200_000_001,
    "unpricedBefore": 3,
    "unpricedAfter": 0,
}


@pytest.fixture
def client(world: World, clock: Any) -> Client:
    """A team with two changes, a day apart, and an entry from before there was one kind for all."""
    client = Client(world)
    team = client.installed.team
    former = {"author": "schedule", "firstDay": "2026-01-01", "lastDay": "2026-01-01"}
    world.documents.create(
        team, Record("RERATING", "r", former, "0", created_at=NOON - DAY, updated_at=NOON - DAY)
    )
    days = {"firstDay": "2026-03-01", "lastDay": "2026-03-02", "model": None}
    note_change(world, team, RE_RATE, "command line", {**days, "lines": [LINE]})
    clock.move(DAY)
    note_change(world, team, VOID, "import", {"changed": 2, "file": "x.jsonl"})
    return client


def entries(client: Client, **query: str) -> list[dict[str, Any]]:
    answer = client.get(PATH, query)
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.json["_embedded"]["auditEntryList"]
    return found


def test_the_newest_comes_first_with_what_it_did_to_the_money(client: Client) -> None:
    newest, rating, former = entries(client)
    assert (newest["action"], newest["facts"]) == (VOID, {"changed": 2, "file": "x.jsonl"})
    assert rating["lines"][0]["costAfter"] == 1.200000001
    assert rating["lines"][0]["unpricedBefore"] == 3
    assert (former["action"], former["author"]) == (RE_RATE, "schedule")


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({"startDate": iso(NOON)}, 2),
        ({"startDate": iso(NOON + 1)}, 1),
        ({"endDate": iso(NOON)}, 1),
        ({"action": RE_RATE}, 2),
        ({"day": "2026-03-02"}, 1),
        ({"day": "2026-03-03"}, 0),
    ],
)
def test_entries_are_asked_for_by_time_action_and_day(
    client: Client, query: dict[str, str], number: int
) -> None:
    assert len(entries(client, **query)) == number


def test_pages_say_how_many_there_are(client: Client) -> None:
    answer = client.get(PATH, {"size": "1", "page": "1"})
    (entry,) = answer.json["_embedded"]["auditEntryList"]
    assert (entry["author"], answer.json["page"]["totalElements"]) == ("command line", 3)


def test_too_many_are_refused_with_what_to_do(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "MOST", 2)
    answer = client.get(PATH)
    assert answer.status == 400
    assert "narrow the time" in answer.body.decode()


def test_other_teams_and_metering_keys_see_nothing(client: Client) -> None:
    assert entries(Client(client.world)) == []
    assert client.get(PATH, x_api_key=client.installed.metering_key or "").status == 403
