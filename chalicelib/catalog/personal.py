"""What belongs to a user: the subscriptions and credentials of the subscribers that the user is."""

from chalicelib.catalog.credentials import CREDENTIALS
from chalicelib.catalog.lookups import walk_subscriptions_of
from chalicelib.catalog.subscription_records import Subscription
from chalicelib.directory.records import Credential
from chalicelib.directory.registry import CREDENTIAL, SUBSCRIBER
from chalicelib.identity.records import USER, Principal, User
from chalicelib.kit.http.messages import Request
from chalicelib.ports.documents import Record, walk
from chalicelib.ports.world import World
from chalicelib.resources.checks import check_id
from chalicelib.resources.errors import UnknownRecord
from chalicelib.resources.references import Row
from chalicelib.resources.schemas import PageQuery
from chalicelib.resources.store import Store


class UserPageQuery(PageQuery):
    """What the lists of a user's things may be asked."""

    productId: str | None = None


def subscribers_of(world: World, principal: Principal, user: str) -> frozenset[str]:
    """The ids of the caller's subscribers that a user is: the one it names as its subscriber, and
    the one with its address. The id of a subscriber stands for itself. Raises UndecodableId,
    UnknownRecord."""
    check_id(user)
    documents, team = world.documents, principal.team
    record = documents.get(principal.tenant, USER, user)
    if record is None or record.deleted:
        subscriber = documents.get(team, SUBSCRIBER, user)
        if subscriber is None or subscriber.deleted:
            raise UnknownRecord("User", user)
        return frozenset({user})
    known = User.of(record)
    found = [documents.find(team, SUBSCRIBER, "email", known.email)]
    if known.subscriber_id:
        found.append(documents.get(team, SUBSCRIBER, known.subscriber_id))
        found.append(documents.find(team, SUBSCRIBER, "id", known.subscriber_id))
    return frozenset(each.id for each in found if each and not each.deleted)


def subscriptions_of(
    world: World, principal: Principal, user: str, product: str | None = None
) -> list[Record]:
    """The subscriptions of a user, to one product if it is named. Raises UndecodableId,
    UnknownRecord."""
    if product:
        check_id(product, "productId")
    found: list[Record] = []
    for subscriber in subscribers_of(world, principal, user):
        own = walk_subscriptions_of(world, principal.team, subscriber)
        found += (
            each for each in own if not product or Subscription.of(each).product_id == product
        )
    return found


def page_subscriptions_of(store: Store, user: str, query: UserPageQuery, asked: Request) -> Row:
    """A page of a user's subscriptions, as their store shows them."""
    found = subscriptions_of(store.world, store.principal, user, query.productId)
    return store.page_of(found, query, asked)


def page_credentials_of(
    world: World, principal: Principal, user: str, query: UserPageQuery, asked: Request
) -> Row:
    """A page of a user's credentials; with a product, of those for subscriptions to it."""
    subscribers = subscribers_of(world, principal, user)
    wanted: set[str] | None = None
    if query.productId:
        wanted = {record.id for record in subscriptions_of(world, principal, user, query.productId)}

    def keep(record: Record) -> bool:
        credential = Credential.of(record)
        if credential.subscriber_id not in subscribers:
            return False
        return wanted is None or not wanted.isdisjoint(credential.subscription_ids)

    found = filter(keep, walk(world.documents, principal.team, CREDENTIAL))
    return Store(world, principal, CREDENTIALS).page_of(found, query, asked)
