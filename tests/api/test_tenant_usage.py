"""GET /profitstream/v2/api/tenants/{id}/usage: one sum over all teams, in few statements."""

from dataclasses import replace

import pytest

from chalicelib.events import tenant_cost
from chalicelib.identity.key_service import create_key
from chalicelib.identity.keys import KeyKind
from chalicelib.identity.service import create_team
from chalicelib.lake.compaction import compact_day
from chalicelib.lake.days import open_days
from chalicelib.lake.gaps import HEADER
from chalicelib.lake.rebuild import rebuild_day
from chalicelib.metering.revisions import void
from chalicelib.ports.engine import Result, Statement
from chalicelib.ports.world import World
from infra.local.feeder import drain
from tests.support.bodies import completion
from tests.support.client import Client


class Counting:
    """An engine that counts its statements."""

    def __init__(self, world: World) -> None:
        self._engine, self.asked = world.engine, 0

    def run(self, team: str, statement: Statement) -> Result:
        self.asked += 1
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
