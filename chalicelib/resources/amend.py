"""Amend: read, change and write one document, again whenever somebody else was quicker."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from chalicelib.ports.documents import Documents, Record, Stale, Taken
from chalicelib.ports.scope import Scope

_ATTEMPTS = 100
Doc = Mapping[str, Any]
Value = TypeVar("Value")


def retry(attempt: Callable[[], Value]) -> Value:
    """What `attempt` answers, which reads a record, changes it and writes it; made again whenever
    somebody else wrote in between.

    Raises Stale, or Taken for a record that is created, when others were quicker a hundred times in
    a row.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return attempt()
        except (Stale, Taken):
            continue
    return attempt()


def amend(
    documents: Documents,
    scope: Scope,
    kind: str,
    record_id: str,
    change: Callable[[Doc], Doc | None],
) -> None:
    """Replace a document by what `change` makes of it ({} when there is none yet); None leaves it
    as it is.

    A document's member `reference` is also stored as the record's reference. `change` may run
    several times. Raises what `retry` raises.
    """

    def attempt() -> None:
        stored = documents.get(scope, kind, record_id)
        changed = change(stored.doc if stored else {})
        if changed is None:
            return
        reference = str(changed.get("reference", ""))
        if stored:
            documents.update(scope, replace(stored, doc=changed, reference=reference))
            return
        fresh = Record(kind, record_id, changed, name=record_id, reference=reference)
        documents.create(scope, fresh)

    retry(attempt)
