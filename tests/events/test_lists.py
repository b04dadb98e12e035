"""Lists of events against a plain look at every event: any filter, order and page, on days that
are dirty, clean and rolled up."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from chalicelib.events.filters import Comparison, Filter
from chalicelib.events.listing import Listing
from chalicelib.events.listings import (
    ALL_CALLS,
    APIS,
    AUDIO,
    COMPLETIONS,
    IMAGES,
    LISTINGS,
    TOOL_EVENTS,
    VIDEO,
)
from chalicelib.events.reading import NEWEST_FIRST, FoundEvents, Selection, find_events
from chalicelib.events.service import find_event
from chalicelib.events.values import Event
from chalicelib.kit.clock import DAY, HOUR, day_of
from chalicelib.kit.ids import event_id
from chalicelib.kit.pages import PageRequest
from chalicelib.lake.compaction import compact_day
from chalicelib.lake.rolling import roll_day
from chalicelib.lake.writer import write
from chalicelib.ports.events import EventRecord
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.errors import UnknownRecord
from tests.lake.samples import NOON, batch

NAMES = ["a", "b", "Ä%_'", None]
DAYS = 4
NUMBERS = ("duration_ms", "cost_nano", "input_tokens", "total_tokens", "images", "characters")
TEXTS = ("agent", "model", "provider", "trace_type", "organization", "environment", "trace_id")
TABLES = {"ai_events": ALL_CALLS.kinds, "api_events": APIS.kinds, "tool_events": TOOL_EVENTS.kinds}


def row(rng: Random, table: str) -> dict[str, Any]:
    made: dict[str, Any] = {name: rng.choice(NAMES) for name in TEXTS}
    made |= {name: rng.choice([None, 0, 1, 5, 9]) for name in NUMBERS}
    made |= {"tool_id": rng.choice(NAMES), "operation": "run", "source_id": rng.choice(NAMES)}
    made |= {"seconds": rng.choice([None, 1.5, 2.0]), "subscriber": rng.choice(NAMES)}
    made |= {"subscriber_id": rng.choice(NAMES), "stop_reason": rng.choice(["END", None])}
    extras = {
        "temperature": rng.choice([None, 0, 0.5, 1]),
        "billingSkipped": rng.choice([True, False, None]),
        "voice": rng.choice(NAMES),
        "mediationLatency": rng.choice([3, None]),
    }
    told = {name: value for name, value in extras.items() if value is not None}
    if told and table == "ai_events":
        made["extras"] = json.dumps(told)
    return made


class Ledger:
    """What was written for one team, and a plain look at it."""

    def __init__(self, world: World, team: str, seed: int = 7) -> None:
        self.world, self.team = world, Scope(team)
        rng = Random(seed)
        newest: dict[str, dict[str, Any]] = {}
        self.records: list[EventRecord] = []
        for number in range(240):
            table = rng.choice(list(TABLES))
            kind = rng.choice(TABLES[table])
            transaction = f"t{number}"
            at = NOON - rng.randrange(DAYS) * DAY + rng.choice([0, HOUR, rng.randrange(HOUR)])
            identity = event_id(team, kind, transaction)
            for version in range(1, rng.choice([2, 2, 3])):
                body = {
                    "event_id": identity,
                    "version": version,
                    "deleted": version > 1 and rng.random() < 0.4,
                    "kind": kind if table == "ai_events" else None,
                    "transaction_id": transaction,
                    "requested_at": at,
                    "received_at": at + 5,
                    "channel": "REST",
                    **row(rng, table),
                }
                kept = {name: value for name, value in body.items() if value is not None}
                newest[identity] = kept | {"table": table}
                self.records.append(
                    EventRecord(self.team, identity, version, table, day_of(at), json.dumps(kept))
                )
        self.live = [each for each in newest.values() if not each["deleted"]]

    def write(self) -> None:
        for record in self.records:
            assert self.world.events.append(self.team, [record]) == [True]
        half = len(self.records) // 2
        write(self.world, batch(*self.records[:half], first="1"))
        write(self.world, batch(*self.records[half:], first="2"))

    def settle(self, days: Sequence[str]) -> None:
        for table in TABLES:
            for day in days:
                compact_day(self.world, self.team, table, day)
                roll_day(self.world, self.team, day, table)

    def expect(self, selection: Selection) -> list[str]:
        """The ids of all events of a selection, in order."""
        listing = selection.listing
        found: list[dict[str, Any]] = []
        for each in self.live:
            if each["table"] != listing.fact.table.name:
                continue
            if each.get("kind", listing.kinds[0]) not in listing.kinds:
                continue
            if selection.start is not None and each["requested_at"] < selection.start:
                continue
            if selection.end is not None and each["requested_at"] > selection.end:
                continue
            if all(passes(each, one, selection.asked) for one in listing.filters):
                found.append(each)
        found.sort(key=lambda each: each["event_id"])
        for column, descending in reversed(selection.order):
            told = [each for each in found if each.get(column) is not None]
            untold = [each for each in found if each.get(column) is None]
            told.sort(key=lambda each: each[column], reverse=descending)
            found = told + untold
        return [each["event_id"] for each in found]


def passes(event: dict[str, Any], one: Filter, asked: dict[str, Any]) -> bool:
    """Written without the code that is tested: what a filter means."""
    if one.parameter not in asked:
        return True
    wanted = asked[one.parameter]
    if isinstance(wanted, Decimal):
        wanted = wanted * 10**one.exponent
    for value in one.values:
        found = event.get(value.column)
        if value.member:
            found = json.loads(event.get("extras", "{}")).get(value.member)
            found = bool(found) if value.kind is bool else found
        elif found is None and one.comparison is Comparison.EQUAL:
            names = {"trace_type": "unknown", "agent": "UNCLASSIFIED", "model": "UNCLASSIFIED"}
            found = names.get(value.column) if len(one.values) == 1 else None
        if found is None:
            continue
        if one.comparison is Comparison.EQUAL and found == wanted:
            return True
        if one.comparison is Comparison.LEAST and found >= wanted:
            return True
        if one.comparison is Comparison.MOST and found <= wanted:
            return True
    return False


def everything(listing: Listing, **asked: Any) -> Selection:
    return Selection(listing, asked)


def ids(found: FoundEvents) -> list[str]:
    return [event.id for event in found.events]


SELECTIONS = [
    *(everything(listing) for listing in LISTINGS.values()),
    everything(COMPLETIONS, agent="a"),
    everything(COMPLETIONS, agent="Ä%_'", model="b"),
    everything(COMPLETIONS, agent="UNCLASSIFIED"),
    everything(COMPLETIONS, traceType="unknown"),
    everything(COMPLETIONS, temperatureMin=Decimal("0.5"), temperatureMax=Decimal(1)),
    everything(COMPLETIONS, mediationLatencyMin=3),
    everything(COMPLETIONS, subscriberId="a"),
    everything(COMPLETIONS, totalCostMin=Decimal("0.000000005")),
    everything(COMPLETIONS, totalCostMin=Decimal(0), totalCostMax=Decimal("0.000000001")),
    everything(COMPLETIONS, stopReason="END", inputTokenCountMin=1, inputTokenCountMax=5),
    everything(ALL_CALLS, organizationName="b", requestDurationMin=1),
    everything(AUDIO, billingSkipped=True),
    everything(AUDIO, billingSkipped=False, durationSecondsMin=Decimal("1.5")),
    everything(AUDIO, voice="Ä%_'"),
    everything(IMAGES, actualImageCountMin=5),
    everything(VIDEO, environment="a"),
    everything(APIS, sourceId="b"),
    everything(TOOL_EVENTS, toolId="a", chargeMin=Decimal("0.000000001")),
    Selection(COMPLETIONS, {}, start=NOON - DAY, end=NOON + 1),
    Selection(ALL_CALLS, {}, end=NOON - 2 * DAY),
    Selection(ALL_CALLS, {"agent": "a"}, order=[("cost_nano", True), ("agent", False)]),
    Selection(ALL_CALLS, {}, order=[("requested_at", False)]),
    Selection(COMPLETIONS, {}, order=[("organization", False), NEWEST_FIRST]),
]
STATES: dict[str, Callable[[Ledger], None]] = {
    "dirty": lambda _: None,
    "half settled": lambda it: it.settle([day_of(NOON - DAY), day_of(NOON - 3 * DAY)]),
    "settled": lambda it: it.settle([day_of(NOON - late * DAY) for late in range(DAYS)]),
}


@pytest.mark.parametrize("state", STATES)
def test_lists_are_what_a_plain_look_finds(world: World, team: str, state: str) -> None:
    ledger = Ledger(world, team)
    ledger.write()
    STATES[state](ledger)
    look_at_all(ledger, SELECTIONS, size=7)


def test_lists_on_aws(deployment: World, team: str) -> None:
    ledger = Ledger(replace(deployment, now=lambda: NOON), f"aws{team}")
    ledger.write()
    STATES["half settled"](ledger)
    look_at_all(ledger, SELECTIONS[::5], size=50)


def look_at_all(ledger: Ledger, selections: Sequence[Selection], size: int) -> None:
    """All pages of some selections, and one page past the end."""
    assert len(ledger.expect(everything(ALL_CALLS))) > 40
    for selection in selections:
        expected = ledger.expect(selection)
        found: list[str] = []
        for number in range(-(-len(expected) // size) + 1):
            page = find_events(ledger.world, ledger.team, selection, PageRequest(number, size))
            assert page.total == len(expected), (selection.asked, selection.order)
            found += ids(page)
        assert found == expected, (selection.asked, selection.order)


def test_the_two_forms_of_a_filter_agree(world: World, team: str) -> None:
    ledger = Ledger(world, team)
    for selection in SELECTIONS:
        for one in selection.listing.filters:
            if one.parameter in selection.asked:
                for each in ledger.live:
                    held = one.holds(Event(each), selection.asked[one.parameter], {})
                    assert held == passes(each, one, dict(selection.asked)), (one.parameter, each)


def test_a_record_is_found_by_its_transaction_before_the_lake_has_it(
    world: World, team: str
) -> None:
    ledger = Ledger(world, team)
    for record in ledger.records:
        world.events.append(ledger.team, [record])
    for each in ledger.live[:40]:
        if each["table"] != "ai_events":
            continue
        selection = Selection(
            ALL_CALLS,
            {"agent": each.get("agent")},
            transactions=frozenset([each["transaction_id"]]),
        )
        if each.get("agent") is None:
            selection = Selection(ALL_CALLS, {}, transactions=selection.transactions)
        assert ids(find_events(world, ledger.team, selection, PageRequest(0, 10))) == [
            each["event_id"]
        ]
        other = Selection(ALL_CALLS, {"agent": "nobody"}, transactions=selection.transactions)
        assert not find_events(world, ledger.team, other, PageRequest(0, 10)).events
        late = Selection(ALL_CALLS, {}, start=NOON + DAY, transactions=selection.transactions)
        assert not find_events(world, ledger.team, late, PageRequest(0, 10)).events


def test_a_transaction_that_is_no_identity_is_found_in_the_lake(world: World, team: str) -> None:
    scope = Scope(team)
    body = {
        "event_id": "0" * 32,
        "version": 1,
        "deleted": False,
        "kind": "COMPLETION",
        "transaction_id": "span-1",
        "requested_at": NOON,
        "received_at": NOON,
    }
    record = EventRecord(scope, "0" * 32, 1, "ai_events", day_of(NOON), json.dumps(body))
    world.events.append(scope, [record])
    write(world, batch(record))
    selection = Selection(COMPLETIONS, {}, transactions=frozenset(["span-1", "nobody's"]))
    found = find_events(world, scope, selection, PageRequest(0, 10))
    assert (ids(found), found.total) == (["0" * 32], 1)


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("T1", "nothing, for ids are told whole and as they are"),
        ("t1", "its transaction"),
        ("Ä%_'", "a part of a name, with nothing in it that SQL would read"),
        ("ä%", "a part of a name in another case"),
        ("%", "a sign that is not a wildcard"),
    ],
)
def test_a_search_looks_for_ids_first(world: World, team: str, text: str, by: str) -> None:
    ledger = Ledger(world, team)
    ledger.write()
    calls = [each for each in ledger.live if each["table"] == "ai_events"]
    expected = {
        each["event_id"]
        for each in calls
        if text in (each.get("transaction_id"), each.get("trace_id"))
    }
    if not expected:
        for each in calls:
            told = [each.get(name) or "" for name in ("agent", "model", "provider")]
            if any(text.lower() in name.lower() for name in told):
                expected.add(each["event_id"])
    selection = Selection(ALL_CALLS, {}, search=text)
    found = find_events(world, ledger.team, selection, PageRequest(0, 300))
    assert set(ids(found)) == expected, by
    assert found.total == len(expected)


@pytest.mark.parametrize("state", ["dirty", "settled"])
def test_what_the_ledger_has_forgotten_is_read_from_the_lake(
    world: World, team: str, state: str
) -> None:
    ledger = Ledger(world, team)
    ledger.write()
    STATES[state](ledger)
    remembered = find_events(world, ledger.team, everything(ALL_CALLS), PageRequest(0, 300))
    forgotten = [each["event_id"] for each in ledger.live[::2]]
    world.events.drop(ledger.team, forgotten)
    for listing in (ALL_CALLS, TOOL_EVENTS, APIS):
        found = find_events(world, ledger.team, everything(listing), PageRequest(0, 300))
        assert ids(found) == ledger.expect(everything(listing))
        for event in found.events:
            (plain,) = [each for each in ledger.live if each["event_id"] == event.id]
            columns = listing.fact.table.columns
            shown = {name: value for name, value in event.row.items() if name in columns}
            assert shown == {name: plain[name] for name in plain if name in columns}
    assert len(remembered.events) == len(ledger.expect(everything(ALL_CALLS)))
    old = find_event(
        replace(world, now=lambda: NOON + 500 * DAY), ledger.team, ALL_CALLS, _call(ledger)
    )
    assert old.id in forgotten
    with pytest.raises(UnknownRecord):
        find_event(world, ledger.team, ALL_CALLS, _call(ledger))


def _call(ledger: Ledger) -> str:
    """The id of an AI call that was dropped from the ledger."""
    calls = [each for each in ledger.live[::2] if each["table"] == "ai_events"]
    return str(calls[0]["event_id"])


def test_the_newest_page_reads_one_day(world: World, team: str) -> None:
    ledger = Ledger(world, team)
    ledger.write()
    ledger.settle([day_of(NOON - late * DAY) for late in range(DAYS)])
    asked: list[Any] = []
    run = world.engine.run

    class Spy:
        def run(self, scope: Scope, statement: Any) -> Any:
            asked.append(statement)
            return run(scope, statement)

    spied = replace(world, engine=Spy())
    found = find_events(spied, ledger.team, everything(COMPLETIONS), PageRequest(0, 1))
    assert len(found.events) == 1
    counts, keys = asked
    assert {scan.table for scan in counts.scan} == {"rollup_daily"}
    newest = day_of(found.events[0].row["requested_at"])
    assert {(scan.first_day, scan.last_day) for scan in keys.scan} == {(newest, newest)}
