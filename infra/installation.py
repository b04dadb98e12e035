"""The first tenant of a data folder or stage: made on the first start, found again on every later
one."""

from dataclasses import dataclass

from chalicelib.identity.service import bootstrap
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

_SCOPE = Scope("system")
_KIND, _ID = "INSTALLATION", "first"


@dataclass(frozen=True, slots=True)
class Installation:
    """The first tenant and its team. The keys are known on the first start only, because nothing
    keeps them."""

    tenant: Scope
    team: Scope
    write_key: str | None = None
    metering_key: str | None = None


def installation(
    world: World, name: str = "My company", email: str = "admin@localhost"
) -> Installation:
    """Find the first tenant, or make it."""
    known = find_installation(world)
    if known:
        return known
    made = bootstrap(world, name, "My team", email)
    world.documents.create(_SCOPE, Record(_KIND, _ID, {"tenant": made.tenant, "team": made.team}))
    return Installation(made.tenant, made.team, made.write_key, made.metering_key)


def find_installation(world: World) -> Installation | None:
    """The first tenant; None before the first start."""
    known = world.documents.get(_SCOPE, _KIND, _ID)
    return Installation(known.doc["tenant"], known.doc["team"]) if known else None
