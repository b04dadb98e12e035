"""Enforcement events, counted: the three reads beside their list, on both adapters."""

from typing import Any

import pytest

from chalicelib.budgets import event_views
from chalicelib.budgets.crossings import ENFORCEMENT_EVENT
from chalicelib.kit.clock import DAY, HOUR, MINUTE, iso
from chalicelib.kit.ids import new_id
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from tests.conftest import NOON
from tests.support.client import Client

EVENTS = "/profitstream/v2/api/ai/enforcement-events"
LOCAL = pytest.mark.parametrize("world", ["local"], indirect=True)
LEVELS = {"BLOCKED": "HARD", "WOULD_BLOCK": "HARD", "WARNED": "WARN", "WOULD_WARN": "WARN"}
RULE, OTHER = new_id(), new_id()


def add(client: Client, outcome: str, at: int, who: str = "", rule: str = RULE) -> None:
    """An event as the rules leave it."""
    doc: dict[str, Any] = {
        "operation": "ENFORCEMENT_VIOLATION",
        "outcome": outcome,
        "level": LEVELS[outcome],
        "tier": LEVELS[outcome],
        "isShadow": outcome.startswith("WOULD"),
        "action": "BLOCK",
        "ruleId": rule,
        "ruleName": "r",
        "metricType": "TOTAL_COST",
        "windowKey": "w",
        "currentValue": "2",
        "threshold": "1",
        "usagePercent": "200",
        "rawDetails": f"{outcome} {who}",
    }
    if who:
        doc |= {"groupBy": "SUBSCRIBER", "groupValue": who}
    name = f"{10**16 - at:016d}"
    record = Record(ENFORCEMENT_EVENT, new_id(), doc, name, created_at=at, updated_at=at)
    client.world.documents.create(Scope(client.installed.team), record)


def ask(client: Client, view: str, **query: Any) -> dict[str, Any]:
    answer = client.get(f"{EVENTS}/{view}", query)
    assert answer.status == 200, answer.body
    return dict(answer.json)


@pytest.fixture
def asked(client: Client) -> Client:
    add(client, "BLOCKED", NOON - 2 * HOUR, "ann")
    add(client, "BLOCKED", NOON - 1, "ann")
    add(client, "WARNED", NOON - DAY, "ben")
    add(client, "WOULD_BLOCK", NOON - DAY, "Carl")
    add(client, "WOULD_WARN", NOON - 29 * DAY, rule=OTHER)
    add(client, "BLOCKED", NOON - 31 * DAY, "old")
    return client


def test_a_summary_counts_outcomes_whatever_level_and_mode_say(asked: Client) -> None:
    found = ask(asked, "summary")
    assert found == {
        "blocked": 2,
        "warned": 1,
        "wouldBlock": 1,
        "wouldWarn": 1,
        "distinctAffected": 3,
        "resolvedSince": iso(NOON - 30 * DAY),
        "resolvedUntil": iso(NOON),
    }
    assert ask(asked, "summary", level="HARD", mode="SHADOW") == found
    narrow = ask(asked, "summary", groupBy="SUBSCRIBER", groupValue="ann")
    assert (narrow["blocked"], narrow["warned"], narrow["distinctAffected"]) == (2, 0, 1)
    other = ask(asked, "summary", ruleId=OTHER)
    assert (other["wouldWarn"], other["blocked"], other["distinctAffected"]) == (1, 0, 0)
    late = ask(asked, "summary", since=iso(NOON - HOUR))
    assert (late["blocked"], late["resolvedSince"]) == (1, iso(NOON - HOUR))
    assert ask(asked, "summary", transactionId="t")["blocked"] == 0
    assert ask(asked, "summary", query="carl")["wouldBlock"] == 1


