"""The book: all that rating a team needs to know of its catalog, read once a run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.catalog.elements import SYSTEM
from chalicelib.catalog.records import Product
from chalicelib.catalog.subscription_records import Subscription
from chalicelib.directory.exchange import Rates, rates_of
from chalicelib.directory.registry import ELEMENT, ORGANIZATION, PRODUCT, SUBSCRIPTION
from chalicelib.identity.records import TEAM
from chalicelib.identity.settings import TeamSettings
from chalicelib.invoicing.accounts import Account, Plans, plans_of
from chalicelib.invoicing.days import Recipe
from chalicelib.invoicing.elements import COSTS, UNPRICED, unpriced_id
from chalicelib.invoicing.matching import Matcher, heirs_of
from chalicelib.invoicing.tariffs import CALLS, PlanTariff, tariff_of
from chalicelib.ports.documents import Record, fold, walk
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources.listing import read_many


@dataclass(frozen=True, slots=True)
class Book:
    """What a run knows, everything by id. `now` is the instant of the run (UTC epoch ms);
    `recipe` says how to count what all tariffs rate."""

    world: World
    tenant: Scope
    team: Scope
    now: int
    settings: TeamSettings
    accounts: Mapping[str, Account]
    products: Mapping[str, Product]
    plans: Plans
    tariffs: Mapping[str, PlanTariff]
    matcher: Matcher
    recipe: Recipe
    rates: Rates
    organizations: Mapping[str, Record]
    elements: Sequence[Record]

    def recipe_of(self, tariffs: Iterable[PlanTariff]) -> Recipe:
        """How to count what tariffs rate, under every name that events may call it."""
        wanted: set[str] = set()
        valued: set[str] = set()
        for tariff in tariffs:
            for component in tariff.components:
                if component.key == CALLS:
                    continue
                wanted.add(component.element)
                if component.needs_values:
                    valued.add(component.element)
        names: dict[str, str] = {}
        for element in self.elements:
            if element.id in wanted:
                for name in (*element.unique.values(), element.name):
                    names[fold(name)] = element.id
        system = {element.name: element.id for element in SYSTEM if element.id in wanted}
        for name in COSTS & system.keys():
            system[UNPRICED + name] = unpriced_id(system[name])
        return Recipe(names, system, frozenset(valued))


def read_book(world: World, tenant: Scope, team: Scope) -> Book:
    """Read the book of a team."""
    records = walk(world.documents, team, SUBSCRIPTION)
    subscriptions = [Subscription.of(record) for record in records]
    accounts = {each.id: Account.of(each) for each in subscriptions}
    products = {record.id: Product.of(record) for record in walk(world.documents, team, PRODUCT)}
    plans = plans_of(products)
    tariffs = {product: tariff_of(plan) for product, plan in plans.items()}
    customers = {each.organization_id for each in subscriptions}
    book = Book(
        world=world,
        tenant=tenant,
        team=team,
        now=world.now(),
        settings=TeamSettings.of(world.documents.get(tenant, TEAM, team)),
        accounts=accounts,
        products=products,
        plans=plans,
        tariffs=tariffs,
        matcher=Matcher(accounts.values(), products, heirs_of(world, tenant, team)),
        recipe=Recipe(),
        rates=rates_of(world, tenant),
        organizations=read_many(world, tenant, ORGANIZATION, customers),
        elements=list(walk(world.documents, team, ELEMENT)),
    )
    return replace(book, recipe=book.recipe_of(tariffs.values()))
