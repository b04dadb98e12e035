"""Rows without the person: of the ledger as dictionaries, of the lake as Arrow tables. Needs
pyarrow."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chalicelib.erasure.subject import Subject

Row = Mapping[str, Any]
_PERSON = ("subscriber", "subscriber_email", "user_email", "remote_host", "user_agent")
"""Columns that tell who it was."""
_JSON = ("extras", "payload")
"""Columns that hold JSON text."""
_UNTOUCHED = frozenset(
    "event_id channel kind provider model model_source price_status price_source "
    "price_version unpriced_reason cost_type currency organization_id product_id "
    "subscriber_id credential_id api_key_id source_id charge_id invoice_id subscription_id "
    "dimension exchange_rate rate_date".split()
)
"""Columns that hold our own ids and words. The ids of subscriber and credential stay: no record
tells any more whose they were, and open invoices count usage by them."""


def scrub_row(row: Row, subject: Subject) -> dict[str, Any]:
    """A row without the person; numbers, and so costs, are never touched."""
    own = subject.owns(row)
    return {name: _scrub_cell(name, row, subject, own=own) for name in row}


def _scrub_cell(name: str, row: Row, subject: Subject, *, own: bool) -> object:
    """The cell of a column; `own` says that the row is the person's own."""
    value = row[name]
    if not isinstance(value, str) or name in _UNTOUCHED:
        return value
    if own and name in _PERSON:
        return subject.token
    if name == "credential" and row.get("credential_id") in subject.credentials:
        return subject.token
    if name in _JSON:
        return subject.json_text(value, own=own)
    return subject.text(value)


def scrub_table(rows: pa.Table, subject: Subject) -> tuple[pa.Table, list[Row]]:
    """The rows without the person, and those that changed, as they were (texts only)."""
    texts = [field.name for field in rows.schema if pa.types.is_string(field.type)]
    mask = _mask_suspects(rows, texts, subject)
    if not pc.any(mask, min_count=0).as_py():
        return rows, []
    before = rows.select(texts).filter(mask).to_pylist()
    after = [scrub_row(row, subject) for row in before]
    changed = [old for old, new in zip(before, after, strict=True) if old != new]
    for name in texts:
        values = [row[name] for row in after]
        if values != [row[name] for row in before]:
            column = rows[name].combine_chunks()
            scrubbed = pc.replace_with_mask(column, mask, pa.array(values, pa.string()))
            rows = rows.set_column(rows.schema.get_field_index(name), name, scrubbed)
    return rows, changed


def _mask_suspects(rows: pa.Table, texts: list[str], subject: Subject) -> pa.Array:
    """A mask of all rows that may hold the person, and of some that do not."""
    mask = pa.chunked_array([pa.repeat(False, rows.num_rows)])
    for name in texts:
        if name not in _UNTOUCHED:
            for literal in subject.literals:
                found = pc.match_substring(rows[name], literal, ignore_case=True)
                mask = pc.or_(mask, found.fill_null(False))
    for name, wanted in (("subscriber_id", subject.ids), ("credential_id", subject.credentials)):
        if name in texts:
            ids = pa.array(sorted(wanted), pa.string())
            mask = pc.or_(mask, pc.is_in(rows[name], value_set=ids))
    values = pa.array(sorted(subject.values), pa.string())
    for name in ("subscriber", "subscriber_email", "user_email"):
        if name in texts:
            mask = pc.or_(mask, pc.is_in(pc.utf8_lower(rows[name]), value_set=values))
    return mask.combine_chunks()
