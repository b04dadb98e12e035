"""`meterlake deploy STAGE`, step by step. Every step can be repeated: a failed deployment is
started again."""

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chalicelib.kit.settings import PREFIX, Settings, from_environment
from infra.deploy.chalice import write_stage
from infra.deploy.errors import DeployFailed, explain_failures
from infra.deploy.layers import managed_layer
from infra.deploy.outputs import environment
from infra.deploy.policies import Place, policies
from infra.deploy.stack import deploy_stack, stack_name

OLDEST_RUNTIME = (3, 12)
"""The interpreter that runs Chalice decides the runtime, and older ones are near the end of AWS's
support."""
_COUNTING, _WINDOW_S = "count_budgets", 900
_LONGEST_S = 1_800.0
"""How long packing and uploading may take."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be deployed where. `layer` replaces the managed layer's ARN, `parameters` go to
    the template."""

    stage: str
    region: str
    project: Path
    mail_from: str = ""
    layer: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tools:
    """What the steps use: boto3 clients by name, a way to run a command (its exit code), a way to
    tell, and the first start of a stage, which makes tenant, team, administrator and keys once and
    shows the keys."""

    client: Callable[[str], Any]
    run: Callable[[Sequence[str], Path], int]
    say: Callable[[str], None]
    bootstrap: Callable[[Settings], None]


def tools(region: str, say: Callable[[str], None], bootstrap: Callable[[Settings], None]) -> Tools:
    """The real ones."""
    import boto3

    session = boto3.Session(region_name=region)
    return Tools(session.client, _run, say, bootstrap)


def plan(order: Order) -> list[str]:
    """What `deploy` will do, in words; needs no AWS."""
    return [
        f"create or update the CloudFormation stack {stack_name(order.stage)} in {order.region} "
        "(tables, buckets, Glue, Athena workgroup, key; data is kept when the stack is deleted)",
        f"write stage {order.stage} and its policies into {order.project / '.chalice'}",
        f"run {' '.join(_chalice(order))}",
        f"have Lambda tell {_COUNTING} which shard of the stream it reads",
        "make tenant, team, administrator and keys, if the stage has none yet",
    ]


def deploy(order: Order, use: Tools) -> None:
    """All steps. Raises DeployFailed."""
    with explain_failures():
        account = use.client("sts").get_caller_identity()["Account"]
        use.say(f"deploying {order.stage} to account {account}, region {order.region}")
        settings = prepare(order, use, account)
    if use.run(_chalice(order), order.project) != 0:
        raise DeployFailed("`chalice deploy` failed; what it said stands above")
    with explain_failures():
        name_shards(use.client("lambda"), order.stage)
        use.bootstrap(settings)


def prepare(order: Order, use: Tools, account: str) -> Settings:
    """The steps before Chalice: stack, environment, layer, policies. The settings of the stage's
    functions.

    Raises DeployFailed, botocore's ClientError.
    """
    outputs = deploy_stack(use.client("cloudformation"), order.stage, order.parameters)
    use.say(f"stack {stack_name(order.stage)} is up to date")
    python = sys.version_info[:2]
    if python < OLDEST_RUNTIME:
        use.say(
            f"warning: deploying with Python {python[0]}.{python[1]} makes that the "
            "runtime; use 3.12 or newer"
        )
    layer = order.layer or managed_layer(use.client("lambda"), order.region, python)
    variables = environment(order.stage, order.region, outputs)
    if order.mail_from:
        variables[f"{PREFIX}MAIL_FROM"] = order.mail_from
    place = Place(order.stage, order.region, account, outputs, order.mail_from)
    write_stage(order.project / ".chalice", order.stage, variables, [layer], policies(place))
    use.say(f"wrote stage {order.stage} into .chalice/config.json")
    return from_environment(variables)


def name_shards(client: Any, stage: str) -> None:  # noqa: ANN401 - boto3 makes its classes
    """Have Lambda tell the function that counts which shard of the stream it reads, as it does for
    a tumbling window, which Chalice cannot ask for."""
    function = f"meterlake-{stage}-{_COUNTING}"
    for source in client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]:
        if source.get("TumblingWindowInSeconds") != _WINDOW_S:
            client.update_event_source_mapping(
                UUID=source["UUID"], TumblingWindowInSeconds=_WINDOW_S
            )


def _chalice(order: Order) -> list[str]:
    return [sys.executable, "-m", "infra.deploy.packager", "deploy", "--stage", order.stage]


def _run(command: Sequence[str], folder: Path, most_s: float = _LONGEST_S) -> int:
    """The exit code. Raises DeployFailed when it takes too long."""
    try:
        done = subprocess.run(command, cwd=folder, check=False, timeout=most_s)  # noqa: S603 - ours
    except subprocess.TimeoutExpired as error:
        raise DeployFailed(f"{' '.join(command)} did not end within {most_s:g} s") from error
    return done.returncode
