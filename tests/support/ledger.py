"""What the ledger holds."""

import json
from typing import Any

from tests.support.client import Client


def stored(client: Client, event_id: str) -> dict[str, Any]:
    """The newest row of an event."""
    team = client.installed.team
    row: dict[str, Any] = json.loads(client.world.events.get(team, [event_id])[event_id].body)
    return row


def extras(row: dict[str, Any]) -> dict[str, Any]:
    """What has no column."""
    found: dict[str, Any] = json.loads(row.get("extras", "{}"))
    return found
