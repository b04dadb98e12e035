"""The world of a deployed stage: all ports on AWS."""

from chalicelib.aws.clients import Clients
from chalicelib.aws.core import Core
from chalicelib.aws.counters import DynamoCounters
from chalicelib.aws.documents import DynamoDocuments
from chalicelib.aws.engine import AthenaEngine
from chalicelib.aws.events import DynamoEvents
from chalicelib.aws.feed import DynamoFeed
from chalicelib.aws.lake import S3Lake
from chalicelib.aws.outbound import AwsOutbound
from chalicelib.aws.replays import DynamoReplays
from chalicelib.aws.secrets import KmsSecrets
from chalicelib.aws.vault import S3Vault
from chalicelib.aws.vitals import AwsVitals
from chalicelib.kit.clock import now_ms
from chalicelib.kit.settings import Settings, from_environment
from chalicelib.ports.world import World


def build(settings: Settings) -> World:
    """All ports of one stage. Nothing is connected to before it is used."""
    clients = Clients(settings.region)
    core = Core(settings)
    return World(
        settings=settings,
        documents=DynamoDocuments(core),
        events=DynamoEvents(clients, settings),
        feed=DynamoFeed(clients, core, settings),
        counters=DynamoCounters(clients, settings),
        replays=DynamoReplays(core),
        lake=S3Lake(clients, settings),
        engine=AthenaEngine(clients, settings),
        secrets=KmsSecrets(clients, core, settings),
        vault=S3Vault(clients, settings),
        outbound=AwsOutbound(clients, settings.mail_from, settings.permitted_origins),
        vitals=AwsVitals(),
        now=now_ms,
    )


def build_from_environment() -> World:
    """The world of this Lambda function, from its environment. Raises pydantic.ValidationError."""
    return build(from_environment())
