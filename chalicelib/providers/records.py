"""What is stored of connections to providers, and of how reading their bills went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.readers import READERS
from chalicelib.providers.upstream import Upstream
from chalicelib.providers.vocabulary import BillingProvider, ConnectionStatus
from chalicelib.resources.roster import Roster

CONNECTION = "PROVIDER_CREDENTIAL"
"""Kind: one record a connection. `token` is sealed; `digest` tells whether two are the same."""
BILL_SYNC = "BILL_SYNC"
"""Kind: how reading went, under the id of the connection."""
BILLS = Roster("bills", "BILLS_TEAM")
"""Teams that have ever had a connection; the document names the `tenant`."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection of a team to a provider's billing interface."""

    id: str
    tenant: Scope
    team: Scope
    name: str
    provider: BillingProvider
    token: str = field(repr=False)
    """Sealed."""
    base_url: str
    account: str
    source: str = ""
    """What the files of its days are called by: that of the first key it had."""

    @classmethod
    def of(cls, tenant: Scope, team: Scope, record: Record) -> "Connection":
        """The connection of a record."""
        doc = record.doc
        return cls(
            id=record.id,
            tenant=tenant,
            team=team,
            name=record.name,
            provider=BillingProvider(doc["provider"]),
            token=doc.get("token") or "",
            base_url=doc.get("baseUrl") or "",
            account=doc.get("account") or "",
            source=doc.get("source") or record.id,
        )

    def upstream(self, world: World) -> Upstream:
        """Requests to the provider in the connection's name. Raises SealBroken."""
        reader = READERS[self.provider]
        return Upstream(
            world,
            self.tenant,
            (self.base_url or reader.base_url).rstrip("/"),
            reader.headers(world.secrets.open(self.team, self.token)),
            self.account,
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How reading a connection's bill went. Instants are UTC epoch ms, 0 for never.

    `lease_until`: somebody is reading until then. `wanted_days`: how many days back somebody asked
    for and nobody has read yet, 0 for none. `ranges` are first and last UTC days (YYYY-MM-DD) of
    what has been read; `lines` is how many lines the last run has written. `token` is what is known
    of the token.
    """

    status: str = ""
    token: str = ConnectionStatus.PENDING
    error: str = ""
    lease: str = ""
    lease_until: int = 0
    wanted_days: int = 0
    started_at: int = 0
    finished_at: int = 0
    succeeded_at: int = 0
    full_at: int = 0
    ranges: Sequence[Sequence[str]] = ()
    lines: int = 0

    @property
    def first_day(self) -> str:
        """The first day that was read; empty for none."""
        return self.ranges[0][0] if self.ranges else ""

    @property
    def last_day(self) -> str:
        """The last one."""
        return self.ranges[-1][1] if self.ranges else ""

    @classmethod
    def of(cls, doc: Mapping[str, Any]) -> "Progress":
        """That of a document; members that older versions wrote are left out."""
        known = cls.__dataclass_fields__
        return cls(**{name: value for name, value in doc.items() if name in known})
