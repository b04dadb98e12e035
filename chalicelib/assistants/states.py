"""States: what is noted of a connection and of how reading it goes, by whoever reads."""

from collections.abc import Callable
from dataclasses import asdict, replace
from secrets import token_hex
from typing import Any

from chalicelib.assistants.readings import READING, Reading
from chalicelib.assistants.records import INTEGRATED, INTEGRATION, Integration
from chalicelib.assistants.records import TokenStatus as Status
from chalicelib.kit.clock import MINUTE, iso
from chalicelib.kit.errors import MeterlakeError
from chalicelib.ports.documents import walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.records import BILLS
from chalicelib.resources.amend import Doc, amend

LEASE_MS = 20 * MINUTE
"""No Lambda lives longer than 15 minutes."""


class Busy(MeterlakeError):
    """Somebody else reads the connection at this moment (409)."""

    status, code = 409, "SYNC_RUNNING"


class LeaseLost(MeterlakeError):
    """Somebody else has taken this one for dead, or the connection was changed (409): whoever reads
    now begins anew."""

    status, code = 409, "CONFLICT"


def want(doc: Doc) -> Doc:
    """The reading of a document, asked for."""
    return asdict(replace(Reading.of(doc), is_wanted=True))


def take(world: World, team: Scope, integration_id: str) -> str:
    """Have a connection to oneself for a while; the name of the lease. Raises Busy."""
    name, now = token_hex(8), world.now()

    def note(doc: Doc) -> Doc:
        reading = Reading.of(doc)
        if reading.is_running(now):
            raise Busy("somebody is reading at this moment")
        fresh = replace(
            reading, lease=name, lease_until=now + LEASE_MS, tried_at=now, is_wanted=False
        )
        return asdict(fresh)

    amend(world.documents, team, READING, integration_id, note)
    return name


def note_reading(
    world: World,
    team: Scope,
    integration_id: str,
    lease: str,
    change: Callable[[Reading], Reading],
) -> Reading:
    """Change what is noted of reading, and have the lease for longer. Raises LeaseLost."""
    made: list[Reading] = []

    def note(doc: Doc) -> Doc:
        reading = Reading.of(doc)
        if reading.lease != lease:
            raise LeaseLost("somebody else reads by now")
        longer = replace(reading, lease_until=world.now() + LEASE_MS)
        made[:] = [change(longer)]
        return asdict(made[0])

    amend(world.documents, team, READING, integration_id, note)
    return made[0]


def note_status(
    world: World, team: Scope, integration: Integration, status: Status, message: str | None
) -> None:
    """Note what was found out about a token; not of one that was wiped or replaced meanwhile."""
    told: dict[str, Any] = {"status": status, "validationMessage": message}

    def note(doc: Doc) -> Doc | None:
        if doc.get("token") != integration.token or not integration.token:
            return None
        if all(doc.get(name) == value for name, value in told.items()):
            return None
        return {**doc, **told, "lastValidatedAt": iso(world.now())}

    amend(world.documents, team, INTEGRATION, integration.id, note)


def free_readings(world: World) -> int:
    """Take all who were reading for dead, because whoever asks knows that nobody else is at work;
    how many there were."""
    freed = 0

    def free(doc: Doc) -> Doc | None:
        reading = Reading.of(doc)
        if not reading.lease:
            return None
        return asdict(replace(reading, lease="", lease_until=0, is_wanted=True))

    teams = {
        record.id for roster in (INTEGRATED, BILLS) for record in roster.members(world.documents)
    }
    for team in map(Scope, sorted(teams)):
        for record in walk(world.documents, team, READING):
            if free(record.doc):
                amend(world.documents, team, READING, record.id, free)
                freed += 1
    return freed
