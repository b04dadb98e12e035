"""meterlake audit: what was changed of stored events, by whom."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from chalicelib.kit.clock import millis
from infra.cli.account import check_team, choose_account
from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@place_options
@click.option("--team", default="", help="Team id; all teams when absent.")
@click.option("--since", type=_DAY, help="Only changes made since this UTC day, YYYY-MM-DD.")
@click.option("--day", type=_DAY, help="Only changes of events of this UTC day, YYYY-MM-DD.")
def audit(data: Path, stage: str, team: str, since: datetime | None, day: datetime | None) -> None:
    """Show what was changed of stored events: costs by re-rating, records by files that correct or
    take back, people by erasing them; when, by whom, and what it did to the money."""
    from chalicelib.resources.audit import Window, list_entries
    from chalicelib.resources.roster import lake_teams

    world = open_world(data, stage)
    window = Window(
        since=millis(since.replace(tzinfo=UTC)) if since else 0,
        day=f"{day:%Y-%m-%d}" if day else "",
    )
    first = choose_account(world, "", "").team
    # The first team may have changed its settings before it has any event.
    every = dict.fromkeys([first, *lake_teams(world.documents)])
    for each in [check_team(world, team)] if team else every:
        echo(f"team {each}")
        for entry in list_entries(world, each, window):
            for line in _lines(entry):
                echo(line)


def _lines(entry: Mapping[str, Any]) -> Iterator[str]:
    days = ""
    if entry["firstDay"]:
        days = f"  events of {entry['firstDay']}"
        if entry["lastDay"] != entry["firstDay"]:
            days += f" to {entry['lastDay']}"
    facts = "".join(f"  {name} {value}" for name, value in entry["facts"].items())
    yield f"  {entry['changedAt']}  {entry['action']}  by {entry['author']}{days}{facts}"
    for line in entry["lines"]:
        unpriced = ""
        if line["unpricedBefore"] or line["unpricedAfter"]:
            unpriced = f"  unpriced {line['unpricedBefore']:,} → {line['unpricedAfter']:,}"
        yield (
            f"    {line['provider']} {line['model']}: {line['changed']:,}"
            f"  ${line['costBefore']:,.9f} → ${line['costAfter']:,.9f}{unpriced}"
        )
