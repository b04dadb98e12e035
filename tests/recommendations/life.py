"""Made-up lives: four weeks of a team that wastes nothing, and wastes planted into it, each so that
one investigator alone should see it.

Every call is rated by the little book, as if it had been metered.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import pyarrow as pa

from chalicelib.assistants.contribution_days import write_day
from chalicelib.assistants.contribution_records import Contribution
from chalicelib.assistants.subscription_records import SUBSCRIPTION
from chalicelib.directory.exchange import Rates
from chalicelib.kit.clock import DAY, HOUR, MINUTE, SECOND, day_of
from chalicelib.kit.ids import event_id
from chalicelib.kit.windows import Window
from chalicelib.lake.parquet import encode, schema_of
from chalicelib.lake.tables import CHARGES
from chalicelib.lake.writer import write
from chalicelib.metering.rows import cost_columns, usage_of
from chalicelib.ports.documents import Record
from chalicelib.ports.events import EventRecord
from chalicelib.ports.lake import LakePath
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.pricing.rating import rate
from chalicelib.providers.days import write_days
from chalicelib.providers.lines import BilledLine
from chalicelib.providers.records import Connection
from chalicelib.providers.vocabulary import BillingProvider
from tests.lake.samples import NOON, batch
from tests.pricing.pins import little_book

DAYS = 28
END = NOON - NOON % DAY
START = END - DAYS * DAY
WINDOW = Window(START, END - 1)
AGENTS = {
    "support": ("answer", "OPENAI", "gpt-4.1"),
    "coder": ("write-code", "ANTHROPIC", "claude-sonnet-4-5"),
    "analyst": ("summarize", "GOOGLE", "gemini-2.5-flash"),
    "planner": ("plan", "OPENAI", "gpt-4.1"),
    "writer": ("draft", "ANTHROPIC", "claude-haiku-4-5"),
}
"""Agents, and what each does with which model."""
CUSTOMERS, KEYS = 6, 5
_A_DAY = 14
"""Calls of an agent."""
_CHUNK = 5_000


class Life:
    """Calls of one team, in memory until they are written."""

    def __init__(self, world: World, team: str, seed: int = 1) -> None:
        self.world, self.team = world, Scope(team)
        self.rng = Random(seed)
        self.rows: list[dict[str, Any]] = []
        self.tools: list[dict[str, Any]] = []
        self.revenue: dict[int, int] = {}
        self.seats: dict[str, tuple[int, str]] = {}
        """How many an assistant has, and the price of one, USD."""
        self.people: list[str] = []
        """Who uses Claude Code."""
        self.unmetered: dict[str, int] = {}
        """Nano-USD a day that a provider bills beside what was metered."""
        self._number = 0

    def call(self, agent: str = "support", at: int | None = None, **columns: Any) -> dict[str, Any]:
        """A call of an agent, as it usually makes them but for some columns."""
        task, provider, model = AGENTS.get(agent, AGENTS["support"])
        customer = self._number % CUSTOMERS
        tokens_in, tokens_out = self.rng.randint(400, 1_600), self.rng.randint(300, 900)
        row = {
            "transaction_id": f"call-{self._number}",
            "kind": "COMPLETION",
            "requested_at": at or START + self.rng.randrange(DAYS * DAY),
            "provider": provider,
            "model": model,
            "agent": agent,
            "task_type": task,
            "organization_id": f"org{customer}",
            "organization": f"Customer {customer}",
            "credential_id": f"key{self._number % KEYS}",
            "credential": f"Key {self._number % KEYS}",
            "trace_id": f"trace-{self._number}",
            "input_tokens": tokens_in,
            "output_tokens": tokens_out,
            "is_streamed": True,
            "stop_reason": "END",
            **columns,
        }
        self._number += 1
        cached = (row.get("cache_read_tokens") or 0) + (row.get("cache_creation_tokens") or 0)
        beside = cached if row["provider"] == "ANTHROPIC" else 0
        row["total_tokens"] = row["input_tokens"] + row["output_tokens"] + beside
        cost = rate(usage_of(row, {}), little_book())
        row |= {name: value for name, value in cost_columns(cost).items() if name not in columns}
        self.rows.append(row)
        return row

    def tool(self, agent: str, cost_nano: int) -> None:
        """A call of a tool."""
        at = START + self.rng.randrange(DAYS * DAY)
        self.tools.append(
            {
                "transaction_id": f"tool-{len(self.tools)}",
                "requested_at": at,
                "tool_id": "search",
                "agent": agent,
                "organization_id": f"org{len(self.tools) % CUSTOMERS}",
                "organization": f"Customer {len(self.tools) % CUSTOMERS}",
                "is_success": True,
                "cost_nano": cost_nano,
            }
        )

    def write(self) -> None:
        """Put all of it into the lake."""
        records = [
            *(self._record("ai_events", row) for row in self.rows),
            *(self._record("tool_events", row) for row in self.tools),
        ]
        for start in range(0, len(records), _CHUNK):
            some = records[start : start + _CHUNK]
            write(self.world, batch(*some, first=f"{start:09}"))
        self._write_revenue()
        self._write_seats()
        for provider in self.unmetered:
            self._write_bill(provider)

    def _write_seats(self) -> None:
        for assistant, (seats, price) in self.seats.items():
            doc = {"tiers": [{"tier": "pro", "seats": seats, "perSeatCost": price}]}
            self.world.documents.create(self.team, Record(SUBSCRIPTION, assistant, doc))
        for number, email in enumerate(self.people):
            row = Contribution(email=email, sessions=1)
            write_day(self.world, self.team, day_of(START + number * DAY), [row])

    def _write_bill(self, provider: str) -> None:
        """A line a day: what was metered, and what was not."""
        billed = dict.fromkeys(WINDOW.days(), self.unmetered[provider])
        for row in self.rows:
            if row["provider"].lower() == provider:
                billed[day_of(row["requested_at"])] += row.get("cost_nano") or 0
        named = BillingProvider(provider)
        connection = Connection(provider, Scope("tenant"), self.team, provider, named, "", "", "")
        lines = [
            BilledLine(day=day, cost_type="tokens", amount_nano=nano)
            for day, nano in billed.items()
        ]
        write_days(self.world, connection, list(billed), lines, Rates({}))

    def _record(self, table: str, row: Mapping[str, Any]) -> EventRecord:
        identity = event_id(self.team, table, row["transaction_id"])
        head = {"event_id": identity, "version": 1, "deleted": False}
        body = {**head, "received_at": row["requested_at"] + SECOND, "channel": "REST", **row}
        text = json.dumps({name: value for name, value in body.items() if value is not None})
        day = day_of(row["requested_at"])
        return EventRecord(self.team, identity, 1, table, day, text)

    def _write_revenue(self) -> None:
        rows = [
            {
                "charge_id": f"charge-{customer}",
                "earned_at": START,
                "type": "USAGE",
                "currency": "USD",
                "amount_nano": amount,
                "usd_nano": amount,
                "organization_id": f"org{customer}",
                "organization": f"Customer {customer}",
            }
            for customer, amount in self.revenue.items()
        ]
        table = pa.Table.from_pylist(rows, schema_of(CHARGES))
        path = LakePath(CHARGES.name, day_of(START), "charges.parquet")
        self.world.lake.put(self.team, path, encode(table))

    def spend(self) -> int:
        """What all calls cost, those of tools included."""
        return sum(row.get("cost_nano") or 0 for row in (*self.rows, *self.tools))


def clean_life(world: World, team: str, seed: int = 1) -> Life:
    """A life without waste: a model a task, small prompts, failures few and even, tools cheap,
    customers that pay what they cost and more, a seat for each who uses it, and a bill of what was
    metered."""
    life = Life(world, team, seed)
    for agent in AGENTS:
        for number in range(_A_DAY * DAYS):
            at = START + number % DAYS * DAY + life.rng.randrange(DAY)
            if number % 97 == 5:
                life.call(agent, at, stop_reason="ERROR", output_tokens=0, input_tokens=0)
            else:
                life.call(agent, at, is_streamed=number % 3 > 0)
        for _ in range(20):
            life.tool(agent, 1_000_000)
    life.revenue = dict.fromkeys(range(CUSTOMERS), 500 * 10**9)
    life.seats = {"claude-code": (3, "20.15")}
    life.people = ["ann@x.example", "bob@x.example", "cy@x.example"]
    life.unmetered = {"anthropic": 0}
    return life


def _spread(life: Life, count: int, **columns: Any) -> Iterator[dict[str, Any]]:
    """Calls of all agents in turn, on all days."""
    agents = list(AGENTS)
    for number in range(count):
        at = START + number % DAYS * DAY + life.rng.randrange(DAY)
        yield life.call(agents[number % len(agents)], at, **columns)


def plant_retries(life: Life) -> None:
    """Of every agent, 60 calls fail, are charged, and are made again."""
    for row in list(_spread(life, 300, stop_reason="ERROR", input_tokens=1_500, output_tokens=900)):
        again = {name: row[name] for name in ("trace_id", "input_tokens", "output_tokens")}
        life.call(row["agent"], row["requested_at"] + SECOND, **again)


def plant_loop(life: Life) -> None:
    """In ten traces the support agent sends the very same prompt forty times."""
    for number in range(10):
        at = START + number * 2 * DAY + life.rng.randrange(DAY)
        for turn in range(40):
            life.call("support", at + turn * SECOND, trace_id=f"loop-{number}", input_tokens=1_111)


def plant_outdated(life: Life) -> None:
    """All have a task that they do with gpt-4o."""
    list(
        _spread(
            life, 400, task_type="extract", provider="OPENAI", model="gpt-4o", output_tokens=2_500
        )
    )


def _list_times(life: Life, count: int) -> Iterator[int]:
    """Instants on all days."""
    for number in range(count):
        yield START + number % DAYS * DAY + life.rng.randrange(DAY)


def plant_dearer(life: Life) -> None:
    """One task is done by gpt-4.1 and by gpt-4o-mini, with equal success."""
    for number, at in enumerate(_list_times(life, 600)):
        model = "gpt-4.1" if number % 2 else "gpt-4o-mini"
        life.call("planner", at, task_type="classify", model=model)


def plant_uncached(life: Life) -> None:
    """The writer sends long prompts in bursts, and none is cached."""
    for day in range(DAYS):
        at = START + day * DAY + life.rng.randrange(20) * HOUR
        for number in range(30):
            life.call(
                "writer",
                at + number * 5 * SECOND,
                task_type="review",
                input_tokens=life.rng.randint(8_000, 9_000),
            )


def plant_unread(life: Life) -> None:
    """The coder and the writer cache prompts that come once an hour."""
    for number in range(300):
        at = START + number % DAYS * DAY + (number // DAYS * 2 + number % 2) * HOUR
        life.call(
            ("coder", "writer")[number % 2], at + life.rng.randrange(MINUTE), task_type="check",
            provider="ANTHROPIC", model="claude-sonnet-4-5", input_tokens=200,
            cache_creation_tokens=9_000, output_tokens=100,
        )  # fmt: skip


def plant_batchable(life: Life) -> None:
    """Each night at three the analyst and the writer go through the day."""
    for number in range(700):
        at = START + number % DAYS * DAY + 3 * HOUR + life.rng.randrange(HOUR)
        life.call(
            ("analyst", "writer")[number // DAYS % 2], at, task_type="digest", is_streamed=False,
            provider="OPENAI", model="gpt-4.1", output_tokens=1_500,
        )  # fmt: skip


def plant_long(life: Life) -> None:
    """Claude Sonnet is sent whole books, by everybody."""
    list(
        _spread(
            life, 100, provider="ANTHROPIC", model="claude-sonnet-4-5", input_tokens=230_000,
            task_type=None,
        )
    )  # fmt: skip


def plant_tier(life: Life) -> None:
    """Programs call gpt-4.1 in the tier for people in a hurry."""
    list(
        _spread(
            life, 300, provider="OPENAI", model="gpt-4.1", service_tier="priority",
            is_streamed=False, output_tokens=1_200,
        )
    )  # fmt: skip


def plant_unused(life: Life) -> None:
    """The planner writes pages, of which the next call takes a line."""
    for number, at in enumerate(_list_times(life, 100)):
        long = life.call(
            "planner", at, trace_id=f"pages-{number}", output_tokens=4_000, task_type="outline"
        )
        life.call(
            "support", at + MINUTE, trace_id=f"pages-{number}", input_tokens=400,
            parent_transaction_id=long["transaction_id"],
        )  # fmt: skip


def plant_concentration(life: Life) -> None:
    """The coder does most of the work."""
    for at in _list_times(life, 2_000):
        life.call("coder", at, output_tokens=900)


def plant_unpriced(life: Life) -> None:
    """A model that no list has."""
    list(_spread(life, 200, model="mystery-9", provider="NOBODY"))


def plant_untagged(life: Life) -> None:
    """Calls that name nobody."""
    nobody = dict.fromkeys(("task_type", "organization_id", "organization"))
    for row in list(_spread(life, 500, output_tokens=900, **nobody)):
        row["agent"] = None


def plant_loss(life: Life) -> None:
    """A customer pays ten cents."""
    life.revenue[3] = 10**8


def plant_tools(life: Life) -> None:
    """The analyst's tools are dear."""
    for _ in range(100):
        life.tool("analyst", 50_000_000)


