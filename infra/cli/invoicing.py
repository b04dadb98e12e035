"""meterlake bill, invoices, rates, usage-billing: what customers owe for their usage."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.money import to_nano, to_usd
from chalicelib.ports.scope import Scope
from infra.cli.account import choose_account, choose_tenant
from infra.cli.place import open_world, place_options
from infra.cli.terminal import echo
from infra.cli.words import read_line

if TYPE_CHECKING:
    from chalicelib.directory.exchange import Rate
    from chalicelib.invoicing.records import Invoice
    from chalicelib.ports.world import World

_DAY = click.DateTime(["%Y-%m-%d"])
_COLUMNS = ("date", "currency", "rate", "source")
_TEAM = click.option("--team", default="", help="Team id; all teams when absent.")
_TENANT = click.option("--tenant", default="", help="Tenant id; the first tenant when absent.")


@click.command()
@place_options
@_TEAM
def bill(data: Path, stage: str, team: str) -> None:
    """Rate the usage of all open periods, freeze and send the invoices that are due."""
    from chalicelib.invoicing.service import bill as run_once
    from infra.local.feeder import drain

    world = open_world(data, stage)
    if not stage:
        drain(world)
    for tenant, each in _teams(world, team):
        with click.progressbar(length=1, label=f"team {each}") as shown:

            def watch(
                _: str, days: int, shown: "click._termui_impl.ProgressBar[int]" = shown
            ) -> None:
                shown.length = days
                shown.update(1)

            try:
                run = run_once(world, tenant, each, watch)
            except MeterlakeError as error:
                raise click.ClickException(error.message) from error
        echo(
            f"  {run.drafts} open, {run.finalized} finalized, {run.issued} sent or closed, "
            f"{run.adjusted} subscriptions with late events, {run.days} days of revenue written"
        )


@click.group(invoke_without_command=True)
@place_options
@_TEAM
@click.option("--state", default="", help="Only invoices in this state, such as DRAFT or ISSUED.")
@click.pass_context
def invoices(context: click.Context, data: Path, stage: str, team: str, state: str) -> None:
    """List invoices, or note what was paid."""
    if context.invoked_subcommand:
        return
    world = open_world(data, stage)
    echo(f"{'number':12} {'state':14} {'customer':28} {'period':24} {'total':>18} currency")
    for _, each in _teams(world, team):
        for invoice in _invoices(world, each):
            if state.upper() in ("", invoice.state):
                echo(_line(invoice))


@invoices.command()
@place_options
@click.option("--team", default="", help="Team id; the first team when absent.")
@click.option(
    "--reference",
    callback=read_line,
    required=True,
    help="Of the payment; the same one again changes nothing.",
)
@click.argument("number")
@click.argument("amount")
def pay(data: Path, stage: str, team: str, reference: str, number: str, amount: str) -> None:
    """Note a payment of AMOUNT, in the currency of invoice NUMBER."""
    from chalicelib.invoicing import paying

    world = open_world(data, stage)
    value = _decimal(amount)
    if value is None or value != to_usd(to_nano(value)):
        raise click.BadParameter(
            "must be a number above 0 with up to 9 decimals", param_hint="AMOUNT"
        )
    account = choose_account(world, "", team)
    try:
        record = paying.find_by_number(world, account.team, number)
        payment = paying.Payment(to_nano(value), reference, "command line")
        invoice = paying.pay(world, account.team, record.id, payment)
    except MeterlakeError as error:
        raise click.ClickException(error.message) from error
    paid, owed = to_usd(invoice.paid_amount), to_usd(invoice.total)
    echo(f"{number} is {invoice.state}: {paid:f} of {owed:f} {invoice.currency} paid")


@click.group()
def rates() -> None:
    """Exchange rates: USD for one of another currency, by day."""


@rates.command(name="set")
@place_options
@_TENANT
@click.option(
    "--date",
    "since",
    type=_DAY,
    default=lambda: f"{datetime.now(UTC):%Y-%m-%d}",
    help="UTC day from which it is in force, YYYY-MM-DD; today.",
)
@click.option("--source", required=True, help="Who says so.")
@click.argument("currency")
@click.argument("rate")
def set_rate(
    data: Path, stage: str, tenant: str, since: datetime, source: str, currency: str, rate: str
) -> None:
    """Set the RATE of a CURRENCY."""
    row = {"date": f"{since:%Y-%m-%d}", "currency": currency, "rate": rate, "source": source}
    faults = list(_faults(row))
    if faults:
        raise click.UsageError("; ".join(faults))
    _store(data, stage, tenant, [_rate(row)])
    echo(f"1 {currency.upper()} is {rate} USD from {row['date']}")


@rates.command(name="import")
@place_options
@_TENANT
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_rates(data: Path, stage: str, tenant: str, file: Path) -> None:
    """Read rates from a CSV FILE with the columns date, currency, rate and source: all of it, or
    nothing."""
    with file.open(newline="", encoding="utf-8-sig") as lines:
        reader = csv.DictReader(lines)
        if missing := [name for name in _COLUMNS if name not in (reader.fieldnames or ())]:
            raise click.ClickException(f"{file} has no column {', '.join(missing)}")
        rows = list(reader)
    faults = [
        f"line {number}: {fault}" for number, row in enumerate(rows, 2) for fault in _faults(row)
    ]
    if faults:
        raise click.ClickException("nothing was imported:\n" + "\n".join(faults))
    _store(data, stage, tenant, [_rate(row) for row in rows])
    echo(f"{len(rows)} rates imported")


@rates.command(name="list")
@place_options
@_TENANT
def list_rates(data: Path, stage: str, tenant: str) -> None:
    """List all rates."""
    from chalicelib.directory.exchange import rates_of

    world = open_world(data, stage)
    for currency, rate in rates_of(world, choose_tenant(world, tenant)):
        echo(f"{rate.date}  {currency}  {rate.rate:f}  {rate.source}")


@click.command(name="usage-billing")
@place_options
@_TENANT
@click.argument("state", type=click.Choice(["on", "off"]))
def usage_billing(data: Path, stage: str, tenant: str, state: str) -> None:
    """Bill a tenant's customers for their usage, or cease to."""
    from chalicelib.identity.records import TENANT

    world = open_world(data, stage)
    tenant = choose_tenant(world, tenant)
    record = world.documents.get(tenant, TENANT, tenant)
    if record is None:
        raise click.ClickException(f"there is no tenant {tenant}")
    doc = {**record.doc, "usageBillingEnabled": state == "on"}
    world.documents.update(tenant, replace(record, doc=doc, updated_at=world.now()))
    echo(f"usage of tenant {tenant} is {'billed' if state == 'on' else 'not billed'}")


