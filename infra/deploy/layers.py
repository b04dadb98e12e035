"""AWS's managed layer with awswrangler, pandas and pyarrow: which ARN a region and a Python
have."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from infra.deploy.errors import DeployFailed

LIST = "https://aws-sdk-pandas.readthedocs.io/en/stable/layers.html"
_OWNER = "336392948345"
_OTHER_OWNERS = {"ap-east-1": "839552336658"}
"""Some opt-in regions have an owner of their own; for those that are not here the ARN is passed by
hand."""
_ABSENT = ("ResourceNotFoundException", "AccessDeniedException")


def managed_layer(lambda_client: Any, region: str, python: tuple[int, int]) -> str:  # noqa: ANN401
    """The newest version's ARN. Raises DeployFailed when the region has none for this Python.

    AWS lets strangers read a version of the layer but not list them, so the newest one is searched
    for.
    """
    owner = _OTHER_OWNERS.get(region, _OWNER)
    layer = f"arn:aws:lambda:{region}:{owner}:layer:AWSSDKPandas-Python{python[0]}{python[1]}"
    newest = last_true(lambda version: _exists(lambda_client, f"{layer}:{version}"))
    if not newest:
        raise DeployFailed(f"no {layer} was found: look it up at {LIST} and pass it with --layer")
    return f"{layer}:{newest}"


def last_true(holds: Callable[[int], bool]) -> int:
    """The largest n ≥ 1 for which it holds, when it holds from 1 up to there; 0 when it never
    does."""
    low, high = 0, 1
    while holds(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _exists(lambda_client: Any, arn: str) -> bool:  # noqa: ANN401
    try:
        lambda_client.get_layer_version_by_arn(Arn=arn)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return False
        raise
    return True
