"""Workspaces: what a provider tells costs apart by, such as Anthropic's workspaces and OpenAI's
projects. Syncs discover them; people may name them, and those that share a name are
one group, across providers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.kit.clock import iso
from chalicelib.kit.http.messages import Request
from chalicelib.kit.ids import derive_id
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.providers.readers.reader import Named
from chalicelib.providers.records import CONNECTION, Connection
from chalicelib.providers.schemas import WorkspaceMetadataResource, WorkspaceQuery
from chalicelib.resources import hal
from chalicelib.resources.amend import Doc, amend
from chalicelib.resources.checks import check_id
from chalicelib.resources.errors import UnknownRecord
from chalicelib.resources.schemas import plain_members

WORKSPACE = "WORKSPACE"
DEFAULT_NAME = "Default"
_EMBEDDED = "objectList"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Workspace:
    """One workspace of one connection. `workspace_id` is the provider's, empty for the default one;
    `own_name` is what people call it, if anything."""

    id: str
    provider: str
    workspace_id: str
    workspace_name: str
    own_name: str
    connection_id: str
    source: str
    is_archived: bool
    created_at: int = 0
    updated_at: int = 0

    @classmethod
    def of(cls, record: Record) -> "Workspace":
        """That of a record."""
        doc = record.doc
        return cls(
            id=record.id,
            provider=doc["provider"],
            workspace_id=doc.get("workspaceId") or "",
            workspace_name=doc.get("workspaceName") or "",
            own_name=doc.get("ownName") or "",
            connection_id=doc["connectionId"],
            source=doc.get("source") or doc["connectionId"],
            is_archived=bool(doc.get("archived")),
            created_at=record.created_at,
            updated_at=record.updated_at,
        )

    @property
    def display_name(self) -> str:
        """What it is shown as."""
        return self.own_name or self.workspace_name or self.workspace_id or DEFAULT_NAME


def note_workspaces(world: World, connection: Connection, named: Iterable[Named]) -> None:
    """Remember what a provider calls its workspaces, and that it has a default one. What people
    call them stays."""
    source = connection.source or connection.id
    for workspace in [Named("", ""), *named]:
        fresh = {
            "provider": connection.provider,
            "connectionId": connection.id,
            "source": source,
            "workspaceId": workspace.id,
            "workspaceName": workspace.name,
            "archived": workspace.is_archived,
        }

        def note(doc: Doc, fresh: Json = fresh) -> Doc | None:
            return None if doc.items() >= fresh.items() else {**doc, **fresh}

        record_id = derive_id("workspace", source, workspace.id)
        amend(world.documents, connection.team, WORKSPACE, record_id, note)


def workspaces_of(world: World, team: Scope) -> Sequence[Workspace]:
    """All that a team's connections have discovered."""
    return [Workspace.of(record) for record in walk(world.documents, team, WORKSPACE)]


def list_workspaces(world: World, team: Scope, query: WorkspaceQuery, asked: Request) -> Json:
    """A HAL page of workspaces, one row a display name. Raises Invalid."""
    names = _names(world, team)
    rows = [_row(members, names) for members in _groups(workspaces_of(world, team))]
    text = (query.query or "").strip().casefold()
    kept = [
        row
        for row in rows
        if text in f"{row['name']}\n{row['workspaceName']}".casefold()
        and (query.provider or row["provider"]) in row["providers"]
    ]
    orders = hal.parse_sort(query.sort, plain_members(WorkspaceMetadataResource), "Workspace")
    ordered = hal.sort_rows(kept, orders or [("name", False)], lambda row, member: row[member])
    page = query.request.cut(ordered)
    return hal.build_page(asked, query.request, _EMBEDDED, page, len(ordered))


def rename(world: World, team: Scope, record_id: str, name: str | None) -> Json:
    """Call a workspace by a name of one's own, or by the provider's again; its row, alone. Raises
    UndecodableId, UnknownRecord."""
    check_id(record_id)
    record = world.documents.get(team, WORKSPACE, record_id)
    if record is None:
        raise UnknownRecord("Workspace", record_id)
    own_name = (name or "").strip()

    def change(doc: Doc) -> Doc:
        return {**doc, "ownName": own_name}

    amend(world.documents, team, WORKSPACE, record_id, change)
    changed = replace(Workspace.of(record), own_name=own_name, updated_at=world.now())
    return _row([changed], _names(world, team))


def _groups(workspaces: Iterable[Workspace]) -> Iterable[Sequence[Workspace]]:
    """Those that share a display name, whatever the case."""
    groups: dict[str, list[Workspace]] = {}
    for workspace in workspaces:
        groups.setdefault(workspace.display_name.strip().casefold(), []).append(workspace)
    return groups.values()


def _names(world: World, team: Scope) -> Mapping[str, str]:
    return {record.id: record.name for record in walk(world.documents, team, CONNECTION)}


def _row(members: Sequence[Workspace], names: Mapping[str, str]) -> Json:
    first = members[0]
    return {
        "id": first.id,
        "resourceType": "workspace",
        "label": first.display_name,
        "name": first.display_name,
        "provider": first.provider,
        "reveniumName": first.own_name or None,
        "workspaceId": first.workspace_id or None,
        "workspaceName": first.workspace_name or None,
        "providers": sorted({member.provider for member in members}),
        "workspaceCount": len(members),
        "workspaces": [_member(member, names) for member in members],
        "created": iso(first.created_at),
        "updated": iso(first.updated_at),
    }


def _member(workspace: Workspace, names: Mapping[str, str]) -> Json:
    return {
        "id": workspace.id,
        "provider": workspace.provider,
        "workspaceId": workspace.workspace_id or None,
        "workspaceName": workspace.workspace_name or None,
        "reveniumName": workspace.own_name or None,
        "credentialId": workspace.connection_id,
        "credentialName": names.get(workspace.connection_id),
        "archived": workspace.is_archived,
    }
