"""meterlake re-rate: the costs of stored events by today's prices."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chalicelib.kit.money import to_usd
from chalicelib.kit.words import count_of
from infra.cli.account import check_team
from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo

if TYPE_CHECKING:
    from chalicelib.metering.rerating import Summary

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command(name="re-rate")
@place_options
@click.option("--from", "first", type=_DAY, required=True, help="First UTC day, YYYY-MM-DD.")
@click.option(
    "--to",
    "last",
    type=_DAY,
    default=lambda: f"{datetime.now(UTC):%Y-%m-%d}",
    help="Last one; today.",
)
@click.option("--model", default="", help="Only this model, or this tool.")
@click.option("--unpriced", is_flag=True, help="Only events without a known cost.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--team", default="", help="Team id; all teams when absent.")
def re_rate(
    data: Path,
    stage: str,
    first: datetime,
    last: datetime,
    model: str,
    unpriced: bool,
    dry_run: bool,
    team: str,
) -> None:
    """Rate stored events anew. Costs that clients stated stay; every change is a new version of its
    event."""
    from chalicelib.metering.rerating import Order, rerate
    from chalicelib.resources.roster import lake_teams
    from infra.local.feeder import drain

    if last < first:
        raise click.UsageError("--to lies before --from")
    world = open_world(data, stage)
    if not stage:
        drain(world)
    order = Order(f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}", model, unpriced, dry_run)
    days = list(order.days())
    for each in [check_team(world, team)] if team else list(lake_teams(world.documents)):
        with click.progressbar(days, label=f"team {each}") as shown:
            summary = rerate(world, each, order, "command line", shown)
        for line in _lines(summary):
            echo(line)
    if not stage:
        drain(world)
    if dry_run:
        echo("Nothing was changed.")


def _lines(summary: "Summary") -> Iterator[str]:
    changed = {name: line for name, line in summary.models.items() if line.changed}
    events = sum(line.events for line in summary.models.values())
    yield f"  {count_of(events, 'event')}, {summary.number_changed:,} change"
    for (provider, model), line in sorted(changed.items(), key=lambda item: -item[1].changed):
        unpriced = ""
        if line.unpriced_before or line.unpriced_after:
            unpriced = f"  unpriced {line.unpriced_before:,} → {line.unpriced_after:,}"
        yield (
            f"  {provider} {model}: {line.changed:,} of {line.events:,}  "
            f"${to_usd(line.before):,.9f} → ${to_usd(line.after):,.9f}{unpriced}"
        )
