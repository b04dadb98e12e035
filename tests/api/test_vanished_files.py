"""A file that vanished is known to the first answer without it, where the engine lists files."""

import pytest

from chalicelib.kit.clock import DAY, day_of, iso
from chalicelib.lake.compaction import compact_due
from chalicelib.lake.days import read_states
from chalicelib.lake.gaps import HEADER
from chalicelib.lake.rolling import roll_due
from chalicelib.lake.tables import ROLLUP_DAILY
from chalicelib.ports.world import World
from infra.local.feeder import drain
from tests.conftest import NOON
from tests.support.bodies import completion
from tests.support.client import Client

pytestmark = pytest.mark.parametrize("world", ["local"], indirect=True)
PAST, TODAY = day_of(NOON - DAY), day_of(NOON)
CALL = 210_000


@pytest.fixture
def client(world: World) -> Client:
    """Two calls yesterday in two files, one today."""
    client = Client(world)
    for number, at in enumerate((NOON - DAY, NOON - DAY, NOON)):
        assert client.post("/meter/v2/ai/completions", completion(number, at)).status == 201
        drain(world)
    return client


def ask(client: Client) -> tuple[int, str | None]:
    """What all calls cost, nano-USD, and the days that are told to miss something."""
    window = {"startDate": iso(NOON - NOON % DAY - DAY), "endDate": iso(NOON)}
    answer = client.get("/api/v2/analytics/cost-by-model-aggregated", window)
    items = answer.json["_embedded"]["items"]
    nano = round(sum(item["metrics"][0]["metricResult"] for item in items) * 10**9)
    return nano, answer.headers.get(HEADER)


def roll_up(client: Client) -> None:
    compact_due(client.world, quiet_ms=0)
    roll_due(client.world)


def remove(client: Client, table: str, day: str, most: int = 9) -> None:
    team = client.installed.team
    files = [file.path for file in client.world.lake.list(team, table, day)]
    assert files
    client.world.lake.delete(team, files[:most])


@pytest.mark.parametrize(("most", "left"), [(1, 2), (9, 1)])
def test_the_first_answer_without_a_file_says_so(client: Client, most: int, left: int) -> None:
    assert ask(client) == (3 * CALL, None)
    remove(client, "ai_events", PAST, most)
    assert [ask(client), ask(client)] == [(left * CALL, PAST)] * 2
    lost = read_states(client.world, client.installed.team, "ai_events", [PAST])[PAST].lost
    assert list(lost.values()) == [1] * (3 - left)


def test_sums_of_a_day_whose_events_vanished_are_whole(client: Client) -> None:
    roll_up(client)
    remove(client, "ai_events", PAST)
    assert ask(client) == (3 * CALL, None)


def test_a_rollup_that_vanished_is_read_from_its_events(client: Client) -> None:
    roll_up(client)
    remove(client, ROLLUP_DAILY.name, PAST)
    assert [ask(client), ask(client)] == [(3 * CALL, None)] * 2
    roll_up(client)
    assert list(client.world.lake.list(client.installed.team, ROLLUP_DAILY.name, PAST))


def test_nobody_is_silent_when_both_are_gone(client: Client) -> None:
    roll_up(client)
    remove(client, "ai_events", PAST)
    remove(client, ROLLUP_DAILY.name, PAST)
    assert [ask(client), ask(client)] == [(CALL, PAST)] * 2
