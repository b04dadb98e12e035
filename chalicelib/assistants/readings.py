"""What is stored of how reading goes, of where code is kept and of contributions."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chalicelib.ports.documents import Documents
from chalicelib.ports.scope import Scope

READING = "INTEGRATION_SYNC"
"""Kind: how reading went, under the id of the connection."""
CLAUDE_CODE = "claude-code"
"""The id under which is noted how reading the contributions of Claude Code goes."""


class SyncStatus(StrEnum):
    """How reading went."""

    RUNNING = "RUNNING"
    SUCCESS = "SUCCESS"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Reading:
    """How reading goes. Instants are UTC epoch ms, 0 for never.

    `lease_until`: somebody is at it until then. `is_wanted`: somebody asked for it. A pass through
    all repositories begins at `begun_at`, looks at what was changed since `since` and has come as
    far as `after` (a name); `read`, `missing` and `failed` are what it has met so far. `cursor` is
    when the last whole pass began, `full_at` the last one that went all the way back; `digest` is
    of the patterns and repositories that these were about. `first` is the oldest instant that was
    looked at. `total` are the repositories that the token sees, `synced` those that were read. Of
    contributions, `last_day` is the last one that was read, and others are days that somebody asked
    for (YYYY-MM-DD).
    """

    lease: str = ""
    lease_until: int = 0
    is_wanted: bool = False
    begun_at: int = 0
    since: int = 0
    after: str = ""
    read: int = 0
    missing: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    cursor: int = 0
    full_at: int = 0
    digest: str = ""
    first: int = 0
    total: int | None = None
    synced: int | None = None
    status: str = ""
    error: str = ""
    tried_at: int = 0
    synced_at: int = 0
    last_day: str = ""
    wanted_first: str = ""
    wanted_last: str = ""

    @classmethod
    def of(cls, doc: Mapping[str, Any]) -> "Reading":
        """That of a document; members that other versions wrote are left out."""
        known = {name: doc[name] for name in cls.__dataclass_fields__ if name in doc}
        for name in ("missing", "failed"):
            known[name] = tuple(known.get(name, ()))
        return cls(**known)

    def is_running(self, now: int) -> bool:
        """Whether somebody is at it at the instant `now`."""
        return bool(self.lease) and self.lease_until > now

    def shown_status(self, now: int) -> str | None:
        """How it went, or that it goes on; of one that died, how it had gone before."""
        if self.is_running(now):
            return SyncStatus.RUNNING
        return self.status or None


def read_reading(documents: Documents, team: Scope, integration_id: str) -> Reading:
    """How reading of a connection goes; that of one that was never read says so."""
    record = documents.get(team, READING, integration_id)
    return Reading.of(record.doc) if record else Reading()
