"""meterlake budgets: whether the counters of budgets are right, and making them anew."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from infra.cli.account import check_team
from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo

if TYPE_CHECKING:
    from chalicelib.budgets.checking import CheckedRule
    from chalicelib.ports.scope import Scope
    from chalicelib.ports.world import World

_TEAM = click.option("--team", default="", help="Team id; all teams when absent.")
_MOST_SHOWN = 20


@click.group()
def budgets() -> None:
    """The counters behind cost controls and budget alerts: check them, make them anew."""


@budgets.command()
@place_options
@_TEAM
def check(data: Path, stage: str, team: str) -> None:
    """Compare the counters of every rule with what the lake says of the same window. Exits 1 when
    they differ. Calls that come meanwhile may be in one of them alone: look again before you worry.
    """
    from chalicelib.budgets.checking import check_rules

    world = open_world(data, stage)
    _catch_up(world, stage)
    right = True
    for each in _teams(world, team):
        for checked in check_rules(world, each):
            right = right and not checked.differences
            for line in _lines(each, checked):
                echo(line)
    if not right:
        raise SystemExit(1)


@budgets.command()
@place_options
@_TEAM
def recount(data: Path, stage: str, team: str) -> None:
    """Make the counters of every rule anew from the lake. Calls go on being counted meanwhile, and
    what calls under way have reserved counts on."""
    from chalicelib.budgets.compiling import compile_rules
    from chalicelib.budgets.generations import recount as begin_anew

    world = open_world(data, stage)
    _catch_up(world, stage)
    for each in _teams(world, team):
        number = begin_anew(world, each)
        if number:
            compile_rules(world, each)
            echo(f"team {each}: {number} rules are counted anew")


def _catch_up(world: "World", stage: str) -> None:
    """Count and store what the feed holds; deployed, functions do."""
    from infra.local.counter import count_feed
    from infra.local.feeder import drain

    if not stage:
        drain(world)
        count_feed(world)


def _teams(world: "World", named: str) -> "list[Scope]":
    from chalicelib.resources.roster import lake_teams

    return [check_team(world, named)] if named else list(lake_teams(world.documents))


def _lines(team: "Scope", checked: "CheckedRule") -> Iterator[str]:
    """Whether a rule is counted right, and each difference."""
    rule = checked.rule
    found = len(checked.differences)
    verdict = f"{found} counters differ from the lake" if found else "right"
    yield f"team {team}: rule {rule.id}, {rule.metric} in {checked.window}: {verdict}"
    for each in checked.differences[:_MOST_SHOWN]:
        whom = f"{each.group}: " if each.group else ""
        yield f"  {whom}{each.counted:,f} counted, {each.stored:,f} in the lake"
    if found > _MOST_SHOWN:
        yield f"  and {found - _MOST_SHOWN} more"
