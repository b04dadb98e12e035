"""meterlake compact and meterlake doctor: the upkeep of the lake, by hand."""

from pathlib import Path

import click

from infra.cli.place import open_world, place_options


@click.command()
@place_options
def compact(data: Path, stage: str) -> None:
    """Write what is pending to the lake, compact every day that has loose files, and roll up the clean ones."""
    from chalicelib.lake.compaction import compact_due
    from chalicelib.lake.rollups import roll_due
    from infra.local.workers import drain

    world = open_world(data, stage)
    if not stage:
        click.echo(f"{drain(world)} events written to the lake")
    click.echo(f"{compact_due(world, quiet_ms=0)} days compacted, {roll_due(world)} days rolled up")
