"""meterlake bills and meterlake reconcile: what providers billed, and whether it agrees."""

import json
import time
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chalicelib.kit.words import count_of
from infra.cli.account import check_team, choose_tenant
from infra.cli.limits import limits
from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalicelib.ports.world import World
    from chalicelib.providers.days import Written
    from chalicelib.providers.leases import SyncResult
    from chalicelib.providers.records import Connection

_BETWEEN_S = 0.5
"""Between two looks at whether a bill is still being read."""
_DAY = click.DateTime(["%Y-%m-%d"])
_TEAM = click.option("--team", default="", help="Team id; all teams with connections when absent.")


@click.group()
def bills() -> None:
    """Bills of providers: read them now, see how reading went, import FOCUS exports of clouds; and
    limits that stand at providers."""


bills.add_command(limits)


@bills.command()
@place_options
@_TEAM
@click.option("--days", type=click.IntRange(1, 90), default=35, show_default=True)
@click.option("--wait", type=click.IntRange(0, 1_800), default=900, show_default=True,
              help="Seconds for a bill that the server is just reading.")  # fmt: skip
def sync(data: Path, stage: str, team: str, days: int, wait: int) -> None:
    """Read the bills of all connections, so many days back. One that is just being read, as after
    it was connected, is waited for and then read. Exits 1 when one cannot be read."""
    from chalicelib.providers.vocabulary import SyncStatus

    world = open_world(data, stage)
    whole, until = True, time.monotonic() + wait
    connections = list(_connections(world, team))
    with click.progressbar(connections, label=count_of(len(connections), "connection")) as shown:
        results = [(each, _read(world, each, days, until)) for each in shown]
    for each, result in results:
        if isinstance(result, str):
            whole = False
            echo(f"  {each.name} ({each.provider}) {result}")
            continue
        whole = whole and result.status is SyncStatus.SUCCESS
        told = f": {result.error}" if result.error else ""
        echo(f"  {each.name} ({each.provider}) {result.status}, {_tell(result.written)}{told}")
    if not whole:
        raise SystemExit(1)


def _read(world: "World", connection: "Connection", days: int, until: float) -> "SyncResult | str":
    """What came of reading a bill, or why it was not asked for: a shell may lack a setting that the
    server has, or somebody else reads it longer than until `until` (time.monotonic)."""
    from chalicelib.kit.addresses import origin_of
    from chalicelib.kit.settings import PREFIX
    from chalicelib.ports.outbound import AddressRefused
    from chalicelib.providers.leases import Busy
    from chalicelib.providers.syncing import sync as read_bill

    told = False
    while True:
        try:
            return read_bill(world, connection, days, is_guest=True)
        except Busy:
            if time.monotonic() >= until:
                return "not read: another process still reads it, see meterlake bills status"
        except AddressRefused as error:
            return (
                f"not read, its status stays as it was: {error.message}. Where that address is "
                f"meant, set {PREFIX}PRIVATE_ORIGINS={origin_of(connection.base_url)} in this shell"
                " too"
            )
        if not told:
            told = True
            echo(f"  {connection.name} is being read by another process: waiting", err=True)
        time.sleep(_BETWEEN_S)


@bills.command()
@place_options
@_TEAM
def status(data: Path, stage: str, team: str) -> None:
    """How the last reading of each bill went."""
    from chalicelib.kit.clock import iso
    from chalicelib.providers.lookup import progress_of

    world = open_world(data, stage)
    for each in _connections(world, team):
        progress = progress_of(world, each.team, each.id)
        read = iso(progress.succeeded_at) if progress.succeeded_at else "never"
        echo(f"{each.name} ({each.provider}) of team {each.team}: {progress.status or 'PENDING'}")
        echo(f"  read {read}, days {progress.first_day or '-'} to {progress.last_day or '-'}")
        if progress.error:
            echo(f"  {progress.error}")


