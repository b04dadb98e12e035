"""The `meterlake` command: one group, one module a verb."""

import click

from infra.cli.contract import openapi
from infra.cli.deploy import deploy_stage
from infra.cli.erase import erase
from infra.cli.export import export
from infra.cli.invoicing import bill, invoices, rates, usage_billing
from infra.cli.keys import keys
from infra.cli.lake import compact, doctor
from infra.cli.merge import merge
from infra.cli.prices import prices
from infra.cli.records import import_records
from infra.cli.rerate import re_rate
from infra.cli.retention import retention
from infra.cli.up import up


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="meterlake")
def main() -> None:
    """Meterlake meters what AI work costs, says who spent it and what it earned."""


for command in (up, keys, compact, doctor, import_records, re_rate, prices, deploy_stage, openapi):
    main.add_command(command)
for command in (bill, invoices, rates, usage_billing, merge):
    main.add_command(command)
for command in (erase, retention, export):
    main.add_command(command)
