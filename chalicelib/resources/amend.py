"""Amend: read, change and write one document, again whenever somebody else was quicker."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.ports.documents import Documents, Record, Stale, Taken

_ATTEMPTS = 100
Doc = Mapping[str, Any]


def amend(
    documents: Documents, scope: str, kind: str, record_id: str, change: Callable[[Doc], Doc | None]
) -> None:
    """Replace a document by what `change` makes of it ({} when there is none yet); None leaves it
    as it is.

    A document's member `reference` is also stored as the record's reference. `change` may run
    several times. Raises Stale when others were quicker a hundred times in a row.
    """
    for _ in range(_ATTEMPTS):
        known = documents.get(scope, kind, record_id)
        changed = change(known.doc if known else {})
        if changed is None:
            return
        reference = str(changed.get("reference", ""))
        try:
            if known:
                documents.update(scope, replace(known, doc=changed, reference=reference))
            else:
                documents.create(
                    scope, Record(kind, record_id, changed, name=record_id, reference=reference)
                )
        except (Stale, Taken):
            continue
        return
    raise Stale(kind, record_id)
