"""What streams and EventBridge do when deployed, in threads."""

from pathlib import Path

from chalicelib.invoicing.service import _begin
from chalicelib.lake.compaction import compact_day
from chalicelib.lake.days import lease_day
from chalicelib.lake.writer import write
from chalicelib.resources.roster import BILLED
from infra.installation import installation
from infra.local.workers import Workers
from infra.local.world import build
from tests.lake.samples import DAY, batch, event


def test_what_a_killed_process_had_taken_is_free_at_the_next_start(tmp_path: Path) -> None:
    world = build(tmp_path / "data")
    installed = installation(world)
    team = installed.team
    write(world, batch(event(team, "a")))
    lease_day(world, team, "ai_events", DAY, "killed")
    BILLED.enrol(world.documents, team, {"tenant": installed.tenant})
    _begin(world, team)
    assert not compact_day(world, team, "ai_events", DAY)
    with Workers(world):
        assert compact_day(world, team, "ai_events", DAY)
        _begin(world, team)
