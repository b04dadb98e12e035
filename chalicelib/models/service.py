"""Verbs of models: list, read, create, change and delete them; a team's own stand before the listed
ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chalicelib.directory.prices import AI_MODEL, OWN_PRICES, TOKEN_PRICES
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import day_of
from chalicelib.kit.errors import Forbidden, Invalid
from chalicelib.kit.http.messages import Request
from chalicelib.models.lists import (
    find_by_name,
    is_provider,
    list_dimensions,
    list_models,
    token_prices,
)
from chalicelib.models.records import (
    Model,
    current,
    live_dimensions,
    own_model,
    shown_dimension,
    usd,
)
from chalicelib.models.resource import MODELS, OWN, PATH
from chalicelib.models.schemas import (
    AiModel,
    AiModelPricePatch,
    AiModelResource,
    ModelQuery,
    ModelType,
)
from chalicelib.ports.documents import Record, fold
from chalicelib.ports.scope import Scope
from chalicelib.ports.world import World
from chalicelib.resources import hal
from chalicelib.resources.checks import check_id
from chalicelib.resources.errors import UnknownRecord
from chalicelib.resources.filters import contains_text
from chalicelib.resources.listing import read_all
from chalicelib.resources.references import Row
from chalicelib.resources.revisions import ROWS
from chalicelib.resources.schemas import PageQuery, member_names, plain_members, sent_members
from chalicelib.resources.store import Store

_OF_RECORDS = ("created", "updated")
"""Members that a listed model has not: nobody created it here."""


@dataclass(frozen=True, slots=True)
class Models:
    """The models within one caller's reach."""

    world: World
    principal: Principal

    @property
    def store(self) -> Store:
        """The team's own models."""
        return Store(self.world, self.principal, MODELS)

    @property
    def own(self) -> Store:
        """The team's own dimensions of listed models, under their ids."""
        return Store(self.world, self.principal, OWN)

    @property
    def team(self) -> Scope:
        """Whose models these are."""
        return self.principal.team

    @property
    def day(self) -> str:
        """The UTC day that list prices are shown of."""
        return day_of(self.world.now())

    def get(self, model_id: str) -> Model:
        """Raises UndecodableId, UnknownRecord."""
        check_id(model_id)
        record = self.world.documents.get(self.team, AI_MODEL, model_id)
        if record is not None and not record.deleted:
            return own_model(record)
        if model_id not in list_models():
            raise UnknownRecord(MODELS.name, model_id)
        return list_models()[model_id]

    def by_name(self, name: str) -> Model:
        """The team's model of a name, else the listed one, whatever the case. Raises
        UnknownRecord."""
        for model in self._own_models(name):
            if fold(model.name) == fold(name):
                return model
        listed = find_by_name(name, self.world.now())
        if listed is None:
            raise UnknownRecord(MODELS.name, name, by="name")
        return listed

    def has_own(self, provider: str, name: str) -> bool:
        """Whether the team has a model of just this provider and name."""
        return any(
            (model.provider, model.name) == (provider, name) for model in self._own_models(name)
        )

    def all(self, kind: ModelType | None = None) -> list[Model]:
        """The team's own by name, then the listed ones."""
        models: list[Model] = []
        if kind is not ModelType.GLOBAL:
            models += self._own_models()
        if kind is not ModelType.CUSTOM:
            models += list_models().values()
        return models

    def page(self, query: ModelQuery, asked: Request) -> Row:
        """A HAL page. Raises Invalid for an unknown property to sort by."""
        order = hal.parse_sort(query.sort, plain_members(AiModel), MODELS.name)
        matching = [model for model in self.all(query.modelType) if _matches(model, query)]
        found = hal.sort_rows(matching, order, self._value)
        rows = self.rows(query.request.cut(found))
        return hal.build_page(asked, query.request, MODELS.embedded, rows, len(found))

    def row(self, model: Model) -> Row:
        """The model as it is shown."""
        return self.rows([model])[0]

    def rows(self, models: Sequence[Model]) -> list[Row]:
        """Up to 100 models as they are shown."""
        own_rows = iter(self.store.rows([model.record for model in models if model.record]))
        listed = [model.id for model in models if model.listed]
        own_prices = self.world.documents.get_many(self.team, OWN_PRICES, listed)
        rows = []
        for model in models:
            if model.record:
                rows.append(next(own_rows))
            else:
                rows.append(self._listed_row(model, own_prices.get(model.id)))
        return rows

    def prices(self, model: Model) -> Mapping[str, Decimal | None]:
        """Token prices in force, USD a token."""
        if model.record:
            return {member: usd(value) for member, value in current(model.record.doc).items()}
        return token_prices(model.listed, self.day) if model.listed else dict.fromkeys(TOKEN_PRICES)

    def create(self, body: AiModelResource) -> Model:
        """A new model of the team. Raises Duplicate."""
        return own_model(self.store.create(sent_members(body)))

    def patch(self, model: Model, body: AiModelPricePatch) -> Model:
        """New prices for what is metered from now on. Raises Invalid for a listed model, Stale."""
        if model.record is None:
            raise Invalid(
                "list prices cannot be changed: clone the model and change the clone", field="id"
            )
        return own_model(self.store.change(model.record, sent_members(body, nulls=False)))

    def delete(self, model: Model) -> Row:
        """Raises Forbidden for a listed model, Stale."""
        if model.record is None:
            raise Forbidden("a listed model cannot be deleted")
        return self.store.delete(model.record)

    def history(self, model_id: str, query: PageQuery, asked: Request) -> Row:
        """A HAL page of revisions; a listed model has none. Raises UndecodableId, UnknownRecord."""
        check_id(model_id)
        if model_id not in list_models():
            return self.store.history(model_id, query, asked)
        return hal.build_page(asked, query.request, ROWS, [], 0)

    def _own_models(self, prefix: str = "") -> list[Model]:
        if prefix:
            records = self.world.documents.page(self.team, AI_MODEL, prefix=prefix).records
            return [own_model(record) for record in records]
        return [own_model(record) for record in read_all(self.world, self.team, AI_MODEL)]

    def _listed_row(self, model: Model, own: Record | None) -> Row:
        dimensions = list_dimensions(model.listed, self.day) if model.listed else ()
        mine = live_dimensions(own.doc) if own else ()
        return {
            **dict.fromkeys(name for name in member_names(AiModel) if name not in _OF_RECORDS),
            "id": model.id,
            "label": model.name,
            "resourceType": MODELS.resource_type,
            "name": model.name,
            "provider": model.provider,
            "mode": model.mode,
            **self.prices(model),
            "pricingDimensions": [*dimensions, *(shown_dimension(entry) for entry in mine)],
            "priceOverridden": False,
            "_links": hal.self_link(f"{PATH}/{model.id}"),
        }

    def _value(self, model: Model, member: str) -> Any:  # noqa: ANN401 - any member
        """What a model is sorted by."""
        if member in TOKEN_PRICES:
            return self.prices(model)[member]
        if member in ("id", "name", "provider", "mode"):
            return getattr(model, member)
        if member == "label":
            return model.name
        if model.record is None:
            return None
        times = {"created": model.record.created_at, "updated": model.record.updated_at}
        return times[member] if member in times else model.record.doc.get(member)


def _matches(model: Model, query: ModelQuery) -> bool:
    if query.provider and not is_provider(model, query.provider):
        return False
    if query.mode and fold(model.mode or "") != fold(query.mode):
        return False
    if not query.query:
        return True
    if query.exactMatch:
        return fold(model.name) == fold(query.query)
    return contains_text(query.query, model.name, model.provider)
