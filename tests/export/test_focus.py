"""Exported rows obey the rules of FOCUS 1.2, whatever the calls were."""

import random
from typing import Any

import pytest

from chalicelib.export.focus import COLUMNS
from chalicelib.ports.world import World
from infra.local.feeder import drain
from tests.export.focus_rules import RULES, faults
from tests.export.test_charges import LEGS, TODAY, append
from tests.export.test_files import run, sheet
from tests.support.bodies import completion
from tests.support.client import Client


def anything(draw: random.Random) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "kind": draw.choice(["COMPLETION", "AUDIO", "IMAGE", "VIDEO"]),
        "provider": draw.choice(["ANTHROPIC", "OPENAI", None]),
        "model": draw.choice(["gpt-4o-mini", "claude-sonnet-4-5", None]),
        "model_source": draw.choice(["MISTRAL", None]),
        "region": draw.choice(["eu-west-1", None]),
        "organization": draw.choice(['Ünïon "A"', None]),
        "pricing_tier": draw.choice(["BATCH", None]),
        "input_tokens": draw.choice([None, 0, 7, 10**12]),
        "output_tokens": draw.choice([0, 3]),
        "cache_read_tokens": draw.choice([None, 5]),
        "images": draw.choice([None, 0, 3]),
        "seconds": draw.choice([None, 0.000001, 1.7]),
        **{name: draw.choice([None, 0, 1, draw.randrange(10**15)]) for name in LEGS},
    }
    legs = sum(columns[name] or 0 for name in LEGS)
    return columns | {"cost_nano": draw.choice([None, legs, legs, draw.randrange(10**15)])}


@pytest.mark.parametrize("seed", range(3))
def test_every_row_obeys_focus(local_world: World, seed: int) -> None:
    client, draw = Client(local_world), random.Random(seed)
    for number in range(60):
        append(client, number, **anything(draw))
    for number, cost in enumerate((None, 0, 5)):
        append(
            client,
            100 + number,
            "tool_events",
            tool_id=draw.choice(["search", None]),
            cost_nano=cost,
        )
    assert (
        client.post(
            "/meter/v2/ai/completions", completion(1, organizationName="o", agent="a")
        ).status
        == 201
    )
    drain(client.world)
    run(client, "focus", [TODAY])
    rows = sheet(client)
    assert {row["x_CostStatus"] for row in rows} == {"Known", "Unknown"}
    assert [fault for row in rows for fault in faults(row)] == []


def test_the_columns_are_those_of_the_rules() -> None:
    assert {column.name for column in COLUMNS if not column.name.startswith("x_")} == set(RULES)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"BilledCost": ""}, "BilledCost is null"),
        ({"BilledCost": "1e-7"}, "BilledCost is no Decimal: 1e-7"),
        ({"ListUnitPrice": "1"}, "ListUnitPrice times PricingQuantity is not ListCost"),
        ({"ChargeFrequency": "Daily"}, "ChargeFrequency may not be Daily"),
        (
            {"ServiceSubcategory": "Other (Other)"},
            "ServiceSubcategory is of another ServiceCategory",
        ),
        ({"Tags": '{"a": [1]}'}, 'Tags has more than scalars: {"a": [1]}'),
        ({"ResourceType": ""}, "ResourceId without ResourceType"),
        ({"Model": "m"}, "Model is no column"),
    ],
)
def test_the_rules_can_be_broken(local_world: World, wrong: dict[str, str], fault: str) -> None:
    client = Client(local_world)
    assert client.post("/meter/v2/ai/completions", completion(1)).status == 201
    drain(client.world)
    run(client, "focus", [TODAY])
    row = next(row for row in sheet(client) if row["x_CostStatus"] == "Known")
    assert list(faults(row)) == []
    assert fault in list(faults(row | wrong))