def _teams(world: "World", team: str) -> list[tuple[Scope, Scope]]:
    from chalicelib.resources.roster import billed_teams

    found = [each for each in billed_teams(world.documents) if team in ("", each[1])]
    if team and not found:
        raise click.ClickException(f"team {team} has no subscriptions")
    return found


def _invoices(world: "World", team: Scope) -> Iterator["Invoice"]:
    from chalicelib.invoicing.records import INVOICE, invoice_of
    from chalicelib.ports.documents import walk

    return (invoice_of(record) for record in walk(world.documents, team, INVOICE))


def _line(invoice: "Invoice") -> str:
    from chalicelib.kit.clock import day_of

    period = f"{day_of(invoice.start)} to {day_of(invoice.end - 1) if invoice.end else 'now'}"
    number, customer = invoice.number or "-", invoice.email or invoice.subscriber
    return (
        f"{number:12} {invoice.state:14} {customer:28} {period:24} "
        f"{to_usd(invoice.total):>18f} {invoice.currency}"
    )


def _store(data: Path, stage: str, tenant: str, found: list[tuple[str, "Rate"]]) -> None:
    from chalicelib.directory.exchange import set_rates

    world = open_world(data, stage)
    try:
        set_rates(world, choose_tenant(world, tenant), found)
    except MeterlakeError as error:
        raise click.ClickException(error.message) from error


def _rate(row: Mapping[str, str]) -> tuple[str, "Rate"]:
    from chalicelib.directory.exchange import Rate

    return row["currency"].strip().upper(), Rate(
        Decimal(row["rate"].strip()), row["date"].strip(), row["source"]
    )


def _faults(row: Mapping[str, str | None]) -> Iterator[str]:
    """What is wrong with a rate."""
    from chalicelib.resources.schemas import Currency

    told = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    try:
        if date.fromisoformat(told["date"]).isoformat() != told["date"]:
            raise ValueError(told["date"])
    except ValueError:
        yield f"date {told['date']!r} is not a day as 2026-01-31"
    known = [each for each in get_args(Currency) if each != "USD"]
    if told["currency"].upper() not in known:
        yield f"currency {told['currency']!r} is none of {', '.join(known)}"
    if _decimal(told["rate"]) is None:
        yield f"rate {told['rate']!r} is not a number above 0"
    if not told["source"]:
        yield "source is missing"


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 < value < 10**12 else None
