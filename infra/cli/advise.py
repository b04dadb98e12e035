"""meterlake advise and meterlake forecast: what could be done about a team's spend, and what the
month will cost."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chalicelib.kit.words import count_of
from infra.cli.account import choose_account
from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo

if TYPE_CHECKING:
    from chalicelib.ports.world import World

_TENANT = click.option("--tenant", default="", help="Tenant id; the first tenant when absent.")
_TEAM = click.option("--team", default="", help="Team id; the first team when absent.")
_MOST_DAYS = 90


@click.command()
@place_options
@_TENANT
@_TEAM
@click.option(
    "--days",
    type=click.IntRange(1, _MOST_DAYS),
    default=28,
    show_default=True,
    help="How many full UTC days to look at, the last of them yesterday.",
)
def advise(data: Path, stage: str, tenant: str, team: str, days: int) -> None:
    """Say what could be done about a team's spend, what saves most first. No model is called."""
    from chalicelib.kit.clock import DAY, MINUTE
    from chalicelib.kit.windows import Window
    from chalicelib.recommendations.requests import order_of
    from chalicelib.recommendations.running import RunActor, start
    from chalicelib.recommendations.service import read_run
    from chalicelib.recommendations.vocabulary import TriggeredBy
    from chalicelib.reports.asking import Asker

    world = open_world(data, stage)
    _catch_up(world, stage)
    account = choose_account(world, tenant, team)
    today = world.now() - world.now() % DAY
    order = order_of(Window(today - days * DAY, today - 1))
    actor = RunActor(account.tenant, account.team, TriggeredBy.SYSTEM)
    asker = Asker(world, account.team, world.now() + 10 * MINUTE)
    run = start(world, actor, order, asker).run
    for line in _lines(read_run(world, account.team, run.id, slim=False), days):
        echo(line)


@click.command()
@place_options
@_TENANT
@_TEAM
def forecast(data: Path, stage: str, tenant: str, team: str) -> None:
    """Say what a team will have spent when the month ends."""
    from chalicelib.recommendations.outlooks import forecast_month

    world = open_world(data, stage)
    _catch_up(world, stage)
    told = forecast_month(world, choose_account(world, tenant, team).team)
    echo(
        f"{told['month']}: {_usd(told['spentUsd'])} spent, {_usd(told['forecastUsd'])}"
        f" expected by its end ({_band(told)})"
    )
    if told["unpricedCalls"]:
        echo(f"not in it: {count_of(told['unpricedCalls'], 'call')} of unknown cost")


def _usd(amount: Decimal | None) -> str:
    return "an unknown cost" if amount is None else f"{amount:,.2f} USD"


def _band(told: dict[str, Any]) -> str:
    """The band of a forecast, or why there is none."""
    if told["lowUsd"] is not None:
        return f"{told['lowUsd']:,.2f} to {told['highUsd']:,.2f}, {told['method']}"
    days = count_of(told["knownDays"], "full day")
    return f"no band: {days} of a known cost, and it takes 7"


def _catch_up(world: "World", stage: str) -> None:
    """Store what the feed holds; deployed, functions do."""
    from infra.local.feeder import drain

    if not stage:
        drain(world)


def _lines(run: dict[str, Any], days: int) -> Iterator[str]:
    advice = run["parsedRecommendations"]
    cost = run["analyzedCostUsd"] or Decimal(0)
    found = f"{cost:,.2f} USD in {count_of(days, 'day')}, {count_of(len(advice), 'advice')}"
    yield f"run {run['id']}, {run['status']}: {found}"
    if run["failedInvestigators"]:
        yield f"failed: {', '.join(run['failedInvestigators'])}"
    for each in advice:
        yield from _tell(each)


def _tell(advice: dict[str, Any]) -> Iterator[str]:
    impact, action = advice["impactEstimate"], advice["suggestedAction"]
    amount = f"{impact['monthlyImpact']:,.2f} USD a month" if impact["monthlyImpact"] else "a risk"
    yield ""
    yield f"{advice['rank']}. {advice['title']}"
    yield f"   {amount}, {advice['severity']}, confidence {advice['confidence']}"
    yield f"   {advice['body']}"
    yield f"   → {action['summary']}"
    for step in action["steps"]:
        yield f"     - {step}"
    calls = advice["evidence"]["callIds"]
    if calls:
        yield f"   dearest call: {calls[0]}"
