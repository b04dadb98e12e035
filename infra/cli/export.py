"""meterlake export: what calls cost, as FOCUS 1.2 or as a plain table."""

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.words import count_of
from infra.cli.account import choose_tenant
from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo

if TYPE_CHECKING:
    from chalicelib.export.service import Put

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@place_options
@click.option(
    "--format",
    "kind",
    type=click.Choice(["focus", "parquet", "csv"]),
    default="focus",
    show_default=True,
    help="FOCUS 1.2 as CSV, FOCUS 1.2 as Parquet, or a plain table as CSV.",
)
@click.option("--from", "first", type=_DAY, required=True, help="First UTC day, YYYY-MM-DD.")
@click.option("--to", "last", type=_DAY, required=True, help="Last one; at most 400 days.")
@click.option("--tenant", default="", help="Tenant id; the first tenant when absent.")
@click.option("--team", default="", help="Team id; all teams of the tenant when absent.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder for the files; `exports/` of the lake when absent.",
)
def export(
    data: Path,
    stage: str,
    kind: str,
    first: datetime,
    last: datetime,
    tenant: str,
    team: str,
    out: Path | None,
) -> None:
    """Write what calls cost: one file a team and UTC day. A later run replaces the files of an
    earlier one.

    A row is a day's sum by model, kind of token and owner. The sum of EffectiveCost is the sum of
    all known costs, to the nano-dollar; calls without a known price are rows that say so, of cost 0
    in FOCUS, which knows no other, and without a cost in the plain table.
    """
    from chalicelib.export.service import days_between, find_sub_accounts
    from chalicelib.export.service import export as export_days
    from chalicelib.lake.sums import DoesNotFit
    from chalicelib.ports.lake import NotInLake
    from infra.local.feeder import drain

    world = open_world(data, stage)
    if not stage:
        drain(world)
    try:
        days = days_between(f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}")
        chosen = find_sub_accounts(world, choose_tenant(world, tenant), team)
        for account in chosen:
            with click.progressbar(days, label=f"team {account.team}") as shown:
                done = export_days(
                    world, account, kind, shown, _into(out, account.team) if out else None
                )
            unpriced = f", {done.unpriced:,} of them without a known cost" if done.unpriced else ""
            held = f"{count_of(done.files, 'file')}, {count_of(done.rows, 'row')}"
            echo(f"  {held}{unpriced}: ${done.cost:,.9f}")
    except MeterlakeError as error:
        raise click.ClickException(error.message) from error
    except (DoesNotFit, NotInLake) as error:
        raise click.ClickException(f"a day cannot be exported: {error}") from error


def _into(folder: Path, team: str) -> "Put":
    """Files of a folder, each written beside its place and then moved into it."""

    def put(day: str, ending: str, data: bytes | None) -> None:
        path = folder / f"{team}-{day}-{ending}"
        if data is None:
            path.unlink(missing_ok=True)
            return
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.write_bytes(data)
        draft.replace(path)

    return put
