"""Which connections a team has, and how reading their bills went."""

from collections.abc import Sequence

from chalicelib.kit.days import list_days
from chalicelib.ports.documents import walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.readers import READERS
from chalicelib.providers.records import BILL_SYNC, BILLS, CONNECTION, Connection, Progress


def connections_of(world: World, tenant: Scope, team: Scope) -> Sequence[Connection]:
    """The connections of a team that are switched on and read over the network, by name."""
    found: list[Connection] = []
    for record in walk(world.documents, team, CONNECTION):
        connection = Connection.of(tenant, team, record)
        if record.doc.get("enabled") is not False and connection.provider in READERS:
            found.append(connection)
    return found


def connections_of_team(world: World, team: Scope) -> Sequence[Connection]:
    """The same of a team whose tenant the caller does not know."""
    member = BILLS.find(world.documents, team)
    return connections_of(world, Scope(member.doc["tenant"]), team) if member else ()


def connection_of(world: World, team: Scope, provider: str) -> Connection | None:
    """The first connection of a team to a provider that is switched on; None when it has none."""
    found = connections_of_team(world, team)
    return next((each for each in found if each.provider == provider), None)


def progress_of(world: World, team: Scope, connection_id: str) -> Progress:
    """How reading a connection's bill went; that of one that was never read says so."""
    record = world.documents.get(team, BILL_SYNC, connection_id)
    return Progress.of(record.doc) if record else Progress()


def days_read(world: World, team: Scope, connection_id: str) -> set[str]:
    """The UTC days (YYYY-MM-DD) that a connection has read of its bill."""
    ranges = progress_of(world, team, connection_id).ranges
    return {day for first, last in ranges for day in list_days(first, last)}


def progresses_of(world: World, team: Scope) -> Sequence[Progress]:
    """How reading went, of all connections that a team has ever had."""
    return [Progress.of(record.doc) for record in walk(world.documents, team, BILL_SYNC)]