def test_a_history_has_a_bar_where_something_was(asked: Client) -> None:
    found = ask(asked, "history", level="ALL")
    assert (found["bucket"], found["zone"]) == ("DAY", "UTC")
    assert [(each["start"][:10], each["count"]) for each in found["buckets"]] == [
        ("2026-10-26", 1),
        ("2026-11-23", 2),
        ("2026-11-24", 2),
    ]
    assert found["buckets"][2]["blocked"] == 2
    hard = ask(asked, "history")
    assert [each["count"] for each in hard["buckets"]] == [1, 2]
    shadow = ask(asked, "history", mode="SHADOW", level="ALL")
    assert [each["count"] for each in shadow["buckets"]] == [1, 1]
    hours = ask(asked, "history", bucket="HOUR", since=iso(NOON - 3 * HOUR))
    assert [each["start"] for each in hours["buckets"]] == [
        "2026-11-24T10:00:00.000Z",
        "2026-11-24T11:00:00.000Z",
    ]
    weeks = ask(asked, "history", bucket="WEEK", level="ALL")
    assert [(each["start"][:10], each["count"]) for each in weeks["buckets"]] == [
        ("2026-10-26", 1),
        ("2026-11-23", 4),
    ]


@LOCAL
def test_bars_are_cut_where_the_day_begins_in_a_zone(client: Client) -> None:
    add(client, "BLOCKED", NOON + 18 * HOUR + 29 * MINUTE - DAY)
    add(client, "BLOCKED", NOON + 19 * HOUR - DAY)
    found = ask(client, "history", zone="Asia/Kolkata")
    assert found["zone"] == "Asia/Kolkata"
    assert [each["start"] for each in found["buckets"]] == ["2026-11-23T18:30:00.000Z"]
    hours = ask(client, "history", zone="Asia/Kolkata", bucket="HOUR")
    assert [each["start"] for each in hours["buckets"]] == [
        "2026-11-24T05:30:00.000Z",
        "2026-11-24T06:30:00.000Z",
    ]
    assert ask(client, "history", zone="Nowhere/Atlantis")["zone"] == "UTC"
    for wrong in ("UTC+01:00", "../etc/passwd", "+01:00"):
        assert client.get(f"{EVENTS}/history", {"zone": wrong}).status == 422, wrong


def test_those_who_are_affected_most_stand_first(asked: Client) -> None:
    found = ask(asked, "affected", level="ALL")
    assert [(each["value"], each["count"]) for each in found["rows"]] == [
        ("ann", 2),
        ("Carl", 1),
        ("ben", 1),
    ]
    assert found["total"] == 3
    assert (found["rows"][0]["blocked"], found["rows"][0]["lastEvent"]) == (2, iso(NOON - 1))
    hard = ask(asked, "affected")
    assert ([each["value"] for each in hard["rows"]], hard["total"]) == (["ann", "Carl"], 3)
    search = ask(asked, "affected", affectedSearch="CAR")
    assert ([each["value"] for each in search["rows"]], search["total"]) == (["Carl"], 1)


@LOCAL
def test_the_list_of_those_affected_has_an_end(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        add(client, "BLOCKED", NOON - number, f"p{number}")
    monkeypatch.setattr(event_views, "_MOST_ROWS", 3)
    found = ask(client, "affected")
    assert (len(found["rows"]), found["total"]) == (3, 5)
    monkeypatch.setattr(event_views, "_MOST_READ", 4)
    assert client.get(f"{EVENTS}/summary").status == 400


@LOCAL
@pytest.mark.parametrize("view", ["summary", "history", "affected"])
@pytest.mark.parametrize(
    ("query", "field"),
    [({"since": "2026-11-01"}, "since"), ({"groupBy": "MODEL"}, "groupBy"), ({"ruleId": "!"}, "")],
)
def test_questions_that_make_no_sense(
    client: Client, view: str, query: dict[str, str], field: str
) -> None:
    answer = client.get(f"{EVENTS}/{view}", query)
    assert answer.status in (400, 422)
    assert set(answer.json["details"]) == {field or "ruleId"}
