"""The `meterlake` command: one group, one module a verb."""

import signal
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from chalicelib.kit.errors import MeterlakeError
from chalicelib.kit.logs import keep_output_clean
from chalicelib.ports.lake import NotInLake
from infra.cli.advise import advise, forecast
from infra.cli.assistants import assistants
from infra.cli.audit import audit
from infra.cli.bills import bills, reconcile
from infra.cli.budgets import budgets
from infra.cli.contract import openapi
from infra.cli.deliveries import deliveries
from infra.cli.deploy import deploy_stage
from infra.cli.erase import erase
from infra.cli.export import export
from infra.cli.invoicing import bill, invoices, rates, usage_billing
from infra.cli.keys import keys
from infra.cli.lake import compact, doctor, rebuild
from infra.cli.merge import merge
from infra.cli.prices import prices
from infra.cli.records import import_records
from infra.cli.rerate import re_rate
from infra.cli.retention import retention
from infra.cli.up import up


@contextmanager
def leave_at_sigterm() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl+C does: what it has to leave behind, as audit entries, it
    leaves."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


_TERMINATED = 128 + signal.SIGTERM
"""The exit status of what SIGTERM ends."""


class Command(click.Group):
    """Tells what is wrong in a sentence: who types a command has no use for a traceback of ours."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - whatever the command answers
        """Run the command that was typed. Raises click.ClickException."""
        keep_output_clean()
        try:
            with leave_at_sigterm():
                return super().invoke(ctx)
        except MeterlakeError as error:
            raise click.ClickException(error.message) from error
        except NotInLake as error:
            raise click.ClickException("the lake is being rewritten: try again") from error
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{place}{error.strerror or error}") from error
        except sqlite3.DatabaseError as error:
            raise click.ClickException(f"the data folder cannot be used: {error}") from error


@click.group(
    cls=Command, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(package_name="meterlake")
def main() -> None:
    """Meterlake meters what AI work costs, says who spent it and what it earned."""


for command in (
    up,
    keys,
    compact,
    doctor,
    rebuild,
    import_records,
    re_rate,
    audit,
    assistants,
    prices,
    deploy_stage,
    openapi,
):
    main.add_command(command)
for command in (bill, invoices, rates, usage_billing, merge):
    main.add_command(command)
for command in (erase, retention, export, deliveries, budgets, bills, reconcile):
    main.add_command(command)
for command in (advise, forecast):
    main.add_command(command)
