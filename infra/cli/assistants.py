"""meterlake assistants: which coding assistants are paid by use, and which by a flat plan; who uses
their seats, what was merged with them, and what that cost."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from chalicelib.kit.words import count_of
from infra.cli.account import choose_account
from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo

_DAY = click.DateTime(["%Y-%m-%d"])
_SINCE = click.option("--since", type=_DAY, help="First UTC day; 29 days before the last one.")
_UNTIL = click.option("--until", type=_DAY, help="Last UTC day, inclusive; today.")
_TEAM = click.option("--team", default="", help="Team id; the first team when absent.")
_TENANT = click.option("--tenant", default="", help="Tenant id; the first tenant when absent.")


@click.group()
def assistants() -> None:
    """Say which coding assistants you pay by use: their calls count in reports on costs and in
    exports. A flat plan covers all others. See who uses the seats, and what was merged."""


@assistants.command(name="list")
@place_options
@_TENANT
@_TEAM
def list_modes(data: Path, stage: str, tenant: str, team: str) -> None:
    """How each assistant is paid."""
    from chalicelib.catalog.assistant_modes import ASSISTANTS
    from chalicelib.directory.assistants import find_billed_assistants

    world = open_world(data, stage)
    billed = find_billed_assistants(world.documents, choose_account(world, tenant, team).team)
    for name, shown in ASSISTANTS.items():
        echo(f"{shown:16}{'by use' if name in billed else 'flat plan'}")


@assistants.command(name="set")
@place_options
@_TENANT
@_TEAM
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@click.argument("mode", type=click.Choice(["by-use", "flat-plan"]))
def set_mode(
    data: Path, stage: str, tenant: str, team: str, names: tuple[str, ...], mode: str
) -> None:
    """Pay the calls of assistants by use, or have a flat plan cover them, from now on and in all
    reports on the past."""
    from chalicelib.catalog.assistant_modes import read_assistant, set_billed_assistants
    from chalicelib.directory.assistants import find_billed_assistants

    world = open_world(data, stage)
    account = choose_account(world, tenant, team)
    billed = set(find_billed_assistants(world.documents, account.team))
    told = {read_assistant(name) for name in names}
    billed = billed | told if mode == "by-use" else billed - told
    set_billed_assistants(world, account.team, billed, "command line")
    echo(f"{', '.join(sorted(told))}: {mode.replace('-', ' ')}")


@assistants.command()
@place_options
@_TENANT
@_TEAM
def sync(data: Path, stage: str, tenant: str, team: str) -> None:
    """Read what is due now: merged pull requests, and contributions of Claude Code."""
    from chalicelib.assistants.contribution_syncing import sync_contributions
    from chalicelib.assistants.syncing import sync_team

    world = open_world(data, stage)
    account = choose_account(world, tenant, team)
    done = sync_team(world, account.tenant, account.team)
    echo(f"GitHub: {done['synced']} read, {done['failed']} failed")
    status = sync_contributions(world, account.team)
    echo(f"Claude Code: {status.lower() if status else 'nothing is due'}")


@assistants.command()
@place_options
@_TENANT
@_TEAM
@_SINCE
@_UNTIL
def seats(
    data: Path, stage: str, tenant: str, team: str, since: datetime | None, until: datetime | None
) -> None:
    """How many seats are paid and used, and what the others cost."""
    from chalicelib.assistants.seat_schemas import SeatQuery
    from chalicelib.assistants.seats import report

    world = open_world(data, stage)
    query = SeatQuery.model_validate({"fromDate": _day(since), "toDate": _day(until)})
    shown = report(world, choose_account(world, tenant, team).team, query)
    for row in shown["assistants"]:
        echo(_seat_line(row))


@assistants.command(name="pull-requests")
@place_options
@_TENANT
@_TEAM
@_SINCE
@_UNTIL
def pull_requests(
    data: Path, stage: str, tenant: str, team: str, since: datetime | None, until: datetime | None
) -> None:
    """What was merged by whom, and what assistants cost a merged pull request."""
    from chalicelib.assistants.pull_request_schemas import GithubPrsQuery
    from chalicelib.assistants.pull_requests import report

    world = open_world(data, stage)
    asked = {"startDate": _day(since), "endDate": _day(until), "includeCosts": True}
    query = GithubPrsQuery.model_validate(asked)
    for line in _merge_lines(report(world, choose_account(world, tenant, team).team, query)):
        echo(line)


def _day(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%d}" if moment else None


def _seat_line(row: Mapping[str, Any]) -> str:
    head = f"{row['provider']:16}{row['seatsUsed']} used"
    if row["seats"] is None:
        return f"{head}, no subscription"
    line = f"{head} of {row['seats']}, {row['monthlySeatCost']:f} USD a month"
    unused = row.get("monthlyCostOfUnusedSeats")
    return f"{line}, {unused:f} of it for unused seats" if unused else line


def _merge_lines(shown: Mapping[str, Any]) -> Iterator[str]:
    for row in shown["members"]:
        name = row["mappedEmail"] or row["platformLogin"] or "(left GitHub)"
        yield f"{name:32}{row['prsMerged']:6}  {row['prsMergedWithCodingTool']} with a coding tool"
    costs, total = shown["costs"], shown["totalPrsMerged"]
    yield f"{'merged':32}{total:6}  {shown['totalPrsMergedWithCodingTool']} with a coding tool"
    if costs["totalCost"] is None:
        yield "cost: not known (tell the subscriptions, or which assistants you pay by use)"
        return
    each = costs["costPerMergedPr"]
    yield f"cost: {costs['totalCost']:f} USD" + (f", {each:f} a pull request" if total else "")
    if costs["unpricedCalls"]:
        yield f"      without {count_of(costs['unpricedCalls'], 'call')} whose price is not known"
    if not shown["syncScope"]["connected"]:
        yield "GitHub is not connected"
