"""meterlake compact, rebuild and doctor: the upkeep of the lake, by hand."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chalicelib.kit.words import count_of
from infra.cli.account import check_team
from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo

if TYPE_CHECKING:
    from chalicelib.lake.health import Health, Loss
    from chalicelib.lake.rebuild import RebuiltTable, Watch
    from chalicelib.ports.events import EventRecord
    from chalicelib.ports.scope import Scope
    from chalicelib.ports.world import World


_FAILED_DAYS = 7


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
        echo(f"{count_of(drain(world), 'event version')} written to the lake")
    compacted = count_of(compact_due(world, quiet_ms=0), "day")
    echo(f"{compacted} compacted, {count_of(roll_due(world), 'day')} rolled up")


@click.command()
@place_options
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="UTC day.")
@click.option("--team", default="", help="Team id; all teams when absent.")
@click.option("--table", "tables", multiple=True, help="Only this table (repeatable).")
@click.option(
    "--accept-loss",
    is_flag=True,
    help="Give up what the ledger has forgotten: reports, exports and invoices go on without.",
)
def rebuild(
    data: Path, stage: str, day: datetime, team: str, tables: tuple[str, ...], accept_loss: bool
) -> None:
    """Write a day of the lake anew from the ledger, when files of it are damaged or gone. May be
    run again at any time; what the ledger has forgotten stays as it is. Charges come from invoices,
    not from the ledger: `meterlake bill` writes those of open invoices again."""
    from chalicelib.lake.damage import accept_losses
    from chalicelib.lake.rebuild import rebuild_day
    from chalicelib.lake.tables import CHARGES, EVENT_TABLES
    from chalicelib.resources.roster import lake_teams
    from infra.local.feeder import drain

    named = tables or (*EVENT_TABLES, CHARGES.name)
    unknown = [table for table in named if table not in {*EVENT_TABLES, CHARGES.name}]
    if unknown:
        known = ", ".join((*EVENT_TABLES, CHARGES.name))
        raise click.UsageError(f"there is no table {unknown[0]}, but {known}")
    world = open_world(data, stage)
    if not stage:
        drain(world)
    wanted = [table for table in named if table in EVENT_TABLES]
    on = f"{day:%Y-%m-%d}"
    whole = True
    for each in [check_team(world, team)] if team else list(lake_teams(world.documents)):
        results = rebuild_day(world, each, on, wanted, watch=_show_progress(f"team {each}"))
        if accept_loss:
            accept_losses(world, each, named, on)
        for table, result in results.items():
            whole = whole and not (result.busy or (result.lost and not accept_loss))
            for line in _describe(table, result):
                echo(line)
    if not whole:
        raise SystemExit(1)


def _show_progress(label: str) -> "Watch":
    def watch(events: Iterable["EventRecord"]) -> Iterator["EventRecord"]:
        with click.progressbar(events, label=label) as bar:
            yield from bar

    return watch


def _describe(table: str, result: "RebuiltTable") -> Iterator[str]:
    """What became of a table, in a few words; nothing of one that holds nothing."""
    if result.busy:
        yield f"  {table}: somebody else is at work on the day: run it again in a while"
    elif result.versions or result.kept:
        kept = f", {result.kept:,} kept that it has forgotten" if result.kept else ""
        yield f"  {table}: {count_of(result.versions, 'event version')} from the ledger{kept}"
    if result.lost:
        yield f"  {table}: rows of {result.lost} lost files are not in the ledger"


@click.command()
@place_options
@click.option("--files", is_flag=True, help="Also read every file of the lake to its last byte.")
def doctor(data: Path, stage: str, files: bool) -> None:
    """Say what is wrong: too little room, work that fails, damaged files, quarantined records, days
    that wait, calls without a price or at one in doubt, messages that did not arrive, bills that
    could not be read, limits at providers that are other ones. Exits 1 when something is lost to
    the reports."""
    from chalicelib.directory.assistants import find_billed_assistants
    from chalicelib.lake.health import examine
    from chalicelib.metering.untold import REASONS, read_untold
    from chalicelib.ports.vitals import find_problems
    from chalicelib.resources.roster import lake_teams
    from infra.prices.opened import open_steps

    world = open_world(data, stage)
    for problem in find_problems(world.vitals.read()):  # unscoped: of the whole deployment
        echo(problem)
    sick = False
    for team in lake_teams(world.documents):
        if files:
            _check_files(world, team)
        health = examine(world, team, open_steps())
        sick = sick or bool(health.quarantined or health.unknown or health.lost)
        echo(f"team {team}")
        for line in _findings(health):
            echo(f"  {line}")
        for line in _describe_flat_plans(health, find_billed_assistants(world.documents, team)):
            echo(f"  {line}")
        for line in _describe_open_prices(health, world.now()):
            echo(f"  {line}")
        for reason, number in read_untold(world, team):
            echo(f"  {reason}: {number} {REASONS[reason]} (30 days)")
    for line in (
        *_describe_deliveries(world),
        *_describe_bills(world),
        *_describe_limits(world),
    ):
        echo(line)
    if sick:
        raise SystemExit(1)


def _describe_flat_plans(health: "Health", billed: Sequence[str]) -> Iterator[str]:
    """The coding assistants whose calls cost nothing more, but for those that are `billed` by
    use."""
    for name, calls in health.assistants:
        if name not in billed:
            yield (
                f"flat plan: {count_of(calls, 'call')} of {name} in 30 days, in no report on costs "
                f"and in no export (if you pay them by use: meterlake assistants set {name} by-use)"
            )


def _describe_open_prices(health: "Health", now: int) -> Iterator[str]:
    """The models that were charged by a rate on which the price lists disagree, `now` in UTC epoch
    ms."""
    from infra.prices.opened import find_open

    for each in health.listed:
        for open_rate in find_open(each.provider, each.model, now):
            _, step = open_rate.charged
            calls = each.calls[open_rate.charged]
            if calls:
                told = f"{'up to ' if step else ''}{count_of(calls, 'call')}"
                yield (
                    f"price in doubt: {told} of {each.provider} {each.model} in 30 days, "
                    f"{open_rate.rate} at {open_rate.book} USD a million tokens, "
                    f"{open_rate.litellm} in another list (docs/prices.md)"
                )


def _describe_deliveries(world: "World") -> Iterator[str]:
    """The destinations that messages were given up for."""
    from chalicelib.kit.clock import DAY
    from chalicelib.notices.service import count_failed
    from chalicelib.resources.roster import notified_teams

    for tenant, team in notified_teams(world.documents):
        failed = count_failed(world, team, world.now() - _FAILED_DAYS * DAY)
        for destination, number in sorted(failed.items()):
            yield (
                f"team {team}: {number} messages to {destination} were given up in {_FAILED_DAYS} "
                f"days (meterlake deliveries list --status failed --tenant {tenant} --team {team})"
            )


def _describe_bills(world: "World") -> Iterator[str]:
    """The connections to providers whose bill could not be read, or only in part."""
    from chalicelib.ports.scope import Scope
    from chalicelib.providers.lookup import connections_of, progress_of
    from chalicelib.providers.records import BILLS

    for member in BILLS.members(world.documents):
        for each in connections_of(world, Scope(member.doc["tenant"]), Scope(member.id)):
            progress = progress_of(world, each.team, each.id)
            if progress.error:
                yield (
                    f"team {each.team}: the bill of {each.name} ({each.provider}) was read "
                    f"{progress.status}, up to {progress.last_day or 'no day'}: {progress.error}"
                )


def _describe_limits(world: "World") -> Iterator[str]:
    """The limits at providers that are not what our rules say, as they were at the last look."""
    from chalicelib.ports.scope import Scope
    from chalicelib.providers.records import BILLS
    from chalicelib.spend_limits.watching import walk_limits

    for member in BILLS.members(world.documents):
        for each in walk_limits(world, Scope(member.id)):
            if each.drift:
                limit = each.limit
                told = f": {limit.error}" if limit.error else ""
                yield (
                    f"team {member.id}: the limit of {limit.rule_name} at {limit.connection_name} "
                    f"({limit.provider}) has drifted, {', '.join(each.drift)}{told} "
                    "(meterlake bills limits)"
                )


def _check_files(world: "World", team: "Scope") -> None:
    from chalicelib.lake.reading import check_files
    from chalicelib.lake.tables import TABLES

    with click.progressbar(TABLES, label=f"team {team}: files") as tables:
        for table in tables:
            check_files(world, team, table)


def _describe_loss(loss: "Loss") -> str:
    """What is missing, and which command helps. Charges are made from invoices, which are all
    there; of those that are frozen nobody keeps what each day earned."""
    rows = "" if loss.rows is None else f" with {count_of(loss.rows, 'row')}"
    lost = f"lost: {loss.table} of {loss.day} misses {count_of(loss.files, 'file')}{rows}: "
    command = f"meterlake rebuild --day {loss.day}"
    if loss.table != "charges":
        return f"{lost}{command} writes it anew"
    return (
        f"{lost}reports on revenue miss what was earned that day, invoices are whole. meterlake "
        f"bill writes what open ones earned again; {command} --table charges --accept-loss gives "
        "up the rest"
    )


def _findings(health: "Health") -> Iterator[str]:
    for reason, count in health.quarantined:
        yield f"quarantine: {count_of(count, 'record')}: {reason}"
    for table, day in health.unknown:
        yield (
            f"unknown: {table} of {day} has files that the state of its day does not know: "
            "no report reads them"
        )
    for loss in health.lost:
        yield _describe_loss(loss)
    for path in health.aside:
        yield f"damaged: {path.table} of {path.day}: {path.name} was set aside"
    if health.waiting:
        yield (
            f"waiting: {count_of(len(health.waiting), 'day')} for compaction or rollup (reports "
            "are right, only slower)"
        )
    for unpriced in health.unpriced:
        reason = f": {unpriced.reason}" if unpriced.reason else ""
        called = f"{unpriced.provider} {unpriced.model}"
        yield f"unpriced: {count_of(unpriced.calls, 'call')} of {called} in 30 days{reason}"
    if not any((health.quarantined, health.unknown, health.waiting, health.unpriced, health.lost)):
        yield "well"
