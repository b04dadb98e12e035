"""One AWS under moto with our stack in it, and the world on top."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import Any
from unittest.mock import patch

import boto3
from botocore.client import BaseClient
from moto import mock_aws

from chalicelib.aws.clients import Clients
from chalicelib.aws.counters import DynamoCounters
from chalicelib.aws.world import build
from chalicelib.ports.world import World
from tests.support import athena, stack
from tests.support.moto_speed import faster

SENDER = "meterlake@example.com"
ENVIRONMENT = {
    # Without this botocore addresses DynamoDB streams by account, which moto does not know.
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "AWS_DEFAULT_REGION": stack.REGION,
}


@contextmanager
def running(folder: Path) -> Iterator[World]:
    """The world of a fresh deployment; `folder` is for Athena's copies. Calls are made one after
    the other, because moto itself loses concurrent updates that DynamoDB does not."""
    with (
        patch.dict("os.environ", ENVIRONMENT),
        mock_aws(),
        faster(),
        athena.running(folder),
        patch.object(BaseClient, "_make_api_call", _one_by_one(BaseClient._make_api_call)),
    ):
        boto3.client("ses", region_name=stack.REGION).verify_email_identity(EmailAddress=SENDER)
        yield build(stack.create().model_copy(update={"mail_from": SENDER}))


def leased(world: World) -> World:
    """The same world, where every counter hands its limit out in leases."""
    settings = world.settings.model_copy(update={"counter_leases": "always"})
    counters = DynamoCounters(Clients(settings.region), settings)
    return replace(world, settings=settings, counters=counters)


def _one_by_one(call: Any) -> Any:
    lock = RLock()

    def locked(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        with lock:
            return call(client, operation, arguments)

    return locked
