"""meterlake assistants: which coding assistants are paid by use, and which by a flat plan."""

from pathlib import Path

import click

from infra.cli.account import choose_account
from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo

_TEAM = click.option("--team", default="", help="Team id; the first team when absent.")
_TENANT = click.option("--tenant", default="", help="Tenant id; the first tenant when absent.")


@click.group()
def assistants() -> None:
    """Say which coding assistants you pay by use: their calls count in reports on costs and in
    exports. A flat plan covers all others."""


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
