"""Matching: which subscriptions the usage of a caller belongs to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from chalicelib.catalog.merging import read_heirs
from chalicelib.directory.registry import ORGANIZATION, PRODUCT, SUBSCRIBER
from chalicelib.invoicing.accounts import Account
from chalicelib.ports.documents import fold
from chalicelib.ports.world import World

Doc = Mapping[str, Any]


OWNERS = (
    "subscription",
    "credential_id",
    "subscriber_id",
    "organization_id",
    "product_id",
    "source_id",
)
"""The columns of events that make a caller, in order."""


class Caller(NamedTuple):
    """What an event says of whom it is charged to: ids, but for `subscription`, which clients
    write; empty text where it says nothing."""

    subscription: str = ""
    credential: str = ""
    subscriber: str = ""
    organization: str = ""
    product: str = ""
    source: str = ""


Heirs = Mapping[str, Mapping[str, str]]
MERGED = {"organization": ORGANIZATION, "subscriber": SUBSCRIBER, "product": PRODUCT}
"""The kinds that can be merged, by the member of a caller that names them."""


class Matcher:
    """The subscriptions of a team, by everything that usage may name.

    The first of these that names any decides: the subscription (its id, or the id or name that
    people gave it), the credential, the subscriber, the customer organization of a call that names
    no subscriber. Of those found, usage counts for each whose product is the one that the call
    names, if it names one, and has the source that it came from, if it came from one. A record that
    was merged is the one that it was merged into.
    """

    def __init__(
        self,
        accounts: Iterable[Account],
        products: Mapping[str, Doc],
        heirs: Heirs = MappingProxyType({}),
    ) -> None:
        """`products` by id. `heirs`: by member of a caller, the ids of today by those that merged
        records had."""
        self._heirs = {member: ids for member, ids in heirs.items() if ids}
        self._sources = {
            product: frozenset(doc.get("sourceIds") or ()) for product, doc in products.items()
        }
        self._named: defaultdict[str, list[Account]] = defaultdict(list)
        self._held: defaultdict[str, list[Account]] = defaultdict(list)
        self._of_subscriber: defaultdict[str, list[Account]] = defaultdict(list)
        self._of_organization: defaultdict[str, list[Account]] = defaultdict(list)
        for account in accounts:
            self._enter(account)
        self._known: dict[Caller, Sequence[Account]] = {}

    def of(self, caller: Caller) -> Sequence[Account]:
        """The subscriptions of a caller, whatever their product was at the time."""
        found = self._known.get(caller)
        if found is None:
            found = self._known[caller] = self._look_up(self._today(caller))
        return found

    def takes(self, product: str, caller: Caller) -> bool:
        """Whether usage of a caller is usage of a product."""
        caller = self._today(caller)
        if caller.product and caller.product != product:
            return False
        return not caller.source or caller.source in self._sources.get(product, ())

    def _today(self, caller: Caller) -> Caller:
        """The caller by the ids of today."""
        if not self._heirs:
            return caller
        said = caller._asdict()
        return caller._replace(
            **{member: ids.get(said[member], said[member]) for member, ids in self._heirs.items()}
        )

    def _enter(self, account: Account) -> None:
        doc = account.record.doc
        for name in {
            account.id,
            fold(doc.get("subscriptionId") or ""),
            fold(doc.get("name") or ""),
        } - {""}:
            self._named[name].append(account)
        for credential in doc.get("credentialIds") or ():
            self._held[credential].append(account)
        if doc.get("subscriberId"):
            self._of_subscriber[doc["subscriberId"]].append(account)
        if doc.get("organizationId"):
            self._of_organization[doc["organizationId"]].append(account)

    def _look_up(self, caller: Caller) -> Sequence[Account]:
        named = self._named.get(caller.subscription) or self._named.get(fold(caller.subscription))
        if caller.subscription and named:
            return named
        if caller.credential in self._held:
            return self._held[caller.credential]
        if caller.subscriber:
            return self._of_subscriber.get(caller.subscriber, ())
        return self._of_organization.get(caller.organization, ())


def heirs_of(world: World, tenant: str, team: str) -> Heirs:
    """What was merged in a team, and in its tenant."""
    scopes = {ORGANIZATION: tenant}
    return {
        member: read_heirs(world, scopes.get(kind, team), kind) for member, kind in MERGED.items()
    }