@bills.command("import")
@place_options
@click.option("--tenant", default="", help="Tenant id; the first tenant when absent.")
@click.option("--team", required=True, help="Whose bills they are.")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def import_bills(data: Path, stage: str, tenant: str, team: str, files: tuple[Path, ...]) -> None:
    """Import FOCUS exports (CSV or Parquet) of AWS, Azure, Google or ourselves. The days that have
    rows in them are replaced, others stay."""
    from chalicelib.providers.importing import import_focus

    world = open_world(data, stage)
    done = import_focus(world, choose_tenant(world, tenant), check_team(world, team), list(files))
    for provider, written in done.written.items():
        unrated = f", {written.without_rate} without a rate" if written.without_rate else ""
        echo(f"  {provider}: {_tell(written)}{unrated}")
    echo(f"  {count_of(done.rows, 'row')} read, {done.skipped:,} of them of no AI service")
    for name, number in sorted(done.unknown.items()):
        echo(f"  not read: {number:,} of an AI service that is not known here: {name}")
    if done.ahead:
        rows = count_of(done.ahead, "row")
        echo(f"  taken, but look at their dates: {rows} of days that have not begun")
    if done.untaken:
        corrections = count_of(done.untaken, "correction")
        echo(f"  tokens not counted: {corrections} of more than these files bill of the day")


@click.command()
@place_options
@click.option("--from", "first", type=_DAY, required=True, help="First UTC day, YYYY-MM-DD.")
@click.option("--to", "last", type=_DAY, required=True, help="Last one; at most 400 days.")
@click.option("--tenant", default="", help="Tenant id; the first tenant when absent.")
@click.option("--team", required=True, help="Team id.")
@click.option("--provider", default="", help="One provider; all when absent.")
@click.option("--threshold", type=click.FloatRange(0, 100), default=1.0, show_default=True,
              help="Percent of the bill; exits 1 when the unexplained rest is more.")  # fmt: skip
@click.option("--csv", "as_csv", is_flag=True, help="All rows as CSV.")
@click.option("--json", "as_json", is_flag=True, help="The whole statement as JSON.")
def reconcile(
    data: Path,
    stage: str,
    first: datetime,
    last: datetime,
    tenant: str,
    team: str,
    provider: str,
    threshold: float,
    as_csv: bool,
    as_json: bool,
) -> None:
    """What was metered, what was billed, and why the two differ: a page for the month's close."""
    from chalicelib.kit.clock import millis
    from chalicelib.kit.pages import PageRequest
    from chalicelib.providers.periods import period_of
    from chalicelib.providers.vocabulary import BillingProvider
    from chalicelib.reconciliation.presenting import is_within, present, present_csv, present_text
    from chalicelib.reconciliation.statement import reconcile as make_statement
    from infra.local.feeder import drain

    world = open_world(data, stage)
    if not stage:
        drain(world)
    if provider and provider.lower() not in set(BillingProvider):
        raise click.UsageError(f"{provider!r} is none of {', '.join(BillingProvider)}")
    period = period_of("custom", f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}", millis(last))
    owner = choose_tenant(world, tenant)
    statement = make_statement(world, owner, check_team(world, team), period, provider.lower())
    percent = Decimal(str(threshold))
    if as_csv:
        click.echo(present_csv(statement).decode(), nl=False)
    elif as_json:
        body = present(statement, PageRequest(0, max(1, len(statement.rows))), percent)
        click.echo(json.dumps(body, default=str, indent=1))
    else:
        for line in present_text(statement):
            echo(line)
    if not is_within(statement.whole, percent):
        raise SystemExit(1)


def _connections(world: "World", named: str) -> "Iterator[Connection]":
    from chalicelib.ports.scope import Scope
    from chalicelib.providers.lookup import connections_of
    from chalicelib.providers.records import BILLS

    wanted: Scope | None = check_team(world, named) if named else None
    for member in BILLS.members(world.documents):
        if wanted in (None, member.id):
            yield from connections_of(world, Scope(member.doc["tenant"]), Scope(member.id))


def _tell(written: "Written") -> str:
    lines, days = count_of(written.lines, "line"), count_of(int(written.changed), "day")
    return f"{lines}, {days} changed"
