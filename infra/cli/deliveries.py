"""meterlake deliveries: what was told to whom, whether it arrived, and sending it again."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from infra.cli.account import choose_account
from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo

_DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])
_TENANT = click.option("--tenant", default="", help="Tenant id; the first tenant when absent.")
_TEAM = click.option("--team", default="", help="Team id; the first team when absent.")


@click.group()
def deliveries() -> None:
    """Messages to people and programs: list them, look at one, send one again."""


@deliveries.command(name="list")
@place_options
@_TENANT
@_TEAM
@click.option(
    "--status",
    type=click.Choice(["pending", "delivered", "failed", "skipped"], case_sensitive=False),
    help="Only those that it has come to.",
)
@click.option("--destination", help="Only to email:ADDRESS, slack:ID or webhook:ID, or a channel.")
@click.option("--event", help="Only of this event, such as cost_control.blocked.")
@click.option("--since", type=_DAY, help="Only those made since this UTC day (or instant).")
@click.option("--until", type=_DAY, help="Only those made before this UTC day (or instant).")
def list_all(
    data: Path,
    stage: str,
    tenant: str,
    team: str,
    status: str | None,
    destination: str | None,
    event: str | None,
    since: datetime | None,
    until: datetime | None,
) -> None:
    """List messages, the newest first."""
    from chalicelib.notices.deliveries import find_deliveries
    from chalicelib.notices.presenting import present
    from chalicelib.notices.schemas import DeliveryQuery

    world = open_world(data, stage)
    asked = {
        "status": status.upper() if status else None,
        "destination": destination,
        "event": event,
        "since": since,
        "until": until,
    }
    query = DeliveryQuery.model_validate(asked)
    for each in find_deliveries(world, choose_account(world, tenant, team).team, query):
        echo(_line(present(each)))


@deliveries.command()
@place_options
@_TENANT
@_TEAM
@click.argument("delivery")
def show(data: Path, stage: str, tenant: str, team: str, delivery: str) -> None:
    """Show what was sent, and how each try went."""
    from chalicelib.notices.deliveries import read_delivery
    from chalicelib.notices.presenting import present_detail

    world = open_world(data, stage)
    account = choose_account(world, tenant, team)
    for line in _lines(present_detail(read_delivery(world, account.team, delivery))):
        echo(line)


@deliveries.command()
@place_options
@_TENANT
@_TEAM
@click.argument("delivery")
def replay(data: Path, stage: str, tenant: str, team: str, delivery: str) -> None:
    """Send a message once more, whatever became of it, and say how that went."""
    from chalicelib.notices.attempts import attempt
    from chalicelib.notices.deliveries import read_delivery
    from chalicelib.notices.deliveries import replay as send_again
    from chalicelib.notices.presenting import present

    world = open_world(data, stage)
    account = choose_account(world, tenant, team)
    send_again(world, account.team, delivery)
    attempt(world, account.tenant, account.team, delivery)
    echo(_line(present(read_delivery(world, account.team, delivery))))


def _line(row: Mapping[str, Any]) -> str:
    reason = f"  {row['reason']}" if row["reason"] else ""
    again = f"  (again at {row['nextAttemptAt']})" if row["nextAttemptAt"] else ""
    return (
        f"{row['id']}  {row['created']}  {row['status']:9}  {row['event']}  "
        f"{row['destination']}  tries {row['attempts']}{reason}{again}"
    )


def _lines(row: Mapping[str, Any]) -> Iterator[str]:
    yield _line(row)
    yield f"  {row['subject']}"
    for line in row["text"].splitlines():
        yield f"  {line}"
    for entry in row["log"]:
        status = entry["status"] or "-"
        error = f"  {entry['error']}" if entry["error"] else ""
        answer = f"  {entry['answer']!r}" if entry["answer"] else ""
        yield f"    {entry['at']}  {status}  {entry['ms']} ms{error}{answer}"
