"""Matching: which subscriptions the usage of a caller belongs to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from chalicelib.catalog.merging import read_heirs
from chalicelib.catalog.records import Product
from chalicelib.directory.registry import ORGANIZATION, PRODUCT, SUBSCRIBER
from chalicelib.invoicing.accounts import Account
from chalicelib.ports.documents import fold
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World

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
"""By member of a caller: the ids of today by those that merged records had."""
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
        products: Mapping[str, Product],
        heirs: Heirs = MappingProxyType({}),
    ) -> None:
        """`products` by id. `heirs`: by member of a caller, the ids of today by those that merged
        records had."""
        self._heirs = {member: ids for member, ids in heirs.items() if ids}
        self._sources = {product.id: frozenset(product.source_ids) for product in products.values()}
        self._by_name: defaultdict[str, list[Account]] = defaultdict(list)
        self._by_credential: defaultdict[str, list[Account]] = defaultdict(list)
        self._by_subscriber: defaultdict[str, list[Account]] = defaultdict(list)
        self._by_organization: defaultdict[str, list[Account]] = defaultdict(list)
        for account in accounts:
            self._enter(account)
        self._remembered: dict[Caller, Sequence[Account]] = {}

    def of(self, caller: Caller) -> Sequence[Account]:
        """The subscriptions of a caller, whatever their product was at the time."""
        accounts = self._remembered.get(caller)
        if accounts is None:
            accounts = self._remembered[caller] = self._look_up(self._today(caller))
        return accounts

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
        told = caller._asdict()
        for member, ids in self._heirs.items():
            told[member] = ids.get(told[member], told[member])
        return Caller(**told)

    def _enter(self, account: Account) -> None:
        subscription = account.subscription
        names = {account.id, fold(subscription.number), fold(subscription.name)}
        for name in names - {""}:
            self._by_name[name].append(account)
        for credential in subscription.credential_ids:
            self._by_credential[credential].append(account)
        if subscription.subscriber_id:
            self._by_subscriber[subscription.subscriber_id].append(account)
        if subscription.organization_id:
            self._by_organization[subscription.organization_id].append(account)

    def _look_up(self, caller: Caller) -> Sequence[Account]:
        name = caller.subscription
        accounts = self._by_name.get(name) or self._by_name.get(fold(name))
        if name and accounts:
            return accounts
        if caller.credential in self._by_credential:
            return self._by_credential[caller.credential]
        if caller.subscriber:
            return self._by_subscriber.get(caller.subscriber, ())
        return self._by_organization.get(caller.organization, ())


def heirs_of(world: World, tenant: Scope, team: Scope) -> Heirs:
    """What was merged in a team, and in its tenant: by member of a caller, the ids of today by
    those that merged records had."""
    heirs: dict[str, Mapping[str, str]] = {}
    for member, kind in MERGED.items():
        scope = tenant if kind == ORGANIZATION else team
        heirs[member] = read_heirs(world, scope, kind)
    return heirs
