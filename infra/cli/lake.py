"""meterlake compact and meterlake doctor: the upkeep of the lake, by hand."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo

if TYPE_CHECKING:
    from chalicelib.lake.health import Health


@click.command()
@place_options
def compact(data: Path, stage: str) -> None:
    """Write what is pending to the lake, compact every day that has loose files, and roll up the
    clean ones."""
    from chalicelib.lake.compaction import compact_due
    from chalicelib.lake.rolling import roll_due
    from infra.local.feeder import drain

    world = open_world(data, stage)
    if not stage:
        echo(f"{drain(world)} event versions written to the lake")
    echo(f"{compact_due(world, quiet_ms=0)} days compacted, {roll_due(world)} days rolled up")


@click.command()
@place_options
def doctor(data: Path, stage: str) -> None:
    """Say what is wrong: quarantined records, days that wait, calls without a price. Exits 1 when
    something is lost to the reports."""
    from chalicelib.lake.health import examine
    from chalicelib.resources.roster import lake_teams

    world = open_world(data, stage)
    sick = False
    for team in lake_teams(world.documents):
        health = examine(world, team)
        sick = sick or bool(health.quarantined or health.unknown)
        echo(f"team {team}")
        for line in _findings(health):
            echo(f"  {line}")
    if sick:
        raise SystemExit(1)


def _findings(health: "Health") -> Iterator[str]:
    for reason, count in health.quarantined:
        yield f"quarantine: {count} records: {reason}"
    for table, day in health.unknown:
        yield (
            f"unknown: {table} of {day} has files that the state of its day does not know: "
            "no report reads them"
        )
    if health.waiting:
        yield (
            f"waiting: {len(health.waiting)} days for compaction or rollup (reports are "
            "right, only slower)"
        )
    for unpriced in health.unpriced:
        yield f"unpriced: {unpriced.calls} calls of {unpriced.provider} {unpriced.model} in 30 days"
    if not (health.quarantined or health.unknown or health.waiting or health.unpriced):
        yield "well"
