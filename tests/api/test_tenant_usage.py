"""GET /profitstream/v2/api/tenants/{id}/usage: one sum over all teams, in few statements."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from chalicelib.events import tenant_cost
from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind
from chalicelib.identity.service import create_team
from chalicelib.kit.clock import DAY as DAY_MS
from chalicelib.kit.clock import day_of
from chalicelib.kit.money import NANO
from chalicelib.lake.compaction import compact_day
from chalicelib.lake.days import KIND, open_days, read_states
from chalicelib.lake.gaps import HEADER
from chalicelib.lake.rebuild import rebuild_day
from chalicelib.lake.rolling import roll_day
from chalicelib.lake.writer import write
from chalicelib.metering.revisions import void
from chalicelib.ports.engine import Result, Statement
from chalicelib.ports.events import EventRecord
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import amend
from infra.local.feeder import drain
from tests.lake.samples import NOON, batch, event
from tests.support.bodies import completion
from tests.support.client import Client

AI, DAILY = "ai_events", "rollup_daily"
DAYS = [day_of(NOON - number * DAY_MS) for number in range(9, -1, -1)]


class Counting:
    """An engine that counts its statements."""

    def __init__(self, world: World) -> None:
        self._engine, self.asked = world.engine, 0
        self.texts: list[str] = []

    def run(self, team: str, statement: Statement) -> Result:
        self.asked += 1
        self.texts.append(statement.sql)
        return self._engine.run(team, statement)


@pytest.mark.parametrize(("at_once", "statements"), [(250, 1), (3, 2), (1, 5)])
def test_all_teams_are_summed_up_by_few_statements(
    client: Client, monkeypatch: pytest.MonkeyPatch, at_once: int, statements: int
) -> None:
    """Five teams, the tenant's first among them; whatever is read does not grow with them."""
    monkeypatch.setattr(tenant_cost, "_TEAMS_AT_ONCE", at_once)
    installed = client.installed
    client.post("/meter/v2/ai/completions", completion(1))
    for number in range(4):
        team = create_team(client.world, installed.tenant, f"Team {number}")
        _, key = create_key(client.world, installed.tenant, team, "k", KeyKind.METERING)
        answer = client.post("/meter/v2/ai/completions", completion(number), x_api_key=key)
        assert answer.status == 201
    stranger = Client(client.world)
    stranger.post("/meter/v2/ai/completions", completion(1))
    drain(client.world)
    engine = Counting(client.world)
    asking = Client(replace(client.world, engine=engine), installed)
    path = f"/profitstream/v2/api/tenants/{installed.tenant}/usage"
    assert asking.get(path).body == b'"0.00105"'
    assert engine.asked == statements


def test_a_team_is_summed_up_again_when_its_days_have_changed(client: Client) -> None:
    """Written to, taken back, compacted: each of it is seen; nothing new costs no statement."""
    world, installed = client.world, client.installed
    engine = Counting(world)
    asking = Client(replace(world, engine=engine), installed)
    path = f"/profitstream/v2/api/tenants/{installed.tenant}/usage"

    def ask() -> tuple[bytes, int]:
        before = engine.asked
        return asking.get(path).body, engine.asked - before

    made = client.post("/meter/v2/ai/completions", completion(1)).json
    drain(world)
    assert [ask(), ask()] == [(b'"0.00021"', 1), (b'"0.00021"', 0)]
    client.post("/meter/v2/ai/completions", completion(2))
    drain(world)
    assert [ask(), ask()] == [(b'"0.00042"', 1), (b'"0.00042"', 0)]
    void(world, installed.team, [made["id"]])
    drain(world)
    assert [ask(), ask()] == [(b'"0.00021"', 1), (b'"0.00021"', 0)]
    (day,) = {file.path.day for file in world.lake.list(installed.team, "ai_events")}
    compact_day(world, installed.team, "ai_events", day)
    assert ask() == (b'"0.00021"', 1)
    open_days(world, installed.team, "ai_events", [day], "somebody")
    assert [ask(), ask()] == [(b'"0.00021"', 1), (b'"0.00021"', 1)]  # a file may be on its way


