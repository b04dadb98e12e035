"""meterlake keys: make, list and revoke API keys."""

from pathlib import Path

import click

from chalicelib.catalog.api_keys import note_key
from chalicelib.identity import key_service, service
from chalicelib.identity.keys import KeyKind, Permission
from chalicelib.kit.clock import iso
from chalicelib.kit.errors import MeterlakeError
from chalicelib.resources.audit import KEY_MADE, KEY_REVOKED
from infra.cli.account import choose_account, choose_tenant
from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo
from infra.cli.words import read_line

_AUTHOR = "command line"
_KINDS = {
    "write": KeyKind.WRITE,
    "read": KeyKind.READ,
    "metering": KeyKind.METERING,
    "legacy": KeyKind.LEGACY,
}


@click.group()
def keys() -> None:
    """Make, list and revoke API keys."""


@keys.command()
@place_options
@click.option("--kind", type=click.Choice(list(_KINDS)), default="write", show_default=True)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Permission]),
    multiple=True,
    help="Instead of what the kind may do; repeat for several.",
)
@click.option("--name", callback=read_line, default="made on the command line", show_default=True)
@click.option("--tenant", default="", help="Tenant id; the first tenant when absent.")
@click.option("--team", default="", help="Team id; the first team when absent.")
@click.option(
    "--user", default="", help="E-mail address of the user who owns the key; nobody when absent."
)
def create(
    data: Path,
    stage: str,
    kind: str,
    scopes: tuple[str, ...],
    name: str,
    tenant: str,
    team: str,
    user: str,
) -> None:
    """Make a key and show it, this once."""
    world = open_world(data, stage)
    account = choose_account(world, tenant, team)
    try:
        granted = frozenset(map(Permission, scopes)) or None
        owner = service.find_user_id(world, account.tenant, user) if user else ""
        key, text = key_service.create_key(
            world,
            account.tenant,
            account.team,
            name,
            _KINDS[kind],
            scopes=granted,
            user=owner,
        )
    except MeterlakeError as error:
        raise click.ClickException(error.message) from error
    note_key(world, key.team, KEY_MADE, _AUTHOR, key)
    echo(f"{key.key_id}  {text}")


@keys.command(name="list")
@place_options
@click.option("--tenant", default="", help="Tenant id; the first tenant when absent.")
def list_keys(data: Path, stage: str, tenant: str) -> None:
    """List keys, revoked ones included."""
    world = open_world(data, stage)
    for key in key_service.list_keys(world, choose_tenant(world, tenant)):
        state = f"revoked {iso(key.revoked_at)}" if key.revoked_at else "valid"
        echo(
            f"{key.key_id}  {key.kind}  {','.join(sorted(key.scopes))}  team {key.team}  "
            f"{state}  {key.name}"
        )


@keys.command()
@place_options
@click.option("--tenant", default="", help="Tenant id; the first tenant when absent.")
@click.argument("key_id")
def revoke(data: Path, stage: str, tenant: str, key_id: str) -> None:
    """Make a key worthless; running servers notice within a minute."""
    world = open_world(data, stage)
    try:
        key = key_service.revoke_key(world, choose_tenant(world, tenant), key_id)
    except MeterlakeError as error:
        raise click.ClickException(error.message) from error
    note_key(world, key.team, KEY_REVOKED, _AUTHOR, key)
    echo(f"{key.key_id} is revoked")
