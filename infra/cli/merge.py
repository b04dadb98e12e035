"""meterlake merge: two records that mean the same become one."""

import os
from pathlib import Path

import click

from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.words import count_of
from infra.cli.account import choose_account
from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo

_KINDS = ("organization", "subscriber", "product")


@click.command()
@place_options
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("source")
@click.argument("target")
@click.option("--tenant", default="", help="Tenant id; the first tenant when absent.")
@click.option("--team", default="", help="Team id; the first team when absent.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def merge(
    data: Path, stage: str, kind: str, source: str, target: str, tenant: str, team: str, yes: bool
) -> None:
    """Merge the record with id SOURCE into TARGET: its names, its events, and all that refers to
    it.

    Events under its names are the target's from then on (within five minutes), also those that are
    stored.
    """
    from chalicelib.catalog import merging

    world = open_world(data, stage)
    account = choose_account(world, tenant, team)
    if not yes:
        click.confirm(f"Merge {kind} {source} into {target}? It cannot be taken back.", abort=True)
    author = f"command line ({os.environ.get('USER') or 'unknown'})"
    try:
        wanted = merging.Merge(
            tenant=account.tenant,
            team=account.team,
            kind=kind.upper(),
            source=source,
            target=target,
            author=author,
        )
        moved = merging.merge(world, wanted)
    except MeterlakeError as error:
        raise click.ClickException(error.message) from error
    echo(f"{kind} {source} is {target} now; moved with it: {count_of(moved, 'record')}")
