"""Settling: which events of calls are open to further records of their calls.

A version that enriching, re-rating or taking back made, or a file that corrects, says in its extras
that it knows of all versions before it (`settled`). Any other one closes the event for ever: what
erasing a person took out must not come back with the next record.
"""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.metering.rows import COMPLETION, extras_text

Row = Mapping[str, Any]
ENRICHED, SETTLED, CLOSED = "enriched", "settled", "closed"
"""Extras: how many versions enriching has made; the version up to which every one is known for what
it is, where these were not made by enriching alone; of an event that was corrected, the channels
whose records change it no more."""


def is_open(row: Row, extras: Row) -> bool:
    """Whether an event, by its newest row and the extras of that, may still be enriched."""
    return bool(row["version"] == extras.get(SETTLED, 1 + extras.get(ENRICHED, 0)))


def settle(row: Row) -> dict[str, Any]:
    """The columns by which the next version of a row leaves its event as open as it is."""
    if row.get("kind") != COMPLETION:
        return {}
    extras = json.loads(row.get("extras") or "{}")
    if not is_open(row, extras):
        return {}
    return {"extras": extras_text({**extras, SETTLED: row["version"] + 1})}