def plant_errors(life: Life) -> None:
    """A third of what the planner asks fails, and costs nothing."""
    for at in _list_times(life, 200):
        life.call("planner", at, stop_reason="ERROR", input_tokens=0, output_tokens=0)


def plant_seats(life: Life) -> None:
    """Seven seats are paid, and three people use one."""
    life.seats["claude-code"] = (7, "20.15")


def plant_bill(life: Life) -> None:
    """A program that nobody meters buys of Anthropic for 30 cents a day."""
    life.unmetered["anthropic"] = 300_000_000


PLANTS: Mapping[str, Callable[[Life], None]] = {
    "retry_waste": plant_retries,
    "agent_loop": plant_loop,
    "outdated_model": plant_outdated,
    "dearer_model": plant_dearer,
    "uncached_prompts": plant_uncached,
    "unread_cache": plant_unread,
    "batchable": plant_batchable,
    "long_context": plant_long,
    "service_tier": plant_tier,
    "unused_output": plant_unused,
    "concentration": plant_concentration,
    "unpriced_spend": plant_unpriced,
    "untagged_spend": plant_untagged,
    "negative_margin": plant_loss,
    "tool_cost": plant_tools,
    "error_concentration": plant_errors,
    "unused_seats": plant_seats,
    "unmetered_bill": plant_bill,
}
"""A waste by the investigator that should see it."""
