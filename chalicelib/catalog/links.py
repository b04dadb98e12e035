"""Links between credentials and subscriptions, which both name each other. The credential is
written first; a crash between the two writes is mended when the credential is written again."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.catalog import credentials
from chalicelib.catalog.credentials import LINK, relink
from chalicelib.catalog.subscription_records import Subscription
from chalicelib.catalog.subscriptions import SUBSCRIPTIONS
from chalicelib.directory.records import Credential
from chalicelib.ports.documents import Record
from chalicelib.resources.amend import retry
from chalicelib.resources.store import Store


def create(store: Store, members: Mapping[str, Any]) -> Record:
    """See credentials.create; the subscriptions that the credential names then name it too."""
    record = credentials.create(store, members)
    _follow(store, record, ())
    return record


def change(store: Store, record_id: str, members: Mapping[str, Any]) -> Record:
    """The credential with these members, and the subscriptions that it names or named before with
    it.

    Raises Duplicate, Stale, UnknownRecord.
    """
    before = store.get(record_id)
    after = store.change(before, members)
    _follow(store, after, Credential.of(before).subscription_ids)
    return after


def _follow(store: Store, credential: Record, before: Iterable[str]) -> None:
    """Have the subscriptions that a credential names name it too, and those that it named before
    and names no longer cease to."""
    linked = set(Credential.of(credential).subscription_ids)
    subscriptions = Store(store.world, store.principal, SUBSCRIPTIONS)
    for subscription in linked | set(before):
        _link(subscriptions, subscription, credential.id, linked=subscription in linked)


def _link(store: Store, subscription: str, credential: str, *, linked: bool) -> None:
    """Have a subscription name a credential, or (not `linked`) name it no longer; nothing happens
    to a subscription that was deleted. Raises Stale."""

    def attempt() -> None:
        record = store.world.documents.get(store.scope, SUBSCRIPTIONS.kind, subscription)
        if record is None or record.deleted:
            return
        links = Subscription.of(record).credential_ids
        if (credential in links) is not linked:
            store.change(record, {LINK.flat: relink(links, credential, linked=linked)})

    retry(attempt)
