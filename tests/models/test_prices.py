"""A team's prices as rating gets them: exact, dated, read once a minute."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.directory.prices import INPUT, prices_of, read_conditions
from chalicelib.identity.records import Principal
from chalicelib.kit.clock import MINUTE
from chalicelib.models.clone import clone
from chalicelib.models.lists import list_models
from chalicelib.models.records import add_step
from chalicelib.models.schemas import AiModelPricePatch, AiModelResource
from chalicelib.models.service import Models
from chalicelib.ports.world import World
from tests.conftest import NOON
from tests.pricing.pins import little_book
from tests.support.client import new_tenant

TOKEN_PRICE = st.decimals(min_value=0, max_value=1_000, places=10)


@pytest.fixture
def models(world: World) -> Models:
    made = new_tenant(world)
    return Models(world, Principal(made.tenant, made.team, "abc123", frozenset()))


def create(models: Models, **prices: Any) -> Any:
    said = {"name": "m", "provider": "P", "inputCostPerToken": 0, "outputCostPerToken": 0, **prices}
    return models.create(AiModelResource.model_validate(said))


def rates(models: Models, instant: int = NOON) -> Any:
    price = prices_of(models.world, models.team).price("p", "M", instant)
    return price and price.tariff.base


class TestLoaded:
    def test_a_team_without_prices_gets_the_list_itself(self, models: Models) -> None:
        assert prices_of(models.world, models.team) is little_book()

    def test_history_is_dated_and_its_first_price_reaches_back(
        self, models: Models, clock: Any
    ) -> None:
        model = create(models, inputCostPerToken="0.000001")
        clock.move(MINUTE)
        models.patch(model, AiModelPricePatch(inputCostPerToken=Decimal("0.0000000001")))
        assert [rates(models, at).input for at in (0, NOON + MINUTE - 1, NOON + MINUTE)] == [
            10**9,
            10**9,
            10**5,
        ]

    def test_a_deleted_model_is_charged_by_the_list_again(self, models: Models) -> None:
        models.delete(create(models))
        assert prices_of(models.world, models.team) is little_book()

    def test_a_clone_without_token_prices_leaves_them_to_the_list(self, models: Models) -> None:
        media = next(each for each in list_models().values() if models.prices(each)[INPUT] is None)
        made = clone(models, media.id, None)
        found, everybodys = prices_of(models.world, models.team), little_book()
        for provider in (made.provider, "nobody"):
            assert found.price(provider, made.name, NOON) == everybodys.price(
                provider, made.name, NOON
            )


class TestRemembered:
    def test_read_once_a_minute_or_when_this_process_changes_a_price(
        self, models: Models, clock: Any
    ) -> None:
        model = create(models, inputCostPerToken=1)
        first = prices_of(models.world, models.team)
        stored = models.get(model.id).record
        assert stored
        prices = [dict(stored.doc["prices"][0], inputCostPerToken="2")]
        models.world.documents.update(
            models.team, replace(stored, doc={**stored.doc, "prices": prices})
        )
        assert prices_of(models.world, models.team) is first, "another process changed it"
        clock.move(MINUTE)
        assert rates(models).input == 2 * 10**15
        models.patch(models.get(model.id), AiModelPricePatch(inputCostPerToken=Decimal(3)))
        clock.move(1)
        assert rates(models, NOON + 2 * MINUTE).input == 3 * 10**15


@given(prices=st.lists(st.tuples(TOKEN_PRICE, st.integers(1, 5)), min_size=1, max_size=6))
def test_a_history_grows_only_when_a_price_changes(prices: list[tuple[Decimal, int]]) -> None:
    history: Any = []
    now = 0
    for price, wait in prices:
        now += wait
        history = add_step(history, {"p": str(price)}, now)
        assert history[-1]["p"] == str(price)
    assert history[0]["since"] is None
    assert [step["since"] for step in history[1:]] == sorted(
        {step["since"] for step in history[1:]}
    )
    assert all(one["p"] != other["p"] for one, other in pairwise(history))


@given(price=TOKEN_PRICE)
def test_every_price_comes_through_exactly(price: Decimal) -> None:
    body = AiModelResource.model_validate_json(
        f'{{"name":"n","provider":"p","inputCostPerToken":{price:f},'
        f'"outputCostPerToken":"{price:f}"}}'
    )
    assert body.inputCostPerToken == body.outputCostPerToken == price
    assert body.inputCostPerToken * 10**15 == int(body.inputCostPerToken.scaleb(15))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, {}),
        ("{}", {}),
        (
            '{"a": "x", "b": 1, "c": true, "d": ["y"]}',
            {"a": "x", "b": "1", "c": "true", "d": '["y"]'},
        ),
    ],
)
def test_conditions_are_texts(text: str | None, found: dict[str, str]) -> None:
    assert read_conditions(text) == found
