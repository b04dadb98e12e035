"""The stack of a stage: infra/template.yaml, created or brought up to date by CloudFormation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from infra.deploy.errors import DeployFailed

TEMPLATE = Path(__file__).parents[1] / "template.yaml"
_POLL = {"Delay": 5, "MaxAttempts": 240}
"""Twenty minutes: a table with two indexes takes a few of them."""


def stack_name(stage: str) -> str:
    """The stack of a stage."""
    return f"meterlake-{stage}"


def deploy_stack(
    cloudformation: Any,  # noqa: ANN401 - boto3 clients have no types
    stage: str,
    parameters: Mapping[str, str],
) -> dict[str, str]:
    """Create or update the stack; its outputs. Parameters that are not given keep their values.

    Raises DeployFailed, botocore's ClientError.
    """
    name = stack_name(stage)
    known = _describe(cloudformation, name)
    request = {"StackName": name, "TemplateBody": TEMPLATE.read_text()}
    given = _parameters({"Stage": stage, **parameters})
    if known is None:
        # Protected, because deleting the stack by mistake would take the key with which secrets are
        # sealed out of use.
        cloudformation.create_stack(**request, Parameters=given, EnableTerminationProtection=True)
        _wait(cloudformation, "stack_create_complete", name)
    else:
        named = {"Stage", *parameters}
        kept = [
            each["ParameterKey"]
            for each in known.get("Parameters", ())
            if each["ParameterKey"] not in named
        ]
        given += [{"ParameterKey": key, "UsePreviousValue": True} for key in kept]
        if _update(cloudformation, request, given):
            _wait(cloudformation, "stack_update_complete", name)
    described = _describe(cloudformation, name) or {}
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", ())}


def _parameters(values: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def _describe(cloudformation: Any, name: str) -> dict[str, Any] | None:  # noqa: ANN401
    try:
        stacks: list[dict[str, Any]] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise
    return stacks[0]


def _update(
    cloudformation: Any,  # noqa: ANN401 - boto3 clients have no types
    request: Mapping[str, Any],
    parameters: list[dict[str, Any]],
) -> bool:
    """Whether there was anything to update; CloudFormation calls that an error."""
    try:
        cloudformation.update_stack(**request, Parameters=parameters)
    except ClientError as error:
        if "No updates are to be performed" in error.response["Error"]["Message"]:
            return False
        raise
    return True


def _wait(cloudformation: Any, state: str, name: str) -> None:  # noqa: ANN401
    try:
        cloudformation.get_waiter(state).wait(StackName=name, WaiterConfig=_POLL)
    except WaiterError as error:
        raise DeployFailed(f"stack {name}: {_reason(cloudformation, name)}") from error


def _reason(cloudformation: Any, name: str) -> str:  # noqa: ANN401
    """The first thing that failed; everything after it is only a consequence."""
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    failed = [
        event for event in reversed(events) if event.get("ResourceStatus", "").endswith("_FAILED")
    ]
    if not failed:
        return "CloudFormation did not finish in time"
    return (
        f"{failed[0].get('LogicalResourceId')}: "
        f"{failed[0].get('ResourceStatusReason', 'no reason given')}"
    )
