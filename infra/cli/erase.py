"""meterlake erase: a person leaves all that a team has stored; what they cost stays."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chalicelib.kit.errors import MeterlakeError
from infra.cli.account import check_team
from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo

if TYPE_CHECKING:
    from chalicelib.erasure.places import Place
    from chalicelib.erasure.service import Report

_BUSY_S = 30.0
"""How long the server may keep the ledger locked before that is told."""


@click.group()
def erase() -> None:
    """Erase personal data."""


@erase.command()
@place_options
@click.argument("who")
@click.option("--team", required=True, help="Team id.")
@click.option("--dry-run", is_flag=True, help="Only say what would be rewritten.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def subscriber(data: Path, stage: str, who: str, team: str, dry_run: bool, yes: bool) -> None:
    """Erase WHO: the id, e-mail address or external id of a subscriber.

    Events, costs and counts stay, under a token instead of the name. It cannot be taken back. What
    is left in backups and in old versions of S3 objects goes when these expire.
    """
    from chalicelib.erasure.service import erase as erase_all
    from chalicelib.erasure.subject import identify
    from chalicelib.erasure.task import Task
    from infra.local.feeder import drain

    world = open_world(data, stage)

    def feed() -> None:
        if not stage:
            drain(world)

    scope = check_team(world, team)
    feed()
    subject = identify(world, scope, who)
    records = f"{len(subject.ids)} subscriber record(s), {len(subject.credentials)} credential(s)"
    echo(f"{records}; becomes {subject.token}")
    if not (dry_run or yes):
        click.confirm("Erase for good?", abort=True)
    try:
        task = Task(world, scope, subject, dry_run=dry_run)
        report = erase_all(task, _author(), feed=feed, watch=_show_progress)
    except MeterlakeError as error:
        raise click.ClickException(error.message) from error
    for line in _lines(report):
        echo(line)
    if dry_run:
        echo("Nothing was changed.")
    elif not stage:
        _scour(data / "ledger.sqlite")


def _author() -> str:
    return f"command line ({os.environ.get('USER') or 'unknown'})"


def _show_progress(places: "Iterable[Place]", label: str) -> "Iterator[Place]":
    with click.progressbar(list(places), label=label) as shown:
        yield from shown


def _lines(report: "Report") -> Iterator[str]:
    if not report:
        yield "Nothing is stored of this person."
        return
    yield f"  records  {report.records:>9,}"
    yield f"  ledger   {report.versions:>9,} versions of events"
    yield f"  lake     {report.rows:>9,} rows in {report.files:,} files of {report.days:,} days"
    yield f"  prompts  {report.prompts:>9,}"


def _scour(path: Path) -> None:
    """SQLite leaves what was deleted in free pages and in the log of changes until these are used
    again."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=_BUSY_S)) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
