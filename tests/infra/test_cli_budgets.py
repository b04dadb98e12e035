"""meterlake budgets, and what doctor says of them."""

import re
from pathlib import Path

import pytest

from chalicelib.budgets.generations import read_counting
from chalicelib.budgets.windows import window_at
from chalicelib.kit.clock import SECOND, now_ms
from chalicelib.ports.counters import USED
from chalicelib.ports.vitals import Reading, find_problems
from infra.local.world import build
from tests.infra.test_cli import meterlake
from tests.support.bodies import completion
from tests.support.client import Client

RULES = "/profitstream/v2/api/ai/cost-controls"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def make_rule(client: Client, **members: object) -> str:
    body = {
        "name": "a year",
        "metricType": "TOTAL_COST",
        "windowType": "YEARLY",
        "action": "BLOCK",
        "hardLimit": 100,
        **members,
    }
    return str(client.post(RULES, body).json["id"])


def meter(client: Client, *costs: float) -> None:
    for number, cost in enumerate(costs):
        agent = "ann" if number % 2 else "ben"
        body = completion(number, now_ms() - SECOND, totalCost=cost, agent=agent)
        assert client.post("/meter/v2/ai/completions", body).status == 201


def test_check_names_each_counter_that_is_wrong_and_recount_mends_it(data: Path) -> None:
    world = build(data)
    client = Client(world)
    team = client.installed.team
    meter(client, 1, 2, 4)
    rules = [make_rule(client), make_rule(client, name="each", groupBy="AGENT")]
    right = meterlake("budgets", "check", "--data", data)
    assert right.exit_code == 0, right.output
    assert re.findall(r"rule (\w+), TOTAL_COST in YEARLY:\d+: right", right.output) == sorted(rules)

    generations = read_counting(world, team).generations
    window = window_at(generations[rules[0]].rule.window, world.now())
    for rule, group in zip(rules, ("", "ann"), strict=True):
        counter = generations[rule].counter(window, group)
        world.counters.add(team, counter, {USED: 3 * 10**9}, "a fault")
    wrong = meterlake("budgets", "check", "--data", data, "--team", team)
    assert wrong.exit_code == 1
    assert wrong.output.count("1 counters differ from the lake") == 2
    assert "  10 counted, 7 in the lake" in wrong.output
    assert "  ann: 5 counted, 2 in the lake" in wrong.output

    anew = meterlake("budgets", "recount", "--data", data)
    assert f"team {team}: 2 rules are counted anew" in anew.output
    mended = meterlake("budgets", "check", "--data", data)
    assert (mended.exit_code, mended.output.count("right")) == (0, 2)


def test_an_unknown_team_is_named(data: Path) -> None:
    build(data)
    for verb in ("check", "recount"):
        answer = meterlake("budgets", verb, "--data", data, "--team", "nobody")
        assert (answer.exit_code, "'nobody'" in answer.output) == (1, True)


def test_doctor_tells_when_budgets_are_far_behind() -> None:
    assert list(find_problems(Reading(budget_lag=50_000))) == []
    assert list(find_problems(Reading(budget_lag=50_001))) == [
        "budgets are 50,001 versions of events behind the ledger"
    ]


def test_the_lag_of_budgets_is_what_they_have_yet_to_count(data: Path) -> None:
    world = build(data)
    meter(Client(world), 1, 2)
    assert world.vitals.read().budget_lag == 2
    meterlake("budgets", "check", "--data", data)
    assert world.vitals.read().budget_lag == 0
