"""Look-ups that several resources need before a record may go: who still refers to it."""

from collections.abc import Iterator

from chalicelib.catalog.subscription_records import Subscription
from chalicelib.directory.registry import SUBSCRIPTION
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World


def find_subscription_to(world: World, team: Scope, product_id: str) -> Subscription | None:
    """A subscription that a product is sold by; None when nobody subscribes to it."""
    for record in walk(world.documents, team, SUBSCRIPTION):
        subscription = Subscription.of(record)
        if subscription.product_id == product_id:
            return subscription
    return None


def walk_subscriptions_of(world: World, team: Scope, subscriber_id: str) -> Iterator[Record]:
    """The records of a subscriber's subscriptions, which are stored under the subscriber's id as
    their reference."""
    records = walk(world.documents, team, SUBSCRIPTION, by="reference", prefix=subscriber_id)
    return (record for record in records if record.reference == subscriber_id)
