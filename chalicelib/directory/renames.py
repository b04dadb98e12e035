"""Renames: what organizations and products were called when their events were stored, and are
called now.

Events keep the names that they came with. Reports show the names of today, so each rename is noted
in every team whose events may hold the old name. Of many renames only the newest are kept, because
each is part of every question.
"""

from collections.abc import Mapping

from chalicelib.directory.registry import ORGANIZATION, PRODUCT
from chalicelib.identity.records import TEAM, Principal
from chalicelib.ports.documents import Record
from chalicelib.ports.world import World
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.listing import read_all

RENAMES = "RENAMES"
MOST = 500
REPORTED = {"organization": ORGANIZATION, "product": PRODUCT}
"""The kinds whose names reports show, by the column that holds them."""


def read_renames(world: World, team: str, kind: str) -> Mapping[str, str]:
    """The names of today by the names of before, which are in lower case."""
    record = world.documents.get(team, RENAMES, kind)
    return record.doc["names"] if record else {}


def note_rename(world: World, tenant: str, team: str, kind: str, before: str, after: str) -> None:
    """Remember that what was called `before` is called `after` from now on."""
    if kind not in REPORTED.values() or before == after:
        return
    teams = [each.id for each in read_all(world, tenant, TEAM)] if kind == ORGANIZATION else [team]
    for each in teams:
        amend(world.documents, each, RENAMES, kind, lambda doc: _with(doc, before, after))


def _with(doc: Doc, before: str, after: str) -> Doc:
    """One more; whatever was called by the old name goes by the new one too."""
    known = {
        old: after if new == before else new
        for old, new in doc.get("names", {}).items()
        if old != before.lower()
    }
    names = {**known, before.lower(): after}
    return {"names": dict(list(names.items())[-MOST:])}


def note_record_rename(
    world: World, principal: Principal, before: Record | None, after: Record
) -> None:
    """Note the new name of a record, once it is stored."""
    if before is not None and not after.deleted:
        note_rename(world, principal.tenant, principal.team, after.kind, before.name, after.name)
