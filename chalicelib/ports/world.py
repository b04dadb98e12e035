"""World: all ports of one deployment in one value that operations hand to the rules."""

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.kit.settings import Settings
from chalicelib.ports.counters import Counters
from chalicelib.ports.documents import Documents
from chalicelib.ports.engine import Engine
from chalicelib.ports.events import Events
from chalicelib.ports.feed import Feed
from chalicelib.ports.lake import Lake
from chalicelib.ports.outbound import Outbound
from chalicelib.ports.replays import Replays
from chalicelib.ports.secrets import Secrets
from chalicelib.ports.vault import Vault
from chalicelib.ports.vitals import Vitals


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Built once per process by infra/local or chalicelib/aws; a world is equal to itself alone,
    which makes it a quick key. `now` answers UTC epoch milliseconds."""

    settings: Settings
    documents: Documents
    events: Events
    feed: Feed
    counters: Counters
    replays: Replays
    lake: Lake
    engine: Engine
    secrets: Secrets
    vault: Vault
    outbound: Outbound
    vitals: Vitals
    now: Callable[[], int]
