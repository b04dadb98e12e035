"""Renames: what organizations and products were called when their events were stored, and are
called now.

Events keep the names that they came with. Reports show the names of today, so each rename is noted
in every team whose events may hold the old name. Of many renames only the newest are kept, because
each is part of every question.
"""

from collections.abc import Iterable, Mapping

from chalicelib.directory.registry import ORGANIZATION, PRODUCT
from chalicelib.identity.records import TEAM, Principal
from chalicelib.ports.documents import Record
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.listing import read_all

RENAMES = "RENAMES"
MOST = 500
"""Renames of a kind that a team keeps."""
REPORTED = {"organization": ORGANIZATION, "product": PRODUCT}
"""The kinds whose names reports show, by the column that holds them."""


def read_renames(world: World, team: Scope, kind: str) -> Mapping[str, str]:
    """The names of today by the names of before, which are in lower case."""
    record = world.documents.get(team, RENAMES, kind)
    names: Mapping[str, str] = record.doc["names"] if record else {}
    return names


def note_rename(
    world: World, teams: Iterable[Scope], kind: str, *, before: str, after: str
) -> None:
    """Remember in some teams that the record of a kind that was called `before` is called `after`
    from now on."""
    if kind not in REPORTED.values() or before == after:
        return
    for team in teams:
        amend(world.documents, team, RENAMES, kind, lambda doc: _add_rename(doc, before, after))


def list_teams_with(world: World, tenant: Scope, team: Scope, kind: str) -> list[Scope]:
    """The teams whose events may name a record of a kind that `team` holds: organizations belong to
    the whole tenant, and so to all of its teams. Raises TooMany."""
    if kind != ORGANIZATION:
        return [team]
    return [Scope(record.id) for record in read_all(world, tenant, TEAM)]


def _add_rename(doc: Doc, before: str, after: str) -> Doc:
    """The stored renames with one more; whatever went by the old name goes by the new one too. Of
    more than MOST the oldest are dropped."""
    key = before.lower()
    names: dict[str, str] = {}
    for old, new in doc.get("names", {}).items():
        if old != key:
            names[old] = after if new == before else new
    names[key] = after
    while len(names) > MOST:
        del names[next(iter(names))]
    return {"names": names}


def note_record_rename(
    world: World, principal: Principal, before: Record | None, after: Record
) -> None:
    """Note the new name of a record once it is stored; `before` is None for one that was
    created."""
    if before is None or after.deleted or before.name == after.name:
        return
    teams = list_teams_with(world, principal.tenant, principal.team, after.kind)
    note_rename(world, teams, after.kind, before=before.name, after=after.name)
