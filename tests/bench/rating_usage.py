"""Billing: a million events of a thousand subscriptions, from the lake to charges, and a run that
has nothing to do."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from chalicelib.directory.registry import ELEMENT, PRODUCT, SUBSCRIPTION
from chalicelib.invoicing.service import Run, bill
from chalicelib.kit.clock import DAY, HOUR, day_of, day_start
from chalicelib.kit.ids import event_id, new_id
from chalicelib.kit.jsontext import pack
from chalicelib.lake.tables import CUSTOM_EVENTS
from chalicelib.lake.writer import write
from chalicelib.ports.documents import Record
from chalicelib.ports.events import EventRecord
from chalicelib.ports.feed import FeedBatch
from chalicelib.ports.world import World
from chalicelib.resources.roster import BILLED
from infra.installation import installation
from infra.local.world import build
from tests.bench.report import Row

_EVENTS, _SUBSCRIPTIONS, _DAYS, _BATCH = 1_000_000, 1_000, 30, 50_000
_START = day_start("2026-06-01")
_GOAL_S = 60
_ELEMENTS = ("km", "seats", "city")


def run() -> list[Row]:
    """Fill a folder as the feed does, then measure the runs alone: all of June's usage, then
    nothing new."""
    with TemporaryDirectory() as folder:
        world = replace(build(Path(folder)), now=lambda: _START + 31 * DAY)
        first = installation(world)
        _catalog(world, first.tenant, first.team)
        for number, batch in enumerate(_batches(first.team)):
            write(world, FeedBatch("bench", f"{number:09d}", f"{number:09d}-", batch))
        pa.set_cpu_count(1)
        pa.set_io_thread_count(1)
        spent, clock, done = _timed(world, first.tenant, first.team)
        before = _documents(world, first.team)
        again, _, idle = _timed(world, first.tenant, first.team)
        assert done.finalized == _SUBSCRIPTIONS, done
        assert (idle.days, idle.finalized, idle.adjusted) == (0, 0, 0), idle
        assert before == _documents(world, first.team), "a second run changed invoices"
    note = (
        f"{_SUBSCRIPTIONS:,} subscriptions, {_DAYS} days, payloads of {len(_ELEMENTS)} elements, "
        "invoices frozen"
    )
    return [
        Row(
            "billing a million events",
            f"{spent:.1f} s CPU",
            f"≤ {_GOAL_S} s",
            spent <= _GOAL_S,
            f"{note}; {clock:.1f} s by the clock, commits included",
        ),
        Row("… a second run", f"{again:.1f} s CPU", note="changes nothing"),
    ]


def _timed(world: World, tenant: str, team: str) -> tuple[float, float, Run]:
    """Seconds of CPU time, and by the clock."""
    start, clock = time.process_time(), time.perf_counter()
    done = bill(world, tenant, team)
    return time.process_time() - start, time.perf_counter() - clock, done


def _documents(world: World, team: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    cursor: str | None = None
    while True:
        page = world.documents.page(team, "INVOICE", cursor=cursor, limit=1_000)
        found += [(each.id, each.version) for each in page.records]
        cursor = page.cursor
        if cursor is None:
            return found


def _catalog(world: World, tenant: str, team: str) -> None:
    elements = {name: _kept(world, team, ELEMENT, name, {"type": "NUMBER"}) for name in _ELEMENTS}
    tiers = [
        {"name": "first", "unitAmount": "0.01", "upTo": "1000"},
        {"name": "rest", "unitAmount": "0.005"},
    ]
    ratings = [
        {
            "name": name,
            "aggregationType": how,
            "elementDefinitionId": elements[name],
            "graduated": True,
            "tiers": tiers,
        }
        for name, how in zip(_ELEMENTS, ("SUM", "MAXIMUM", "UNIQUE"), strict=True)
    ]
    plan = {
        "name": "Plan",
        "type": "SUBSCRIPTION",
        "currency": "USD",
        "period": "MONTH",
        "charge": "30",
        "ratingAggregations": ratings,
    }
    product = _kept(
        world, team, PRODUCT, "Rides", {"plan": plan, "version": "1.0.0", "sourceIds": []}
    )
    for number in range(_SUBSCRIPTIONS):
        changes = [{"at": _START, "productId": product, "anchor": _START}]
        name = f"Subscription {number}"
        doc = {
            "start": _START,
            "productId": product,
            "productChanges": changes,
            "credentialIds": [f"c{number}"],
            "subscriberEmail": f"s{number}@example.com",
            "name": name,
        }
        _kept(world, team, SUBSCRIPTION, name, doc)
    BILLED.enrol(world.documents, team, {"tenant": tenant})


def _kept(world: World, team: str, kind: str, name: str, doc: dict[str, Any]) -> str:
    record = Record(kind, new_id(), {**doc, "name": name}, name)
    return world.documents.create(team, record).id


def _batches(team: str) -> Iterator[Sequence[EventRecord]]:
    """The events in order of time, in batches as a feed that was behind brings them."""
    rng = Random(7)
    step = _DAYS * DAY // _EVENTS
    batch: list[EventRecord] = []
    for number in range(_EVENTS):
        batch.append(_event(rng, team, number, _START + number * step))
        if len(batch) == _BATCH:
            yield batch
            batch = []


def _event(rng: Random, team: str, number: int, at: int) -> EventRecord:
    transaction = f"t-{number}"
    payload = {
        "km": round(rng.uniform(0, 100), 3),
        "seats": rng.randrange(6),
        "city": rng.choice("ABCDEFGH"),
    }
    row = {
        "event_id": event_id(team, "EVENT", transaction),
        "version": 1,
        "deleted": False,
        "kind": "EVENT",
        "transaction_id": transaction,
        "channel": "REST",
        "requested_at": at,
        "received_at": at + HOUR // 3_600,
        "credential_id": f"c{rng.randrange(_SUBSCRIPTIONS)}",
        "payload": json.dumps(payload),
        "is_billable": True,
    }
    return EventRecord(team, row["event_id"], 1, CUSTOM_EVENTS.name, day_of(at), pack(row))
