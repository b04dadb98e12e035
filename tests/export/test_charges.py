"""Charges of a day against a sum in plain Python, on both worlds."""

import json
import random
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.directory.assistants import BILLING_SETTINGS
from chalicelib.export import charges
from chalicelib.export.charges import charges_of
from chalicelib.kit.clock import day_of
from chalicelib.lake import compaction
from chalicelib.ports.documents import Record
from chalicelib.ports.events import EventRecord
from infra.local.feeder import drain
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client

TODAY = day_of(NOON)
LEGS = [
    f"{kind}_cost_nano" for kind in ("input", "output", "cache_read", "cache_creation", "media")
]


@pytest.fixture
def client(world: Any) -> Client:
    return Client(world)


def append(client: Client, number: int, table: str = "ai_events", **columns: Any) -> None:
    team, identity = client.installed.team, f"{number:032x}"
    row = {
        "event_id": identity,
        "version": 1,
        "deleted": False,
        "requested_at": NOON,
        "received_at": NOON,
        **columns,
    }
    client.world.events.append(
        team, [EventRecord(team, identity, 1, table, TODAY, json.dumps(row))]
    )


def found(client: Client) -> list[dict[str, Any]]:
    drain(client.world)
    rows = charges_of(client.world, client.installed.team, TODAY).to_pylist()
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def kinds(client: Client) -> dict[str, tuple[Any, ...]]:
    return {
        row["token_kind"]: (row["unit"], row["quantity_micro"] / 1_000_000, row.get("cost_nano"))
        for row in found(client)
    }


CALL: dict[str, Any] = {"kind": "COMPLETION", "provider": "OPENAI", "model": "gpt-4o-mini"}
TOKENS: dict[str, Any] = {
    "input_tokens": 100,
    "output_tokens": 20,
    "cache_read_tokens": 40,
    "total_tokens": 120,
}


def test_parts_of_a_call(client: Client) -> None:
    legs: dict[str, Any] = dict(zip(LEGS, (6, 5, 4, 0, None), strict=True))
    append(client, 1, **CALL, **TOKENS, **legs, cost_nano=15)
    # OpenAI's input includes what was read from the cache.
    assert kinds(client) == {
        "input": ("Tokens", 60, 6),
        "output": ("Tokens", 20, 5),
        "cache_read": ("Tokens", 40, 4),
    }


def test_a_provider_that_counts_cache_reads_beside_its_input(client: Client) -> None:
    names: dict[str, Any] = {
        "kind": "COMPLETION",
        "provider": "ANTHROPIC",
        "model": "claude-sonnet-4-5",
    }
    append(
        client,
        1,
        **names,
        **TOKENS,
        input_cost_nano=6,
        output_cost_nano=5,
        cache_read_cost_nano=4,
        cost_nano=15,
    )
    assert kinds(client)["input"] == ("Tokens", 100, 6)


def test_a_stated_total_is_not_split(client: Client) -> None:
    append(client, 1, **CALL, **TOKENS, cost_nano=99)
    assert kinds(client) == {"total": ("Tokens", 120, 99)}


def test_an_unknown_cost_is_null_and_never_nothing(client: Client) -> None:
    append(client, 1, **CALL, **TOKENS, price_status="UNPRICED")
    append(client, 2, kind="AUDIO", provider="X", model="y", price_status="UNPRICED")
    rows = found(client)
    assert [row["token_kind"] for row in rows] == ["cache_read", "input", "output", "total"]
    assert not any("cost_nano" in row for row in rows)


def test_calls_with_and_without_a_price_are_not_summed_up(client: Client) -> None:
    append(client, 1, **CALL, input_tokens=1, price_status="UNPRICED")
    append(
        client, 2, **CALL, input_tokens=1, price_status="UNPRICED", input_cost_nano=7, cost_nano=7
    )
    assert sorted(row.get("cost_nano", -1) for row in found(client)) == [-1, 7]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"images": 3}, ("Images", 3)),
        ({"seconds": 0.1, "billing_unit": "PER_MINUTE"}, ("Seconds", 0.1)),
        ({"characters": 12, "seconds": 4.0, "billing_unit": "PER_CHARACTER"}, ("Characters", 12)),
        ({"credits": 2.5, "billing_unit": "CREDITS"}, ("Credits", 2.5)),
        ({}, ("Calls", 1)),
    ],
)
def test_media(client: Client, columns: Mapping[str, Any], expected: tuple[str, float]) -> None:
    legs: dict[str, Any] = dict.fromkeys(LEGS[:4], 0)
    append(
        client,
        1,
        kind="IMAGE",
        provider="P",
        model="m",
        cost_nano=8,
        media_cost_nano=8,
        **legs,
        **columns,
    )
    assert kinds(client) == {"media": (*expected, 8)}


