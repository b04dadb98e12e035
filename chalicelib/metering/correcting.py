"""Correcting: what a record of a file makes of a stored event.

A correction is what is trusted most of all: its columns stand, and what it leaves open is null.
Records of the call that come later fill that, but only through a channel that had told nothing
before: what was corrected away does not come back when an old record is sent again.
"""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.metering.call_records import RECORDS, CallRecord, tell_extras
from chalicelib.metering.enriching import CORRECTION, read_records
from chalicelib.metering.rows import COMPLETION, extras_text
from chalicelib.metering.settling import CLOSED, SETTLED, is_open

Row = Mapping[str, Any]
_OWN = frozenset({"event_id", "version", "received_at", "revised_at", "channel", "api_key_id"})
"""Columns that a correction leaves as they were: when and how the event first came."""
_FILES = "BULK"
VOIDED, WRAPPING = "voided", "wrapping"
"""Extras of what was taken back for good: by whom, when and why; as another call's wrapping."""


def is_gone(row: Row) -> bool:
    """Whether an event was taken back for good: by a person, or because it was no call of its own.
    What a file took back, a file brings back."""
    extras = json.loads(row.get("extras") or "{}")
    return bool(row["deleted"] and (VOIDED in extras or WRAPPING in extras))


def correct_row(row: Row, correction: Row) -> dict[str, Any] | None:
    """The stored row as it should be, by version 1 of what corrects it: every column by the
    correction, null where it says nothing, but for our own. None when it is so already. Kinds
    whose records tell no time keep theirs."""
    own = {name: row[name] for name in _OWN if name in row}
    if "payload" in row:
        own["requested_at"] = row["requested_at"]
    wanted = {**dict.fromkeys(row), **correction, **own}
    extras = json.loads(row.get("extras") or "{}")
    if _says_the_same(row, extras, wanted):
        return None
    if row.get("kind") == COMPLETION and is_open(row, extras):
        known = {*extras.get(CLOSED, ()), *read_records(row, extras), _FILES}
        wanted["extras"] = extras_text(
            {
                **json.loads(correction.get("extras") or "{}"),
                CLOSED: sorted(known - {CORRECTION}),
                SETTLED: row["version"] + 1,
            }
        )
    return wanted


def _says_the_same(row: Row, extras: Row, wanted: Row) -> bool:
    """Whether a row is as it should be, or was made so before and enriched since."""
    if RECORDS in extras and CLOSED in extras and not row["deleted"]:
        return read_records(row, extras)[CORRECTION] == CallRecord.of(wanted)
    return _plain(row) == _plain(wanted)


def _plain(row: Row) -> dict[str, Any]:
    """A row without what we keep in its extras."""
    extras = json.loads(row.get("extras") or "{}")
    columns = {name: value for name, value in row.items() if value is not None}
    return {**columns, "extras": tell_extras(extras)}
