"""Refreshing: somebody asks for a bill to be read now. What reads it is a function of its own; this
one notes the wish, and may wait a little for it to come true.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from chalicelib.kit.clock import iso
from chalicelib.kit.errors import Invalid
from chalicelib.ports.world import World
from chalicelib.providers.lookup import progress_of
from chalicelib.providers.records import BILL_SYNC, Connection, Progress
from chalicelib.providers.vocabulary import SyncStatus
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.errors import UnknownRecord

Json = dict[str, Any]
INTRADAY, HISTORICAL = "intraday", "historical"
_LOOKS = 40
_BETWEEN_S = 0.25
_WAITING = threading.BoundedSemaphore(1)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: today's bills, or those of so many days, today among them; of some
    connections, or of all."""

    kind: str
    days: int
    ids: Sequence[str]


def refresh(world: World, known: Sequence[Connection], wish: Wish) -> Json:
    """Ask for bills of some of the known connections to be read. Today's are waited for, up to ten
    seconds.

    Answers the members of a BillingRefreshResult; ACCEPTED when it is still to be done. Raises
    UnknownRecord, and Invalid for a historical one that names no connection.
    """
    if wish.kind == HISTORICAL and not wish.ids:
        raise Invalid("name at least one provider credential", field="providerCredentialIds")
    connections = _choose(known, wish.ids)
    asked_at = world.now()
    days = wish.days if wish.kind == HISTORICAL else 1
    for connection in connections:
        _want(world, connection, days)
    done = wish.kind == INTRADAY and _wait_alone(world, connections, asked_at)
    progresses = [progress_of(world, each.team, each.id) for each in connections]
    return {
        "refreshType": wish.kind,
        "status": "COMPLETED" if done else "ACCEPTED",
        "message": _tell(connections, progresses) if done else "the bills will be read shortly",
        "days": days,
        "providerCredentialIds": [connection.id for connection in connections],
        "recordsFetched": sum(each.lines for each in progresses) if done else None,
        "startedAt": iso(asked_at),
        "completedAt": iso(world.now()) if done else None,
    }


def _choose(connections: Sequence[Connection], ids: Sequence[str]) -> Sequence[Connection]:
    """The connections of some ids, all without any. Raises UnknownRecord."""
    known = {connection.id: connection for connection in connections}
    for each in ids:
        if each not in known:
            raise UnknownRecord("ProviderCredential", each)
    return [known[each] for each in dict.fromkeys(ids)] if ids else connections


def _want(world: World, connection: Connection, days: int) -> None:
    def note(doc: Doc) -> Doc:
        progress = Progress.of(doc)
        return asdict(replace(progress, wanted_days=max(progress.wanted_days, days)))

    amend(world.documents, connection.team, BILL_SYNC, connection.id, note)


def _wait_alone(world: World, connections: Sequence[Connection], since: int) -> bool:
    """As `_wait`, but for others who wait already: a server answers few at once, and all but one
    of those who ask for bills are told to look later."""
    if not _WAITING.acquire(blocking=False):
        return False
    try:
        return _wait(world, connections, since)
    finally:
        _WAITING.release()


def _wait(world: World, connections: Sequence[Connection], since: int) -> bool:
    """Whether all bills have been read since an instant (UTC epoch ms)."""
    for _ in range(_LOOKS):
        waiting = [
            each
            for each in connections
            if progress_of(world, each.team, each.id).finished_at < since
        ]
        if not waiting:
            return True
        time.sleep(_BETWEEN_S)
    return False


def _tell(connections: Sequence[Connection], progresses: Sequence[Progress]) -> str | None:
    """What went wrong, by connection; None when nothing did."""
    told = [
        f"{connection.name}: {progress.error}"
        for connection, progress in zip(connections, progresses, strict=True)
        if progress.status != SyncStatus.SUCCESS
    ]
    return "; ".join(told) or None
