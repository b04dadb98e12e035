"""Links between credentials and subscriptions, which both name each other. The credential is
written first; a crash between the two writes is mended when the credential is written again."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.catalog import credentials
from chalicelib.catalog.credentials import LINK
from chalicelib.catalog.subscriptions import SUBSCRIPTIONS
from chalicelib.ports.documents import Record, Stale
from chalicelib.resources.shelf import Shelf

_TRIES = 5


def create(shelf: Shelf, members: Mapping[str, Any]) -> Record:
    """See credentials.create; the subscriptions that the credential names then name it too."""
    record = credentials.create(shelf, members)
    _follow(shelf, record, ())
    return record


def change(shelf: Shelf, record_id: str, members: Mapping[str, Any]) -> Record:
    """The credential with these members, and the subscriptions that it names or named before with
    it.

    Raises Duplicate, Stale, UnknownRecord.
    """
    before = shelf.get(record_id)
    after = shelf.change(before, members)
    _follow(shelf, after, before.doc.get("subscriptionIds") or ())
    return after


def _follow(shelf: Shelf, credential: Record, before: Iterable[str]) -> None:
    named = set(credential.doc.get("subscriptionIds") or ())
    subscriptions = Shelf(shelf.world, shelf.principal, SUBSCRIPTIONS)
    for subscription in named | set(before):
        _link(subscriptions, subscription, credential.id, linked=subscription in named)


def _link(shelf: Shelf, subscription: str, credential: str, *, linked: bool) -> None:
    """Have a subscription name a credential, or no longer; nothing happens to one that was
    deleted."""
    for _ in range(_TRIES):
        record = shelf.world.documents.get(shelf.scope, SUBSCRIPTIONS.kind, subscription)
        named = list(record.doc.get(LINK.flat) or ()) if record else []
        if record is None or record.deleted or (credential in named) is linked:
            return
        links = [*named, credential] if linked else [each for each in named if each != credential]
        try:
            shelf.change(record, {LINK.flat: links})
        except Stale:
            continue
        return
    raise Stale(SUBSCRIPTIONS.name, subscription)