def test_a_damaged_file_of_one_team_costs_that_file_alone(client: Client) -> None:
    installed = client.installed
    client.post("/meter/v2/ai/completions", completion(1))
    team = create_team(client.world, installed.tenant, "Other")
    _, key = create_key(client.world, installed.tenant, team, "k", KeyKind.METERING)
    client.post("/meter/v2/ai/completions", completion(2), x_api_key=key)
    drain(client.world)
    (file,) = client.world.lake.list(team, "ai_events")
    client.world.lake.put(team, file.path, b"rubbish")
    path = f"/profitstream/v2/api/tenants/{installed.tenant}/usage"
    for _ in range(2):
        answer = client.get(path)
        assert answer.body == b'"0.00021"'
        assert answer.headers[HEADER] == file.path.day
    assert HEADER not in client.get(path, {"endDate": "2026-01-01"}).headers
    rebuild_day(client.world, team, file.path.day)
    answer = client.get(path)
    assert (answer.body, HEADER in answer.headers) == (b'"0.00042"', False)


def list_versions(team: str, random: Random) -> Iterator[EventRecord]:
    """Calls of ten days: some of unknown cost, some no completions, some corrected to another cost
    or to none, or taken back."""
    for number in range(60):
        at = NOON - number % len(DAYS) * DAY_MS
        columns: dict[str, Any] = {"kind": random.choice(["COMPLETION"] * 4 + ["IMAGE"])}
        columns["provider"] = random.choice(["OPENAI", "ANTHROPIC", None])
        for version in range(1, random.choice([2, 2, 2, 3, 4])):
            cost = random.choice([None, random.randrange(10**12), 2**62 // 1_000])
            deleted = version > 1 and random.random() < 0.4
            yield event(team, f"t{number}", version, at, **columns, cost_nano=cost, deleted=deleted)


def sum_newest(versions: Sequence[EventRecord]) -> int:
    """What completions cost, nano-USD, by the newest version of each."""
    newest = {each.event_id: json.loads(each.body) for each in versions}
    told = [each for each in newest.values() if not each["deleted"]]
    return sum(each.get("cost_nano", 0) for each in told if each["kind"] == "COMPLETION")


def forget_costs(world: World, team: Scope, days: Sequence[str]) -> None:
    """Leave days as an earlier version has rolled them up."""

    def change(doc: dict[str, Any]) -> dict[str, Any]:
        for day in days:
            del doc["days"][day]["sums"]
            doc["days"][day]["costs"] = {"COMPLETION": 7}
        return doc

    amend(world.documents, team, KIND, f"{AI}.{days[0][:7]}", change)


def each_day(
    teams: Sequence[Scope], days_a_team: int, work: Callable[[Scope, str], object]
) -> None:
    """Do something to the first days of teams, of each so many more than of the one before it."""
    for number, team in enumerate(teams):
        for day in DAYS[: days_a_team * number]:
            work(team, day)


def test_the_sum_is_the_same_from_events_rollups_and_states(client: Client) -> None:
    """Four teams over ten days, of which ever more are clean, rolled up, and told by their
    states; late corrections make some dirty again. To the last nano at every step."""
    world, installed = client.world, client.installed
    teams = [create_team(world, installed.tenant, f"Team {number}") for number in range(4)]
    random = Random(7)
    versions: list[EventRecord] = []
    for team in teams:
        made = list(list_versions(team, random))
        versions += made
        for number in range(0, len(made), 20):
            write(world, batch(*made[number : number + 20], first=f"{number:04}", shard=team))
    engine = Counting(world)
    asking = Client(replace(world, engine=engine), installed)
    path = f"/profitstream/v2/api/tenants/{installed.tenant}/usage"

    def check(statements: int, *tables: str) -> None:
        before = engine.asked
        total = Decimal(asking.get(path, {"startDate": DAYS[0], "endDate": DAYS[-1]}).json)
        assert total * NANO == sum_newest(versions)
        read = {each for text in engine.texts[before:] for each in (AI, DAILY) if each in text}
        assert (engine.asked - before, read) == (statements, set(tables))

    check(1, AI)
    each_day(teams, 3, lambda team, day: compact_day(world, team, AI, day))
    check(1, AI)
    each_day(teams, 2, lambda team, day: roll_day(world, team, day))
    check(1, AI)
    each_day(teams, 1, lambda team, day: forget_costs(world, team, [day]))
    check(1, AI, DAILY)
    for number, team in enumerate(teams):
        late = [
            event(team, f"t{9 - number}", 9, NOON - (9 - number) * DAY_MS, cost_nano=None),
            event(team, "late", 1, NOON - 9 * DAY_MS, kind="COMPLETION", cost_nano=3),
        ]
        versions += late
        write(world, batch(*late, first="9999", shard=team))
    check(1, AI, DAILY)
    each_day(teams[::-1], 4, lambda team, day: compact_day(world, team, AI, day))
    each_day(teams[::-1], 4, lambda team, day: roll_day(world, team, day))
    check(1, AI)
    every = [teams[0], *teams]
    each_day(every, 10, lambda team, day: compact_day(world, team, AI, day))
    each_day(every, 10, lambda team, day: roll_day(world, team, day))
    check(0)


def test_a_day_that_is_rolled_costs_no_statement(client: Client) -> None:
    world, installed = client.world, client.installed
    client.post("/meter/v2/ai/completions", completion(1))
    drain(world)
    (day,) = {file.path.day for file in world.lake.list(installed.team, AI)}
    compact_day(world, installed.team, AI, day)
    roll_day(world, installed.team, day)
    engine = Counting(world)
    asking = Client(replace(world, engine=engine), installed)
    path = f"/profitstream/v2/api/tenants/{installed.tenant}/usage"
    assert (asking.get(path).body, engine.asked) == (b'"0.00021"', 0)
    assert read_states(world, installed.team, AI, [day])[day].sums == {
        "COMPLETION": [1, 1, 210_000]
    }


def test_a_damaged_rollup_is_left_for_the_events(client: Client) -> None:
    world, installed = client.world, client.installed
    client.post("/meter/v2/ai/completions", completion(1))
    drain(world)
    (day,) = {file.path.day for file in world.lake.list(installed.team, AI)}
    compact_day(world, installed.team, AI, day)
    roll_day(world, installed.team, day)
    forget_costs(world, installed.team, [day])
    (file,) = world.lake.list(installed.team, DAILY)
    world.lake.put(installed.team, file.path, b"rubbish")
    answer = client.get(f"/profitstream/v2/api/tenants/{installed.tenant}/usage")
    assert (answer.body, HEADER in answer.headers) == (b'"0.00021"', False)


def test_what_no_figure_has_is_counted_beside_it(client: Client) -> None:
    """Calls without a price, and those of assistants under a flat plan: of all teams, from events,
    from rollups and from states."""
    world, installed = client.world, client.installed
    team = create_team(world, installed.tenant, "Other")
    for each, number in ((installed.team, 1), (team, 2)):
        rows = [
            event(each, "priced", kind="COMPLETION", cost_nano=number * 10**9),
            event(each, "unpriced", kind="COMPLETION"),
            event(each, "image", kind="IMAGE"),
            *(
                event(each, f"a{n}", kind="COMPLETION", cost_nano=5, assistant="CLAUDE_CODE")
                for n in range(number)
            ),
        ]
        write(world, batch(*rows, shard=each))
    settings = f"/profitstream/v2/api/teams/{installed.team}/settings/coding-assistant-filter"
    body = json.dumps({"apiRateProviders": ["claude-code"]}).encode()
    assert client.send("PUT", settings, body, None, {}).status == 200
    path = f"/profitstream/v2/api/tenants/{installed.tenant}/usage"

    def check() -> None:
        answer = client.get(path, {"startDate": DAYS[0], "endDate": DAYS[-1]})
        told = {name: value for name, value in answer.headers.items() if "Meterlake" in name}
        assert (answer.json, told) == (
            "3.000000005",
            {
                "X-Meterlake-Unpriced-Calls": "2/5",
                "X-Meterlake-Flat-Plan-Calls": "CLAUDE_CODE=2",
            },
        )

    check()
    for each in (installed.team, team):
        compact_day(world, each, AI, DAYS[-1])
        roll_day(world, each, DAYS[-1])
    check()
    for each in (installed.team, team):
        forget_costs(world, each, [DAYS[-1]])
    check()
