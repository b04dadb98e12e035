"""Traces of every shape, as they were metered for one team, and a plain look at them."""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from chalicelib.kit.clock import DAY, HOUR, day_of
from chalicelib.kit.ids import event_id
from chalicelib.lake.compaction import compact_day
from chalicelib.lake.rolling import roll_day
from chalicelib.lake.writer import write
from chalicelib.ports.events import EventRecord
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from tests.lake.samples import NOON, batch

AGENTS = ["planner", "coder", "critic", "Ä%_'", None]
MODELS = [("gpt", "OPENAI"), ("opus", "ANTHROPIC"), (None, None)]
TYPES = ["chat", "batch", None]
DAYS = 5


def call(rng: Random, trace: str, number: int, before: Sequence[str]) -> dict[str, Any]:
    model, provider = rng.choice(MODELS)
    took = rng.choice([None, 0, 40, 900, 5_000])
    return {
        "transaction_id": f"{trace}/{number}",
        "kind": "COMPLETION",
        "trace_id": trace,
        "parent_transaction_id": rng.choice([None, "nobody", *before[-3:]]),
        "agent": rng.choice(AGENTS),
        "model": model,
        "provider": provider,
        "task_type": rng.choice(["plan", "write", None]),
        "transaction_name": rng.choice(["step", None]),
        "environment": rng.choice(["prod", None]),
        "middleware_source": "sdk",
        "duration_ms": took,
        "cost_nano": rng.choice([None, 0, 7, 2_000_000_000, 60_000_000_000]),
        "input_tokens": rng.choice([None, 3, 100]),
        "output_tokens": rng.choice([None, 1, 50]),
        "total_tokens": rng.choice([None, 4, 150]),
        "retry_number": rng.choice([None, 0, 2]),
        "error_reason": rng.choice([None, None, None, "timeout"]),
        "stop_reason": rng.choice(["END", "ERROR", None]),
        "organization": rng.choice(["Halden", None]),
        "subscriber_email": rng.choice(["ida@halden.example", None]),
    }


class Runs:
    """What was written for one team, and a plain look at it."""

    def __init__(self, world: World, team: str, traces: int = 40, seed: int = 3) -> None:
        self.world, self.team = world, Scope(team)
        self.records: list[EventRecord] = []
        self._newest: dict[str, dict[str, Any]] = {}
        rng = Random(seed)
        for number in range(traces):
            self._add_trace(rng, f"run{number:03}")

    def _add_trace(self, rng: Random, trace: str) -> None:
        at = NOON - rng.randrange(DAYS) * DAY + rng.randrange(HOUR)
        kind, name = rng.choice(TYPES), rng.choice([None, f"name of {trace}"])
        shape = rng.choice([None, 0, 1])  # a wood, calls without parents, or a chain
        ids: list[str] = []
        for number in range(rng.choice([1, 2, 5, 9])):
            row = call(rng, trace, number, ids)
            ids.append(row["transaction_id"])
            row |= {"trace_type": kind, "trace_name": name}
            if shape is not None:
                row["parent_transaction_id"] = ids[-2] if shape and number else None
            self.add(at, row, deleted=rng.random() < 0.1)
            at += rng.choice([0, 30, 1_000, 9 * HOUR])

    def add(self, at: int, row: dict[str, Any], *, deleted: bool = False) -> None:
        """A call that was corrected once, and then taken back when it is `deleted`."""
        identity = event_id(self.team, row["kind"], row["transaction_id"])
        took = row.get("duration_ms")
        ended = {} if took is None else {"responded_at": at + took}
        for version in (1, 2, 3) if deleted else (1, 2):
            body = {
                "event_id": identity,
                "version": version,
                "deleted": version == 3,
                "requested_at": at,
                "received_at": at + 5,
                "channel": "REST",
                **ended,
                **row,
            }
            if version == 1:
                body |= {"cost_nano": 999, "agent": "wrong", "trace_type": "wrong"}
            told = {name: value for name, value in body.items() if value is not None}
            self._newest[identity] = told
            self.records.append(
                EventRecord(self.team, identity, version, "ai_events", day_of(at), json.dumps(told))
            )

    def write(self) -> None:
        half = len(self.records) // 2
        self.world.events.append(self.team, self.records)
        for number, some in enumerate((self.records[:half], self.records[half:])):
            if some:
                write(self.world, batch(*some, first=str(number)))

    def settle(self, days: Sequence[str]) -> None:
        for day in days:
            compact_day(self.world, self.team, "ai_events", day)
            roll_day(self.world, self.team, day)

    @property
    def traces(self) -> dict[str, list[dict[str, Any]]]:
        """The calls that live, by trace, in the order of time."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in sorted(self._newest.values(), key=lambda row: row["requested_at"]):
            if not row["deleted"]:
                found.setdefault(row["trace_id"], []).append(row)
        return found


def begun(calls: Sequence[dict[str, Any]]) -> int:
    return min(row["requested_at"] for row in calls)


def ended(calls: Sequence[dict[str, Any]]) -> int:
    last = max(row.get("responded_at", row["requested_at"]) for row in calls)
    return max(last, begun(calls))


def has_failed(row: dict[str, Any]) -> bool:
    return "error_reason" in row or "error_code" in row or row.get("stop_reason") == "ERROR"


def add_up(calls: Sequence[dict[str, Any]], column: str) -> int:
    return sum(row.get(column, 0) for row in calls)


STATES: dict[str, Callable[[Runs], None]] = {
    "dirty": lambda _: None,
    "half settled": lambda it: it.settle([day_of(NOON - DAY), day_of(NOON - 3 * DAY)]),
    "settled": lambda it: it.settle([day_of(NOON + DAY - late * DAY) for late in range(DAYS + 2)]),
}
