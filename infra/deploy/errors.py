"""What stops a deployment, in words for the person at the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)

from chalicelib.kit.errors import MeterlakeError

_STRANGERS = (
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
)


class DeployFailed(MeterlakeError):
    """A step did not succeed; what was done before it stays, and the command can be repeated."""


@contextmanager
def explain_failures() -> Iterator[None]:
    """Turn what boto3 says about missing or expired credentials into what to do. Raises
    DeployFailed."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise DeployFailed(
            "there are no AWS credentials: run `aws configure` or `aws sso login`, or "
            "set AWS_PROFILE, or set "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        ) from error
    except NoRegionError as error:
        raise DeployFailed(
            "no AWS region is chosen: pass --region or set AWS_DEFAULT_REGION"
        ) from error
    except ClientError as error:
        if error.response["Error"]["Code"] in _STRANGERS:
            raise DeployFailed(
                "AWS does not know these credentials, or they have expired: sign in again"
            ) from error
        raise DeployFailed(
            f"AWS refused {error.operation_name}: {error.response['Error']['Message']}"
        ) from error
