"""meterlake deploy: one stage a tenant, on AWS."""

from functools import partial
from pathlib import Path

import click

from chalicelib.kit.settings import Settings
from infra.cli.terminal import echo
from infra.deploy.errors import DeployFailed
from infra.deploy.steps import Order, deploy, plan, tools

_PROJECT = Path(__file__).resolve().parents[2]


@click.command(name="deploy")
@click.argument("stage")
@click.option("--region", envvar="AWS_DEFAULT_REGION", required=True, help="AWS region.")
@click.option("--mail-from", default="", help="Sender of e-mails; SES must have verified it.")
@click.option(
    "--layer", default="", help="ARN of the AWSSDKPandas layer, when it cannot be found by itself."
)
@click.option(
    "--tenant", "tenant_name", default="", help="Name of the tenant; the stage's name when absent."
)
@click.option(
    "--email", default="admin@localhost", show_default=True, help="The administrator's address."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def deploy_stage(
    stage: str,
    region: str,
    mail_from: str,
    layer: str,
    tenant_name: str,
    email: str,
    dry_run: bool,
    yes: bool,
) -> None:
    """Deploy STAGE: stack, functions, first keys. Can be repeated; it keeps data and keys."""
    order = Order(stage, region, _PROJECT, mail_from, layer)
    echo("\n".join(f"{number}. {step}" for number, step in enumerate(plan(order), 1)))
    if dry_run:
        return
    if not yes:
        click.confirm("Go on?", abort=True)
    try:
        deploy(order, tools(region, click.echo, partial(_first_start, tenant_name or stage, email)))
    except DeployFailed as error:
        raise click.ClickException(error.message) from error


def _first_start(tenant_name: str, email: str, settings: Settings) -> None:
    """Make the stage's tenant and show its keys, unless it has one."""
    from chalicelib.aws.world import build
    from infra.installation import installation

    found = installation(build(settings), tenant_name, email)
    echo(f"tenant {found.tenant}, team {found.team}")
    if found.write_key:
        echo(f"  write key     {found.write_key}\n  metering key  {found.metering_key}")
        echo("The keys are shown this once. More: meterlake keys create --stage " + settings.stage)
