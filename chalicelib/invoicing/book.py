"""The book: all that rating a team needs to know of its catalog, read once a run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.catalog.elements import SYSTEM
from chalicelib.directory.exchange import Rates, rates_of
from chalicelib.directory.registry import ELEMENT, ORGANIZATION, PRODUCT, SUBSCRIPTION
from chalicelib.identity.records import TEAM
from chalicelib.invoicing.accounts import Account, account_of
from chalicelib.invoicing.days import Recipe
from chalicelib.invoicing.matching import Matcher, heirs_of
from chalicelib.invoicing.tariffs import CALLS, Tariff, tariff_of
from chalicelib.ports.documents import Record, fold, walk
from chalicelib.ports.world import World

Doc = Mapping[str, Any]
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Book:
    """Everything by id. `now` is the instant of the run (ms). `team_doc` is the team as it is
    stored."""

    world: World
    tenant: str
    team: str
    now: int
    team_doc: Doc
    accounts: Mapping[str, Account]
    products: Mapping[str, Record]
    plans: Mapping[str, Doc]
    tariffs: Mapping[str, Tariff]
    matcher: Matcher
    recipe: Recipe
    rates: Rates
    organizations: Mapping[str, Record]
    elements: Sequence[Record]

    def recipe_of(self, tariffs: Iterable[Tariff]) -> Recipe:
        """How to count what tariffs rate, under every name that events may call it."""
        rated = [each for tariff in tariffs for each in tariff.components if each.key != CALLS]
        wanted = {each.element for each in rated}
        names = {
            fold(name): element.id
            for element in self.elements
            if element.id in wanted
            for name in (*element.unique.values(), element.name)
        }
        system = {element.name: element.id for element in SYSTEM if element.id in wanted}
        return Recipe(names, system, frozenset(each.element for each in rated if each.valued))


def read(world: World, tenant: str, team: str) -> Book:
    """Read the book of a team."""
    stored = world.documents.get(tenant, TEAM, team)
    subscriptions = list(walk(world.documents, team, SUBSCRIPTION))
    accounts = {record.id: account_of(record) for record in subscriptions}
    products = {product.id: product for product in walk(world.documents, team, PRODUCT)}
    plans = {
        product.id: product.doc["plan"] for product in products.values() if product.doc.get("plan")
    }
    tariffs = {product: tariff_of(plan) for product, plan in plans.items()}
    book = Book(
        world=world,
        tenant=tenant,
        team=team,
        now=world.now(),
        team_doc=stored.doc if stored else {},
        accounts=accounts,
        products=products,
        plans=plans,
        tariffs=tariffs,
        matcher=Matcher(
            accounts.values(),
            {product.id: product.doc for product in products.values()},
            heirs_of(world, tenant, team),
        ),
        recipe=Recipe(),
        rates=rates_of(world, tenant),
        organizations=named(
            world,
            tenant,
            ORGANIZATION,
            (record.doc.get("organizationId") for record in subscriptions),
        ),
        elements=list(walk(world.documents, team, ELEMENT)),
    )
    return replace(book, recipe=book.recipe_of(tariffs.values()))


def named(world: World, scope: str, kind: str, ids: Iterable[str | None]) -> dict[str, Record]:
    """The records of ids, however many."""
    wanted = sorted({each for each in ids if each})
    found: dict[str, Record] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        found |= world.documents.get_many(scope, kind, wanted[start : start + _AT_ONCE])
    return found
