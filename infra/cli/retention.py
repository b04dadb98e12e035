"""meterlake retention: how long a tenant keeps its events."""

from pathlib import Path

import click

from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.words import count_of
from infra.cli.account import choose_tenant
from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo

_TENANT = click.option("--tenant", default="", help="Tenant id; the first tenant when absent.")


@click.group()
def retention() -> None:
    """Say how long events are kept: for ever, unless you set it."""


@retention.command(name="set")
@place_options
@_TENANT
@click.argument("days", metavar="DAYS|forever")
@click.option("--yes", is_flag=True, help="Do not ask.")
def set_days(data: Path, stage: str, tenant: str, days: str, yes: bool) -> None:
    """Keep events for DAYS days. The next daily run removes what is older: rows of the lake, the
    ledger and prompts.

    Sums by model, product, organization and the like stay, and so does what was invoiced; what is
    asked of single events, people or keys of those days has no answer any more. Keep more than your
    longest billing period.
    """
    from chalicelib.erasure.retention import set_retention

    world = open_world(data, stage)
    if days != "forever" and not days.isdigit():
        raise click.UsageError("DAYS is a number of days, or the word forever")
    if days != "forever" and not yes:
        click.confirm(
            f"Remove all events that are older than {days} days, today and every day?", abort=True
        )
    wanted = None if days == "forever" else int(days)
    try:
        set_retention(world, choose_tenant(world, tenant), wanted)
    except MeterlakeError as error:
        raise click.ClickException(error.message) from error
    echo(_describe_limit(wanted))


@retention.command()
@place_options
@_TENANT
def show(data: Path, stage: str, tenant: str) -> None:
    """Say how long events are kept."""
    from chalicelib.erasure.retention import read_retention

    world = open_world(data, stage)
    try:
        echo(_describe_limit(read_retention(world, choose_tenant(world, tenant))))
    except MeterlakeError as error:
        raise click.ClickException(error.message) from error


@retention.command()
@place_options
def run(data: Path, stage: str) -> None:
    """Remove what is past now, instead of at the next daily run."""
    from chalicelib.erasure.retention import empty_due_days
    from infra.local.feeder import drain

    world = open_world(data, stage)
    if not stage:
        drain(world)
    done = empty_due_days(world)
    gone = f"{count_of(done.events, 'event')}, {count_of(done.prompts, 'prompt')}"
    echo(f"{count_of(done.days, 'day')} emptied: {gone}")
    if done.waiting:
        echo(f"waiting for their rollups, emptied by a later run: {count_of(done.waiting, 'day')}")


def _describe_limit(days: int | None) -> str:
    return f"events are kept for {'ever' if days is None else count_of(days, 'day')}"