def test_free_calls_and_tools_are_told(client: Client) -> None:
    append(client, 1, **CALL, cost_nano=0, price_status="FREE")
    append(client, 2, "tool_events", tool_id="search", cost_nano=5)
    rows = found(client)
    assert [(row["kind"], row["model"], row["cost_nano"], row["unit"]) for row in rows] == [
        ("COMPLETION", "gpt-4o-mini", 0, "Calls"),
        ("TOOL", "search", 5, "Calls"),
    ]


def test_deleted_and_older_versions_do_not_count(client: Client) -> None:
    append(client, 1, **CALL, cost_nano=5)
    append(client, 1, **CALL, cost_nano=7)  # known: stays
    team = client.installed.team
    newer: dict[str, Any] = {
        "event_id": f"{1:032x}",
        "version": 2,
        "deleted": False,
        "requested_at": NOON,
        **CALL,
        "cost_nano": 9,
    }
    gone = newer | {"event_id": f"{2:032x}", "deleted": True}
    client.world.events.append(
        team, [EventRecord(team, newer["event_id"], 2, "ai_events", TODAY, json.dumps(newer))]
    )
    client.world.events.append(
        team, [EventRecord(team, gone["event_id"], 2, "ai_events", TODAY, json.dumps(gone))]
    )
    assert sum(row["cost_nano"] for row in found(client)) == 9


@pytest.mark.parametrize("slice_rows", [compaction.SLICE_ROWS, 7])
def test_every_nano_and_every_token_is_there_once(
    client: Client, slice_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "SLICE_ROWS", slice_rows)
    draw = random.Random(slice_rows)
    expected: Counter[str] = Counter()
    for _ in range(120):
        columns: dict[str, Any] = {
            "kind": draw.choice(["COMPLETION", "AUDIO", "IMAGE"]),
            "provider": draw.choice(["ANTHROPIC", "MISTRAL", None]),
            "model": draw.choice("abc"),
            "organization": draw.choice(["o", "p", None]),
            "output_tokens": draw.choice([0, 5, 10**12]),
            **{name: draw.choice([None, 0, draw.randrange(10**15)]) for name in LEGS},
        }
        legs = sum(columns[name] or 0 for name in LEGS)
        columns["cost_nano"] = draw.choice([None, legs, legs, draw.randrange(10**15)])
        expected["cost"] += columns["cost_nano"] or 0
        expected["unpriced"] += columns["cost_nano"] is None
        # 128 bits that spread over the slices, as hashes do.
        append(client, draw.randrange(16**32), **columns)
    for number in range(5):
        append(client, number, "tool_events", tool_id="t", cost_nano=number)
        expected["cost"] += number
    rows = found(client)
    assert sum(row.get("cost_nano", 0) for row in rows) == expected["cost"]
    assert sum(row["calls"] for row in rows if "cost_nano" not in row) >= expected["unpriced"] > 0
    assert all(row["quantity_micro"] > 0 for row in rows)
    assert all(row["priced"] is ("cost_nano" in row) for row in rows)
    keys = [(*(row.get(name) for name in charges.KEYS), row["priced"]) for row in rows]
    assert len(keys) == len(set(keys))


def test_what_is_posted_is_what_comes_out(client: Client) -> None:
    body = completion(
        1, organizationName="o", productName="p", agent="a", subscriber={"email": "s@x.io"}
    )
    assert client.post("/meter/v2/ai/completions", body).status == 201
    rows = found(client)
    assert sum(Decimal(row["cost_nano"]) for row in rows) == 210_000
    assert {
        (row["organization"], row["product"], row["agent"], row["subscriber"]) for row in rows
    } == {("o", "p", "a", "s@x.io")}


def test_what_a_flat_plan_covers_is_no_charge_as_it_is_no_cost_in_reports(client: Client) -> None:
    append(client, 1, **CALL, **TOKENS, cost_nano=5)
    append(client, 2, **CALL, **TOKENS, cost_nano=7, assistant="CURSOR")
    append(client, 3, **CALL, **TOKENS, cost_nano=9, assistant="CLAUDE_CODE")
    assert sum(row["cost_nano"] for row in found(client)) == 5
    doc = {"apiRateProviders": ["CURSOR"]}
    settings = Record(BILLING_SETTINGS, BILLING_SETTINGS, doc)
    client.world.documents.create(client.installed.team, settings)
    assert sum(row["cost_nano"] for row in found(client)) == 12
